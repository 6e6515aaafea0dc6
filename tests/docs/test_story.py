"""The story of an UP42 order: one command plays it, and prints what its page shows."""

from __future__ import annotations

import re
import subprocess
import sys

from .documents import ROOT, blocks

PAGE = "examples/up42-story/README.md"
_ID = re.compile(r'"?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"?')  # in quotes where YAML would read a number


def test_the_story_goes_as_it_is_told(tmp_path):
    """The page's command, run anywhere, prints the page's transcript; only ids differ."""
    (command,) = [block.text.split() for block in blocks(PAGE, "sh")]
    assert command[0] == "python"
    ran = subprocess.run(
        [sys.executable, str(ROOT / command[1])], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
    )
    (told,) = [block.text for block in blocks(PAGE, "")]
    assert _ID.sub("ID", ran.stdout).rstrip() == _ID.sub("ID", told).rstrip()
    assert list(tmp_path.iterdir()) == []


def test_the_story_tells_every_stage():
    """Placed, offered, chosen, quoted, accepted, delivering, fulfilled: after each, a second pass sends only reads."""
    (told,) = [block.text for block in blocks(PAGE, "")]
    assert re.findall(r"other than reads: (.*)\.", told) == ["none"] * 7
    marks = ["placed, order", "options to choose from", "choose option", "no ceiling is committed", "accept quote"]
    places = [told.index(mark) for mark in (*marks, "coverage 50 %", "fulfilled (FULFILLED", "fetched downloads/")]
    assert places == sorted(places)
