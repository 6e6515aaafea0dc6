"""`pause` and `resume` at a terminal, and what every command says meanwhile."""

from __future__ import annotations

import json

from tests.cli.terminal import Terminal


def test_paused_and_resumed(terminal: Terminal) -> None:
    """The pass waits, exits 0 and says why on both streams; resumed, the order is placed."""
    terminal.project.order()
    ran = terminal.run("pause", "--reason", "the board said no")
    assert ran.code == 0
    assert ran.out.startswith("All accounts are paused since")
    assert ran.out.endswith("the board said no. `reconciler resume` ends it.\n")
    waits = terminal.run("reconcile")
    assert (waits.code, terminal.project.creates()) == (0, 0)
    assert "the board said no" in waits.out
    assert "the board said no" in waits.err
    assert terminal.run("resume").code == 0
    assert (terminal.run("reconcile").code, terminal.project.creates()) == (0, 1)


def test_every_command_shows_it(terminal: Terminal) -> None:
    """As a notice, in JSON, and on the page."""
    terminal.project.order()
    terminal.run("reconcile")
    terminal.run("pause", "--account", "iceye-sim", "--reason", "the board said no")
    for command in (("status",), ("history", "alice"), ("plan",), ("status", "--spend")):
        assert "account iceye-sim is paused since" in terminal.run(*command).err, command
    document = json.loads(terminal.run("status", "--format", "json").out)
    assert [(each["account"], each["reason"]) for each in document["pauses"]] == [("iceye-sim", "the board said no")]
    terminal.run("report", "--out", "pages")
    page = (terminal.project.root / "pages" / "index.html").read_text()
    assert "Account iceye-sim is paused since" in page


def test_what_is_not_paused_cannot_be_resumed(terminal: Terminal) -> None:
    """A name that is misspelt ends nothing, and the pauses that stand are named."""
    terminal.run("pause", "--account", "iceye-sim", "--reason", "why")
    ran = terminal.run("resume", "--account", "icey")
    assert (ran.code, "account icey is not paused" in ran.err, "account iceye-sim is" in ran.err) == (4, True, True)
    left = terminal.run("resume", "--account", "iceye-sim")
    assert (left.code, left.out.startswith("Resumed: account iceye-sim, paused since")) == (0, True)
    assert "nothing is paused" in terminal.run("resume").err


def test_a_pause_needs_a_reason(terminal: Terminal) -> None:
    """Others will want to know."""
    assert terminal.run("pause", "--reason", " ").code == 64
    assert terminal.run("pause").code == 64


def test_a_name_that_is_misspelt_pauses_nothing(terminal: Terminal) -> None:
    """Whoever believes that an account is paused must not be wrong; invalid manifests keep nobody from pausing."""
    ran = terminal.run("pause", "--account", "icey", "--reason", "why")
    assert (ran.code, "nothing is paused. There are: iceye-sim" in ran.err) == (4, True)
    terminal.project.order(window=None)
    ran = terminal.run("pause", "--account", "icey", "--reason", "why")
    assert (ran.code, "nobody knows whether there is an account icey" in ran.err) == (0, True)
