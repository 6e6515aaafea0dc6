"""Situations about money: ceilings, the policy, funds, and what cannot be priced."""

from __future__ import annotations

from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.support.project import Project, eur, window
from tests.support.provider import CONTRACT

from .situation import Situation, way

PRICE_PATH = "/tasking/v2/price"


def dear(project: Project) -> None:
    """An order above what the policy allows for one, which allows other things too."""
    freeze = {**window(100, 101), "reason": "the end of the year"}
    project.policy(
        perOrder=[eur("5.00")], perMonth=[eur("5000.00")], newOrdersPerPass=3, cancelsPerPass=2, freezes=[freeze]
    )
    project.order()


def poor(project: Project) -> None:
    project.contract(CONTRACT, spendLimit=1)
    project.order()


def poor_for_two(project: Project) -> None:
    """Funds that reach for one of two orders."""
    project.contract(CONTRACT, spendLimit=200_000)
    project.order()
    project.order("bob")


def two_new(project: Project) -> None:
    project.policy(newOrdersPerPass=1, perMonth=[eur("5000.00")])
    project.order("alice")
    project.order("bob")


def two_canceled(project: Project) -> None:
    project.policy(cancelsPerPass=1)
    for key in ("alice", "bob"):
        project.order(key)
    project.reconcile()
    for key in ("alice", "bob"):
        project.order(key, cancel={"reason": "no longer needed"})


def over_the_pass(project: Project) -> None:
    project.policy(perPass=[eur("1000.00")], perOrder=[eur("5000.00")])
    project.order()


def over_the_month(project: Project) -> None:
    project.policy(perMonth=[eur("2000.00")])
    project.order("bob")
    project.reconcile()
    project.order()


def in_another_currency(project: Project) -> None:
    project.policy(perPass=[{"amount": "9000.00", "currency": "USD"}])
    project.order()


def unread_price(project: Project) -> None:
    project.order()
    project.fault("status", method="GET", path=PRICE_PATH, status=403, times=0)


P, K = Purpose, FindingKind
SITUATIONS = {
    "above its ceiling": Situation(
        comes=lambda p: p.order(confirm={"maxPrice": eur("9.00")}),
        cause=c.AboveCeiling,
        ways=(way(P.AGREE_TO_PRICE, orders=1),),
    ),
    "no ceiling": Situation(
        comes=lambda p: p.order(confirm=None), cause=c.AboveCeiling, ways=(way(P.AGREE_TO_PRICE, orders=1),)
    ),
    "a ceiling in another currency": Situation(
        comes=lambda p: p.order(confirm={"maxPrice": {"amount": "9000.00", "currency": "USD"}}),
        cause=c.AboveCeiling,
        ways=(way(P.AGREE_TO_PRICE, orders=1),),
    ),
    "over the policy": Situation(
        comes=dear, cause=c.AbovePolicy, kind=K.REFUSED, ways=(way(P.CHANGE_POLICY, orders=1),)
    ),
    "objected to by the contract": Situation(
        comes=poor,
        cause=c.Objections,
        ways=(
            way(P.EDIT_AS_TOLD, act=lambda p: p.order(suspend={"reason": "no funds"})),
            way(P.LIFT_OBJECTION, act=lambda p: p.contract(CONTRACT, spendLimit=10**9), orders=1),
        ),
    ),
    "funds for one of two": Situation(
        comes=poor_for_two,
        cause=c.FundsShort,
        key="bob",
        ways=(
            way(P.RAISE_FUNDS, act=lambda p: p.contract(CONTRACT, spendLimit=10**9), orders=2),
            way(P.REMOVE_OTHERS, act=lambda p: p.remove("alice"), orders=1),
        ),
    ),
    "too many new orders": Situation(comes=two_new, cause=c.TooMany, kind=None, ways=(way(P.CHANGE_POLICY, orders=2),)),
    "too many cancellations": Situation(
        comes=two_canceled, cause=c.TooMany, kind=None, ways=(way(P.CHANGE_POLICY, ends=2),)
    ),
    "over the policy's pass": Situation(
        comes=over_the_pass, cause=c.OverBudget, kind=None, ways=(way(P.CHANGE_POLICY, orders=1),)
    ),
    "over the policy's month": Situation(
        comes=over_the_month, cause=c.OverBudget, kind=None, ways=(way(P.CHANGE_POLICY, orders=1),)
    ),
    "in a currency that the policy does not name": Situation(
        comes=in_another_currency, cause=c.OverBudget, kind=None, ways=(way(P.CHANGE_POLICY, orders=1),)
    ),
    "a price that is not read": Situation(
        comes=unread_price,
        cause=c.PriceUnread,
        kind=K.UNREAD,
        ways=(way(P.PROVIDER_RESPONDS, act=Project.clear_faults, orders=1),),
    ),
}
