"""The protocol of one spending call: intent, one request, outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.apply import apply
from reconciler.model.errors import NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import Reference
from reconciler.model.journal import EventKind
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import OutcomeKind
from reconciler.model.record import Call
from reconciler.state.store import open_reader

from .contexts import (
    CEILING,
    HERE,
    NOW,
    PRICE,
    THERE,
    UNTIL,
    adopt,
    observed,
    office,
    order_id,
    place,
    reference,
    wanted,
)


def raising(error: Exception):
    """Return a deed that fails."""

    def deed(_of: Reference) -> ObservedOrder:
        raise error

    return deed


def test_the_intent_is_durable_before_the_call(tmp_path: Path) -> None:
    """At the moment of the call, another connection reads the intent with price, ceiling, digest, plan and commit."""
    with office(tmp_path, wanted("alice")) as here:
        apply([place("alice")], here.context)
        (known,) = [record for call, _, record in here.here.log if call == "place"]
    assert known is not None
    assert known.unresolved
    assert known.intent is not None
    assert (known.intent.call, known.intent.commits, known.intent.ceiling) == (Call.PLACE, PRICE, CEILING)
    assert (known.intent.plan_id, known.intent.commit, known.intent.at) == ("plan-1", "commit-1", NOW)
    assert known.intent.digest == place("alice").digest


def test_the_outcome_is_durable_before_the_next_call_and_before_anything_is_told(tmp_path: Path) -> None:
    """When the next order is told about, and when it is sent, another connection reads the first one's outcome."""
    seen: list[tuple[str, OutcomeKind | None]] = []
    with office(tmp_path, wanted("alice"), wanted("bruce")) as here:

        def tell(text: str) -> None:
            record = here.record("alice")
            seen.append((text, record.outcome.kind if record and record.outcome else None))

        def deed(of: Reference) -> ObservedOrder:
            tell("sent bruce")
            return observed(of)

        here.context.tell = tell
        here.here.deeds[reference("bruce")] = deed
        apply([place("alice"), place("bruce")], here.context)
    assert seen == [
        ("place alice", None),
        ("place bruce", OutcomeKind.DONE),
        ("sent bruce", OutcomeKind.DONE),
    ]


def test_each_action_is_exactly_one_call(tmp_path: Path) -> None:
    """A hundred orders are a hundred requests, each of another reference."""
    keys = [f"order-{number:03}" for number in range(100)]
    with office(tmp_path, *map(wanted, keys)) as here:
        results = apply([place(key) for key in keys], here.context)
        assert sorted(here.here.placed()) == sorted(map(reference, keys))
    assert {result.outcome.kind for result in results} == {OutcomeKind.DONE}


def test_credentials_are_renewed_before_the_intent_is_written(tmp_path: Path) -> None:
    """Asking for a token happens while the state file knows nothing of the order."""
    known: list[object] = []
    with office(tmp_path, wanted("alice")) as here:
        here.here.credentials = lambda: known.append(here.record("alice"))
        apply([place("alice")], here.context)
        assert here.here.calls() == ["prepare", "place"]
    assert known == [None]


@pytest.mark.parametrize(
    "error",
    [NotSentError("no way"), UnclearError("no token"), RefusedError("no", kind=RefusalKind.UNAUTHORIZED, status=401)],
)
def test_without_a_token_there_is_no_intent_and_no_call(tmp_path: Path, error: ProviderError) -> None:
    """However asking for the token fails, nothing is sent and nothing is written."""

    def fail() -> None:
        raise error

    with office(tmp_path, wanted("alice")) as here:
        here.here.credentials = fail
        (result,) = apply([place("alice")], here.context)
        assert here.here.calls() == ["prepare"]
        assert here.record("alice") is None
    assert (result.outcome.kind, result.outcome.message) == (OutcomeKind.NOT_SENT, str(error))


