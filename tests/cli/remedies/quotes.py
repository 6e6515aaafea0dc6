"""Situations at UP42 about quotes: accepted, rejected, refused, or beyond the credits."""

from __future__ import annotations

from typing import Any

from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.support.project import Project, credits_of, window

from .at_up42 import ENOUGH, LATER, at_up42, decide, quoted
from .situation import way

P, K = Purpose, FindingKind


def agreed(project: Project, **stated: Any) -> None:
    """An order whose quote waits for an answer, now that one is committed."""
    quoted(project)
    project.order(**{"confirm": ENOUGH, **stated})


def quoted_too_high(project: Project) -> None:
    quoted(project, confirm={"maxPrice": credits_of(5)})


def quoted_above_the_policy(project: Project) -> None:
    project.policy(perOrder=[credits_of(5)], newOrdersPerPass=3)
    quoted(project, confirm=ENOUGH)


def quoted_beyond_the_credits(project: Project) -> None:
    project.credits(balance=5)
    quoted(project, confirm=ENOUGH)


def quoted_for_two(project: Project) -> None:
    """Credits that reach for one of two quotes."""
    project.switch(study="none")
    for key in ("alice", "bob"):
        project.order(key)
    for _ in range(2):
        project.reconcile()
        project.advance(LATER)
    price = project.orders()[0]["price"]["amount"]
    project.credits(balance=price + 1)
    for key in ("alice", "bob"):
        project.order(key, confirm=ENOUGH)


def quoted_twice(project: Project) -> None:
    agreed(project)
    (order,) = project.orders()
    project.sim("POST", f"/up42/orders/{order['id']}/quotes", {"credits": 7})


def funds_unread(project: Project) -> None:
    agreed(project)
    project.fault("status", method="GET", path="/v2/payments/balances", status=403, times=0)


def accepted_by_somebody(project: Project) -> None:
    quoted(project)
    decide(project, quote=1, decision="ACCEPTED")
    project.advance(LATER)


def acceptance_refused(project: Project) -> None:
    agreed(project)
    project.fault("status", method="PATCH", path="/v2/tasking/quotation/*", status=400)
    project.reconcile()


def quote_expired(project: Project) -> None:
    project.switch(quoteValidHours=1)
    agreed(project)
    project.reconcile()


def canceled_before_the_quote(project: Project) -> None:
    project.switch(study="none", afterRejection="CANCELED")
    project.order()
    project.reconcile()
    project.advance("40m")
    project.order(cancel={"reason": "no longer needed"})


def canceled_after_acceptance(project: Project) -> None:
    agreed(project)
    project.reconcile()
    project.advance(LATER)
    project.order(confirm=ENOUGH, cancel={"reason": "no longer needed"})


def edited_when_quoted(project: Project) -> None:
    quoted(project)
    project.order(window=window(6, 15))


def edited_when_quoted_and_ended(project: Project) -> None:
    """Where an order without an accepted quote does not stay."""
    project.switch(afterRejection="CANCELED")
    edited_when_quoted(project)


def quoted_for_a_neighbor(project: Project) -> None:
    """One of two quotes was accepted; the other one is above the ceiling."""
    target = {"type": "MultiPoint", "coordinates": [[0.5, 0.5], [0.7, 0.5]]}
    quoted(project, target=target)
    second = next(order for order in project.orders() if project.reference("alice/2") in order["text"])
    project.sim("POST", f"/up42/orders/{second['id']}/decision", {"quote": 1, "decision": "REJECTED"})
    project.sim("POST", f"/up42/orders/{second['id']}/quotes", {"credits": 70_000})
    project.order(target=target, confirm={"maxPrice": credits_of(60_000)})
    project.reconcile()


def accept_by_hand(project: Project) -> None:
    decide(project, quote=1, decision="ACCEPTED")


def offer_again(project: Project) -> None:
    """Have the expired quote withdrawn and another one uploaded."""
    (order,) = project.orders()
    project.switch(quoteValidHours=0)
    decide(project, quote=1, decision="REJECTED")
    project.sim("POST", f"/up42/orders/{order['id']}/quotes", {"credits": 50_000})


def accepted_for_one_of_two(project: Project) -> None:
    """Two quotes without a ceiling, one of which was accepted at the console."""
    quoted(project, target={"type": "MultiPoint", "coordinates": [[0.5, 0.5], [0.7, 0.5]]})
    first = next(order for order in project.orders() if project.reference("alice") in order["text"])
    project.sim("POST", f"/up42/orders/{first['id']}/decision", {"quote": 1, "decision": "ACCEPTED"})
    project.advance(LATER)


