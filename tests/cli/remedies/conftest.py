"""A terminal at the provider of a situation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from reconciler.simulator import Simulator
from tests.cli.terminal import Terminal
from tests.support.provider import CONTRACT, OTHER_CONTRACT, START

from .folder import Folder
from .situation import Situation
from .walk import Walk

Begin = Callable[..., Walk]


@pytest.fixture
def begin(
    tmp_path: Path,
    control_client: httpx.Client,
    plain_transport: httpx.HTTPTransport,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Begin]:
    """Walk into a situation, in a folder of one kind or the other."""
    with Simulator(start=START, speed=0, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator:

        def begun(situation: Situation, folder: type[Folder] = Folder) -> Walk:
            project = folder(
                tmp_path, simulator, control_client, transport=plain_transport, provider=situation.provider, speed=1e6
            )
            monkeypatch.chdir(project.root)
            for name, value in project.variables.items():
                monkeypatch.setenv(name, value)
            return Walk(situation, Terminal(project, capsys), project)

        yield begun
