"""Run cases of the sweeps by name, and say what went wrong: `python -m tests.sweeps.again CASE...`.

Names joined by `+` are faults that happen in one life. The first line names the package that was tried.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import reconciler
from tests.sweeps import bad_answers, bad_manifests, crash_points, faults, histories, honest_edits
from tests.sweeps.judge import Run, Wrong

_OFFLINE = Path(__file__).resolve().parents[1] / "support" / "offline"


RUNS: Mapping[str, Run] = {
    **dict.fromkeys(("write", "wire", "lock"), crash_points.run),
    "manifest": bad_manifests.run,
    "answer": bad_answers.run,
    "edit": honest_edits.run,
    **dict.fromkeys(histories.KINDS, histories.run),
}
"""Who runs a case, by the first part of its name; every other name is one of faults."""


def run(name: str) -> list[Wrong]:
    """Run one case."""
    owner = RUNS.get(name.split("/")[0])
    return owner(name) if owner else faults.run(*name.split("+"))


def main(names: Sequence[str]) -> int:
    """Run cases; leave with 1 where anything went wrong."""
    os.environ.setdefault("PYTHONPATH", str(_OFFLINE))
    lines = [f"{name}: {wrong}" for name in names for wrong in run(name)]
    sys.stdout.write("\n".join([f"tried {Path(reconciler.__file__).parent}", *lines, ""]))
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
