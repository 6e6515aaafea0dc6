"""Walk into a situation, follow one remedy that is printed there to the letter, and look at what came of it.

Lines and commands are taken from the words that are printed; what a remedy only describes is done by an act of the
situation. The data beside the words names the purposes of a remedy.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from reconciler.model.time import instant_text, parse_instant
from reconciler.plan.findings import WAITS_FOR_A_PERSON, FindingKind
from reconciler.plan.remedies import Purpose
from tests.cli.terminal import Terminal

from .edits import commit
from .folder import Folder
from .provider_orders import Tally, pictures_ordered_twice
from .situation import Purposes, Situation, Way

Json: TypeAlias = dict[str, Any]
_LINES = re.compile(r"commit in (?P<file>\S+?):(?P<line>\d+):\d+:  (?P<lines>.+?)(?=  \(|; or\b|, then\b|$)")
_RESTORED = re.compile(r"commit with its manifest, restored:  (?P<lines>.+?)(?=  \(|; or\b|, then\b|$)")
_COMMAND = re.compile(r"run: reconciler (?P<words>.+?)(?=; or\b|, then\b|$)")
_CAPITALS = re.compile(r"\b(?:ID|TEXT|OLDNAME)\b")
_MOST_PASSES = 5
_FEWEST_PASSES = 3
"""How many passes there are at least if time passes between them."""
_WHOLE = frozenset({Purpose.CHANGE_POLICY})
"""Purposes whose lines replace a field without taking back anything else that it states."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A remedy as it is printed: the data of its steps, and the lines or the command in its words."""

    steps: list[Json]
    printed: list[re.Match[str] | None]

    @property
    def purposes(self) -> Purposes:
        """Return what its steps are for."""
        return tuple(Purpose(step["purpose"]) for step in self.steps)

    def is_meant_by(self, way: Way) -> bool:
        """Tell whether a way follows this one."""
        says = "; ".join(printed[0] for printed in self.printed if printed is not None)
        return self.purposes == way.purposes and way.says in says


