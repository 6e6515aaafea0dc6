"""Plans and results with one of everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reconciler.model.block import Block
from reconciler.model.errors import Location, RefusalKind
from reconciler.model.geometry import Point, Polygon
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.money import Money
from reconciler.model.offer import AcceptQuote, ChooseOption, FeasibilityOption, RejectQuote
from reconciler.model.order import DesiredOrder
from reconciler.model.outcome import OutcomeKind
from reconciler.model.terms import Difference, DriftKind
from reconciler.model.time import Window
from reconciler.plan.actions import Action, Adopt, Amend, Cancel, Confirm, Place, Result
from reconciler.plan.causes import Reported, TooMany
from reconciler.plan.findings import Finding, FindingKind, Refusal, Subject
from reconciler.plan.planner import Plan
from reconciler.plan.remedies import Advice, remedies_of
from tests.support.outcomes import ended

AT = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
REFERENCE = Reference("rc1-abcdefghij234567abcd")
ONE = AccountName("one")
T1 = ProviderOrderId("T1")
HERE = Location(file="orders/spot.yaml", line=10, column=5)
DIFFERENCE = Difference(term="end", stated="later", observed="soon", kind=DriftKind.SPEC_EDITED)
ODD = "a|b `c` \\| 100 %\r\nnext\x1b[31m"
"""What a provider might say to break a table, a command or a terminal."""


PRICE = Money(90_000, "EUR")


def place(key: str = "spot", price: Money | None = PRICE) -> Place:
    ceiling = Money(100_000, "EUR") if price else None
    return Place(
        key=OrderKey(key),
        reference=REFERENCE,
        account=ONE,
        attempt=1,
        digest="0123456789abcdef",
        commits=price,
        ceiling=ceiling,
        until=AT,
        location=HERE,
    )


ADOPT = Adopt(key=OrderKey("found"), reference=REFERENCE, account=ONE, attempt=1, order_id=T1, status="ACTIVE")
AMEND = Amend(key=OrderKey("edited"), reference=REFERENCE, account=ONE, order_id=T1, changes=(DIFFERENCE,))
CANCEL = Cancel(
    key=OrderKey("gone"),
    reference=REFERENCE,
    account=ONE,
    order_id=T1,
    reason="no longer needed",
    rule="the 10 % band",
    commits=Money(9_000, "EUR"),
    until=AT,
)
FREE = replace(CANCEL, commits=None)
LATER = replace(place("later", None), free=True, estimate=Money(4_500, "credits"))
QUOTE = Money(450_000, "credits")
ACCEPT = Confirm(
    key=OrderKey("quoted"),
    reference=REFERENCE,
    account=ONE,
    order_id=T1,
    decision=AcceptQuote(quote_id="Q1", price=QUOTE),
    commits=QUOTE,
    ceiling=QUOTE,
    location=HERE,
)
REJECT = replace(ACCEPT, decision=RejectQuote(quote_id="Q1", price=QUOTE), commits=None, ceiling=None)
CHOOSE = replace(REJECT, decision=ChooseOption(study_id="S1", option=FeasibilityOption("A", "later dates")))
ACTIONS: tuple[Action, ...] = (ADOPT, CANCEL, AMEND, CHOOSE, ACCEPT, REJECT, LATER, place())


def refusal(message: str, remedy: str) -> Refusal:
    return Refusal(Reported(message), remedies_of(Advice(remedy)))


def finding(
    kind: FindingKind = FindingKind.HELD, message: str = "costs too much", remedy: str = "commit more"
) -> Finding:
    return Finding(
        kind=kind,
        subject=Subject(key=OrderKey("spot"), account=ONE, order_id=T1, status="ACTIVE", location=HERE),
        cause=Reported(message),
        remedies=remedies_of(Advice(remedy)) if remedy else (),
        deadline=AT,
        differences=(DIFFERENCE,),
    )


def plan(*actions: Action, findings: tuple[Finding, ...] = (), refused: bool = False) -> Plan:
    refusals = (
        (Refusal(TooMany(what="new orders", count=3, limit=2), remedies_of(Advice("commit a higher number"))),)
        if refused
        else ()
    )
    return Plan(id="0123456789ab", at=AT, actions=actions, findings=findings, refusals=refusals)


def result(action: Action, kind: OutcomeKind = OutcomeKind.DONE, message: str = "the provider's words") -> Result:
    refusal = RefusalKind.FUNDS if kind is OutcomeKind.REFUSED else None
    return Result(action, ended(kind, AT, message, order_id=T1, refusal=refusal))


def order(key: str = "spot", target: Point | Polygon | None = None, account: AccountName = ONE) -> DesiredOrder:
    window = Window(AT, AT + timedelta(days=2))
    target = target or Point(133.88, -23.7)
    return DesiredOrder(
        key=OrderKey(key),
        account=account,
        provider="iceye",
        attempt=1,
        window=window,
        target=target,
        settings=Block(),
        source=HERE,
    )


def orders(*stated: DesiredOrder) -> dict[OrderKey, DesiredOrder]:
    return {each.key: each for each in stated}


def square(longitude: float = 13.0, latitude: float = 52.0, corners: int = 4) -> Polygon:
    """A square of a tenth of a degree; with more corners its southern side is cut into pieces."""
    south = [(longitude + 0.1 * n / (corners - 3), latitude) for n in range(corners - 2)]
    ring = (*south, (longitude + 0.1, latitude + 0.1), (longitude, latitude + 0.1), south[0])
    return Polygon((ring,))