def test_a_window_that_closed_since_the_plan_sends_nothing(tmp_path: Path) -> None:
    """The last instant counts as closed: judged by the provider's clock after the token is fresh."""
    with office(tmp_path, wanted("alice")) as here:

        def late() -> None:
            here.here.clock = UNTIL

        here.here.credentials = late
        (result,) = apply([place("alice")], here.context)
        assert here.here.placed() == []
        assert here.record("alice") is None
    assert result.outcome.kind is OutcomeKind.NOT_SENT


def test_a_window_that_is_open_for_another_moment_is_ordered(tmp_path: Path) -> None:
    """A microsecond before the last instant is in time."""
    with office(tmp_path, wanted("alice")) as here:
        here.here.clock = UNTIL - timedelta(microseconds=1)
        (result,) = apply([place("alice")], here.context)
    assert result.outcome.kind is OutcomeKind.DONE


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotSentError("not reached"), OutcomeKind.NOT_SENT),
        *((RefusedError("no", kind=kind, status=400), OutcomeKind.REFUSED) for kind in RefusalKind),
        (UnclearError("no answer"), OutcomeKind.UNKNOWN),
        (ProviderError("something else"), OutcomeKind.UNKNOWN),
    ],
)
def test_each_error_of_a_provider_is_the_tabled_outcome(
    tmp_path: Path, error: ProviderError, kind: OutcomeKind
) -> None:
    """What is neither clearly refused nor clearly not sent is unknown; the record says the same as the result."""
    with office(tmp_path, wanted("alice")) as here:
        here.here.deeds[reference("alice")] = raising(error)
        (result,) = apply([place("alice")], here.context)
        record = here.record("alice")
        assert here.here.placed() == [reference("alice")]
    assert result.outcome.kind is kind
    assert record is not None
    assert record.outcome == result.outcome
    assert record.unresolved is (kind is OutcomeKind.UNKNOWN)
    assert not record.bound
    if isinstance(error, RefusedError):
        assert record.outcome.refusal is error.kind


@pytest.mark.parametrize("error", [ValueError("a bug"), RuntimeError("a bug"), KeyError("a bug"), MemoryError()])
def test_a_bug_in_the_middle_is_unknown_and_loud(tmp_path: Path, error: Exception) -> None:
    """An exception that is no provider's comes out, and the journal holds `unknown`: it may have been sent."""
    with office(tmp_path, wanted("alice")) as here:
        here.here.deeds[reference("alice")] = raising(error)
        with pytest.raises(type(error)):
            apply([place("alice")], here.context)
        record = here.record("alice")
        assert here.here.placed() == [reference("alice")]
        assert here.story("alice") == [(EventKind.INTENT, None), (EventKind.OUTCOME, "unknown")]
    assert record is not None
    assert record.unresolved


def test_the_message_of_a_bug_is_not_stored(tmp_path: Path) -> None:
    """A foreign exception's text may hold a secret: only its type is written down."""
    with office(tmp_path, wanted("alice")) as here:
        here.here.deeds[reference("alice")] = raising(ValueError("token canary-token"))
        with pytest.raises(ValueError, match="canary"):
            apply([place("alice")], here.context)
    assert b"canary" not in (tmp_path / "state.db").read_bytes()


def test_a_placed_order_is_bound_with_what_was_stated_and_what_was_answered(tmp_path: Path) -> None:
    """The record holds the id, the phase, the terms of both sides, the price and the moment of creation."""
    with office(tmp_path, wanted("alice")) as here:
        apply([place("alice")], here.context)
        record = here.record("alice")
    assert record is not None
    assert record.order_id == order_id(reference("alice"))
    assert (record.stated, record.observed, record.price) == ({"size": 1}, {"size": 1}, PRICE)
    assert (record.phase, record.status, record.created_at) == ("placed", "PLACED", NOW)


def test_results_come_in_the_plans_order(tmp_path: Path) -> None:
    """Whatever ends first, and at whichever account, the results read like the plan."""
    actions = [place("d", THERE), place("a"), adopt("c"), place("b", THERE), place("e", HERE)]
    orders = [wanted("d", THERE), wanted("a"), wanted("c"), wanted("b", THERE), wanted("e")]
    with office(tmp_path, *orders, observed=(observed(reference("c")),)) as here:
        results = apply(actions, here.context)
    assert [result.action for result in results] == actions