class Walk:
    """One situation at a terminal: what is found there, and what becomes of it."""

    def __init__(self, situation: Situation, terminal: Terminal, project: Folder) -> None:
        self._situation, self._terminal, self._project = situation, terminal, project
        situation.comes(project)
        self._before = self._read(situation.shown_by)
        self._tally = Tally(project)

    @property
    def found(self) -> Json:
        """Return the one finding, or refusal, that the situation is about."""
        found = [each for each in self._before if self._is_it(each)]
        assert len(found) == 1, [_shown(each) for each in self._before]
        return found[0]

    @property
    def remedies(self) -> list[Remedy]:
        """Return every way on, after making sure that what is printed is what the data says."""
        words, position, found = self.found["remedy"], 0, []
        for steps in self.found["remedies"]:
            printed = []
            for step in steps:
                printed.append(match := _printed(step, words, position))
                position = match.end() if match is not None else position
            found.append(Remedy(steps, printed))
        return found

    def check_what_is_printed(self) -> None:
        """Make sure that the words that are followed are those that a person reads at the terminal."""
        printed = self._terminal.run(self._situation.shown_by).out
        assert self.found["message"] in printed
        assert not self.remedies or f"-> {self.found['remedy']}\n" in printed

    def _check_that_all_are_followed(self) -> None:
        situation = self._situation
        followed = [*(way.purposes for way in situation.ways), *situation.untrue]
        assert sorted(each.purposes for each in self.remedies) == sorted(followed)

    def follow(self, way: Way) -> None:
        """Do every step of one remedy as it is printed, and let passes run until nothing changes any more."""
        self._check_that_all_are_followed()
        (remedy,) = [each for each in self.remedies if each.is_meant_by(way)]
        for step, printed in zip(remedy.steps, remedy.printed, strict=True):
            self._do(step, printed, way)
        after = self._passes(way)
        assert not any(map(self._is_it, after)), [_shown(each) for each in after]
        new = set(_waiting(after)) - set(_waiting(self._before))
        assert new == set(way.leaves), [_shown(each) for each in after]
        done, expected = self._tally, (way.orders, way.ends, way.accepts)
        assert (done.placed, done.ended, done.accepted) == expected, "placed, ended, accepted"
        assert self._tally.asked in (None, way.orders)
        assert bool(pictures_ordered_twice(self._project)) == (way.twice is not None), self._project.orders()

    def _is_it(self, each: Json) -> bool:
        situation = self._situation
        about = (situation.key, situation.kind) if situation.kind is not None else (None, None)
        return (_about(each), each["cause"]["kind"]) == (about, situation.cause_kind)

    def _read(self, command: str) -> list[Json]:
        ran = self._terminal.run(command, "--format", "json")
        assert "Traceback" not in ran.err, ran.err
        assert ran.out, ran.err
        document = json.loads(ran.out)
        plan = document.get("plan", document)
        self._busy = bool(document.get("results"))
        return [*plan["findings"], *plan["refusals"]]

    def _passes(self, way: Way) -> list[Json]:
        found: list[Json] = []
        for number in range(_MOST_PASSES):
            if way.pace is not None:
                self._project.advance(way.pace)
            found = self._read("reconcile")
            settled = number + 1 >= (_FEWEST_PASSES if way.pace is not None else 1)
            if settled and not self._busy and not any(map(self._is_it, found)):
                break
        self._tally.count()
        return found

    def _do(self, step: Json, printed: re.Match[str] | None, way: Way) -> None:
        purpose = Purpose(step["purpose"])
        act = way.acts.get(purpose)
        if act is not None:
            self._tally.apart(lambda: act(self._project))
        if printed is not None and step["kind"] == "commit":
            lost = self._commit(printed, way)
            assert purpose not in _WHOLE or not lost, (lost, printed["lines"])
        elif step["kind"] == "run":
            assert printed is not None
            self._type(printed["words"], way)
        elif step["kind"] == "wait" and act is None:
            self._wait(step["until"])
        elif purpose in (Purpose.CHOOSE_OPTION, Purpose.CHOOSE_OPTION_EACH):
            self._choose(step["location"], way.choice)
        else:
            assert act is not None, f"nobody does what {purpose} asks for"

    def _commit(self, printed: re.Match[str], way: Way) -> frozenset[str]:
        lines = _filled(printed["lines"], way.fill(self._project))
        if printed.re is _LINES:
            return commit(self._project.root / printed["file"], int(printed["line"]), lines)
        return commit(*self._project.manifest(self._situation.key), lines)

    def _choose(self, location: Json, number: int) -> None:
        lines = self.found["choices"][number]["lines"]
        commit(self._project.root / location["file"], location["line"], lines)

    def _type(self, words: str, way: Way) -> None:
        filled = {"TEXT": "'the console shows nothing'", **way.fill(self._project)}
        ran = self._terminal.run(*shlex.split(_filled(words, filled)))
        assert ran.code == 0, (words, ran.err)

    def _wait(self, until: str | None) -> None:
        if until is not None:
            moment = parse_instant(until) + timedelta(seconds=1)
            self._project.sim("POST", "/clock", {"set": instant_text(moment)})


def _printed(step: Json, words: str, position: int) -> re.Match[str] | None:
    if step["kind"] == "run":
        printed = _COMMAND.search(words, position)
        assert printed is not None, words
        assert f"reconciler {printed['words']}" == step["command"]
        return printed
    if step["kind"] != "commit" or not step["lines"]:
        return None
    printed = (_LINES if step["location"] is not None else _RESTORED).search(words, position)
    assert printed is not None, words
    assert printed["lines"] == step["lines"]
    assert step["location"] is None or printed["file"] == step["location"]["file"]
    return printed


def _filled(text: str, known: Mapping[str, str]) -> str:
    """Write what a person knows for the words in capitals."""
    return _CAPITALS.sub(lambda word: known[word[0]], text)


def _about(found: Json) -> tuple[str | None, str | None]:
    return (found["subject"]["key"], found["kind"]) if "subject" in found else (None, None)


def _waiting(found: list[Json]) -> Iterator[tuple[str, FindingKind]]:
    for key, kind in map(_about, found):
        if key is not None and kind in WAITS_FOR_A_PERSON:
            yield key, FindingKind(str(kind))


def _shown(found: Json) -> str:
    return f"{_about(found)} {found['cause']['kind']}: {found['message']} -> {found['remedy']}"
