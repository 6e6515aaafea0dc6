"""One server per module, wiped before every test; its clock stands still until a test moves it."""

from collections.abc import Iterator

import httpx
import pytest

from reconciler.simulator import Simulator

from .scenario import CONTRACT, OTHER_CONTRACT, START, Scenario
from .up42 import Up42
from .vantor import Vantor


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """A plain client: no retries, no redirects, no proxies from the environment."""
    with httpx.Client(trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """A server in memory whose clock stands still."""
    with Simulator(start=START, speed=0, contracts=(CONTRACT, OTHER_CONTRACT)) as running:
        yield running


@pytest.fixture
def scenario(simulator: Simulator, http: httpx.Client) -> Scenario:
    """An empty world at its start."""
    http.delete(f"{simulator.url}/_sim").raise_for_status()
    return Scenario(simulator, http)


@pytest.fixture
def up42(simulator: Simulator, http: httpx.Client) -> Up42:
    """An empty world at its start, seen by a customer of UP42's."""
    http.delete(f"{simulator.url}/_sim").raise_for_status()
    return Up42(simulator, http)


@pytest.fixture
def vantor(simulator: Simulator, http: httpx.Client) -> Vantor:
    """An empty world at its start, seen by a customer of Vantor's."""
    http.delete(f"{simulator.url}/_sim").raise_for_status()
    return Vantor(simulator, http)