SITUATIONS = {
    "a quote above its ceiling": at_up42(
        comes=quoted_too_high,
        cause=c.AboveCeiling,
        ways=(way(P.AGREE_TO_PRICE, accepts=1), way(P.REJECT_QUOTE, ends=1)),
    ),
    "a quote of a neighbor above the ceiling": at_up42(
        comes=quoted_for_a_neighbor,
        cause=c.AboveCeiling,
        key="alice/2",
        ways=(way(P.AGREE_TO_PRICE, accepts=1), way(P.REJECT_QUOTE, ends=1)),
    ),
    "a quote above the policy": at_up42(
        comes=quoted_above_the_policy,
        cause=c.AbovePolicy,
        kind=K.REFUSED,
        ways=(way(P.CHANGE_POLICY, accepts=1), way(P.REJECT_QUOTE, ends=1)),
    ),
    "a quote beyond the credits": at_up42(
        comes=quoted_beyond_the_credits,
        cause=c.Objections,
        ways=(way(P.LIFT_OBJECTION, P.ACCEPTED_LATER, act=lambda p: p.credits(balance=10**9), accepts=1),),
    ),
    "credits for one of two quotes": at_up42(
        comes=quoted_for_two,
        cause=c.FundsShort,
        key="bob",
        ways=(
            way(P.RAISE_FUNDS, act=lambda p: p.credits(balance=10**9), accepts=2),
            way(P.REMOVE_OTHERS, act=lambda p: p.remove("alice"), accepts=1),
        ),
    ),
    "two quotes": at_up42(
        comes=quoted_twice,
        cause=c.SeveralQuotes,
        ways=(way(P.REJECT_OTHER_QUOTES, act=lambda p: decide(p, quote=2, decision="REJECTED"), accepts=1),),
    ),
    "credits that are not read": at_up42(
        comes=funds_unread,
        cause=c.PriceUnread,
        kind=K.UNREAD,
        ways=(way(P.PROVIDER_RESPONDS, act=Project.clear_faults, accepts=1),),
    ),
    "a quote that somebody accepted": at_up42(
        comes=accepted_by_somebody, cause=c.QuoteOverpaid, kind=K.DRIFTED, ways=(way(P.AGREE_AFTERWARDS),)
    ),
    "a quote that somebody accepted for one of two": at_up42(
        comes=accepted_for_one_of_two,
        cause=c.QuoteOverpaid,
        kind=K.DRIFTED,
        key="alice/1",
        ways=(way(P.AGREE_AFTERWARDS, accepts=1),),
    ),
    "an acceptance that was refused": at_up42(
        comes=acceptance_refused,
        cause=c.ChangeRefused,
        ways=(
            way(P.ANSWER_OTHERWISE, act=lambda p: p.order(confirm={"quote": "reject"}), ends=1),
            way(P.OFFER_AGAIN, act=accept_by_hand),
        ),
    ),
    "an acceptance of an expired quote": at_up42(
        comes=quote_expired,
        cause=c.ChangeRefused,
        ways=(
            way(P.ANSWER_OTHERWISE, act=lambda p: p.order(confirm=None)),
            way(P.OFFER_AGAIN, act=offer_again, accepts=1),
        ),
    ),
    "edited when it was quoted, at a provider that ends what is rejected": at_up42(
        comes=edited_when_quoted_and_ended,
        cause=c.Drifted,
        kind=K.DRIFTED,
        ways=(
            way(
                P.REJECT_AND_ORDER_AGAIN,
                orders=1,
                ends=1,
                pace="2h",
                leaves={("alice", K.HELD): "the quote of the new order waits for an answer"},
            ),
        ),
        untrue=((P.PUT_TERMS_BACK,),),
    ),
    "canceled before the quote": at_up42(
        comes=canceled_before_the_quote,
        cause=c.NotCancelable,
        kind=K.WAITING,
        ways=(
            way(P.QUOTE_REJECTED_LATER, ends=1, pace=LATER),
            way(P.ASK_TO_END_IT, act=lambda p: p.edit(p.orders()[0]["id"], status="CANCELED")),
        ),
    ),
    "canceled after acceptance": at_up42(
        comes=canceled_after_acceptance,
        cause=c.NotCancelable,
        ways=(way(P.REMOVE_CANCEL, act=lambda p: p.order(confirm=ENOUGH)),),
    ),
    "edited when it was quoted": at_up42(
        comes=edited_when_quoted,
        cause=c.Drifted,
        kind=K.DRIFTED,
        ways=(
            way(P.PUT_TERMS_BACK, act=Project.order, leaves={("alice", K.HELD): "its quote waits for an answer"}),
            way(P.REJECT_AND_ORDER_AGAIN, ends=1),
        ),
    ),
}
