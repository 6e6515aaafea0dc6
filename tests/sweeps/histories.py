"""Random histories, drawn from a seed; one that goes wrong is made small and told as a name that repeats it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import hypothesis
from hypothesis import HealthCheck, Phase, reproduce_failure, seed, settings
from hypothesis.errors import DidNotReproduce
from hypothesis.stateful import run_state_machine_as_test

from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, OTHER_CONTRACT, START
from tests.sweeps.history import History, Scenario
from tests.sweeps.history_at_iceye import IceyeHistory
from tests.sweeps.history_at_up42 import Up42History
from tests.sweeps.history_at_vantor import VantorHistory
from tests.sweeps.judge import Kind, Wrong

_BLOB = re.compile(r"@reproduce_failure\('[^']*', b'([^']*)'\)")
_SETTINGS = settings(
    database=None,
    deadline=None,
    derandomize=False,
    print_blob=True,
    phases=(Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


KINDS: Mapping[str, type[History]] = {
    "history": IceyeHistory,
    "up42-history": Up42History,
    "vantor-history": VantorHistory,
}
"""Whose histories a name's first part means."""


@contextmanager
def _inputs(kind: type[History]) -> Iterator[Scenario]:
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(trust_env=False, timeout=30, verify=False) as control,
        httpx.HTTPTransport(verify=False) as real,
        Simulator(start=START, speed=0, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator,
    ):
        yield Scenario(Path(folder), simulator, control, real, kind)


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of some histories: how many, of how many steps; what went wrong, under which name it does so again."""

    histories: int
    steps: int
    wrongs: list[Wrong]
    name: str


def live(name: str, *, histories: int = 25, steps: int = 50) -> Lived:
    """Live through histories: `history/NUMBER` draws them from a seed, any other `history/...` encodes one itself."""
    kind, _, drawn = name.partition("/")
    with _inputs(KINDS[kind]) as scenario:
        drawing = seed(int(drawn)) if drawn.isdigit() else reproduce_failure(hypothesis.__version__, drawn.encode())
        limits = settings(_SETTINGS, max_examples=histories, stateful_step_count=steps)
        try:
            run_state_machine_as_test(drawing(lambda: scenario.fresh()), settings=limits)
        except DidNotReproduce:  # what the name encodes does not go wrong any more
            pass
        except Exception as e:  # whatever went wrong is told with the history that it went wrong in
            told = "\n".join(getattr(e, "__notes__", ())).replace("state.nothing_is_wrong()\n", "")
            blob = _BLOB.search(told)
            *others, last = (scenario.latest and scenario.latest.judge.wrongs) or [Wrong(Kind.TRACEBACK, repr(e))]
            wrongs = [*others, Wrong(last.kind, f"{last.text}\n{told}")]
            return Lived(scenario.histories, scenario.steps, wrongs, f"{kind}/{blob[1]}" if blob else name)
        return Lived(scenario.histories, scenario.steps, [], name)


def run(name: str) -> list[Wrong]:
    """Live through histories by their name, and return what went wrong."""
    return live(name).wrongs
