"""A strict YAML 1.2 reader over libyaml's events: plain values, and the position of every key and value.

The stock loaders are not safe where a misread line costs money: a duplicate key silently takes the last value, `1e3` is
text, `12:30:45` is 45045, `no` is False, and aliases are unbounded. One builder over the parser's events refuses all of
that, keeps positions without a second pass, and is faster than they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast

import yaml
from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    StreamEndEvent,
)

from reconciler.manifest.yaml_builder import (
    FORBIDDEN,
    MAX_DEPTH,
    MAX_NODES,
    Builder,
    Mark,
    Marks,
    NextEvent,
    ReadingStopped,
    Value,
    problem_at,
    too_deep,
)
from reconciler.model.errors import Location, Problem

try:
    from yaml._yaml import CParser as _Parser
except ImportError:  # pyyaml was built without libyaml: the same events, sixteen times slower
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]  # only get_event and dispose are used

Path: TypeAlias = Sequence[str | int]

MAX_FILE_NODES = 2_000_000

_LINE_END = re.compile("\r\n|\r|\n")
_DOCUMENT: type = DocumentStartEvent
_DOCUMENT_END: type = DocumentEndEvent
_STREAM_END: type = StreamEndEvent


class _EventSource(Protocol):
    @property
    def get_event(self) -> NextEvent: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    line: int
    column: int
    index: int


_START = _Position(line=0, column=0, index=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a file. `has_null` tells whether a value was left empty anywhere in it."""

    file: str
    value: Value
    start: Mark
    marks: dict[int, Marks]
    has_null: bool = False

    def at(self, path: Path, *, key: bool = False) -> Location:
        """Return the position of a value (or of its key); of the deepest part that exists where there is none."""
        node, mark = self.value, self.start
        for step in path:
            child = self._child(node, step, key=key)
            if child is None:
                break
            node, mark = child
        return Location(file=self.file, line=mark.line + 1, column=mark.column + 1)

    def _child(self, node: Value, step: str | int, *, key: bool) -> tuple[Value, Mark] | None:
        marks = self.marks.get(id(node))
        if isinstance(node, dict) and isinstance(marks, dict) and isinstance(step, str) and step in node:
            return node[step], marks[step][0 if key else 1]
        if isinstance(node, list) and isinstance(marks, list) and isinstance(step, int) and step < len(node):
            return node[step], marks[step]
        return None

    def get(self, *path: str | int) -> Value:
        """Return the value at a path, or None."""
        node = self.value
        for step in path:
            child = self._child(node, step, key=False)
            if child is None:
                return None
            node = child[0]
        return node


class YamlFile:
    """The documents of one text, as an iterator, and what was wrong with it.

    `problems` is complete once the iterator has ended. `complete` is False when the text could not be read to its end:
    documents that came before are whole.
    """

    def __init__(
        self, text: str, file: str, *, max_nodes: int = MAX_NODES, parser: Callable[[str], object] = _Parser
    ) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.complete = True
        self._text = text
        self._max_nodes = max_nodes
        self._parser = parser
        self._begun: Mark = _START

    def __iter__(self) -> Iterator[Document]:
        forbidden = FORBIDDEN.search(self._text)
        if forbidden:
            self._stop(_forbidden_character(self._text, forbidden.start(), self.file))
            return
        try:
            yield from self._documents(cast(_EventSource, self._parser(self._text)).get_event)
        except ReadingStopped as e:
            self._stop(e.problem)
        except yaml.MarkedYAMLError as e:
            deep = _too_deep_opening(self._text, self._begun, e)
            self._stop(too_deep(self.file, deep) if deep else _syntax_problem(e, self._text, self.file))
        except yaml.YAMLError as e:
            self._stop(Problem(Location(file=self.file), f"not valid YAML: {e}"))

    def _stop(self, problem: Problem) -> None:
        self.problems.append(problem)
        self.complete = False

    def _documents(self, next_event: NextEvent) -> Iterator[Document]:
        nodes = 0
        while True:
            event = next_event()
            kind = type(event)
            if kind is _STREAM_END:
                return
            if kind is _DOCUMENT_END:
                self._begun = event.end_mark
            if kind is not _DOCUMENT:
                continue
            builder = Builder(next_event, self.file, self.problems, self._max_nodes)
            root = next_event()
            value = builder.node(root, 0)
            nodes += builder.nodes
            if nodes > MAX_FILE_NODES:
                raise ReadingStopped(
                    problem_at(self.file, root.start_mark, f"more than {MAX_FILE_NODES:,} values in one file")
                )
            if value is not None:
                yield Document(
                    file=self.file, value=value, start=root.start_mark, marks=builder.marks, has_null=builder.has_null
                )


def _forbidden_character(text: str, index: int, file: str) -> Problem:
    line_ends = [found.end() for found in _LINE_END.finditer(text, 0, index)]
    column = index - (line_ends[-1] if line_ends else 0) + 1
    message = f"the character U+{ord(text[index]):04X} does not belong in a text file: remove it"
    return Problem(Location(file=file, line=len(line_ends) + 1, column=column), message)


def _too_deep_opening(text: str, begun: Mark, error: yaml.MarkedYAMLError) -> Mark | None:
    """Return the first opening beyond `MAX_DEPTH` in the document that begins there, up to the error.

    A bracket may begin a key, so the scanner reads up to 1,024 characters ahead of its events. libyaml 0.2.6 limits
    nesting itself and raises from there, before the builder receives the opening that is too deep. The pure Python
    parser has no such limit. Only a document with an error at a bracket is parsed twice.
    """
    mark = error.problem_mark
    if mark is None or text[mark.index : mark.index + 1] not in ("[", "{"):
        return None
    parser = cast(_EventSource, yaml.SafeLoader(text[begun.index : mark.index]))
    depth = 0
    with suppress(yaml.YAMLError):
        while (event := parser.get_event()) is not None:
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > MAX_DEPTH:
                deep = event.start_mark
                return _Position(line=begun.line + deep.line, column=deep.column, index=begun.index + deep.index)
    return None


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Problem(Location(file=file), f"not valid YAML: {error.problem or 'unreadable'}")
    message = f"not valid YAML: {error.problem or 'unreadable'}"
    if error.context and error.context_mark is not None:
        message += f" ({error.context} that starts at line {error.context_mark.line + 1})"
    lines = _LINE_END.split(text)
    if mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t":
        message = "not valid YAML: a tab cannot indent; use spaces"
    return problem_at(file, mark, message)
