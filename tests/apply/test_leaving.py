"""Asked to stop, made to leave, and a state file that cannot be written: what is on its way is never forgotten."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.apply import apply
from reconciler.model.errors import StateError, UnclearError
from reconciler.model.ids import Reference
from reconciler.model.journal import EventKind
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import OutcomeKind
from reconciler.model.record import Record
from reconciler.state.event import Change
from reconciler.state.store import StateStore

from .contexts import THERE, bound, cancel, observed, office, order_id, place, reference, wanted


@contextmanager
def interrupts() -> Iterator[Callable[[], None]]:
    """Let a call raise KeyboardInterrupt in the coordinator, as a second signal does."""
    main = threading.main_thread().ident
    assert main is not None
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield lambda: signal.pthread_kill(main, signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_asked_to_stop_before_anything_nothing_is_started(tmp_path: Path) -> None:
    """Not even a token is asked for."""
    with office(tmp_path, wanted("alice")) as here:
        here.context.stop.set()
        (result,) = apply([place("alice")], here.context)
        assert here.here.log == []
        assert here.record("alice") is None
    assert result.outcome.kind is OutcomeKind.NOT_SENT


def test_asked_to_stop_while_a_token_is_renewed_nothing_is_sent(tmp_path: Path) -> None:
    """Renewing credentials may take long: neither a new order nor a cancellation starts after it."""
    seen = (observed(reference("bruce")),)
    with office(tmp_path, wanted("alice"), wanted("bruce"), observed=seen, records=(bound("bruce"),)) as here:
        for action in (place("alice"), cancel("bruce")):
            here.context.stop.clear()
            here.here.credentials = here.context.stop.set
            (result,) = apply([action], here.context)
            assert result.outcome.kind is OutcomeKind.NOT_SENT
        assert here.here.calls() == ["prepare", "get", "prepare"]
        assert here.record("alice") is None
        assert len(here.journal("bruce")) == 1


def test_asked_to_stop_in_the_middle_what_flies_is_recorded_and_nothing_new_is_started(tmp_path: Path) -> None:
    """The call on its way ends as it ends; the rest is told as not started."""
    keys = ["alice", "bruce", "chris", "david"]
    with office(tmp_path, *map(wanted, keys)) as here:

        def deed(of: Reference) -> ObservedOrder:
            here.context.stop.set()
            return observed(of)

        here.here.deeds[reference("alice")] = deed
        results = apply([place(key) for key in keys], here.context)
        record = here.record("alice")
        assert here.here.placed() == [reference("alice")]
    assert [r.outcome.kind for r in results] == [OutcomeKind.DONE, *[OutcomeKind.NOT_SENT] * 3]
    assert record is not None
    assert record.order_id == order_id(reference("alice"))


def test_made_to_leave_the_journal_holds_unknown_for_what_flies(tmp_path: Path) -> None:
    """A second signal (KeyboardInterrupt in the coordinator) books the calls of every account before it goes out."""
    release = threading.Event()
    with interrupts() as interrupt, office(tmp_path, wanted("alice"), wanted("bruce", THERE)) as here:
        started = threading.Barrier(2, action=interrupt)

        def deed(of: Reference) -> ObservedOrder:
            started.wait(5)
            release.wait(5)
            return observed(of)

        for account, key in (("here", "alice"), ("there", "bruce")):
            here.providers[account].deeds[reference(key)] = deed
        try:
            with pytest.raises(KeyboardInterrupt):
                apply([place("alice"), place("bruce", THERE)], here.context)
            stories = [here.story("alice"), here.story("bruce")]
            records = [here.record("alice"), here.record("bruce")]
        finally:
            release.set()
            _finished()
    assert stories == [[(EventKind.INTENT, None), (EventKind.OUTCOME, "unknown")]] * 2
    assert [record is not None and record.unresolved for record in records] == [True, True]
    assert here.context.stopped
    assert not here.context.stop.is_set()


def _finished() -> None:
    """Wait until the threads of a pool that was left have come to their end."""
    for thread in threading.enumerate():
        if thread.name.startswith("ThreadPoolExecutor"):
            thread.join(5)


def test_an_answer_that_comes_after_leaving_is_still_recorded(tmp_path: Path) -> None:
    """While the state is open, the late answer binds the order: it outranks `unknown`."""
    release = threading.Event()
    with interrupts() as interrupt, office(tmp_path, wanted("alice")) as here:

        def deed(of: Reference) -> ObservedOrder:
            interrupt()
            release.wait(5)
            return observed(of)

        here.here.deeds[reference("alice")] = deed
        with pytest.raises(KeyboardInterrupt):
            apply([place("alice")], here.context)
        release.set()
        _finished()
        record = here.record("alice")
    assert record is not None
    assert record.order_id == order_id(reference("alice"))


class Failing(StateStore):
    """The real state file behind a disk that is full for some writes."""

    def __init__(self, real: StateStore, full: Callable[[Change], bool]) -> None:
        self._real = real
        self._full = full

    def write(self, *changes: Change) -> None:
        """Write, or fail as a full disk does."""
        if any(map(self._full, changes)):
            raise StateError("the disk is full")
        self._real.write(*changes)

    def intend(self, change: Change, *, before: Record | None) -> None:
        """Write an intent, or fail as a full disk does."""
        if self._full(change):
            raise StateError("the disk is full")
        self._real.intend(change, before=before)


def full_at(kind: EventKind, key: str = "alice") -> Callable[[StateStore], StateStore]:
    """Return a store that cannot write events of one kind about one order."""
    return lambda real: Failing(real, lambda change: (change.entry.kind, change.entry.key) == (kind, key))


def test_an_intent_that_cannot_be_written_sends_nothing(tmp_path: Path) -> None:
    """A full disk ends the run loudly, before the order."""
    with office(tmp_path, wanted("alice"), store=full_at(EventKind.INTENT)) as here:
        with pytest.raises(StateError, match="the disk is full"):
            apply([place("alice")], here.context)
        assert here.here.placed() == []
        assert here.record("alice") is None


def test_an_outcome_that_cannot_be_written_leaves_the_order_unresolved(tmp_path: Path) -> None:
    """The intent stands without an outcome: nothing is sent again before it was looked for."""
    with office(tmp_path, wanted("alice"), wanted("bruce"), store=full_at(EventKind.OUTCOME)) as here:
        with pytest.raises(StateError, match="the disk is full"):
            apply([place("alice"), place("bruce")], here.context)
        record = here.record("alice")
        assert here.here.placed() == [reference("alice")]
        assert here.story("alice") == [(EventKind.INTENT, None)]
    assert record is not None
    assert record.unresolved


def test_a_full_disk_at_one_account_does_not_lose_the_answer_of_another(tmp_path: Path) -> None:
    """The other account's call comes home and is bound, although the run then fails."""
    with office(tmp_path, wanted("alice"), wanted("bruce", THERE), store=full_at(EventKind.INTENT)) as here:
        in_flight = threading.Event()

        def slow(of: Reference) -> ObservedOrder:
            in_flight.set()
            here.context.broken.wait(5)
            return observed(of)

        def after_it_flies() -> None:
            in_flight.wait(5)

        here.here.credentials = after_it_flies

        here.providers[THERE].deeds[reference("bruce")] = slow
        with pytest.raises(StateError, match="the disk is full"):
            apply([place("alice"), place("bruce", THERE)], here.context)
        record = here.record("bruce")
    assert record is not None
    assert record.order_id == order_id(reference("bruce"))


