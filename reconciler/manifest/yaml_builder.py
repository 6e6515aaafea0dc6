"""Builds the values of one YAML document out of the parser's events, and keeps the position of each.

Here stand the limits and refusals: duplicate and merge keys, tags, aliases without end, depth, size.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol, TypeAlias

from yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent

from reconciler.manifest.scalars import Scalar, resolve
from reconciler.manifest.wording import quoted, shortened
from reconciler.model.errors import Location, Problem

Value: TypeAlias = Scalar | list["Value"] | dict[str, "Value"]

MAX_DEPTH = 50
MAX_ALIASES = 100
"""Aliases in one document."""
MAX_NODES = 50_000
"""Nodes in one document, every alias counted with all that it stands for."""
_MAX_PROBLEMS = 1_000

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that belong neither in a manifest nor in any text of one."""
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_CORE = "tag:yaml.org,2002:"
_SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    _CORE + "int": (int,),
    _CORE + "float": (float, int),
    _CORE + "bool": (bool,),
    _CORE + "null": (type(None),),
}
_TEXT_TAGS = (_CORE + "str", "!")


class Mark(Protocol):
    """Where something starts; all three count from 0."""

    @property
    def line(self) -> int:
        """The line."""

    @property
    def column(self) -> int:
        """The column, in characters."""

    @property
    def index(self) -> int:
        """The position in the text, in characters."""


class Event(Protocol):
    """What this module reads of the parser's events; each kind has some of it."""

    start_mark: Mark
    end_mark: Mark
    anchor: str | None
    tag: str | None
    implicit: tuple[bool, bool]
    value: str
    style: str | None


# As plain types: the events are told apart by identity, and read through `Event`.
_SCALAR: type = ScalarEvent
_ALIAS: type = AliasEvent
_MAPPING: type = MappingStartEvent
_MAPPING_END: type = MappingEndEvent
_SEQUENCE_END: type = SequenceEndEvent

NextEvent: TypeAlias = Callable[[], Event]

Marks: TypeAlias = dict[str, tuple[Mark, Mark]] | list[Mark]
"""Positions of the children of one mapping (key and value) or one list."""


