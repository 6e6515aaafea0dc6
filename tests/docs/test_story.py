"""The stories: one command plays each, and prints what its page shows."""

from __future__ import annotations

import json
import re

import pytest

from tests.providers.vantor.test_terms import SEED_BODY

from .stories import PAGES, PULL_REQUEST, UP42, VANTOR, alike, played, told_by


@pytest.mark.parametrize("page", PAGES)
def test_the_story_goes_as_it_is_told(tmp_path, page):
    """The page's command, run anywhere, prints the page's transcript; only ids differ."""
    assert alike(played(page, tmp_path)) == alike(told_by(page))
    assert list(tmp_path.iterdir()) == []


def test_the_story_tells_every_stage():
    """Placed, offered, chosen, quoted, accepted, delivering, fulfilled: after each, a second pass sends only reads."""
    told = told_by(UP42)
    assert re.findall(r"other than reads: (.*)\.", told) == ["none"] * 7
    marks = ["placed, order", "options to choose from", "choose option", "no ceiling is committed", "accept quote"]
    places = [told.index(mark) for mark in (*marks, "coverage 50 %", "fulfilled (FULFILLED", "fetched downloads/")]
    assert places == sorted(places)


def test_the_vantor_story_sends_the_tutorial_s_own_request():
    """What Vantor got in it is the tutorial's body, with our reference at the start of its description."""
    told = told_by(VANTOR)
    got = {name: json.loads(value) for name, value in re.findall(r"^#   (\w+): (.*)$", told, re.MULTILINE)}
    reference, _, described = got["request_description"].partition(" ")
    assert re.fullmatch(r"rc1-[a-z2-7]{20}", reference)
    assert {**got, "request_description": described} == SEED_BODY


def test_the_vantor_story_tells_every_stage():
    """What each sent besides reads: an order, a PATCH and a cancellation once, and a second pass at most a check."""
    told = told_by(VANTOR)
    check, order = "1 POST tasking/vantor", "2 POST tasking/vantor, 1 POST tasking/vantor/quote"
    assert re.findall(r"Besides reads: (.*?)\. A second pass: (.*?)\. Orders at Vantor: (\d)\.", told) == [
        (check, check, "0"),
        (order, "nothing", "1"),
        ("1 PATCH tasking/vantor/{id}", "nothing", "1"),
        ("nothing", "nothing", "1"),
        ("nothing", "nothing", "1"),
        ("1 POST tasking/{id}/cancel", "nothing", "1"),
        ("nothing", "nothing", "1"),
        ("nothing", "nothing", "1"),
        (check, check, "1"),
        (order, "nothing", "2"),
    ]


def test_the_pull_requests_send_what_was_approved_and_nothing_else():
    """A plan sends nothing; a merge its one order; a merge after the price rose nothing, and leaves with 8."""
    told = told_by(PULL_REQUEST)
    order = "1 POST /iceye/api/tasking/v2/tasks"
    assert re.findall(r"other than reads: (.*?)\.", told) == ["nothing", order, "nothing", "nothing", order]
    comment, merged, again, stale = (
        told.index(mark) for mark in ("at most EUR 1,430.00", "1 placed", "Plan: 0 to place", "[exit 8]")
    )
    assert comment < merged < again < stale
    assert "commits EUR 2,000.00 now, and EUR 1,300.00 in the plan" in told
