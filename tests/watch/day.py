"""A day at three providers: what people commit in it, what goes wrong, and a daemon that is killed all the time."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import httpx

from reconciler.model.ids import Reference
from reconciler.model.phase import Phase
from reconciler.model.record import Record
from reconciler.model.time import duration_text, parse_instant
from reconciler.plan.settle import LOOKUPS_NEEDED
from reconciler.simulator import Simulator
from tests.support.project import START, Project, credits_of, window
from tests.support.provider import ICEYE, UP42, VANTOR, area
from tests.watch.daemon import Daemon, daemon
from tests.watch.trouble import Trouble

SPEED = 96.0
"""Simulated seconds in a second: a day takes a quarter of an hour."""
ORDERS = {"iceye": 200, "vantor": 60, "up42": 40}
SETTLE = timedelta(minutes=15)
RECEIVED_LATE = timedelta(minutes=1)
"""How much later than it ended a pass may be heard of: 0.6 s of a busy machine."""
LIFE_MINUTES = (3.0, 10.0)
"""How long a daemon lives, by the providers' clock; its start alone takes more than a minute of that."""
TORN_SECONDS = 1.0
"""How long a file stays half written: longer than a daemon waits for files to stand still."""
_KEPT = "the last good ones stay in force"
_LENGTH = {"iceye": 2, "vantor": 10, "up42": 10}
_CEILING = {"up42": {"maxPrice": credits_of(1_000_000)}}


class Fate(StrEnum):
    """What people do to an order after they have committed it."""

    LEFT = "left alone"
    REMOVED = "removed, with onDelete: cancel"
    ORPHANED = "removed, with onDelete: report"
    RELABELED = "given a label and a comment"
    AGREED = "its ceiling raised from next to nothing"
    MOVED = "its window moved"
    TORN = "its file half written for a while"


_CANCELED_WITHOUT_FILE = frozenset({Fate.REMOVED, Fate.TORN})
_AFTER_IT_IS_ACTIVE = frozenset({Fate.REMOVED, Fate.ORPHANED, Fate.MOVED, Fate.TORN})


@dataclass(slots=True)
class Story:
    """One order: when it is committed, what is done to it and not before when, and when that was done."""

    key: str
    fate: Fate
    born: datetime
    due: datetime
    written: bool = False
    done: datetime | None = None

    @property
    def provider(self) -> str:
        """Where it is ordered."""
        return self.key.partition("-")[0]


@dataclass(slots=True)
class ScheduleInput:
    """What came of the day until now.

    `reads`: when passes began that read everything and did all that they planned. `faults`: how often one was met.
    `kept`: how often manifests were invalid and the last good ones stayed. `doubts`: which placings, by their intents.
    """

    passes: Counter[str] = field(default_factory=Counter)
    reads: list[datetime] = field(default_factory=list)
    kills: int = 0
    faults: int = 0
    kept: int = 0
    doubts: set[tuple[Reference, datetime]] = field(default_factory=set)
    oldest: timedelta = timedelta()
    overdue: list[str] = field(default_factory=list)

    def on_response(self, dead: Daemon, now: datetime) -> None:
        """Count what a daemon has said until it was killed just now."""
        heard = time.monotonic()
        self.kills += 1
        self.kept += sum(_KEPT in event["message"] for event in dead.events("manifests"))
        for event in dead.events("pass"):
            self.passes[event["ended"]] += 1
            if event["ended"] == "done":
                ago = heard - event["heard"] + event["seconds"]
                self.reads.append(now - timedelta(seconds=ago * SPEED))

    def doubt(self, record: Record, now: datetime) -> None:
        """Look at an order that may exist: its doubt is over once three whole reads, one after `settle`, looked for it.

        Nothing else bounds its age: a daemon that is killed, or an account that cannot be read, establishes nothing.
        """
        assert record.intent is not None
        sent = record.intent.at
        self.doubts.add((record.reference, sent))
        self.oldest = max(self.oldest, now - sent)
        looks = [began for began in self.reads if began > sent]
        if len(looks) >= LOOKUPS_NEEDED and looks[-1] > sent + SETTLE + RECEIVED_LATE:
            self.overdue.append(f"{record.key}: sent {sent}, unresolved at {now} after {len(looks)} whole reads")

    def longest_unread(self) -> timedelta:
        """Return the longest time between two whole reads."""
        return max(after - before for before, after in pairwise(self.reads))


