"""A record's transitions: each returns the record as it is remembered from then on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.money import Money
from reconciler.model.order import ObservedOrder, OnDelete
from reconciler.model.outcome import Done, OutcomeKind
from reconciler.model.phase import Phase
from reconciler.model.record import Call, Declaration, Intent, Record
from tests.support.outcomes import ended

AT = datetime(2026, 12, 1, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
ONE, TWO = ProviderOrderId("T1"), ProviderOrderId("T2")
PRICE = Money(130_000, "EUR")
NEW = Record(
    reference=Reference("rc1-aaaaaaaaaaaaaaaaaaaa"),
    key=OrderKey("spot"),
    attempt=1,
    account=AccountName("one"),
    provider="acme",
)
DECLARED = Declaration(origin=NEW.key, owner="acme", root="manifests")
SENT = NEW.stated_as({"mode": "spot"}, on_delete=OnDelete.CANCEL, declared=DECLARED).intended(
    Intent(call=Call.PLACE, at=AT, digest="0123456789abcdef", plan_id="plan-1", commits=PRICE)
)
DONE = Done(at=AT, order_id=ONE)


def observed(order_id: ProviderOrderId = ONE, **terms: str) -> ObservedOrder:
    """Return an active order."""
    return ObservedOrder(
        id=order_id,
        account=AccountName("two"),
        references=frozenset(),
        phase=Phase.ACTIVE,
        status="ACTIVE",
        terms=terms,
        created_at=AT,
    )


def test_an_order_that_was_sent_is_unresolved_and_knows_its_price() -> None:
    """Until the outcome is known, the order may exist."""
    assert (SENT.unresolved, SENT.bound, SENT.price, SENT.on_delete) == (True, False, PRICE, OnDelete.CANCEL)


@pytest.mark.parametrize("kind", OutcomeKind)
def test_only_a_call_that_was_done_binds(kind: OutcomeKind) -> None:
    """Any other outcome leaves the record without an order, whatever id it names."""
    settled = SENT.settled(ended(kind, AT, order_id=ONE), ours=AT)
    assert settled.order_id == (ONE if kind is OutcomeKind.DONE else None)
    assert settled.unresolved == (kind is OutcomeKind.UNKNOWN)


def test_an_order_that_is_found_is_bound_at_the_account_that_shows_it() -> None:
    """Intent, price and stated terms stay; the outcome is that it was found."""
    bound = SENT.bound_to(observed(mode="spot"), DONE, account=AccountName("two"), identity="")
    assert (bound.order_id, bound.account, bound.phase, bound.status) == (ONE, "two", Phase.ACTIVE, "ACTIVE")
    assert (bound.intent, bound.price, bound.stated, bound.outcome) == (SENT.intent, PRICE, SENT.stated, DONE)
    assert (bound.observed, bound.created_at) == ({"mode": "spot"}, AT)


def test_an_order_that_is_bound_to_another_one_forgets_what_the_first_showed() -> None:
    """Its terms are those of the order that it is bound to."""
    first = SENT.bound_to(observed(mode="spot", look="left"), DONE, identity="")
    second = first.bound_to(observed(TWO, mode="scan"), Done(at=LATER, order_id=TWO), identity="")
    assert (second.order_id, second.observed) == (TWO, {"mode": "scan"})


def test_terms_that_an_answer_leaves_out_are_kept() -> None:
    """A list item may hold fewer terms than a single read; the first instant of creation counts."""
    bound = SENT.bound_to(observed(mode="spot"), DONE, identity="").observed_as(observed(look="left"), seen_at=LATER)
    assert (bound.observed, bound.seen_at) == ({"mode": "spot", "look": "left"}, LATER)
    assert bound.reported_as({"look": "right"}, created_at=AT).observed == {"mode": "spot", "look": "right"}


def test_a_cancellation_that_is_carried_out_is_no_longer_asked_for() -> None:
    """The instant at which it was asked for is kept until then."""
    asked = SENT.cancellation_asked(AT)
    assert (asked.cancel_asked_at, asked.cancellation_asked(None).cancel_asked_at) == (AT, None)


def test_an_amendment_replaces_the_terms_that_it_sets() -> None:
    """The others stay as they were stated."""
    assert SENT.amended({"end": "later"}).stated == {"mode": "spot", "end": "later"}
