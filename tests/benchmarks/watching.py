"""`python -m tests.benchmarks.watching`: how soon the daemon places an edit, and what it costs while nothing is due."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks.folders import Layout, OrdersFolder
from tests.benchmarks.measure import ROOT, Failed
from tests.benchmarks.passes import tell
from tests.benchmarks.scenario import CONTRACT, Scenario, simulated

_PATIENCE = 300.0
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Measure and print; 1 where the daemon did not do what is measured."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="bench-watch-") as folder:
        try:
            took = _edits(Path(folder) / "edits", arguments.edits)
            busy, memory = _idle(Path(folder) / "idle", arguments.orders, arguments.seconds)
        except Failed as e:
            tell(str(e))
            return 1
    sys.stdout.write(
        f"edit to placed, {len(took)} edits: median {median(took):.2f} s, worst {max(took):.2f} s\n"
        f"idle with {arguments.orders:,} ended orders, {arguments.seconds} s: {busy:.2f} s of processor "
        f"({100 * busy / arguments.seconds:.2f} %), {memory:.0f} MB held\n"
    )
    return 0


def _edits(root: Path, count: int) -> list[float]:
    """Return how long each edit took from the saved file to the provider's order."""
    orders = OrdersFolder(root / "daemon", count, Layout.APART)
    with _inputs(root) as scenario:
        orders.write(endpoint=scenario.endpoint, contract=CONTRACT)
        scenario.ask("PUT", f"/iceye/contracts/{CONTRACT}", {"spendLimit": None})
        files = sorted((orders.manifests / "orders").iterdir())
        for file in files:
            file.rename(root / file.name)
        with _daemon(orders, scenario) as said:
            _passed(said, 1)
            took = [_edit(root / file.name, file, number, scenario) for number, file in enumerate(files, start=1)]
    tell(f"placed {count} edits")
    return took


def _edit(saved: Path, target: Path, number: int, scenario: Scenario) -> float:
    shutil.copy(saved, target.with_name(f".{target.name}"))
    started = time.monotonic()
    target.with_name(f".{target.name}").rename(target)
    _until(lambda: len(scenario.ask("GET", "/orders")) == number, f"edit {number} was not placed once")
    return time.monotonic() - started


def _idle(root: Path, count: int, seconds: int) -> tuple[float, float]:
    """Return the seconds of processor and the megabytes of a daemon whose orders have all ended."""
    orders = OrdersFolder(root / "daemon", count, Layout.TOGETHER)
    with _inputs(root) as scenario:
        orders.write(endpoint=scenario.endpoint, contract=CONTRACT)
        tell(f"{count:,} orders: filling the simulator")
        scenario.fill(orders.manifests)
        with _daemon(orders, scenario) as said:
            _passed(said, 1)
            scenario.ask("POST", "/clock", {"advance": "60d"})
            said.process.send_signal(signal.SIGHUP)
            _passed(said, 2)
            if "Nothing is due" not in said.text().splitlines()[-1]:
                raise Failed(f"something is due: {said.text()[-500:]}")
            time.sleep(2)
            before = said.busy()
            tell(f"idle for {seconds} s")
            time.sleep(seconds)
            return said.busy() - before, said.held()


class _Said:
    """A daemon that runs, and the log that it writes."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self._log = process, log

    def text(self) -> str:
        """Return what it said so far."""
        return self._log.read_text(encoding="utf-8")

    def busy(self) -> float:
        """Return the seconds of processor that it has had."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def held(self) -> float:
        """Return the megabytes that it holds now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def _inputs(root: Path) -> Iterator[Scenario]:
    root.mkdir()
    with simulated(root / "world.db") as scenario:
        yield scenario


@contextmanager
def _daemon(orders: OrdersFolder, scenario: Scenario) -> Iterator[_Said]:
    log = orders.root / "log"
    command = [sys.executable, "-m", "reconciler", "watch", str(orders.manifests), "--listen", "off"]
    config = {**os.environ, **scenario.variables, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as file, subprocess.Popen(command, stderr=file, env=config) as process:
        try:
            yield _Said(process, log)
        finally:
            process.terminate()


def _passed(said: _Said, count: int) -> None:
    _until(lambda: said.text().count(" pass (") >= count, f"there was no pass {count}: {said.text()[-2000:]}")


def _until(fact: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not fact():
        if time.monotonic() > end:
            raise Failed(otherwise)
        time.sleep(0.01)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.watching", description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000, metavar="N", help="how many orders have ended")
    parser.add_argument("--edits", type=int, default=50, metavar="N")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="how long it is watched while idle")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