def test_nothing_new_is_started_after_a_bug(tmp_path: Path) -> None:
    """A bug at one account lets no further order start at another."""
    keys = [f"there-{number}" for number in range(4)]
    with office(tmp_path, wanted("alice"), *(wanted(key, THERE) for key in keys)) as here:
        in_flight = threading.Event()

        def bug(_of: Reference) -> ObservedOrder:
            in_flight.wait(5)
            raise ValueError("a bug")

        def slow(of: Reference) -> ObservedOrder:
            in_flight.set()
            here.context.broken.wait(5)
            return observed(of)

        here.here.deeds[reference("alice")] = bug
        here.providers[THERE].deeds[reference(keys[0])] = slow
        with pytest.raises(ValueError, match="a bug"):
            apply([place("alice"), *(place(key, THERE) for key in keys)], here.context)
        _finished()
        assert here.providers[THERE].placed() == [reference(keys[0])]


def test_an_unknown_outcome_is_written_once(tmp_path: Path) -> None:
    """One intent, one outcome: leaving and failing do not book the same call twice."""

    def fail(_of: Reference) -> ObservedOrder:
        raise UnclearError("no answer")

    with office(tmp_path, wanted("alice")) as here:
        here.here.deeds[reference("alice")] = fail
        apply([place("alice")], here.context)
        assert here.story("alice") == [(EventKind.INTENT, None), (EventKind.OUTCOME, "unknown")]
