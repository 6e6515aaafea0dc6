"""The architecture page names every room on its floor, and each room once."""

from __future__ import annotations

import re
import tomllib

from .documents import ROOT, blocks, rows, text_of

PAGE = "reconciler/README.md"


def rooms_that_exist():
    """Return the rooms as they stand on disk: packages and modules of the first level."""
    inside = (ROOT / "reconciler").iterdir()
    names = {p.stem for p in inside if p.suffix == ".py" or (p.is_dir() and (p / "__init__.py").exists())}
    return {name for name in names if not name.startswith("__")}


def floors_of(text):
    """Return floors from the top down, each as a set of rooms."""
    return [set(line.split(" | ")) for line in text.splitlines()]


def test_every_room_is_in_the_table():
    """The table has a row for each room and none for a room that is gone, each with why its wall stands."""
    table = rows(PAGE, "room")
    named = [cells[0].strip("`").rstrip("/") for cells in table]
    assert sorted(named) == sorted(rooms_that_exist())
    assert all(len(cells) == 3 and all(cells) for cells in table)


def test_packages_are_marked_as_folders():
    """A room that is a package is written with a slash, a room of one module without."""
    for cell, *_ in rows(PAGE, "room"):
        name = cell.strip("`")
        assert (ROOT / "reconciler" / name.rstrip("/")).is_dir() == name.endswith("/"), name


def test_the_floors_are_those_that_are_held():
    """The floors of the page are the layers that import-linter holds, and every room has one."""
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (held,) = [contract["layers"] for contract in contracts if contract.get("containers") == ["reconciler"]]
    (drawn,) = [block.text for block in blocks(PAGE) if re.match(r"\d  ", block.text)]
    numbers = [int(line.split()[0]) for line in drawn.splitlines()]
    assert numbers == sorted(numbers, reverse=True)
    assert floors_of(re.sub(r"(?m)^\d  ", "", drawn.rstrip("\n"))) == floors_of("\n".join(held))
    assert set().union(*floors_of("\n".join(held))) == rooms_that_exist()


def test_every_link_leads_somewhere():
    """Links between the documents lead to files that exist."""
    examples = ("examples/README.md", "examples/ci/README.md", "examples/pull-request-story/README.md")
    for page in ("README.md", PAGE, ".github/CONTRIBUTING.md", *examples, "tests/README.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", text_of(page)):
            assert (ROOT / page).parent.joinpath(target).exists(), f"{page}: {target}"
