"""What is chosen to be shown: every order once, where it stands, in the order of its urgency."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest

from reconciler.model.account import Policy
from reconciler.model.ids import OrderKey
from reconciler.model.money import Money
from reconciler.model.order import DesiredOrder
from reconciler.model.outcome import Refused
from reconciler.model.phase import Phase
from reconciler.page.view import NOT_PLACED, STATUS_LABELS, UNRESOLVED, OrderView, page_of, viewed
from reconciler.plan.findings import FindingKind

from .factories import ALICE, NOW, crowd, days, finding, known, order, record, seen, spending, unresolved, view

STANDING = {
    "stated, and nothing known of it": ([order()], [], NOT_PLACED),
    "sent, and no answer came": ([order()], [unresolved()], UNRESOLVED),
    "refused, so that nothing exists": (
        [order()],
        [record(phase=None, order_id=None, outcome=Refused(at=NOW))],
        NOT_PLACED,
    ),
    "bound": ([order()], [record(phase=Phase.DELIVERING)], "delivering"),
    "of several attempts the latest": (
        [order(attempt=2)],
        [record(phase=Phase.FAILED), record(phase=Phase.PLACED, attempt=2)],
        "placed",
    ),
    "an attempt raised after the last one ended": ([order(attempt=2)], [record(phase=Phase.FAILED)], NOT_PLACED),
    "an attempt raised while the last one lives": ([order(attempt=2)], [record(phase=Phase.ACTIVE)], "active"),
    "no manifest states it any more": ([], [record(phase=Phase.ACTIVE)], "active"),
}


class TestStands:
    @pytest.mark.parametrize("case", STANDING)
    def test_an_order_stands_where(self, case):
        """By its latest attempt; what may exist unseen is unresolved, never not placed."""
        orders, records, status_label = STANDING[case]
        shown = view(*orders, records=records)
        assert [each.status_label for each in shown.orders] == [status_label]
        assert shown.counts == {status_label: 1}

    def test_every_phase_has_its_place(self):
        """Counts are told in the order of an order's life, and no phase is left out."""
        records = [record(f"o-{number}", phase) for number, phase in enumerate(Phase)]
        shown = view(order(), records=[*records, unresolved("lost")])
        assert tuple(shown.counts) == STATUS_LABELS

    def test_a_renamed_order_keeps_its_record(self):
        """The record still has the old name until a pass has written the new one down."""
        renamed = order("new", moved_from=OrderKey("old"))
        shown = view(renamed, records=[record("old")])
        assert [(each.key, each.status_label) for each in shown.orders] == [("new", "active")]

    def test_an_order_that_only_a_finding_tells_of_is_there(self):
        """Nothing that was found is left out."""
        shown = view(findings=[finding("gone", FindingKind.ORPHANED)])
        assert [each.key for each in shown.orders] == ["gone"]

    def test_without_a_manifest_there_is_no_target(self):
        """Where and when are known from Git alone."""
        lost = seen(view(records=[record()]))
        assert (lost.target, lost.window, lost.source) == (None, None, None)
        stated = seen(view(order(), records=[record()]))
        assert (stated.target, stated.window) == (ALICE, days(2, 4))


