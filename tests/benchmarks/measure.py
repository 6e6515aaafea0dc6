"""Whole processes, measured from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
_LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process cost: seconds and megabytes (millions of bytes)."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Several runs of the same command. `calls` are the provider's counters of the last run."""

    costs: tuple[Cost, ...]
    calls: Mapping[str, int] = field(default_factory=dict)

    @property
    def wall(self) -> float:
        """The median of the wall times."""
        return median(cost.wall for cost in self.costs)

    @property
    def cpu(self) -> float:
        """The median of the CPU times, user and system."""
        return median(cost.cpu for cost in self.costs)

    @property
    def peak(self) -> float:
        """The highest peak of all runs."""
        return max(cost.peak for cost in self.costs)


class Failed(Exception):
    """A measured command did not end as it must: its figures would say nothing."""


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Runs Python programs of this repository; `scratch` takes their output."""

    scratch: Path
    variables: Mapping[str, str]

    def run(self, *arguments: str) -> tuple[Cost, str]:
        """Run `python ARGUMENTS...` to its end; return its cost and what it said. Raises `Failed`."""
        result, said = self.scratch / "cost.json", self.scratch / "said.txt"
        command = [sys.executable, "-I", "-S", str(_LAUNCHER), str(result), sys.executable, *arguments]
        with said.open("wb") as file:
            subprocess.run(
                command, stdout=file, stderr=subprocess.STDOUT, env=self._environment(), cwd=self.scratch, check=True
            )
        cost = json.loads(result.read_text(encoding="utf-8"))
        text = said.read_text(encoding="utf-8", errors="replace")
        if cost.pop("code") != 0:
            raise Failed(f"python {' '.join(arguments)} failed:\n{text[-2000:]}")
        return Cost(**cost), text

    def median_of(self, runs: int, arguments: Sequence[str]) -> Measured:
        """Run the same program several times, once more before to have its files in memory."""
        self.run(*arguments)
        return Measured(tuple(self.run(*arguments)[0] for _ in range(runs)))

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("RECONCILER_")}
        return {**ours, **self.variables, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
