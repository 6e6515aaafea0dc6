"""What `status --spend` adds up: the rule of the month, told apart by month, account and label."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.model.journal import Bound, DecisionKind
from reconciler.model.ledger import Spending
from reconciler.model.money import Money, total
from reconciler.model.outcome import OutcomeKind
from reconciler.model.record import Call
from reconciler.state.event import Change
from reconciler.state.group_by import GroupBy
from reconciler.state.spending import added_up
from reconciler.state.store import open_reader

from .factories import AT, accepting, answered, decided, entry, intent, outcome, record, written
from .test_committed import END, LIVES, START

DONE, UNKNOWN = OutcomeKind.DONE, OutcomeKind.UNKNOWN


def found(path: Path, *changes: Change) -> tuple[Spending, ...]:
    with open_reader(written(path / "state.db", *changes)) as reader:
        return reader.spendings()


def sums(path: Path, by: GroupBy, *changes: Change) -> list[tuple[str, int, int, int, int]]:
    """Return each sum's group, committed, unknown and charged minor units, and orders."""
    shown = added_up(found(path, *changes), by)
    return [(s.group, s.committed.minor, s.unknown.minor, s.charges.minor, s.orders) for s in shown]


@pytest.mark.parametrize(("life", "expected"), LIVES.values(), ids=LIVES.keys())
@pytest.mark.parametrize("by", GroupBy)
def test_the_sums_are_what_the_policy_counts(tmp_path: Path, by: GroupBy, life: tuple[Change, ...], expected):
    """Whatever they are told apart by, committed and charges together are what `committed` says, by currency."""
    spendings = found(tmp_path, *life)
    assert total(sum_.bound for sum_ in added_up(spendings, by)) == expected
    assert total(s.money for s in spendings if s.money is not None and START <= s.at < END) == expected


SURE = {
    "on its way": ((intent(),), False),
    "done": ((intent(), outcome(DONE)), True),
    "unknown": ((intent(), outcome(UNKNOWN)), False),
    "unknown and then found": ((intent(), outcome(UNKNOWN), Change(entry(Bound(order_id=None)), record())), True),
    "unknown and adopted by a person": ((intent(), outcome(UNKNOWN), decided(DecisionKind.ADOPT)), True),
    "accepted": ((accepting(), answered(DONE)), True),
    "accepting unknown": ((accepting(), answered(UNKNOWN)), False),
    "another call's success": ((intent(), outcome(UNKNOWN), outcome(DONE, call=Call.AMEND)), False),
}


@pytest.mark.parametrize(("life", "sure"), SURE.values(), ids=SURE.keys())
def test_what_is_sure(tmp_path: Path, life: tuple[Change, ...], sure: bool):
    """Money is sure to be spent when its own call was done, or its order was found."""
    assert [spending.sure for spending in found(tmp_path, *life)] == [sure]


def test_months_are_apart_and_charges_are_no_orders(tmp_path: Path):
    """An order counts in the month that it was sent in; what canceling it costs in the month of that."""
    later = AT + timedelta(days=31)
    life = (intent(), outcome(DONE), intent(100, call=Call.CANCEL, at=later), outcome(DONE, call=Call.CANCEL))
    assert sums(tmp_path, GroupBy.MONTH, *life) == [("2026-12", 350_000, 0, 0, 1), ("2027-01", 0, 0, 100, 0)]


def test_currencies_are_never_mixed(tmp_path: Path):
    """Each has a sum of its own."""
    life = (intent(), intent(500, key="b", currency="credits"))
    shown = added_up(found(tmp_path, *life), GroupBy.MONTH)
    assert [sum_.committed for sum_ in shown] == [Money(350_000, "EUR"), Money(500, "credits")]


def test_a_label_s_sum_holds_every_order_that_carries_it(tmp_path: Path):
    """An order with two labels counts under each; one without under `(none)`."""
    campaign, customer = {"campaign": "outback"}, {"customer": "acme"}
    life = (
        intent(1, key="a", labels=campaign),
        intent(10, key="b", labels=campaign | customer),
        intent(100, key="c"),
    )
    assert sums(tmp_path, GroupBy.LABEL, *life) == [
        ("(none)", 100, 100, 0, 1),
        ("campaign: outback", 11, 11, 0, 2),
        ("customer: acme", 10, 10, 0, 1),
    ]


def test_a_charge_counts_under_its_order_s_labels(tmp_path: Path):
    """Also where no manifest spoke of the order any more when it was canceled."""
    life = (intent(1, labels={"campaign": "outback"}), intent(5, call=Call.CANCEL))
    assert sums(tmp_path, GroupBy.LABEL, *life) == [("campaign: outback", 1, 6, 5, 1)]


def test_accounts(tmp_path: Path):
    """An account is the one that the order was sent to; what an older version wrote names none."""
    life = (intent(1, key="a", account="iceye"), intent(2, key="b", account="up42"), intent(4, key="c"))
    groups = [row[:2] for row in sums(tmp_path, GroupBy.ACCOUNT, *life)]
    assert groups == [("(unknown)", 4), ("iceye", 1), ("up42", 2)]


def test_an_order_without_a_price_is_known_and_adds_nothing(tmp_path: Path):
    """What it costs nobody has said; one that is free to place is no spending at all."""
    life = (intent(None, key="a", unpriced=True), outcome(DONE, key="a"), intent(None, key="b"))
    spendings = found(tmp_path, *life)
    assert [(spending.key, spending.money, spending.sure) for spending in spendings] == [("a", None, True)]
    assert added_up(spendings, GroupBy.MONTH) == ()


def test_since_when_the_journal_knows(tmp_path: Path):
    """Its first line says so; an empty journal knows nothing."""
    with open_reader(tmp_path / "none.db") as reader:
        assert reader.known_since() is None
    with open_reader(written(tmp_path / "state.db", intent(at=AT), intent(at=START))) as reader:
        assert reader.known_since() == AT
