"""Canceling and amending: journaled like a placing call, never touching the record of it by mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.apply import apply
from reconciler.model.errors import NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import ProviderOrderId
from reconciler.model.journal import EventKind, Forgotten, Intended, Settled
from reconciler.model.money import Money
from reconciler.model.offer import AcceptQuote, ChooseOption, FeasibilityOption, RejectQuote
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import OutcomeKind
from reconciler.model.phase import Phase
from reconciler.model.record import Call, Declined, DeclinedAmendment, DeclinedAnswer, DeclinedCancellation, Record
from reconciler.state.event import Change

from .contexts import (
    CEILING,
    HERE,
    NOW,
    PRICE,
    amend,
    bound,
    cancel,
    confirm,
    observed,
    office,
    order_id,
    reference,
    wanted,
    with_change,
)

CANCELLATION = DeclinedCancellation(status="PLACED")
ACCEPTED = DeclinedAnswer(answer="accept", about="Q1")
SEEN = (observed(reference("alice")),)


def test_a_cancellation_is_journaled_before_and_after(tmp_path: Path) -> None:
    """Intent with the charge and the reason, then the outcome; the record takes over the new phase."""
    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.here.change = lambda order: with_change(order, phase=Phase.CANCELED, status="CANCELED")
        (result,) = apply([cancel("alice")], here.context)
        assert here.here.calls() == ["get", "prepare", "cancel"]
        assert here.here.changes == [(SEEN[0], "not needed")]
        _, intent, outcome = (entry.event for entry in here.journal("alice"))
        record = here.record("alice")
    assert intent == Intended(
        call=Call.CANCEL, account=HERE, attempt=1, commits=Money(13_000, "EUR"), reason="not needed"
    )
    assert outcome == Settled(
        call=Call.CANCEL, outcome=OutcomeKind.DONE, order_id=order_id(reference("alice")), status="CANCELED"
    )
    assert result.outcome.kind is OutcomeKind.DONE
    assert record is not None
    assert (record.phase, record.status) == (Phase.CANCELED, "CANCELED")
    assert record.outcome == bound("alice").outcome, "the outcome of the record is that of the placing call"


def test_a_cancellation_that_takes_its_time_is_remembered(tmp_path: Path) -> None:
    """A provider that took it and reports the order as alive will carry it out later: when it was asked is kept."""
    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        (result,) = apply([cancel("alice")], here.context)
        record = here.record("alice")
        ended = here.journal("alice")[-1].event
    assert record is not None
    assert (record.cancel_asked_at, record.phase) == (result.outcome.at, Phase.PLACED)
    assert (result.outcome.pending, result.outcome.message) == (True, "")
    assert isinstance(ended, Settled)
    assert ended.pending


@pytest.mark.parametrize(
    ("error", "kind", "declined"),
    [
        (NotSentError("not reached"), OutcomeKind.NOT_SENT, None),
        (RefusedError("too late", kind=RefusalKind.INVALID, status=400), OutcomeKind.REFUSED, CANCELLATION),
        (UnclearError("a conflict", status=409), OutcomeKind.UNKNOWN, CANCELLATION),
        (UnclearError("no answer"), OutcomeKind.UNKNOWN, None),
    ],
)
def test_a_cancellation_that_fails_leaves_the_order_bound(
    tmp_path: Path, error: ProviderError, kind: OutcomeKind, declined: Declined | None
) -> None:
    """However canceling ends, the record still says which order it is; the journal says how it ended."""

    def fail(_order: ObservedOrder) -> ObservedOrder:
        raise error

    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.here.change = fail
        (result,) = apply([cancel("alice")], here.context)
        assert here.story("alice")[1:] == [(EventKind.INTENT, None), (EventKind.OUTCOME, kind)]
        record = here.record("alice")
    assert result.outcome.kind is kind
    assert record == replace(bound("alice"), declined=declined)


def test_without_a_token_nothing_is_canceled_and_nothing_written(tmp_path: Path) -> None:
    """As for a placing call: the token comes before the intent."""

    def fail() -> None:
        raise UnclearError("no token")

    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.here.credentials = fail
        (result,) = apply([cancel("alice")], here.context)
        assert here.here.calls() == ["get", "prepare"]
        assert len(here.journal("alice")) == 1
    assert result.outcome.kind is OutcomeKind.NOT_SENT


def _changed(order_id_: ProviderOrderId) -> ObservedOrder:
    return with_change(SEEN[0], status="ACTIVE", phase=Phase.ACTIVE)


def _gone(order_id_: ProviderOrderId) -> None:
    return None


def _lost(order_id_: ProviderOrderId) -> ObservedOrder:
    raise UnclearError("no answer")


@pytest.mark.parametrize(
    ("look", "why"),
    [
        (_changed, "its status changed to ACTIVE since the plan was made"),
        (_gone, "its status changed to unknown to its provider since the plan was made"),
        (_lost, "no answer"),
    ],
)
def test_an_order_that_changed_since_the_plan_is_not_canceled(
    tmp_path: Path, look: Callable[[ProviderOrderId], ObservedOrder | None], why: str
) -> None:
    """What canceling costs depends on its status: nothing is sent and nothing is written."""
    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.here.look = look
        (result,) = apply([cancel("alice")], here.context)
        assert (here.here.calls(), len(here.journal("alice"))) == (["get"], 1)
    assert (result.outcome.kind, result.outcome.message) == (OutcomeKind.NOT_SENT, why)


def test_a_charge_that_has_changed_while_waiting_is_not_paid(tmp_path: Path) -> None:
    """The token and the request slot can take long: the instant is compared right before the request."""
    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:

        def wait() -> None:
            here.here.clock = NOW + timedelta(hours=1)

        here.here.credentials = wait
        (result,) = apply([cancel("alice")], here.context)
        assert (here.here.calls(), len(here.journal("alice"))) == (["get", "prepare"], 1)
    assert result.outcome.kind is OutcomeKind.NOT_SENT
    assert "what canceling costs has changed" in result.outcome.message


def test_a_charge_that_nobody_can_name_is_journaled_as_unknown(tmp_path: Path) -> None:
    """It counts as spending of an unknown amount, not as free."""
    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        apply([replace(cancel("alice"), commits=None, unbounded=True, until=None)], here.context)
        _, intent, _ = (entry.event for entry in here.journal("alice"))
    assert intent == Intended(call=Call.CANCEL, account=HERE, attempt=1, unpriced=True, reason="not needed")


@pytest.mark.parametrize("now", [None, replace(bound("alice"), order_id="another")], ids=["forgotten", "bound anew"])
def test_what_another_run_has_changed_is_not_changed(tmp_path: Path, now: Record | None) -> None:
    """The record is read once more before the intent; nothing is sent, and nothing written."""
    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.context.store.write(Change(here.context.entry(bound("alice"), NOW, Forgotten(attempt=1)), now))
        (result,) = apply([amend("alice", 2)], here.context)
        assert here.here.calls() == []
        assert len(here.journal("alice")) == 2
    assert result.outcome.message == "another run has changed its record since the plan was made"


def test_changes_of_one_order_build_on_each_other(tmp_path: Path) -> None:
    """What the first has written down is not lost by the second."""
    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.here.change = lambda order: with_change(order, terms={"size": 2})
        apply([amend("alice", 2)], here.context)
        here.here.change = lambda order: order
        apply([confirm("alice", AcceptQuote(quote_id="Q1", price=PRICE))], here.context)
        record = here.record("alice")
    assert record is not None
    assert record.stated == {"size": 2}


def test_an_amendment_updates_what_was_stated(tmp_path: Path) -> None:
    """After it is done, the record's stated terms are Git's, so that the next pass sees no edit."""
    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.here.change = lambda order: with_change(order, terms={"size": 2})
        (result,) = apply([amend("alice", 2)], here.context)
        assert here.here.changes == [(SEEN[0], {"size": 2})]
        record = here.record("alice")
        assert [entry.event.call for entry in here.journal("alice")[1:]] == [Call.AMEND, Call.AMEND]
    assert result.outcome.kind is OutcomeKind.DONE
    assert record is not None
    assert (record.stated, record.observed) == ({"size": 2}, {"size": 2})
    assert record.order_id == order_id(reference("alice"))


def test_an_amendment_that_is_refused_leaves_what_was_stated(tmp_path: Path) -> None:
    """The record still says what the order was placed with, and which change was refused in which status."""

    def fail(_order: ObservedOrder) -> ObservedOrder:
        raise RefusedError("no", kind=RefusalKind.INVALID, status=400)

    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.here.change = fail
        apply([amend("alice", 2)], here.context)
        assert here.record("alice") == replace(
            bound("alice"), declined=DeclinedAmendment(terms={"size": "2"}, status="PLACED")
        )


def test_a_bug_while_canceling_is_loud_and_leaves_the_intent_in_the_journal(tmp_path: Path) -> None:
    """The order stays bound; its next reading says what became of it."""

    def fail(_order: ObservedOrder) -> ObservedOrder:
        raise ValueError("a bug")

    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.here.change = fail
        with pytest.raises(ValueError, match="a bug"):
            apply([cancel("alice")], here.context)
        assert here.story("alice")[1:] == [(EventKind.INTENT, None)]
        assert here.record("alice") == bound("alice")


ACCEPT = AcceptQuote(quote_id="Q1", price=PRICE)


def test_an_accepted_quote_is_journaled_with_its_price_before_it_is_sent(tmp_path: Path) -> None:
    """The intent names the quote, its amount and the ceiling; the record takes over phase and price."""
    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.here.change = lambda order: with_change(order, phase=Phase.ACTIVE, status="QUOTATION_ACCEPTED")
        (result,) = apply([confirm("alice", ACCEPT)], here.context)
        assert here.here.changes == [(SEEN[0], ACCEPT)]
        _, intent, outcome = (entry.event for entry in here.journal("alice"))
        record = here.record("alice")
    assert result.outcome.kind is OutcomeKind.DONE
    told = (intent.call, intent.answer, intent.quote, intent.commits, intent.ceiling)
    assert told == (Call.CONFIRM, "accept", "Q1", PRICE, CEILING)
    assert (outcome.outcome, outcome.quote) == (OutcomeKind.DONE, "Q1")
    assert record is not None
    assert (record.phase, record.price) == (Phase.ACTIVE, PRICE)


@pytest.mark.parametrize(
    ("decision", "named"),
    [
        (ChooseOption(study_id="S1", option=FeasibilityOption("A", "later")), {"answer": "choose", "option": "A"}),
        (RejectQuote(quote_id="Q1", price=PRICE), {"answer": "reject", "quote": "Q1"}),
    ],
)
def test_other_answers_bind_no_money(
    tmp_path: Path, decision: ChooseOption | RejectQuote, named: dict[str, str]
) -> None:
    """They are journaled all the same, and the price on record stays."""
    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        apply([confirm("alice", decision)], here.context)
        intent = here.journal("alice")[1].event
        record = here.record("alice")
    assert record is not None
    assert record.price == bound("alice").price
    assert intent.commits is None
    assert {name: getattr(intent, name) for name in named} == named


@pytest.mark.parametrize("kind", list(OutcomeKind))
def test_however_accepting_ends_the_order_stays_bound(tmp_path: Path, kind: OutcomeKind) -> None:
    """An unknown end is settled by reading the quote: the next pass knows its id."""
    errors: dict[OutcomeKind, ProviderError] = {
        OutcomeKind.NOT_SENT: NotSentError("not reached"),
        OutcomeKind.REFUSED: RefusedError("a Member may not", kind=RefusalKind.FORBIDDEN, status=403),
        OutcomeKind.UNKNOWN: UnclearError("no answer"),
    }

    def deed(order: ObservedOrder) -> ObservedOrder:
        if kind in errors:
            raise errors[kind]
        return order

    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.here.change = deed
        (result,) = apply([confirm("alice", ACCEPT)], here.context)
        assert here.story("alice")[1:] == [(EventKind.INTENT, None), (EventKind.OUTCOME, kind)]
        record = here.record("alice")
    assert result.outcome.kind is kind
    assert record is not None
    assert record.order_id == order_id(reference("alice"))


@pytest.mark.parametrize(
    ("error", "declined"),
    [
        (RefusedError("it has expired", kind=RefusalKind.INVALID, status=405), ACCEPTED),
        (RefusedError("a Member may not", kind=RefusalKind.FORBIDDEN, status=403), None),
        (UnclearError("a conflict", status=409), ACCEPTED),
        (UnclearError("no answer"), None),
    ],
)
def test_an_answer_that_is_refused_for_its_own_sake_is_remembered(
    tmp_path: Path, error: ProviderError, declined: Declined | None
) -> None:
    """It is not given again; one that was refused for another reason, or not clearly, is."""

    def deed(_order: ObservedOrder) -> ObservedOrder:
        raise error

    with office(tmp_path, wanted("alice"), observed=SEEN, records=(bound("alice"),)) as here:
        here.here.change = deed
        apply([confirm("alice", ACCEPT)], here.context)
        record = here.record("alice")
    assert record is not None
    assert record.declined == declined
