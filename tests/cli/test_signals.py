"""Ctrl-C and SIGTERM: the first ends in order, the second at once, and the journal is true after both."""

from __future__ import annotations

import signal

import pytest

from reconciler.cli.exit_codes import Exit
from tests.support.project import eventually, window

LATER = window(9, 11)


def started(terminal, key):
    """Tell whether the journal holds an intent of an order."""
    return terminal.project.state.exists() and any(event.key == key for event in terminal.project.journal())


class TestInterrupted:
    @pytest.fixture
    def slow(self, terminal):
        """An order whose placing call takes longer than anybody waits, and one behind it."""
        terminal.project.account(limits={"concurrency": 1})
        terminal.project.order("alice")
        terminal.project.order("bob", window=LATER)
        return terminal

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_130_twice_leaves_at_once_with_unknown_booked(self, slow, number):
        """The second signal does not wait for the answer; what was on its way is booked as unknown, and said."""
        slow.project.fault("delay", seconds=60)
        with slow.running("reconcile", "manifests") as process:
            eventually(lambda: started(slow, "alice"))
            process.send_signal(number)
            said = next(line for line in process.stderr if "starting nothing new" in line)
            assert said.startswith(number.name)
            process.send_signal(number)
            assert process.wait(10) == Exit.INTERRUPTED
            rest = process.stderr.read()
        assert rest == "interrupted\n"
        (record,) = [record for record in slow.project.records().values() if record.key == "alice"]
        assert record.unresolved
        assert not started(slow, "bob")
        lines = slow.run("history", "alice").out.splitlines()
        assert ["intent" in lines[0], "place: unknown, " in lines[1]] == [True, True]
        assert "unresolved" in slow.run("status").out

    def test_once_finishes_what_is_on_its_way(self, slow):
        """The first signal waits for the answer and books it; nothing new is started."""
        slow.project.fault("delay", seconds=1.5)
        with slow.running("reconcile", "manifests") as process:
            eventually(lambda: started(slow, "alice"))
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        assert "alice: placed, order " in out
        assert "bob: not sent: not started: the run was asked to stop" in out
        assert "Traceback" not in err
        assert slow.project.creates() == 1
        assert slow.run("reconcile").code == Exit.OK
        assert len(slow.project.orders()) == 2

    def test_before_a_pass_has_begun(self, terminal):
        """Interrupted while it still starts, the program leaves with 130 and without a traceback."""
        with terminal.running("reconcile", "manifests") as process:
            process.stderr.readline()
            process.send_signal(signal.SIGINT)
            process.wait(10)
            assert "Traceback" not in process.stderr.read()