def test_an_adoption_sends_nothing_and_binds(tmp_path: Path) -> None:
    """A lost record is made anew from Git and from what the provider shows."""
    with office(tmp_path, wanted("alice"), observed=(observed(reference("alice")),)) as here:
        (result,) = apply([adopt("alice")], here.context)
        assert here.here.log == []
        record = here.record("alice")
        assert here.story("alice") == [(EventKind.BOUND, None)]
    assert result.outcome.kind is OutcomeKind.DONE
    assert record is not None
    assert record.order_id == order_id(reference("alice"))
    assert record.stated == {"size": 1}


def test_an_adoption_keeps_what_the_record_knew(tmp_path: Path) -> None:
    """An unresolved order that shows up keeps its intent, its price and its Git terms."""
    with office(tmp_path, wanted("alice")) as here:
        here.here.deeds[reference("alice")] = raising(UnclearError("no answer"))
        apply([place("alice")], here.context)
        before = here.record("alice")
        assert before is not None
        found = (observed(reference("alice")),)
        views = {**here.context.inputs.views}
        views["here"] = replace(views["here"], listing=replace(views["here"].listing, orders=found))
        here.context.inputs = replace(here.context.inputs, views=views, records={before.reference: before})
        apply([adopt("alice")], here.context)
        after = here.record("alice")
    assert after is not None
    assert (after.intent, after.price, after.stated) == (before.intent, PRICE, before.stated)
    assert after.bound
    assert not after.unresolved


def test_every_write_names_plan_and_commit(tmp_path: Path) -> None:
    """The journal says which reviewed commit an order came from."""
    with office(tmp_path, wanted("alice")) as here:
        apply([place("alice")], here.context)
        assert {(event.plan_id, event.commit) for event in here.journal("alice")} == {("plan-1", "commit-1")}
    with open_reader(tmp_path / "state.db") as reader:
        assert reader.verify() == ()


def test_an_answer_without_our_reference_is_read_singly(tmp_path: Path) -> None:
    """Where the order itself carries it, the answer was about ours; where it cannot be read, nobody knows."""
    for look, kind in (
        (lambda _id: observed(reference("alice")), OutcomeKind.DONE),
        (lambda _id: replace(observed(reference("alice")), references=frozenset()), OutcomeKind.UNKNOWN),
        (lambda _id: None, OutcomeKind.UNKNOWN),
        (raising(UnclearError("no answer")), OutcomeKind.UNKNOWN),
    ):
        folder = tmp_path / str(kind) / str(id(look))
        folder.mkdir(parents=True)
        with office(folder, wanted("alice")) as here:
            here.here.deeds[reference("alice")] = lambda of: replace(observed(of), references=frozenset())
            here.here.look = look
            (result,) = apply([place("alice")], here.context)
        assert result.outcome.kind is kind


def test_an_answer_about_an_order_that_is_bound_is_no_answer(tmp_path: Path) -> None:
    """Whether it was bound before this pass or in it: one order is never known under two names."""
    with office(tmp_path, wanted("alice"), wanted("bruce")) as here:
        here.here.deeds[reference("bruce")] = lambda of: replace(
            observed(of), id=observed(reference("alice")).id, references=frozenset({of})
        )
        first, second = apply([place("alice"), place("bruce")], here.context)
    assert (first.outcome.kind, second.outcome.kind) == (OutcomeKind.DONE, OutcomeKind.UNKNOWN)
    assert "which is alice" in second.outcome.message


def test_an_answer_about_another_order_is_no_answer(tmp_path: Path) -> None:
    """A 201 that carries another reference binds nothing: the outcome is unknown, and a later pass looks."""
    with office(tmp_path, wanted("alice")) as here:
        here.here.deeds[reference("alice")] = lambda _of: observed(reference("bruce"))
        (result,) = apply([place("alice")], here.context)
        record = here.record("alice")
    assert result.outcome.kind is OutcomeKind.UNKNOWN
    assert record is not None
    assert record.unresolved
