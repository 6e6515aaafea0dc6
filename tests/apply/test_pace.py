"""How many at once, what holds back the rest, and accounts side by side."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import pytest

from reconciler.apply import apply
from reconciler.model.errors import NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import AccountName, Reference
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import OutcomeKind

from .contexts import HERE, THERE, Office, amend, bound, cancel, observed, office, place, reference, wanted

TOGETHER = 5.0
"""Seconds to wait for calls that must be on their way at the same time."""


def meeting(here: Office, *sizes: int, account: AccountName = HERE) -> list[str]:
    """Script the calls so that each batch returns only when all of it is on its way; return the keys."""
    keys: list[str] = []
    for size in sizes:
        gate = threading.Barrier(size)

        def deed(of: Reference, gate: threading.Barrier = gate) -> ObservedOrder:
            gate.wait(TOGETHER)
            return observed(of, account)

        for _ in range(size):
            keys.append(f"{account}-{len(keys):02}")
            here.providers[account].deeds[reference(keys[-1])] = deed
    return keys


def test_new_orders_start_slowly(tmp_path: Path) -> None:
    """One, two, four, then eight at once: each batch flies together, and no more than it."""
    keys = [f"here-{number:02}" for number in range(1 + 2 + 4 + 8 + 8)]
    with office(tmp_path, *map(wanted, keys), concurrency=16) as here:
        assert meeting(here, 1, 2, 4, 8, 8) == keys
        results = apply([place(key) for key in keys], here.context)
        seen = here.here.most_at_once
    assert {result.outcome.kind for result in results} == {OutcomeKind.DONE}
    ends = [0, 1, 3, 7, 15, 23]
    assert [max(seen[a:b]) for a, b in pairwise(ends)] == [1, 2, 4, 8, 8]


def test_no_more_fly_at_once_than_the_account_allows(tmp_path: Path) -> None:
    """`limits.concurrency` of three makes batches of one, two, three, three."""
    keys = [f"here-{number:02}" for number in range(9)]
    with office(tmp_path, *map(wanted, keys), concurrency=3) as here:
        assert meeting(here, 1, 2, 3, 3) == keys
        results = apply([place(key) for key in keys], here.context)
        assert max(here.here.most_at_once) == 3
    assert {result.outcome.kind for result in results} == {OutcomeKind.DONE}


_OWN = [RefusalKind.INVALID, RefusalKind.CONTRACT, RefusalKind.NOT_FOUND]
_SHARED = [RefusalKind.FUNDS, RefusalKind.UNAUTHORIZED, RefusalKind.FORBIDDEN, RefusalKind.RATE_LIMITED]


@pytest.mark.parametrize(
    "error",
    [
        NotSentError("not reached"),
        UnclearError("no answer"),
        *(RefusedError("no", kind=kind, status=400) for kind in _SHARED),
    ],
    ids=str,
)
def test_trouble_that_others_would_meet_holds_back_the_rest(tmp_path: Path, error: ProviderError) -> None:
    """After it nothing more is sent at that account; the rest is told as not sent, and not written down."""

    def fail(_of: Reference) -> ObservedOrder:
        raise error

    keys = ["alice", "bruce", "chris", "david", "edith"]
    with office(tmp_path, *map(wanted, keys)) as here:
        here.here.deeds[reference("bruce")] = fail
        results = apply([place(key) for key in keys], here.context)
        assert set(here.here.placed()) == {reference(key) for key in ("alice", "bruce", "chris")}
        assert [here.record(key) for key in ("david", "edith")] == [None, None]
    assert [result.outcome.kind for result in results[3:]] == [OutcomeKind.NOT_SENT] * 2
    assert [result.action.key for result in results] == keys


@pytest.mark.parametrize("kind", _OWN)
def test_what_is_wrong_with_one_order_does_not_hold_back_others(tmp_path: Path, kind: RefusalKind) -> None:
    """An order refused for its own sake leaves the others to be placed."""

    def fail(_of: Reference) -> ObservedOrder:
        raise RefusedError("no", kind=kind, status=400)

    keys = ["alice", "bruce", "chris", "david"]
    with office(tmp_path, *map(wanted, keys)) as here:
        here.here.deeds[reference("alice")] = fail
        results = apply([place(key) for key in keys], here.context)
    assert [result.outcome.kind for result in results] == [OutcomeKind.REFUSED, *[OutcomeKind.DONE] * 3]


def test_trouble_with_a_change_does_not_hold_back_new_orders(tmp_path: Path) -> None:
    """A cancellation without an answer says nothing about placing."""

    def fail(_order: ObservedOrder) -> ObservedOrder:
        raise UnclearError("no answer")

    with office(
        tmp_path, wanted("alice"), wanted("bruce"), observed=(observed(reference("bruce")),), records=(bound("bruce"),)
    ) as here:
        here.here.change = fail
        results = apply([cancel("bruce"), amend("bruce", 2), place("alice")], here.context)
    assert [r.outcome.kind for r in results] == [OutcomeKind.UNKNOWN, OutcomeKind.UNKNOWN, OutcomeKind.DONE]


def test_changes_come_before_new_orders(tmp_path: Path) -> None:
    """What is canceled frees funds that a new order may need."""
    with office(
        tmp_path, wanted("alice"), wanted("bruce"), observed=(observed(reference("bruce")),), records=(bound("bruce"),)
    ) as here:
        apply([place("alice"), cancel("bruce")], here.context)
        assert [call for call in here.here.calls() if call != "authenticate"] == ["cancel", "place"]


def test_accounts_run_side_by_side(tmp_path: Path) -> None:
    """The first order of one account returns only while that of the other is on its way."""
    with office(tmp_path, wanted("alice"), wanted("bruce", THERE)) as here:
        gate = threading.Barrier(2)

        def deed(of: Reference) -> ObservedOrder:
            gate.wait(TOGETHER)
            return observed(of)

        here.providers[HERE].deeds[reference("alice")] = deed
        here.providers[THERE].deeds[reference("bruce")] = deed
        results = apply([place("alice"), place("bruce", THERE)], here.context)
    assert {result.outcome.kind for result in results} == {OutcomeKind.DONE}


def test_trouble_at_one_account_does_not_hold_back_another(tmp_path: Path) -> None:
    """Each account starts slowly for itself."""

    def fail(_of: Reference) -> ObservedOrder:
        raise UnclearError("no answer")

    here_keys, there_keys = ["a1", "a2"], ["b1", "b2", "b3"]
    orders = [*map(wanted, here_keys), *(wanted(key, THERE) for key in there_keys)]
    with office(tmp_path, *orders) as here:
        here.here.deeds[reference("a1")] = fail
        apply([*map(place, here_keys), *(place(key, THERE) for key in there_keys)], here.context)
        assert here.here.placed() == [reference("a1")]
        assert set(here.providers[THERE].placed()) == {reference(key) for key in there_keys}


def test_an_empty_plan_does_nothing(tmp_path: Path) -> None:
    """No action, no call, no result."""
    with office(tmp_path) as here:
        assert apply([], here.context) == ()
        assert here.here.log == []
