"""What is measured, of our program and of octoDNS, for one number of orders."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from reconciler.state.store import open_reader
from tests.benchmarks.folders import Layout, OrdersFolder, write_zones
from tests.benchmarks.measure import Cost, Failed, Measured, Stopwatch
from tests.benchmarks.scenario import CONTRACT, Scenario, simulated

_TOKEN = "POST /iceye/oauth/v1/token"


class Step(StrEnum):
    """What is run."""

    FIRST = "first pass, adopts all"
    UNCACHED = "no-op pass, nothing cached"
    WARM = "no-op pass, warm"
    CHANGED = "pass with 1 % edited"
    PLAN = "plan"
    VALIDATE = "validate"
    OCTODNS = "octoDNS, no-op plan"


@dataclass(frozen=True, slots=True)
class Size:
    """Everything measured for one number of orders. `stages` are the seconds of a warm pass seen from inside."""

    count: int
    steps: Mapping[tuple[Layout, Step], Measured]
    stages: Mapping[Layout, Mapping[str, float]]
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """How often, with whom, and where."""

    runs: int
    octodns: bool
    profile: bool
    scratch: Path


def tell(text: str) -> None:
    """Say on stderr what is being done: this takes minutes."""
    sys.stderr.write(f"{text}\n")


def has_octodns() -> bool:
    """Tell whether octoDNS is installed beside us."""
    return importlib.util.find_spec("octodns") is not None


def measure_size(count: int, series: Series) -> Size:
    """Measure one number of orders, each layout of files against the same orders at the provider."""
    root = series.scratch / str(count)
    root.mkdir()
    with simulated(root / "world.db") as scenario:
        watch = Stopwatch(root, scenario.variables)
        folders = [OrdersFolder(root / layout.name.lower(), count, layout) for layout in Layout]
        _make(folders, scenario)
        steps: dict[tuple[Layout, Step], Measured] = {}
        for orders in folders:
            tell(f"{count:,} orders, {orders.layout}: {series.runs} runs of each command")
            measured = _Passes(orders, scenario, watch).measure(series.runs)
            steps |= {(orders.layout, step): found for step, found in measured.items()}
            if series.octodns:
                tell(f"{count:,} records, {orders.layout}: octoDNS")
                steps[orders.layout, Step.OCTODNS] = _octodns(orders, watch, series.runs)
        stages = {orders.layout: json.loads(_inside("stages", orders, watch)) for orders in folders}
        return Size(count, steps, stages, _inside("profile", folders[-1], watch) if series.profile else "")


def _make(folders: list[OrdersFolder], scenario: Scenario) -> None:
    for orders in folders:
        orders.write(endpoint=scenario.endpoint, contract=CONTRACT)
    tell(f"{folders[0].count:,} orders: filling the simulator")
    scenario.fill(folders[0].manifests)


def _inside(what: str, orders: OrdersFolder, watch: Stopwatch) -> str:
    return watch.run("-m", "tests.benchmarks.inside", what, str(orders.manifests), str(orders.state))[1]


def _octodns(orders: OrdersFolder, watch: Stopwatch, runs: int) -> Measured:
    config = write_zones(orders.root / "octodns", orders.count, orders.layout)
    command = ("-m", "octodns.cmds.sync", "--config-file", str(config))
    said = watch.run(*command)[1]
    if "No changes" not in said:
        raise Failed(f"octoDNS did not plan a no-op:\n{said[-2000:]}")
    measured = Measured(tuple(watch.run(*command)[0] for _ in range(runs)))
    tell(f"  {measured.wall:.2f} s, of it {measured.cpu:.2f} s of processor")
    return measured


@dataclass(frozen=True, slots=True)
class _Passes:
    """Our commands over one folder."""

    orders: OrdersFolder
    scenario: Scenario
    watch: Stopwatch

    def measure(self, runs: int) -> dict[Step, Measured]:
        """Run every command so many times, each time from a lost state on."""
        costs: dict[Step, list[Cost]] = defaultdict(list)
        calls: dict[Step, Mapping[str, int]] = {}
        self._run("validate")
        for _ in range(runs):
            for step in (Step.FIRST, Step.UNCACHED, Step.WARM, Step.PLAN, Step.VALIDATE, Step.CHANGED):
                self._prepare(step)
                cost, calls[step] = self._run(_COMMANDS[step])
                costs[step].append(cost)
                tell(f"  {step}: {cost.wall:.2f} s, of it {cost.cpu:.2f} s of processor")
            self._check()
            self.orders.edit(edited=False)
        self._run("reconcile")
        return {step: Measured(tuple(found), calls[step]) for step, found in costs.items()}

    def _prepare(self, step: Step) -> None:
        if step is Step.FIRST:
            self.orders.lose_state()
        elif step is Step.UNCACHED:
            self.orders.lose_caches()
        elif step is Step.CHANGED:
            self.orders.edit(edited=True)

    def _run(self, command: str) -> tuple[Cost, Mapping[str, int]]:
        self.scenario.ask("DELETE", "/requests")
        cost, _ = self.watch.run("-m", "reconciler", command, str(self.orders.manifests))
        calls = self.scenario.ask("GET", "/requests")
        if any(not name.startswith("GET ") and name != _TOKEN for name in calls):
            raise Failed(f"{command} was to read only, but sent {calls}")
        return cost, calls

    def _check(self) -> None:
        """A state that does not hold every order would make the passes look cheap."""
        with open_reader(self.orders.state) as reader:
            records = reader.records().values()
        bound = sum(record.bound for record in records)
        edited = sum(record.on_delete == "cancel" for record in records)
        if (bound, edited) != (self.orders.count, -(-self.orders.count // 100)):
            raise Failed(f"of {self.orders.count} orders {bound} were adopted and {edited} were edited")


_COMMANDS = {
    Step.FIRST: "reconcile",
    Step.UNCACHED: "reconcile",
    Step.WARM: "reconcile",
    Step.CHANGED: "reconcile",
    Step.PLAN: "plan",
    Step.VALIDATE: "validate",
}
