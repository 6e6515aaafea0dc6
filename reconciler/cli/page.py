"""The page of what a state file and manifests tell, for `report` and for the daemon."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from reconciler.model.ids import OrderKey
from reconciler.model.order import Manifests
from reconciler.model.pause import Pause
from reconciler.page.site import Site, content_type
from reconciler.page.view import Entry, Known, SourceView, View, history, viewed
from reconciler.plan.last_pass import DOCUMENT, PassSnapshot
from reconciler.render.history import attempts_told, event_text
from reconciler.state.reader import StateReader
from reconciler.state.store import open_reader
from reconciler.watch.server import HttpResponse

EVERY = 5.0
"""Seconds after which an open page asks for news."""


def site_of(reader: StateReader, manifests: Manifests, *, every: float | None = None) -> Site:
    """Return the page as of the last pass, by the providers' clock; histories are read while the reader is open."""

    def entries(key: OrderKey) -> tuple[Entry, ...]:
        return _entries(reader, key)

    return Site(view=_view(reader, manifests), history=entries, every=every)


def _told(pause: Pause) -> str:
    return f"{pause.sentence}. `reconciler resume` ends it."


def _view(
    reader: StateReader, manifests: Manifests, problem: str | None = None, source: SourceView | None = None
) -> View:
    last = PassSnapshot.from_text(reader.document(DOCUMENT))
    now = last.at if last is not None else datetime.now(UTC)
    return viewed(
        Known(
            manifests=manifests,
            records=reader.records(),
            last=last,
            spendings=reader.spendings(),
            now=now,
            problem="\n".join([*map(_told, reader.pauses()), *([problem] if problem else [])]) or None,
            source=source,
        )
    )


def _entries(reader: StateReader, key: OrderKey) -> tuple[Entry, ...]:
    events = reader.journal(key)
    return history(events, attempts_told(reader.records_of(key), events), event_text)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageInput:
    """What the live page shows besides the state file: the manifests in force, and how they stand to their source.

    `manifests` is None before there were valid ones; `passes` counts passes.
    """

    manifests: Manifests | None
    problem: str | None
    source: SourceView
    passes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A site, and what was rendered of it so far, of one state of things."""

    of: tuple[str | None, SourceView, int, tuple[Pause, ...]]
    site: Site
    rendered: dict[str, HttpResponse] = field(default_factory=dict)


class LivePages(Mapping[str, HttpResponse]):
    """The page by the paths that a browser asks for, made once for each pass and each reading of the source.

    `page_input` is called at each request. However many threads ask, one site is made.
    """

    def __init__(self, state: Path, page_input: Callable[[], PageInput]) -> None:
        self._state, self._page_input = state, page_input
        self._made: _Made | None = None
        self._guard = threading.Lock()

    def __getitem__(self, path: str) -> HttpResponse:
        """Return what stands under a path; KeyError where nothing does."""
        name = path.removeprefix("/") or "index.html"
        given = self._page_input()
        if name == "index.html" and given.manifests is None:
            return self._nothing_yet(given)
        with self._guard:
            made = self._current(given)
            if "/" not in name and name not in made.rendered:
                made.rendered[name] = HttpResponse(content=made.site[name], media=content_type(name))
        return made.rendered.get(name) or HttpResponse(content=made.site[name], media=content_type(name))

    def __iter__(self) -> Iterator[str]:
        """Name the paths of the orders that the table shows, and of the page itself."""
        return (f"/{name}" for name in self._site())

    def __len__(self) -> int:
        """Count the paths."""
        return len(self._site())

    def _nothing_yet(self, given: PageInput) -> HttpResponse:
        why = given.problem or "They are being read: look again in a moment."
        return HttpResponse(content=f"There are no valid manifests yet.\n\n{why}\n".encode(), status=503)

    def _site(self) -> Site:
        with self._guard:
            return self._current(self._page_input()).site

    def _current(self, given: PageInput) -> _Made:
        if given.manifests is None:
            raise KeyError("there are no valid manifests yet")
        with open_reader(self._state) as reader:
            of = (given.problem, given.source, given.passes, reader.pauses())
            if self._made is None or self._made.of != of:
                view = _view(reader, given.manifests, given.problem, given.source)
                self._made = _Made(of=of, site=Site(view=view, history=self._history, every=EVERY))
        return self._made

    def _history(self, key: OrderKey) -> tuple[Entry, ...]:
        with open_reader(self._state) as reader:
            return _entries(reader, key)
