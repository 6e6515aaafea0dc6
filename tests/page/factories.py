"""Worlds to look at: orders of every phase all over the earth, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reconciler.model.account import Policy, Project
from reconciler.model.block import Block
from reconciler.model.errors import Location
from reconciler.model.geometry import Point, Polygon, Target
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference, reference_for
from reconciler.model.ledger import Spending
from reconciler.model.money import Money
from reconciler.model.order import DesiredOrder, Manifests
from reconciler.model.outcome import Done, Unknown
from reconciler.model.phase import Phase
from reconciler.model.record import Call, Intent, Record
from reconciler.model.time import Window
from reconciler.page.site import Site
from reconciler.page.view import Entry, Known, OrderView, View, viewed
from reconciler.plan.causes import Reported
from reconciler.plan.findings import Finding, FindingKind, Refusal, Subject
from reconciler.plan.last_pass import PassSnapshot
from reconciler.plan.remedies import Advice, remedies_of

NOW = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
OWNER = "acme-eo"
PRICE = Money(123_456, "EUR")
HERE = Location(file="orders/spot.yaml", line=10, column=5)
ALICE = Point(133.88, -23.7)


def days(start: float, end: float) -> Window:
    """A window by days from now."""
    return Window(NOW + timedelta(days=start), NOW + timedelta(days=end))


def order(key: str = "spot", target: Target = ALICE, window: Window | None = None, **more: object) -> DesiredOrder:
    made = DesiredOrder(
        key=OrderKey(key),
        account=AccountName("iceye-sim"),
        provider="iceye",
        attempt=1,
        window=window or days(2, 4),
        target=target,
        settings=Block(),
        source=HERE,
    )
    return replace(made, **more)


def record(key: str = "spot", phase: Phase | None = Phase.ACTIVE, attempt: int = 1, **more: object) -> Record:
    made = Record(
        reference=reference_for(OWNER, OrderKey(key), attempt),
        key=OrderKey(key),
        attempt=attempt,
        account=AccountName("iceye-sim"),
        provider="iceye",
    )
    intent = Intent(
        call=Call.PLACE,
        at=NOW - timedelta(days=1),
        digest="0123456789abcdef",
        plan_id="plan-1",
        commits=PRICE,
        ceiling=PRICE,
    )
    outcome = Done(at=NOW, message="", order_id=ProviderOrderId("T1"))
    placed = {"order_id": ProviderOrderId(f"T-{key}"), "phase": phase, "status": str(phase).upper(), "price": PRICE}
    return replace(made, **{"intent": intent, "outcome": outcome, **placed, **more})


def unresolved(key: str = "spot") -> Record:
    return record(key, None, order_id=None, status=None, outcome=Unknown(at=NOW))


def refusal(message: str, remedy: str) -> Refusal:
    return Refusal(Reported(message), remedies_of(Advice(remedy)))


def finding(
    key: str = "spot",
    kind: FindingKind = FindingKind.HELD,
    *,
    message: str = "costs EUR 1,980.00, above its ceiling of EUR 1,500.00",
    remedy: str = "",
    **more: object,
) -> Finding:
    made = Finding(
        kind=kind,
        subject=Subject(key=OrderKey(key), location=HERE),
        cause=Reported(message),
        remedies=remedies_of(Advice(remedy)) if remedy else (),
    )
    return replace(made, **more)


def spending(minor: int | None, at: datetime = NOW, *, key: str = "spot", currency: str = "EUR") -> Spending:
    money = Money(minor, currency) if minor is not None else None
    reference = reference_for(OWNER, OrderKey(key), 1)
    return Spending(at=at, key=OrderKey(key), reference=reference, call=Call.PLACE, money=money, sure=True)


def known(
    orders: Iterable[DesiredOrder] = (),
    records: Iterable[Record] = (),
    findings: Iterable[Finding] = (),
    *,
    spendings: Iterable[Spending] = (),
    policy: Policy | None = None,
    details: Mapping[Reference, Mapping[str, str]] | None = None,
) -> Known:
    """What a state file and a folder say together."""
    project = Project(name="acme-eo", owner=OWNER, policy=policy or Policy(), source=HERE)
    manifests = Manifests(folder="manifests", project=project, accounts=(), orders=tuple(orders))
    last = PassSnapshot(at=NOW, findings=tuple(findings), details=details or {})
    return Known(
        manifests=manifests,
        records={each.reference: each for each in records},
        last=last,
        spendings=tuple(spendings),
        now=NOW,
    )


def view(*orders: DesiredOrder, records: Iterable[Record] = (), findings: Iterable[Finding] = ()) -> View:
    return viewed(known(orders, records, findings))


def seen(shown: View, key: str = "spot") -> OrderView:
    """The one order of a view that has a key."""
    (found,) = [each for each in shown.orders if each.key == key]
    return found


ENTRIES = (
    Entry(
        at=NOW - timedelta(hours=3),
        attempt=1,
        kind="intent",
        text="about to place, binding EUR 1,234.56",
        plan_id="plan-1",
        commit="c0ffee12345678",
    ),
    Entry(
        at=NOW - timedelta(hours=2),
        attempt=1,
        kind="outcome",
        text="place: done, order T1 (ACTIVE)",
        plan_id="plan-1",
        commit="c0ffee12345678",
    ),
)


def site(shown: View, every: float | None = None) -> Site:
    return Site(view=shown, history=lambda _key: ENTRIES, every=every)


_PLACES = ("harbor", "refinery", "airfield", "delta", "mine", "glacier", "forest", "dam", "strait", "reef")
_STANDS = (*Phase, *([Phase.ACTIVE] * 12), *([Phase.PLACED] * 5), *([Phase.FULFILLED] * 8))


def crowd(count: int, *, seed: int = 7) -> Known:
    """Many orders of every phase, some of which wait for a person, with what they cost."""
    draw = random.Random(seed)
    orders, records, findings, spent = [], [], [], []
    for number in range(count):
        key = f"{draw.choice(_PLACES)}-{draw.choice(_PLACES)}-{number}"
        phase = draw.choice(_STANDS)
        start = draw.uniform(-40, 0) if phase.ended else draw.uniform(-3, 30)
        orders.append(order(key, _somewhere(draw), days(start, start + draw.uniform(0.5, 9))))
        if number % 9:
            records.append(unresolved(key) if number % 41 == 0 else record(key, phase))
        kind = FindingKind.ENDED if phase.ended else FindingKind.IN_SYNC
        findings.append(_loud(key, number) if number % 25 == 0 else finding(key, kind, message="nothing to do"))
        spent.append(
            spending(draw.randrange(80_000, 150_000), NOW - timedelta(days=draw.choice((0.1, 20, 45))), key=key)
        )
    ceilings = Policy(per_order=(Money(500_000, "EUR"),), per_month=(Money(count * 50_000, "EUR"),))
    return known(orders, records, findings, spendings=spent, policy=ceilings)


def _loud(key: str, number: int) -> Finding:
    remedy = f'commit in manifests/orders/{key}.yaml:6:9:  confirm: {{maxPrice: {{amount: "1980.00", currency: EUR}}}}'
    due = NOW + timedelta(days=(number + 7) / 10)
    return finding(key, remedy=remedy, deadline=due, since=NOW - timedelta(hours=5))


def _somewhere(draw: random.Random) -> Target:
    x, y = draw.uniform(-180, 180), draw.uniform(-58, 72)
    if draw.random() < 0.8:
        return Point(x, y)
    size = draw.choice((0.05, 0.2, 4.0))
    x = min(x, 175.0)
    return Polygon((((x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)),))
