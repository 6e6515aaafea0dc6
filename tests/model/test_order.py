"""A desired order: the name that its references are made of, and the existing order that an attempt is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reconciler.model.block import Block
from reconciler.model.errors import Location
from reconciler.model.geometry import Point
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, reference_for
from reconciler.model.order import Adoption, DesiredOrder
from reconciler.model.time import Window

AT = datetime(2026, 12, 1, tzinfo=UTC)
SPOT, HARBOR = OrderKey("spot"), OrderKey("harbor")
HERE = Location(file="orders.yaml", line=10, column=5)
ORDER = DesiredOrder(
    key=SPOT,
    account=AccountName("one"),
    provider="acme",
    attempt=2,
    window=Window(AT, AT + timedelta(days=2)),
    target=Point(13.4, 52.5),
    settings=Block(),
    source=HERE,
)


def test_a_reference_is_made_of_the_order_s_own_attempt_by_default():
    """Any other attempt can be asked for."""
    assert ORDER.reference("acme-eo") == reference_for("acme-eo", SPOT, 2)
    assert ORDER.reference("acme-eo", 1) == reference_for("acme-eo", SPOT, 1)


def test_a_moved_order_keeps_the_references_of_its_first_name():
    """A new name never orders again."""
    moved = replace(ORDER, key=HARBOR, moved_from=SPOT)
    assert (ORDER.origin, moved.origin) == (SPOT, SPOT)
    assert moved.reference("acme-eo") == ORDER.reference("acme-eo")


def test_git_adopts_one_attempt():
    """The attempts before and after it are placed or found by their references."""
    adopting = replace(ORDER, adopt=Adoption(ProviderOrderId("T1"), 2))
    assert [adopting.adopts(attempt) for attempt in (1, 2, 3)] == [False, True, False]
    assert not ORDER.adopts(2)
