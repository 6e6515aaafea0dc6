"""What holds for every test: loopback only, nothing of the developer's environment, the same examples every time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import settings

from tests.support.project import CONTRACT, OTHER_CONTRACT, START, Project

_OFFLINE = Path(__file__).parent / "support" / "offline"
_PERSONAL = ("RECONCILER_", "ICEYE_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")

sys.path.insert(0, str(_OFFLINE))
import sitecustomize as offline  # noqa: E402 - this folder's own, found only now

if not hasattr(offline, "LeftLoopback"):  # the interpreter came with one of its own
    del sys.modules["sitecustomize"]
    import sitecustomize as offline

for _name in list(os.environ):
    if _name.upper().startswith(_PERSONAL):
        del os.environ[_name]
# Programs that tests start stay on loopback too.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_OFFLINE), os.environ.get("PYTHONPATH"))))

settings.register_profile("suite", derandomize=True, deadline=None, print_blob=False)
settings.load_profile("suite")


def pytest_xdist_auto_num_workers() -> int:
    """Start more workers than there are cores: a third of the time, tests wait for servers and other processes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + (cores + 1) // 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave long sweeps out of a run that does not select by marks."""
    if config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("sweep")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("sweep")]


@pytest.fixture(scope="session")
def control_client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def plain_transport() -> Iterator[httpx.HTTPTransport]:
    """The real transport without certificates, which take longer to read than a whole pass at the simulator."""
    with httpx.HTTPTransport(verify=False, retries=0, limits=httpx.Limits(max_keepalive_connections=0)) as transport:
        yield transport


@pytest.fixture
def project(tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport) -> Iterator[Project]:
    """A folder of manifests with one account at a simulator of its own, whose clock stands still."""
    from reconciler.simulator import Simulator

    with Simulator(start=START, speed=0, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator:
        yield Project(tmp_path, simulator, control_client, transport=plain_transport)
