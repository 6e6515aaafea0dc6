"""Names and texts use the terms of the glossary."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from reconciler.cli.app import app
from tests.docs.documents import ROOT, text_of

from .glossary import Glossary, modules

QUOTING = {Path("reconciler/state/format_2.py"), Path("tests/state/test_format_2.py"), Path(__file__).relative_to(ROOT)}
"""They name what older versions wrote, or what must be found."""
GLOSSARY = Glossary.of(text_of("reconciler/GLOSSARY.md"))
PAGES = ("README.md", "reconciler/README.md", "tests/README.md", ".github/CONTRIBUTING.md", *(
    str(path.relative_to(ROOT)) for path in sorted((ROOT / "examples").rglob("README.md"))
))  # fmt: skip


@pytest.mark.parametrize("room", ["reconciler", "tests", "examples"])
def test_no_name_and_no_text_of_the_code_uses_a_word_to_avoid(room: str) -> None:
    """Identifiers, docstrings and messages alike."""
    found = [
        breach
        for path in modules(ROOT / room)
        for breach in GLOSSARY.breaches(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
        if path.relative_to(ROOT) not in QUOTING
    ]
    assert found == []


@pytest.mark.parametrize("page", PAGES)
def test_no_page_uses_a_word_to_avoid(page: str) -> None:
    """Documents speak as the code does."""
    assert list(GLOSSARY.in_text(text_of(page))) == []


def test_no_help_text_uses_a_word_to_avoid() -> None:
    """Every command, option and argument."""
    commands = [typer.main.get_command(app)]
    texts = []
    while commands:
        command = commands.pop()
        texts += [command.help or "", *(getattr(each, "help", None) or "" for each in command.params)]
        commands += getattr(command, "commands", {}).values()
    assert [word for text in texts for word in GLOSSARY.in_text(text)] == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("class FrontDoor: ...", "f.py:1: the name FrontDoor holds 'door'"),
        ("def open_door(): ...", "f.py:1: the name open_door holds 'door'"),
        ("def f(desk): ...", "f.py:1: the name desk holds 'desk'"),
        ("for world in (): ...", "f.py:1: the name world holds 'world'"),
        ("import a as bell", "f.py:1: the name bell holds 'bell'"),
        ('def f():\n    """Open the door."""', "f.py:2: a text holds 'door'"),
        ('print(f"the door of {1}")', "f.py:1: a text holds 'door'"),
    ],
)
def test_a_word_to_avoid_is_found(source: str, told: str) -> None:
    """In a class, a function, a parameter, a variable, an import, a docstring and a message."""
    assert list(GLOSSARY.breaches(source, "f.py")) == [told]


@pytest.mark.parametrize("source", ["def outdoors(): ...", '"""The world."""', "ring = 1", '"`door` was its name"'])
def test_other_words_are_not(source: str) -> None:
    """Longer words, words that are avoided as names alone, and names that are quoted."""
    assert list(GLOSSARY.breaches(source, "f.py")) == []


def test_every_row_says_what_its_term_means() -> None:
    """A term without a meaning helps nobody."""
    rows = [
        line.strip("|").split("|") for line in text_of("reconciler/GLOSSARY.md").splitlines() if line.startswith("|")
    ]
    assert all(term.strip() and meaning.strip() for term, meaning, _avoid in rows)
    assert len(GLOSSARY.in_texts) > 15