class TestUrgency:
    def test_what_waits_comes_first_and_what_has_ended_last(self):
        """Then by deadline, then by when a window ends."""
        shown = view(
            *(order(key, window=days(1, end)) for key, end in (("late", 9), ("soon", 3), ("done", 2), ("told", 8))),
            order("due-2"),
            order("due-1"),
            records=[record("done", Phase.FULFILLED)],
            findings=[
                finding("due-2", deadline=NOW + timedelta(days=2)),
                finding("due-1", deadline=NOW + timedelta(days=1)),
                finding("told", FindingKind.WAITING),
                finding("soon", FindingKind.IN_SYNC),
            ],
        )
        assert [each.key for each in shown.orders] == ["due-1", "due-2", "told", "soon", "late", "done"]

    def test_what_waits_without_a_deadline_comes_after_what_has_one(self):
        """As among what waits; its window does not hasten it."""
        shown = view(
            order("a", window=days(0, 1)),
            order("b", window=days(8, 9)),
            findings=[finding("a"), finding("b", deadline=NOW + timedelta(days=5))],
        )
        assert [each.key for each in shown.orders] == [each.key for each in shown.waiting] == ["b", "a"]

    def test_what_waits_for_a_person_is_told_once_more_by_itself(self):
        """The soonest deadline first; what nobody must decide is not among it."""
        findings = [
            finding("b"),
            finding("a", FindingKind.IN_SYNC),
            finding("c", FindingKind.DRIFTED, deadline=NOW + timedelta(days=1)),
        ]
        assert [each.key for each in view(findings=findings).waiting] == ["c", "b"]


class TestSpend:
    def test_a_month_stands_against_its_ceiling(self):
        """Only the running month has one."""
        policy = Policy(per_month=(Money(100_000, "EUR"),))
        spent = [spending(25_000), spending(99_000, NOW - timedelta(days=40), key="old")]
        months = viewed(known(spendings=spent, policy=policy)).months
        assert [(m.sum.group, m.sum.bound.minor, m.share) for m in months] == [
            ("2026-12", 25_000, 0.25),
            ("2026-10", 99_000, None),
        ]

    def test_a_ceiling_is_shown_before_anything_is_spent(self):
        """Of each currency."""
        policy = Policy(per_month=(Money(100_000, "EUR"), Money(500, "credits")))
        months = viewed(known(policy=policy)).months
        assert [(str(m.sum.bound), m.share) for m in months] == [("EUR 0.00", 0.0), ("0 credits", 0.0)]

    def test_a_ceiling_of_nothing_is_reached_by_anything(self):
        """Not an error, and not hidden."""
        policy = Policy(per_month=(Money(0, "EUR"),))
        (month,) = viewed(known(spendings=[spending(1)], policy=policy)).months
        assert month.share == 1.0

    def test_what_has_no_price_is_in_no_sum_and_is_counted(self):
        """As many orders as were sent without one."""
        shown = viewed(known(spendings=[spending(None), spending(None, key="other")]))
        assert (shown.months, shown.unpriced) == ((), 2)


class TestPages:
    def test_a_plain_name_is_its_page(self):
        """The number or name of a geometry is set off by a dot, which no plain name holds."""
        keys = ("alice-springs", "berlin/12", "ports/berth-7")
        assert [page_of(OrderKey(key)) for key in keys] == ["alice-springs", "berlin.12", "ports.berth-7"]

    @pytest.mark.parametrize(
        "key", ["../../etc/passwd", "a/b.c", "a/b/c", "A", "", "con:x", "x" * 300, "ä\ud800", ".", "a b<c>"]
    )
    def test_any_other_text_is_a_safe_file(self, key):
        """No path, no upper case, no end of its own, not too long."""
        page = page_of(OrderKey(key))
        assert set(page) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
        assert len(page) < 100

    def test_no_two_keys_share_a_page(self):
        """Not even those that differ in signs alone, or in case."""
        keys = ["a", "A", "a ", " a", "a/", "a/1", "a.1", "a/x", "a-x", "a_x", "a/01"]
        assert len({page_of(OrderKey(key)) for key in keys}) == len(keys)


def test_settings_never_get_in():
    """Of an order as Git states it, neither the provider's block nor the terms are taken over."""
    names = {field.name for field in fields(OrderView)}
    assert names & {field.name for field in fields(DesiredOrder)} == {
        *("key", "account", "provider", "attempt", "window", "target", "labels", "source"),
    }


def test_a_view_of_many_orders_has_them_all():
    """Nothing is left out before the page itself says so."""
    assert sum(viewed(crowd(2_000)).counts.values()) == 2_000
