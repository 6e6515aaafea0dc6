"""Right before an order is sent its price and the newest orders are asked for again; what differs is planned anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.apply import apply
from reconciler.model.errors import UnclearError
from reconciler.model.ids import ProviderOrderId
from reconciler.model.money import Money
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import NotSent, OutcomeKind
from reconciler.model.pause import Pause
from reconciler.model.provider import Preflight
from reconciler.state.pauses import set_pause

from .contexts import HERE, NOW, Office, bound, cancel, observed, office, place, reference, wanted

PRICE = Money(130_000, "EUR")


def _no_answer() -> None:
    raise UnclearError("no answer")


@contextmanager
def priced(folder: Path, now: Preflight, *, age: float = 10.0) -> Iterator[Office]:
    """Open a context whose one order was priced so many seconds ago, and would be priced like this now."""
    with office(folder, wanted("alice")) as here:
        here.context.inputs = replace(
            here.context.inputs, preflights={reference("alice"): Preflight(price=PRICE, asked_at=-age)}
        )
        here.here.price = now
        yield here


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (Preflight(price=Money(260_000, "EUR")), "its price was EUR 1,300.00 when the plan was made, and is EUR 2,600"),
        (Preflight(price=None), "its price was EUR 1,300.00 when the plan was made, and is None"),
        (Preflight(price=PRICE, objections=("no satellite",)), "its provider would refuse it by now: no satellite"),
        (Preflight(unread="HTTP 500"), "its price could not be read again: HTTP 500"),
    ],
)
def test_what_would_cost_or_be_something_else_is_planned_anew(tmp_path: Path, now: Preflight, told: str) -> None:
    """Nothing is written and nothing sent, and that is no failure."""
    with priced(tmp_path, now) as here:
        (result,) = apply([place("alice")], here.context)
        assert (here.here.placed(), here.record("alice")) == ([], None)
    assert isinstance(result.outcome, NotSent)
    assert (result.outcome.again, result.outcome.message.startswith(told)) == (True, True)


@pytest.mark.parametrize(("now", "age"), [(Preflight(price=PRICE), 10.0), (Preflight(unread="never asked"), 1.0)])
def test_the_same_price_or_a_fresh_one_is_sent(tmp_path: Path, now: Preflight, age: float) -> None:
    """A price of a moment ago is not asked for again."""
    with priced(tmp_path, now, age=age) as here:
        (result,) = apply([place("alice")], here.context)
    assert result.outcome.kind is OutcomeKind.DONE


def test_what_is_there_by_now_is_not_sent(tmp_path: Path) -> None:
    """By our reference; one look serves the orders of a moment, and those that are left wait for the next plan."""
    with office(tmp_path, wanted("alice"), wanted("bruce")) as here:
        here.here.newest = (observed(reference("alice")),)
        first, second = apply([place("alice"), place("bruce")], here.context)
        assert here.here.placed() == []
    assert (first.outcome.kind, second.outcome.kind) == (OutcomeKind.NOT_SENT, OutcomeKind.NOT_SENT)
    assert first.outcome.message == f"order {observed(reference('alice')).id} was there by now"


def test_what_is_bound_to_another_is_another_one(tmp_path: Path) -> None:
    """A person has given it away, though it carries this reference too."""
    with office(tmp_path, wanted("alice")) as here:
        there = replace(observed(reference("alice")), id=ProviderOrderId("given away"))
        here.context.bound["memory", there.id] = bound("bruce").key
        here.here.newest = (there,)
        (result,) = apply([place("alice")], here.context)
    assert result.outcome.kind is OutcomeKind.DONE


def unmarked(order_id: str) -> ObservedOrder:
    """An order whose provider shows no text."""
    return replace(observed(reference("alice")), id=ProviderOrderId(order_id), references=frozenset(), marked=False)


def test_one_without_a_text_may_be_ours_if_it_is_new(tmp_path: Path) -> None:
    """One that was listed is not; nor is one that this very pass has placed."""
    known = unmarked("known")
    with office(tmp_path, wanted("alice"), observed=(known,)) as here:
        here.here.newest = (known,)
        assert apply([place("alice")], here.context)[0].outcome.kind is OutcomeKind.DONE
    with office(tmp_path / "new", wanted("alice")) as here:
        here.here.newest = (unmarked("new"),)
        assert apply([place("alice")], here.context)[0].outcome.kind is OutcomeKind.NOT_SENT
    with office(tmp_path / "ours", wanted("alice")) as here:
        here.context.bound["memory", ProviderOrderId("ours")] = bound("bruce").key
        here.here.newest = (unmarked("ours"),)
        assert apply([place("alice")], here.context)[0].outcome.kind is OutcomeKind.DONE


def test_without_a_look_nothing_is_sent(tmp_path: Path) -> None:
    """A provider that cannot be asked is not ordered at."""
    with office(tmp_path, wanted("alice")) as here:
        here.here.looking = _no_answer
        (result,) = apply([place("alice")], here.context)
    assert (result.outcome.kind, result.outcome.message) == (OutcomeKind.NOT_SENT, "no answer")


def test_manifests_that_changed_stop_everything(tmp_path: Path) -> None:
    """Cancellations as well; they are compared a few times a second at most."""
    seen = (observed(reference("bruce")),)
    asked: list[int] = []
    with office(tmp_path, wanted("alice"), wanted("bruce"), observed=seen, records=(bound("bruce"),)) as here:
        here.context.changed = lambda: bool(asked.append(1)) or True
        results = apply([cancel("bruce"), place("alice")], here.context)
        assert here.here.placed() == []
        assert here.here.changes == []
    assert {result.outcome.message for result in results} == {
        "not sent: the manifests have changed since the plan was made"
    }
    assert len(asked) == 1


def test_a_pause_stops_orders_and_changes(tmp_path: Path) -> None:
    """It is found where the intent is written: none is."""
    seen = (observed(reference("bruce")),)
    with office(tmp_path, wanted("alice"), wanted("bruce"), observed=seen, records=(bound("bruce"),)) as here:
        set_pause(here.state, Pause(account=HERE, reason="the board said no", by="somebody", at=NOW))
        results = apply([cancel("bruce"), place("alice")], here.context)
        assert here.record("alice") is None
        assert here.here.placed() == []
        assert here.here.changes == []
    assert all(isinstance(r.outcome, NotSent) and r.outcome.again for r in results)
