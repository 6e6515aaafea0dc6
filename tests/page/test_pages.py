"""The page as a daemon gives it out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from reconciler.cli.page import LivePages, PageInput
from reconciler.model.order import Manifests
from reconciler.page.view import SourceView
from tests.support.project import Project, at

from .html import parsed


@dataclass
class Loop:
    """What a loop knows."""

    desired: Manifests | None
    invalid: str | None = None
    passes: int = 1
    source: SourceView = field(
        default_factory=lambda: SourceView(
            name="remote (main)", read_at=datetime.fromisoformat(at(0)), in_force="a" * 40, newest="b" * 40
        )
    )

    def page_input(self) -> PageInput:
        """Return what the pages ask for."""
        return PageInput(manifests=self.desired, problem=self.invalid, source=self.source, passes=self.passes)


@pytest.fixture
def loop(project: Project) -> Loop:
    """A loop that has placed one order."""
    project.order()
    project.reconcile()
    return Loop(project.read())


@pytest.fixture
def pages(project: Project, loop: Loop) -> LivePages:
    """Its pages."""
    return LivePages(project.state, loop.page_input)


def test_it_is_rendered_once_for_each_pass_however_many_look(loop: Loop, pages: LivePages) -> None:
    """What is asked for every few seconds by everybody who looks costs nothing more."""
    for path in ("/", "/fragment", "/style.css"):
        with ThreadPoolExecutor(8) as threads:
            given = {id(response) for response in threads.map(pages.__getitem__, [path] * 40)}
        assert len(given) == 1
    before = pages["/fragment"]
    loop.passes += 1
    assert pages["/fragment"] is not before


def test_it_is_rendered_anew_when_the_manifests_become_invalid(loop: Loop, pages: LivePages) -> None:
    """And when they are valid again; no pass is made then."""
    assert b"are not in force" not in pages["/"].content
    loop.invalid = "orders/alice.yaml:1:1: not a document"
    assert b"orders/alice.yaml:1:1: not a document" in pages["/"].content
    loop.invalid = None
    assert b"are not in force" not in pages["/"].content


def said(pages: LivePages) -> str:
    """Return what the first page says of its source."""
    (paragraph,) = parsed(pages["/"].content).all("p", id="source")
    return str(paragraph.text)


def test_it_names_the_commit_in_force_beside_the_newest(loop: Loop, pages: LivePages) -> None:
    """It also says when the source was last read, and follows every reading without a pass."""
    assert "commit aaaaaaaaaaaa in force, newest commit bbbbbbbbbbbb; last read 1 Dec 2026, 00:00 by our clock" in said(
        pages
    )
    loop.source = replace(loop.source, newest=loop.source.in_force, read_at=None)
    assert "commit aaaaaaaaaaaa in force; last read never" in said(pages)


def test_a_history_is_read_when_it_is_asked_for(project: Project, pages: LivePages) -> None:
    """What a person has decided meanwhile is in it."""
    assert b"about to place" in pages["/orders/alice.html"].content
    before = len(pages["/orders/alice.fragment"].content)
    project.advance("1h")
    project.reconcile()
    assert len(pages["/orders/alice.fragment"].content) > before


def test_before_there_are_valid_manifests_it_says_why(loop: Loop, pages: LivePages) -> None:
    """Whoever opens it sees what is wrong, and where."""
    loop.desired = None
    assert b"look again in a moment" in pages["/"].content
    loop.invalid = "orders/alice.yaml:1:1: not a document"
    assert (pages["/"].status, b"alice.yaml:1:1" in pages["/"].content) == (503, True)


def test_there_is_none_under_a_path_that_means_nothing(loop: Loop, pages: LivePages) -> None:
    """Nor any of an order before there are valid manifests."""
    assert pages.get("/orders/nobody.html") is None
    assert set(pages) == {"/index.html", "/style.css", "/script.js", "/orders/alice.html"}
    assert len(pages) == 4
    loop.desired = None
    assert pages.get("/orders/alice.html") is None
