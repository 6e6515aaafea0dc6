"""A quarter of simulated time: teams that change their manifests, and the passes over what they have committed."""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from reconciler.cli.working_tree import checkout_of
from reconciler.desired import cache_beside, read
from reconciler.model.outcome import OutcomeKind
from reconciler.reconcile import Mode, Pass, Report
from tests.quarter.config_map import ConfigMap
from tests.quarter.folder import Folder, document
from tests.quarter.holds import QUIET, Hold, Row, Why, holds_in
from tests.quarter.pictures import LIVE, Picture, Place, point, points, shown
from tests.quarter.repository import Repository
from tests.support.project import START, Project, at, eur

Story: TypeAlias = Iterator[float]
"""What somebody does step by step; each step yields how many days pass until the next one."""
Due: TypeAlias = tuple[str, Picture]
"""The kind of an action, and the picture whose order it is about."""
REMOVAL = "removal"
"""A cancellation for no other reason than that a manifest is gone."""


class Team(ABC):
    """People with one folder of manifests, a project, and a state of their own."""

    def __init__(self, project: Project, folder: Folder) -> None:
        self.project, self.folder, self.day = project, folder, 0.0
        self.names: dict[str, list[Picture]] = {}
        """The pictures that each manifest declares."""
        self.due: list[Due] = []
        """What the next pass must do."""
        self.then: dict[Picture, Picture] = {}
        """What is ordered in the pass after the one that cancels a picture."""
        self.holds: dict[Hold, Why] = {}
        """What each pass must meet."""
        self.rows: list[Row] = []
        self.passes = 0

    @property
    def week(self) -> int:
        """The number of the week, from 0."""
        return int(self.day // 7)

    @property
    def pictures(self) -> list[Picture]:
        """All pictures that were ever declared."""
        return [picture for found in self.names.values() for picture in found]

    def to(self, day: float) -> None:
        """Let the time pass, by the provider's clock and by our own."""
        self.project.clock.sleep((day - self.day) * 86_400)
        self.day = day

    # What is declared

    def order(self, key: str, *places: Place, begin: float, **more: Any) -> list[Picture]:
        """Write an order of ICEYE's, due in the next pass; its window begins `begin` days from now.

        `days`, `mode`, `ceiling` (euros) and `file` have defaults; more fields are added to its spec. With several
        places it declares several pictures.
        """
        days, mode = more.pop("days", 2.0), more.pop("mode", "SPOTLIGHT")
        name, ceiling = more.pop("file", f"orders/{key}.yaml"), more.pop("ceiling", "2000")
        keys = [key] if len(places) == 1 else [f"{key}/{n}" for n, _ in enumerate(places, start=1)]
        terms = {"mode": mode, "removable": more.get("lifecycle") == {"onDelete": "cancel"}}
        found = [self.declare(one, point(place), begin, days, **terms) for one, place in zip(keys, places, strict=True)]
        spec = {"account": "iceye-sim", "window": found[0].window, "target": points(places)}
        spec |= {"iceye": {"imagingMode": mode}, "confirm": {"maxPrice": eur(ceiling)}, **more}
        self.folder.write(name, document(key, spec))
        return found

    def declare(self, key: str, target: Mapping[str, Any], begin: float, days: float = 2.0, **more: Any) -> Picture:
        """Note a picture that a manifest declares, due in the next pass; its window begins some days from now."""
        fields = {"mode": "SPOTLIGHT", "since": self.commits, **more}
        picture = Picture(key=key, target=target, begin=self.day + begin, end=self.day + begin + days, **fields)
        self.names.setdefault(key.partition("/")[0], []).append(picture)
        self.due.append(("place", picture))
        return picture

    def again(self, picture: Picture, begin: float | None = None) -> Picture:
        """Note the next attempt of a picture, in a window of two days that begins some days from now, or in its own."""
        begins, days = (picture.begin - self.day, picture.end - picture.begin) if begin is None else (begin, 2.0)
        return self.declare(picture.key, picture.target, begins, days, attempt=picture.attempt + 1, mode=picture.mode)

    def later(self, *pictures: Picture) -> None:
        """Note that nothing is due for pictures yet."""
        self.due = [each for each in self.due if each[1] not in pictures]

    def rename(self, key: str, new: str) -> None:
        """Rename an order, in its file and in the notes."""
        self.folder.rename(key, new)
        self.names[new] = self.names.pop(key)
        for picture in self.names[new]:
            picture.key = picture.key.replace(key, new, 1)

    def remove(self, key: str) -> None:
        """Remove an order's manifest; if that cancels its orders, it is due."""
        self.folder.replace(key, "")
        self.due += [(REMOVAL, picture) for picture in self.names[key] if picture.removable]

    def clear_out(self) -> bool:
        """Remove the manifests of orders that ended some days ago; tell whether there were any."""
        ended = [name for name in self.declared() if all(p.end + 3 < self.day for p in self.names[name])]
        for name in ended:
            self.folder.replace(name, "")
        return bool(ended)

    def declared(self) -> list[str]:
        """Return the names of the manifests that exist, the first one first."""
        keys = self.folder.keys()
        return [name for name in self.names if name in keys]

    def movable(self) -> list[str]:
        """Return those that do not name another file by its path."""
        return [name for name in self.declared() if '"file"' not in self.folder.text_of(name)]

    @property
    def commits(self) -> int:
        """The number that the next commit has."""
        return 0

    # What is expected

    def meets(self, why: Why, key: str) -> None:
        """Expect a hold from the next pass on."""
        self.holds[Hold.of(key, why)] = why

    def solves(self, why: Why, key: str) -> None:
        """Expect that a hold is gone."""
        del self.holds[Hold.of(key, why)]

    def judge(self, report: Report, holds: Mapping[Hold, Why], due: list[Due]) -> None:
        """Compare a pass with what it must do and meet: that, and nothing else."""
        self.passes += 1
        found = {*holds_in(report), *((str(action.kind), str(action.key)) for action in report.plan.actions)}
        stated = {*holds, *(("cancel" if kind == REMOVAL else kind, picture.key) for kind, picture in due)}
        assert found == stated, f"day {self.day}: not expected: {found - stated}, expected: {stated - found}"
        assert len(report.plan.actions) == len(due)
        assert all(found.remedies for found in report.plan.findings if found.kind not in QUIET)
        assert {each.outcome.kind for each in report.results} <= {OutcomeKind.DONE}, report.results
        self.due += [("place", self.then.pop(picture)) for _, picture in due if picture in self.then]
        known = {(row.key, row.why) for row in self.rows}
        rows = [Row(self.week, hold.key, why) for hold, why in holds.items()]
        self.rows += [row for row in rows if (row.key, row.why) not in known]

    def run(self) -> None:
        """Run the pass that follows a change."""
        due, self.due = self.due, []
        self.judge(self.passed(self.source()), self.holds, due)

    @abstractmethod
    def source(self) -> Path:
        """Return the folder of manifests that a pass reads."""

    def passed(self, folder: Path, mode: Mode = Mode.RECONCILE) -> Report:
        """Run a pass over a folder as the command line does."""
        checkout = checkout_of(folder)
        return Pass(
            manifests=read(folder, cache=cache_beside(self.project.state)),
            env=self.project.environment(),
            mode=mode,
            reread=lambda: read(folder),
            commit=checkout.commit if mode is Mode.RECONCILE else None,
            checkout=checkout,
        ).run()


class GitTeam(Team):
    """A team whose manifests are in Git, and whose CI runs the passes."""

    def __init__(self, project: Project) -> None:
        self.day = 0.0
        self.repository = Repository(project.root, self._now)
        super().__init__(project, self.repository.folder)

    @property
    def commits(self) -> int:
        """The number that the next commit of `main` has."""
        return len(self.repository.main)

    def _now(self) -> datetime:
        return START + timedelta(days=self.day)

    def commit(self, subject: str, author: str = "Ann") -> None:
        """Commit everything that was changed."""
        self.repository.commit(subject, author=author)

    def landed(self, *pictures: Picture) -> None:
        """Note that pictures of a branch are on `main` now, and due."""
        for picture in pictures:
            picture.since = self.commits - 1
        self.due += [("place", picture) for picture in pictures]

    def source(self) -> Path:
        """Check out the newest commit."""
        return self.repository.checkout(self.repository.main[-1])

    def check(self, commit: str, *pictures: Picture, holds: Mapping[Hold, Why] | None = None) -> None:
        """Plan a branch, as a pull request does: it would order these pictures besides."""
        report = self.passed(self.repository.checkout(commit), Mode.PLAN)
        self.judge(report, {**self.holds, **(holds or {})}, [*self.due, *(("place", picture) for picture in pictures)])

    def run_elsewhere(self, folder: Path, why: Why) -> None:
        """Run a pass over another checkout of the newest commit, which cancels nothing for the reason that is given."""
        leaving = [each for each in self.due if each[0] == REMOVAL]
        held = {Hold.of(picture.key, why): why for _, picture in leaving}
        due, self.due = [each for each in self.due if each not in leaving], leaving
        self.judge(self.passed(folder), self.holds | held, due)

    def run_again(self, number: int) -> None:
        """Run an old job again. It meets every live order that its commit did not declare, or declared otherwise."""
        listed = {shown(order) for order in self.project.orders() if order["status"] in LIVE[order["provider"]]}
        live = [p for p in self.pictures if p.shown in listed and p.status not in ("FAILED", "CANCELED")]
        held: dict[Hold, Why] = {}
        for picture in live:
            if picture.since > number or number in picture.missing:
                why = Why.OLD_JOB_REMOVES if picture.removable else Why.OLD_JOB
                held[Hold.of(picture.key, why)] = why
            elif picture.changed > number:
                held[Hold.of(picture.key, Why.OLD_TERMS)] = Why.OLD_TERMS
        self.judge(self.passed(self.repository.checkout(self.repository.main[number])), self.holds | held, [])


class MountTeam(Team):
    """A team whose manifests are in a ConfigMap."""

    def __init__(self, project: Project) -> None:
        self.config_map = ConfigMap(project.root)
        super().__init__(project, self.config_map.folder)
        account = self.folder.path / "accounts" / "iceye-sim.yaml"
        account.rename(self.folder.path / account.name)
        account.parent.rmdir()

    def source(self) -> Path:
        """Mount what the team has applied."""
        self.config_map.apply()
        return self.config_map.mount


class Quarter:
    """The teams, the one simulator that they share, and the stories that are under way.

    With a `draw`, steps of one day come in a random order, each followed by a pass; without one a day has one pass.
    """

    def __init__(self, *teams: Team, draw: Random | None = None) -> None:
        self.teams, self._draw, self._numbers = teams, draw, count()
        self._waiting: list[tuple[float, float, int, Team, Story]] = []

    def begin(self, team: Team, story: Story, day: float) -> None:
        """Let a story begin on a day."""
        order = self._draw.random() if self._draw is not None else 0.0
        heapq.heappush(self._waiting, (day, order, next(self._numbers), team, story))

    def play(self) -> None:
        """Play all stories to their ends."""
        while self._waiting:
            day = self._waiting[0][0]
            self.to(day)
            moved = set()
            while self._waiting and self._waiting[0][0] == day:
                *_, team, story = heapq.heappop(self._waiting)
                if (pause := next(story, None)) is None:
                    continue
                self.begin(team, story, day + pause)
                moved.add(team)
                if self._draw is not None:
                    team.run()
            for team in self.teams:
                if team in moved and self._draw is None:
                    team.run()

    def to(self, day: float) -> None:
        """Let the time pass for everybody."""
        self.teams[0].project.sim("POST", "/clock", {"set": at(day)})
        for team in self.teams:
            team.to(day)