class ReadingStopped(Exception):
    """Reading this file cannot or must not go on."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem)


class Builder:
    """Builds one document out of events."""

    __slots__ = ("aliases", "anchors", "file", "has_null", "marks", "max_nodes", "next", "nodes", "problems")

    def __init__(self, next_event: NextEvent, file: str, problems: list[Problem], max_nodes: int) -> None:
        self.next = next_event
        self.file = file
        self.problems = problems
        self.max_nodes = max_nodes
        self.nodes = 0
        self.aliases = 0
        self.anchors: dict[str, tuple[Value, int] | None] = {}
        self.marks: dict[int, Marks] = {}
        self.has_null = False

    def node(self, event: Event, depth: int) -> Value:
        """Build the node that begins with this event."""
        before = self.nodes
        self.nodes = before + 1
        if before >= self.max_nodes:
            raise ReadingStopped(
                problem_at(self.file, event.start_mark, f"more than {self.max_nodes:,} values in one document")
            )
        value: Value
        if type(event) is _SCALAR:
            value = self._scalar(event)
        elif type(event) is _ALIAS:
            return self._alias(event)
        else:
            value = self._collection(event, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, self.nodes - before)
        return value

    def _collection(self, event: Event, depth: int) -> Value:
        if depth >= MAX_DEPTH:
            raise ReadingStopped(too_deep(self.file, event.start_mark))
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        is_map = type(event) is _MAPPING
        if event.tag is not None and event.tag not in ("!", _CORE + ("map" if is_map else "seq")):
            self._refuse(event.start_mark, f"the tag {quoted(event.tag)} is not supported: remove it")
        return self._mapping(depth + 1) if is_map else self._sequence(depth + 1)

    def _mapping(self, depth: int) -> dict[str, Value]:
        result: dict[str, Value] = {}
        marks: dict[str, tuple[Mark, Mark]] = {}
        self.marks[id(result)] = marks
        next_event = self.next
        while type(event := next_event()) is not _MAPPING_END:
            key_mark = event.start_mark
            key = self._key(event, depth)
            event = next_event()
            value = self.node(event, depth)
            if key is None:
                continue
            if key in result:
                first = marks[key][0]
                self._refuse(key_mark, f"duplicate key {quoted(key)}: it already stands at line {first.line + 1}")
                continue
            result[key] = value
            marks[key] = (key_mark, event.start_mark)
        return result

    def _key(self, event: Event, depth: int) -> str | None:
        """Return the key, or None (and a problem) where it is none that a manifest can have."""
        text = event.value if type(event) is _SCALAR else ""
        if text[:1].isalpha() and event.tag is None and event.anchor is None and event.implicit[0]:
            plain = resolve(text)
            if isinstance(plain, str):  # as nearly every key is
                self.nodes += 1
                return plain
        problems = len(self.problems)
        has_null = self.has_null
        key = self.node(event, depth)
        self.has_null = has_null
        if key == text == "<<" and event.implicit[0]:
            self._refuse(event.start_mark, "merge keys (<<) are not supported: write the fields out")
        elif isinstance(key, int) and _NUMBER.fullmatch(text):
            return text  # as geometries are numbered
        elif not isinstance(key, str) and len(self.problems) == problems:
            self._refuse(event.start_mark, f"a key must be text, found {quoted(key)}: quote it")
        else:
            return key if isinstance(key, str) else None
        return None

    def _sequence(self, depth: int) -> list[Value]:
        result: list[Value] = []
        marks: list[Mark] = []
        self.marks[id(result)] = marks
        next_event = self.next
        while type(event := next_event()) is not _SEQUENCE_END:
            result.append(self.node(event, depth))
            marks.append(event.start_mark)
        return result

    def _scalar(self, event: Event) -> Scalar:
        text: str = event.value
        if event.tag is not None:
            return self._tagged(event)
        if not event.implicit[0]:
            if event.style == '"' and FORBIDDEN.search(text):
                self._refuse(event.start_mark, "the text holds a control character: remove it")
            return text
        try:
            value = resolve(text)
        except ValueError as e:
            self._refuse(event.start_mark, str(e))
            return text
        if value is None:
            self.has_null = True
        return value

    def _tagged(self, event: Event) -> Scalar:
        if event.tag in _TEXT_TAGS:
            return event.value
        wanted = _SCALAR_TAGS.get(event.tag or "")
        if wanted is None:
            self._refuse(event.start_mark, f"the tag {quoted(event.tag)} is not supported: remove it")
            return event.value
        try:
            value = resolve(event.value)
        except ValueError as e:
            self._refuse(event.start_mark, str(e))
            return event.value
        if type(value) not in wanted:
            self._refuse(event.start_mark, f"{quoted(event.value)} does not fit its tag {quoted(event.tag)}")
        self.has_null |= value is None
        return value

    def _alias(self, event: Event) -> Value:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise ReadingStopped(
                problem_at(self.file, event.start_mark, f"more than {MAX_ALIASES} aliases in one document")
            )
        name = event.anchor or ""
        if name not in self.anchors:
            self._refuse(event.start_mark, f"the alias *{shortened(name)} has no anchor before it")
            return None
        anchored = self.anchors[name]
        if anchored is None:
            self._refuse(event.start_mark, f"the alias *{shortened(name)} stands inside its own anchor")
            return None
        value, size = anchored
        self.nodes += size - 1
        if self.nodes > self.max_nodes:
            message = f"aliases make more than {self.max_nodes:,} values of this document"
            raise ReadingStopped(problem_at(self.file, event.start_mark, message))
        return value

    def _refuse(self, mark: Mark, message: str) -> None:
        problem = problem_at(self.file, mark, message)
        if len(self.problems) >= _MAX_PROBLEMS:
            raise ReadingStopped(problem_at(self.file, mark, "too many problems in this file: the rest was not read"))
        self.problems.append(problem)


def problem_at(file: str, mark: Mark, message: str) -> Problem:
    """Return a problem at a mark, whose line and column count from 0."""
    return Problem(Location(file=file, line=mark.line + 1, column=mark.column + 1), message)


def too_deep(file: str, mark: Mark) -> Problem:
    """Return the problem of an opening beyond `MAX_DEPTH`."""
    return problem_at(file, mark, f"nested more than {MAX_DEPTH} levels deep")
