"""A day of simulated time: 300 orders of three providers, faults, kills and edits; then the rest of their lives."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from reconciler.model.journal import Bound, Entry, FindingChanged, Intended, Settled
from reconciler.model.outcome import OutcomeKind
from reconciler.model.phase import Phase
from reconciler.model.record import Call
from reconciler.plan.findings import FindingKind
from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, OTHER_CONTRACT, START
from tests.watch.daemon import Daemon, daemon
from tests.watch.day import ORDERS, SPEED, Day, Fate, Story

SEED = 20261201
LENGTH = timedelta(hours=24)
REST_PASSES = 220
IDLE_PASSES = 5
WARM = 20
"""Passes until a daemon has loaded and filled what it needs."""
LIVES = 4
"""In at least one of so many a daemon gets as far as to read everything and to do all that it planned."""
MOST_GROWTH = 10_000
"""Kilobytes."""
PAGE = 100
LOGINS = 3
"""A token of ICEYE, a token and the workspace of UP42."""
REFERENCE = re.compile(r"rc1-[a-z2-7]{20}")


@dataclass(slots=True)
class Calm:
    """What the last daemon did when nothing went wrong any more: requests of each idle pass, kilobytes after each."""

    idle: list[dict[str, int]] = field(default_factory=list)
    held: list[int] = field(default_factory=list)

    @property
    def grown(self) -> int:
        """By how many kilobytes it has grown since it was warm."""
        return self.held[-1] - self.held[WARM - 1]

    @property
    def most(self) -> int:
        """How often an idle pass asked at most."""
        return max(sum(counts.values()) for counts in self.idle)


@pytest.fixture
def day(tmp_path: Path, control_client: httpx.Client) -> Iterator[Day]:
    """A world whose clock runs."""
    with Simulator(start=START, speed=SPEED, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator:
        yield Day(tmp_path, simulator, control_client, seed=SEED, length=LENGTH)


@pytest.mark.sweep
def test_a_day_under_faults_and_kills(day: Day) -> None:
    """One order for each reference, all ended, no doubt older than it must be, memory and calls within their bars."""
    day.project.zero()
    while day.now < START + LENGTH:
        day.live()
    asked = sum(day.project.requests().values())
    day.mend()
    day.project.clear_faults()
    calm = rest(day)
    sys.stdout.write(figures(day, calm, asked))
    assert len(day.seen.reads) > day.seen.kills / LIVES
    assert day.seen.kept > 0
    assert day.seen.overdue == []
    check_orders(day)
    check_journal(day)
    for story in day.stories:
        check_fate(day, story)
    assert calm.most <= most_calls(), calm.idle
    assert calm.grown < MOST_GROWTH


def rest(day: Day) -> Calm:
    """Let all doubts settle, then pass after pass the weeks in which every order comes to its end."""
    calm = Calm()
    with daemon(day.project, patience=120) as running:
        for _ in range(8):
            day.project.advance("20m")
            running.hang_up()
        idle(day, running, calm)
        for _ in range(REST_PASSES):
            day.project.advance("3h")
            running.hang_up()
            calm.held.append(held(running))
        idle(day, running, calm)
        assert running.end() == 0
    return calm


def idle(day: Day, running: Daemon, calm: Calm) -> None:
    """Count what passes ask that have nothing to do; one that came by itself beside ours is not told apart."""
    counted = 0
    while counted < IDLE_PASSES:
        before = running.passes()
        day.project.zero()
        running.hang_up()
        if running.passes() == before + 1:
            counted += 1
            calm.idle.append(day.project.requests())


def most_calls() -> int:
    """Pages of all lists and what logging in takes: UP42 has three lists, Vantor's newest page proves the rest."""
    pages = {name: -(-count // PAGE) for name, count in ORDERS.items()}
    return pages["iceye"] + 3 * pages["up42"] + pages["vantor"] + 1 + LOGINS


def held(running: Daemon) -> int:
    """Return the kilobytes that a daemon holds."""
    text = Path(f"/proc/{running.process.pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1])


def check_orders(day: Day) -> None:
    """Each provider holds one order for each reference, and no other; all have ended, and the records know it."""
    records = {record.key: record for record in day.project.records().values()}
    assert len(records) == len(day.stories) == sum(ORDERS.values())
    for name, count in ORDERS.items():
        orders = [order for order in day.project.orders() if order["provider"] == name]
        carried = Counter(reference for order in orders for reference in REFERENCE.findall(order["text"]))
        assert len(orders) == len(carried) == count
        assert set(carried.values()) == {1}
        assert [order for order in orders if order["status"] in day.projects[name].provider.live] == []
    assert [record for record in records.values() if record.unresolved or not record.bound or record.live] == []


def check_journal(day: Day) -> None:
    """Each reference was placed, or found, once; nothing was ever found twice."""
    came = Counter(event.reference for event in day.project.journal() if placed(event))
    assert set(came) == set(day.project.records())
    assert set(came.values()) == {1}
    assert FindingKind.DUPLICATE not in found_in(day.project.journal())


def found_in(journal: Iterable[Entry]) -> set[FindingKind]:
    """Return the kinds of findings that a journal holds."""
    return {entry.event.finding for entry in journal if isinstance(entry.event, FindingChanged)}


def placed(entry: Entry) -> bool:
    """Tell whether a line of the journal says that an order is there from now on."""
    match entry.event:
        case Settled(call=Call.PLACE, outcome=OutcomeKind.DONE) | Bound():
            return True
        case _:
            return False


def check_fate(day: Day, story: Story) -> None:
    """What was done to an order has had its consequence, and no other."""
    journal = day.project.journal(story.key)
    calls = [(entry.event.call, entry.at) for entry in journal if isinstance(entry.event, Intended)]
    found = found_in(journal)
    canceled = story.fate is Fate.REMOVED and story.provider == "iceye"
    assert (story.done is None) == (story.fate is Fate.LEFT), story
    assert {call for call, _ in calls} == expected(story), story
    assert (day.project.record(story.key).phase is Phase.CANCELED) == canceled, story
    assert (FindingKind.ORPHANED in found) == (story.fate is Fate.ORPHANED), story
    assert (FindingKind.DRIFTED in found) == (story.fate is Fate.MOVED), story
    if story.fate is Fate.AGREED:
        assert story.done is not None
        assert min(at for call, at in calls if call == spending(story)) >= story.done - timedelta(seconds=1), story


def expected(story: Story) -> set[Call]:
    """Return the calls for an order: ICEYE cancels for nothing by then, Vantor moves the end of a window later."""
    more = {("iceye", Fate.REMOVED): {Call.CANCEL}, ("vantor", Fate.MOVED): {Call.AMEND}}
    return {Call.PLACE, spending(story)} | more.get((story.provider, story.fate), set())


def spending(story: Story) -> Call:
    """Return the call that binds money."""
    return Call.CONFIRM if story.provider == "up42" else Call.PLACE


def figures(day: Day, calm: Calm, asked: int) -> str:
    """Return what a reader wants to know."""
    seen, ended, more = day.seen, sum(day.seen.passes.values()), len(calm.held) - WARM
    lines = (
        f"{len(day.stories)} orders, {sum(story.born > START for story in day.stories)} of them new in the day; "
        f"{sum(day.edits.values())} edits: {counts_text(day.edits)}",
        f"{day.length} at {SPEED:.0f} times real time: {seen.kills} kills, {seen.faults} faults met",
        f"{ended} passes came to their end: {counts_text(seen.passes)}; {seen.kept} kept to the last good manifests",
        f"{len(seen.doubts)} doubts, the oldest {seen.oldest}; {len(seen.overdue)} that should have been over; "
        f"at most {seen.longest_unread()} without a whole read",
        f"{asked:,} requests in the day, {asked / ended:.1f} for each pass that ended; "
        f"an idle pass asks at most {calm.most} times of {most_calls()}",
        f"held {calm.held[WARM - 1]:,} kB after {WARM} passes, {calm.grown:+,} kB in {more} more: "
        f"{calm.grown / more:+.1f} kB a pass",
    )
    return "\n" + "\n".join(lines) + "\n"


def counts_text(counts: Counter[str]) -> str:
    """Return how many there were of each kind."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
