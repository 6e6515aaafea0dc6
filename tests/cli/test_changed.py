"""Manifests that change while a run carries them out: what is left is planned anew, in the same run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.cli import passes
from reconciler.cli.exit_codes import Exit
from tests.cli.terminal import Terminal


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return what has something done when the manifests are first compared before a call."""

    def then(act: Callable[[], object]) -> None:
        compare, done = passes.fingerprint_of, []

        def compared(place: Path) -> str:
            found = compare(place)
            if len(done) == 1:
                act()
            done.append(place)
            return found if len(done) != 2 else compare(place)

        monkeypatch.setattr(passes, "fingerprint_of", compared)

    return then


def test_an_order_that_is_suspended_meanwhile_is_not_sent(
    terminal: Terminal, once: Callable[[Callable[[], object]], None]
) -> None:
    """The run goes on with what is left, and has not failed."""
    terminal.project.order("alice")
    once(lambda: terminal.project.order("alice", suspend={"reason": "the board said no"}))
    ran = terminal.run("reconcile")
    assert (ran.code, terminal.project.creates()) == (Exit.OK, 0)
    assert "suspended: the board said no" in ran.out
    assert "planning what is left anew" in ran.err


def test_other_files_may_change(terminal: Terminal, once: Callable[[Callable[[], object]], None]) -> None:
    """As where a run writes its output beside the manifests."""
    terminal.project.order("alice")
    once(lambda: (terminal.project.folder / "output.txt").write_text("Plan: 1 to place"))
    ran = terminal.run("reconcile")
    assert (ran.code, terminal.project.creates()) == (Exit.OK, 1)


def test_an_approved_plan_skips_what_changed(terminal: Terminal, once: Callable[[Callable[[], object]], None]) -> None:
    """Nobody approved the new one: exit 8, and nothing was sent."""
    terminal.project.order("alice")
    terminal.run("plan", "--out", "plan.json")
    once(lambda: terminal.project.order("alice", suspend={"reason": "the board said no"}))
    ran = terminal.run("reconcile", "--plan", "plan.json")
    assert (ran.code, terminal.project.creates()) == (Exit.STALE, 0)


def test_manifests_that_become_invalid_stop_the_rest(
    terminal: Terminal, once: Callable[[Callable[[], object]], None]
) -> None:
    """What was done is told all the same, and what is wrong with them."""
    terminal.project.order("alice")
    once(lambda: terminal.project.order("alice", window=None))
    ran = terminal.run("reconcile")
    assert (ran.code, terminal.project.creates()) == (Exit.FAILED, 0)
    assert "the manifests have changed since the plan was made" in ran.out
    assert "what is left could not be planned anew" in ran.err
    assert "alice.yaml" in ran.err
