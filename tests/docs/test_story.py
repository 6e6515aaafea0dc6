"""The stories of an UP42 order and of one at Vantor: one command plays each, and prints what its page shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.providers.vantor.test_terms import SEED_BODY

from .documents import ROOT, blocks

PAGE = "examples/up42-story/README.md"
VANTOR = "examples/vantor-story/README.md"
_ID = re.compile(r'"?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"?|\b\d{19}\b')
"""UP42's ids, in quotes where YAML would read a number, and Vantor's."""


@pytest.mark.parametrize("page", [PAGE, VANTOR])
def test_the_story_goes_as_it_is_told(tmp_path, page):
    """The page's command, run anywhere, prints the page's transcript; only ids differ."""
    (command,) = [block.text.split() for block in blocks(page, "sh")]
    assert command[0] == "python"
    ran = subprocess.run(
        [sys.executable, str(ROOT / command[1])], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
    )
    (told,) = [block.text for block in blocks(page, "")]
    assert _ID.sub("ID", ran.stdout).strip() == _ID.sub("ID", told).strip()
    assert list(tmp_path.iterdir()) == []


def test_the_story_tells_every_stage():
    """Placed, offered, chosen, quoted, accepted, delivering, fulfilled: after each, a second pass sends only reads."""
    (told,) = [block.text for block in blocks(PAGE, "")]
    assert re.findall(r"other than reads: (.*)\.", told) == ["none"] * 7
    marks = ["placed, order", "options to choose from", "choose option", "no ceiling is committed", "accept quote"]
    places = [told.index(mark) for mark in (*marks, "coverage 50 %", "fulfilled (FULFILLED", "fetched downloads/")]
    assert places == sorted(places)


def test_the_vantor_story_sends_the_tutorial_s_own_request():
    """What Vantor got in it is the tutorial's body, with our reference at the start of its description."""
    (told,) = [block.text for block in blocks(VANTOR, "")]
    got = {name: json.loads(value) for name, value in re.findall(r"^#   (\w+): (.*)$", told, re.MULTILINE)}
    reference, _, described = got["request_description"].partition(" ")
    assert re.fullmatch(r"rc1-[a-z2-7]{20}", reference)
    assert {**got, "request_description": described} == SEED_BODY


def test_the_vantor_story_tells_every_stage():
    """What each sent besides reads: an order, a PATCH and a cancellation once, and a second pass at most a check."""
    (told,) = [block.text for block in blocks(VANTOR, "")]
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
