"""The sweep is sharp: a copy of the package with one classic bug in it is caught, the copy without one is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sweeps.conftest import Charge
from tests.sweeps.judge import Kind

_ROOT = Path(__file__).resolve().parents[2]
_CAUGHT = 1


@dataclass(frozen=True, slots=True)
class Seed:
    """One bug: which file's text is replaced by which, and the cases that must see it."""

    name: str
    file: str
    old: str
    new: str
    cases: tuple[str, ...]


_CALL = """\
    try:
        record = _intend(action, wanted, now, context)
    except PausedByPerson as e:
        return NotSent(at=now, message=str(e), again=True)
    with _in_flight(record, context):
        try:
            observed = writer.place(wanted.order, action.reference)
"""
_INTENT_LAST = """\
    observed = writer.place(wanted.order, action.reference)
    record = _intend(action, wanted, now, context)
    with _in_flight(record, context):
        try:
            pass
"""
_UNKNOWN = "return Unknown(at=at, message=str(error))"
_ONCE = "answer = self._exchange(self._spending, request)"
_LAST_PAGE = """\
            if cursor is None:
                yield items
                return
"""
_ABOVE = "or price.minor > ceiling.minor:\n        cause"
_BROKEN_OFF = "            problem = str(e)\n"
SEEDS = (
    Seed(
        "intent after the call",
        "apply/place.py",
        _CALL,
        _INTENT_LAST,
        ("write/place/before/1", "wire/place/10-create/half"),
    ),
    Seed(
        "unknown booked as refused",
        "model/outcome.py",
        _UNKNOWN,
        _UNKNOWN.replace("Unknown", "Refused"),
        ("create/drop-after", "create/status-500-taken"),
    ),
    Seed(
        "a POST that is tried again",
        "providers/http.py",
        _ONCE,
        _ONCE.replace("self._exchange(self._spending, request)", 'self._attempts(lambda: request, "")'),
        ("create/drop-after", "create/status-500-taken"),
    ),
    Seed(
        "absence believed from one page",
        "providers/iceye/pages.py",
        _LAST_PAGE,
        _LAST_PAGE.replace("if cursor is None:", "if number:"),
        ("create/drop-after",),
    ),
    Seed(
        "a listing that broke off taken as complete",
        "providers/iceye/orders.py",
        _BROKEN_OFF,
        _BROKEN_OFF.replace("str(e)", "None"),
        ("list-7/status-500", "list-7/drop-after"),
    ),
    Seed(
        "a POST to UP42 that is tried again",
        "providers/http.py",
        _ONCE,
        _ONCE.replace("self._exchange(self._spending, request)", 'self._attempts(lambda: request, "")'),
        ("up42/create/drop-after",),
    ),
    Seed(
        "a POST to Vantor that is tried again",
        "providers/http.py",
        _ONCE,
        _ONCE.replace("self._exchange(self._spending, request)", 'self._attempts(lambda: request, "")'),
        ("vantor/create/drop-after",),
    ),
    Seed(
        "a quote accepted above its ceiling",
        "plan/gates.py",
        _ABOVE,
        _ABOVE.replace("price.minor > ceiling.minor", "price.minor > 2 * ceiling.minor"),
        ("up42/amend/drop-after",),
    ),
    Seed(
        "a common attempt that raises everything",
        "plan/common_attempt.py",
        "current = max(sent, default=common) if _Progress.STANDS in progress[:-1] else common",
        "current = common",
        ("edit/common-attempt",),
    ),
    Seed(
        "an option that somebody else chose",
        "plan/offers.py",
        "if chosen is None or chosen.id in order.confirm.options:",
        "if chosen is None or order.confirm.options in ((), (chosen.id,)):",
        ("edit/option-of-another",),
    ),
    Seed(
        "an unknown charge taken as free",
        "plan/cancel.py",
        "or not terms.percent or (charge is not None and not charge.minor):",
        "or not terms.percent or charge is None or not charge.minor:",
        ("edit/charge-of-an-unknown-price",),
    ),
    Seed(
        "one reading believed",
        "plan/absence.py",
        "return Removed() if record.absent is not None and view.now >= until else NotYet(until)",
        "return Removed()",
        ("edit/file-away-once",),
    ),
    Seed(
        "another project's order taken for ours",
        "plan/absence.py",
        "return record.declared.owner == owner",
        "return True",
        ("edit/another-project",),
    ),
    Seed(
        "places compared to the last digit",
        "plan/equivalence.py",
        "same(one[name], other[name], tolerance=traits.tolerances.get(name, 0.0))",
        "one[name] == other[name]",
        ("edit/renamed-and-nudged",),
    ),
    Seed(
        "a name that nothing was placed under",
        "plan/judge.py",
        "if ordered or (ordered := _moved_from_nothing(wanted, inputs)):",
        "if ordered:",
        ("edit/renamed-twice",),
    ),
)


_OF_CALLS = ("intent after the call", "a POST to UP42 that is tried again", "a quote accepted above its ceiling")
_EVERYDAY = {*_OF_CALLS, *(seed.name for seed in SEEDS if seed.cases[0].startswith("edit/"))}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package in a folder of its own."""
    shutil.copytree(_ROOT / "reconciler", tmp_path / "reconciler", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def sweep(folder: Path, cases: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run cases with the package that stands in a folder."""
    path = os.pathsep.join((str(folder), os.environ["PYTHONPATH"], str(_ROOT)))
    done = subprocess.run(
        [sys.executable, "-m", "tests.sweeps.again", *cases],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.startswith(f"tried {folder / 'reconciler'}\n"), done.stdout + done.stderr
    return done


def test_the_copy_without_a_bug_passes(copy: Path) -> None:
    """Over all the cases by which the bugs are caught."""
    done = sweep(copy, tuple(Counter(case for seed in SEEDS for case in seed.cases)))
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stdout + done.stderr


@pytest.mark.parametrize(
    "seed",
    [pytest.param(s, marks=() if s.name in _EVERYDAY else pytest.mark.sweep, id=s.name) for s in SEEDS],
)
def test_a_bug_is_caught_by_what_it_orders(copy: Path, seed: Seed, charge: Charge) -> None:
    """One exact replacement of the text, and a case tells a double, a silent order, or what is done without leave."""
    file = copy / "reconciler" / seed.file
    text = file.read_text(encoding="utf-8")
    assert text.count(seed.old) == 1, f"{seed.file} does not hold, exactly once:\n{seed.old}"
    file.write_text(text.replace(seed.old, seed.new), encoding="utf-8")
    done = sweep(copy, seed.cases)
    assert done.returncode == _CAUGHT, done.stdout + done.stderr
    assert any(f"{kind}: " in done.stdout for kind in (Kind.DOUBLE, Kind.SILENT, Kind.MONEY, Kind.CANCELED)), (
        done.stdout
    )
    charge("seeded bugs caught", seed.name, [])