class Day:
    """Three providers in one folder, what happens to them, and what was seen. `draw` is the only chance in it."""

    def __init__(self, root: Path, simulator: Simulator, http: httpx.Client, *, seed: int, length: timedelta) -> None:
        self.draw, self.length = random.Random(seed), length
        self.projects = {p.name: Project(root, simulator, http, provider=p) for p in (UP42, VANTOR, ICEYE)}
        self.project = self.projects["iceye"]
        self.project.contract(spendLimit=None)
        self.projects["up42"].credits(balance=100_000_000)
        self.project.policy(newOrdersPerPass=300, cancelsPerPass=300)
        for project in self.projects.values():
            project.account(limits={"onUnknown": "retry", "settle": duration_text(SETTLE)})
        self.stories = [self._story(f"{name}-{n}") for name, count in ORDERS.items() for n in range(count)]
        self.known: dict[str, Record] = {}
        self.trouble = Trouble(self.project, self.draw)
        self.seen = ScheduleInput()
        self._torn: tuple[Path, str, float] | None = None

    @property
    def now(self) -> datetime:
        """The providers' time."""
        return parse_instant(self.project.sim("GET", "/clock")["now"])

    @property
    def edits(self) -> Counter[Fate]:
        """What was done to how many orders."""
        return Counter(story.fate for story in self.stories if story.done is not None)

    def _story(self, key: str) -> Story:
        """Draw an order's story: half of them exist in the morning, and in the evening all is done."""
        fates = [Fate.LEFT] * 5 + [fate for fate in Fate if fate is not Fate.LEFT]
        born = START + self.length * max(self.draw.uniform(-0.7, 0.7), 0.0)
        return Story(key, self.draw.choice(fates), born, born + self.length * self.draw.uniform(0.08, 0.2))

    # What people do

    def commit(self, story: Story, *, days: int = 0, ceiling: bool = True) -> None:
        """Write an order, its window some days later than at first; a minute or more tells any two apart."""
        name, _, number = story.key.partition("-")
        start = 5 + int(number) % 5 + days + int(number) / (24 * 60)
        place = {"target": area(west=int(number) / 2)} if name == "vantor" else {}
        agreed = {"confirm": _CEILING[name]} if name in _CEILING else {}
        if not ceiling:
            agreed = {"confirm": {"maxPrice": {"amount": "1", "currency": "EUR" if name == "iceye" else "credits"}}}
        leaving = {"lifecycle": {"onDelete": "cancel"}} if story.fate in _CANCELED_WITHOUT_FILE else {}
        stated = {"window": window(start, start + _LENGTH[name]), **place, **agreed, **leaving}
        self.projects[name].order(story.key, **stated)

    def happen(self, running: Daemon) -> None:
        """Do what people have done by now; a file is half written where a daemon has others to fall back to."""
        now = self.now
        if self._torn is not None and time.monotonic() >= self._torn[2]:
            self.mend()
        for story in self.stories:
            if not story.written and story.born <= now:
                self.commit(story, ceiling=story.fate is not Fate.AGREED)
                story.written = True
            elif story.written and story.done is None and story.due <= now and self._ready(story, running):
                self._edit(story)
                story.done = now

    def mend(self) -> None:
        """Write the rest of the file that is half written."""
        if self._torn is not None:
            self._torn[0].write_text(self._torn[1], encoding="utf-8")
            self._torn = None

    def _ready(self, story: Story, running: Daemon) -> bool:
        record = self.known.get(story.key)
        if story.fate is Fate.TORN and (self._torn is not None or not running.passes()):
            return False
        active = record is not None and record.phase is Phase.ACTIVE
        return story.fate is not Fate.LEFT and (active or story.fate not in _AFTER_IT_IS_ACTIVE)

    def _edit(self, story: Story) -> None:
        path = self.project.folder / "orders" / f"{story.key}.yaml"
        match story.fate:
            case Fate.REMOVED | Fate.ORPHANED:
                path.unlink()
            case Fate.RELABELED:
                name = f"  name: {story.key}\n"
                text = path.read_text(encoding="utf-8").replace(name, f"{name}  labels: {{campaign: autumn}}  # new\n")
                path.write_text(text, encoding="utf-8")
            case Fate.AGREED:
                self.commit(story)
            case Fate.MOVED:
                self.commit(story, days=1)
            case Fate.TORN:
                text = path.read_text(encoding="utf-8")
                self._torn = path, text, time.monotonic() + TORN_SECONDS
                path.write_text(text[: self.draw.randrange(len(text))] + "\n}", encoding="utf-8")

    # What comes of it

    def live(self) -> None:
        """Run a daemon for some simulated minutes, kill it without a word, and look at what it leaves."""
        end = time.monotonic() + self.draw.uniform(*LIFE_MINUTES) * 60 / SPEED
        with daemon(self.project, patience=0) as running:
            self.trouble.sow()
            while time.monotonic() < end:
                self.happen(running)
                time.sleep(0.1)
            running.process.kill()
        self._look_back(running)

    def _look_back(self, dead: Daemon) -> None:
        now = self.now
        self.seen.on_response(dead, now)
        self.seen.faults += self.trouble.reap()
        if self.project.state.exists():
            self.known = {record.key: record for record in self.project.records().values()}
        for record in self.known.values():
            if record.unresolved:
                self.seen.doubt(record, now)
