"""Count what the sweeps tried and what went wrong, over all workers, and say it in one line at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.sweeps.judge import Kind, Wrong, judged

Charge = Callable[[str, str, Sequence[Wrong]], str]
_NUMBERS = "sweep numbers"


class Counting:
    """Adds up what the tests report, from whichever worker."""

    def __init__(self) -> None:
        self._counted: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a test's numbers, once: with the report of its end."""
        for name, numbers in report.user_properties:
            if name == _NUMBERS and report.when == "teardown" and isinstance(numbers, dict):
                self._counted.update(numbers)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say the numbers, where a sweep ran."""
        if self._counted:
            tried = sorted(self._counted.keys() - set(map(str, Kind)))
            told = [*tried, *map(str, Kind)]
            terminalreporter.write_line(", ".join(f"{name}: {self._counted[name]}" for name in told))


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.pluginmanager.register(Counting(), "sweeps-counting")


@pytest.fixture
def charge(request: pytest.FixtureRequest) -> Iterator[Charge]:
    """Count a case and its wrongs, and return what a failure says: nothing where nothing was wrong."""
    counted: Counter[str] = Counter()

    def charged(what: str, name: str, wrongs: Sequence[Wrong]) -> str:
        counted[what] += 1
        counted.update(str(wrong.kind) for wrong in wrongs)
        return judged(name, wrongs)

    yield charged
    request.node.user_properties.append((_NUMBERS, dict(counted)))
