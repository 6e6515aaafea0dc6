"""`reconciler import` at the command line: what it says, writes and leaves with."""

from __future__ import annotations

import json

import pytest

from reconciler.cli.exit_codes import Exit
from tests.support.project import Project

from .terminal import Terminal, last_line

ACCOUNT = ("--account", "iceye-sim")


@pytest.fixture
def two(terminal: Terminal) -> tuple[str, str]:
    """Two orders that somebody placed at the account, and their ids."""
    return terminal.project.place_by_hand("Port survey"), terminal.project.place_by_hand("Mine: pit 4")


def files(project: Project) -> list[str]:
    """Return the names of the files that were imported."""
    return sorted(path.name for path in project.folder.glob("imported/*"))


def test_all_that_live(terminal, two):
    """A line for each order, then the fixed line; a plan afterwards has nothing to do."""
    ran = terminal.run("import", *ACCOUNT, "--all")
    assert ran.code == Exit.OK
    assert sorted(ran.out.splitlines()[:-1]) == sorted(
        [
            f"imported port-survey: order {two[0]} (RECEIVED) -> manifests/imported/port-survey.yaml",
            f"imported mine-pit-4: order {two[1]} (RECEIVED) -> manifests/imported/mine-pit-4.yaml",
        ]
    )
    assert last_line(ran.out) == "Import: 2 imported, 0 left alone, 0 failed."
    assert files(terminal.project) == ["mine-pit-4.yaml", "port-survey.yaml"]
    planned = terminal.run("plan", "--detailed-exitcode")
    assert (planned.code, last_line(planned.out)[:25]) == (Exit.OK, "Plan: 0 to place, 0 to co")
    assert "imported" in terminal.run("history", "port-survey").out


def test_again(terminal, two):
    """What is bound is left alone, and said."""
    terminal.run("import", *ACCOUNT, "--all")
    ran = terminal.run("import", *ACCOUNT, "--all")
    assert ran.code == Exit.OK
    assert f"left alone order {two[0]} (RECEIVED): belongs to port-survey already" in ran.out.splitlines()
    assert last_line(ran.out) == "Import: 0 imported, 2 left alone, 0 failed."


def test_some_by_their_ids(terminal, two):
    """Into a folder that is named; an id that is not there fails, and what was found is imported all the same."""
    ran = terminal.run("import", *ACCOUNT, two[1], "no-such-id", "--into", "manifests/mines", "--prefix", "x-")
    assert ran.code == Exit.FAILED
    assert ran.out.splitlines() == [
        f"imported x-mine-pit-4: order {two[1]} (RECEIVED) -> manifests/mines/x-mine-pit-4.yaml",
        "failed order no-such-id (-): the account does not list it",
        "Import: 1 imported, 0 left alone, 1 failed.",
    ]


def test_ended_orders(terminal, two):
    """Counted where nobody asked for them."""
    terminal.project.edit(two[0], cancel=True)
    ran = terminal.run("import", *ACCOUNT, "--all")
    assert "left out 1 order that ended; --ended takes them in too" in ran.out.splitlines()
    assert last_line(terminal.run("import", *ACCOUNT, "--all", "--ended").out).startswith("Import: 1 imported, 1 left")


def test_a_dry_run_writes_nothing(terminal, two):
    """The manifests go to stdout as they would stand in their files, the report to stderr."""
    ran = terminal.run("import", *ACCOUNT, "--all", "--dry-run")
    assert (ran.code, files(terminal.project), terminal.project.state.exists()) == (Exit.OK, [], False)
    assert ran.out.count("kind: TaskingOrder\n") == 2
    assert last_line(ran.err) == "Import: 2 to import, 0 left alone, 0 failed."
    terminal.run("import", *ACCOUNT, "--all")
    written = [(terminal.project.folder / "imported" / name).read_text() for name in files(terminal.project)]
    assert sorted(ran.out.split("---\n")) == sorted(written)


def test_as_json(terminal, two):
    """One document, its shape stable."""
    terminal.project.edit(two[0], imagingMode="a new mode")
    ran = terminal.run("import", *ACCOUNT, two[0], two[1], "--format", "json")
    document = json.loads(ran.out)
    (imported,), (failed,) = document.pop("imported"), document.pop("failed")
    assert document == {"format": 2, "account": "iceye-sim", "dryRun": False, "leftAlone": [], "ended": 0}
    assert imported["manifest"] == (terminal.project.root / imported["path"]).read_text()
    assert (imported["key"], imported["orderId"], imported["status"]) == ("mine-pit-4", two[1], "RECEIVED")
    assert (failed["orderId"], failed["why"][:17]) == (two[0], "cannot be written")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (ACCOUNT, Exit.USAGE, "--all, or the IDs of some"),
        ((*ACCOUNT, "--all", "some-id"), Exit.USAGE, "--all, or the IDs of some"),
        ((*ACCOUNT, "some-id", "--ended"), Exit.USAGE, "--ended belongs to --all"),
        ((*ACCOUNT, "--all", "--prefix", "Big "), Exit.USAGE, "a-z, 0-9 and hyphens"),
        (("--all",), Exit.USAGE, "--account"),
        (("--account", "nobody", "--all"), Exit.INVALID, "there is no account 'nobody'"),
        ((*ACCOUNT, "--all", "--into", "elsewhere"), Exit.INVALID, "name a folder inside of it"),
        ((*ACCOUNT, "--all", "--manifests", "nowhere"), Exit.INVALID, "no such file or folder"),
    ],
)
def test_wrong_usage(terminal, arguments, code, told):
    """Each mistake is told with what to do, and nothing is asked."""
    terminal.project.zero()
    ran = terminal.run("import", *arguments)
    assert ran.code == code
    assert told in ran.err
    assert terminal.project.requests() == {}


def test_one_file_of_manifests(terminal):
    """An import writes into a folder, which has to be named."""
    ran = terminal.run("import", *ACCOUNT, "--all", "--manifests", "manifests/project.yaml", "--into", "manifests")
    assert ran.code == Exit.INVALID


def test_a_listing_that_is_not_complete(terminal, two):
    """Nothing is written, and the exit code says that a provider could not be read."""
    terminal.project.fault("status", method="GET", status=503, times=0)
    ran = terminal.run("import", *ACCOUNT, "--all")
    assert (ran.code, files(terminal.project)) == (Exit.UNREAD, [])
    assert "Nothing was written; try again." in ran.err


def test_while_another_run_holds_the_state(terminal, two):
    """Files and state are written by one run at a time."""
    with terminal.project.store():
        ran = terminal.run("import", *ACCOUNT, "--all")
    assert (ran.code, files(terminal.project)) == (Exit.LOCKED, [])


def test_at_the_embedded_simulator(embedded):
    """An account without any manifest of an order is enough."""
    ran = embedded.run("import", *ACCOUNT, "--all")
    assert (ran.code, ran.out) == (Exit.OK, "Import: 0 imported, 0 left alone, 0 failed.\n")
