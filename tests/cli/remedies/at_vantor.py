"""Situations at Vantor: orders without a text, windows that are moved later, and cancellations that take time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.simulator.vantor import PRODUCT
from tests.support.project import Project, at, credits_of, window
from tests.support.provider import VANTOR, area

from .situation import Situation, way

P, K = Purpose, FindingKind


def placed(project: Project) -> None:
    project.order()
    project.reconcile()


def by_hand(project: Project, **fields: Any) -> str:
    """Place, without a text, what the order is for."""
    dates = {"start_collect_datetime": at(5), "end_collect_datetime": at(15)}
    body = {"geometry": area(), "product_details": PRODUCT, "request_description": None, **dates, **fields}
    return project.place_by_hand(None, **body)


def unmarked(project: Project) -> None:
    """The state was lost, and Vantor shows no text of the order."""
    project.switch(descriptionEcho="absent")
    placed(project)
    project.lose_state()


def unmarked_and_not_ours(project: Project) -> None:
    project.switch(descriptionEcho="absent")
    by_hand(project)
    project.order()


def unmarked_twice(project: Project) -> None:
    """The answer was lost, and two orders show the terms and no text."""
    project.switch(descriptionEcho="absent")
    project.order()
    project.fault("drop-after", skip=1)
    project.reconcile()
    by_hand(project)
    project.advance("16m")


def extension_refused(project: Project) -> None:
    placed(project)
    project.order(window=window(5, 20))
    project.fault("status", method="PATCH", path="/tasking/v2/tasking/*", status=400)
    project.reconcile()


def shortened(project: Project) -> None:
    placed(project)
    project.order(window=window(5, 12))


def cancel_asked(project: Project) -> None:
    placed(project)
    cancel = {"reason": "no longer needed", "maxCharge": credits_of(10_000)}
    project.order(cancel=cancel)
    project.reconcile()


def charged(project: Project) -> None:
    placed(project)
    project.order(cancel={"reason": "no longer needed"})


def unpriced(project: Project) -> None:
    project.switch(quoteUnits="other")
    project.order()


def objected(project: Project) -> None:
    project.order(window=window(5, 500))


def closed(project: Project) -> None:
    project.order()
    project.set_clock(6)


def unread(project: Project) -> None:
    project.order()
    project.fault("status", method="GET", path="/tasking/v2/tasking", status=403, times=0)


def renamed_unmarked(project: Project) -> None:
    project.switch(descriptionEcho="absent")
    placed(project)
    project.remove()
    project.order("bob", place_of="alice")


def unmarked_and_not_ours_twice(project: Project) -> None:
    project.switch(descriptionEcho="absent")
    by_hand(project)
    project.advance("1m")
    by_hand(project)
    project.order()


def first_id(project: Project) -> Mapping[str, str]:
    """Name the order that was placed first."""
    return {"ID": min(project.orders(), key=lambda order: order["created"])["id"]}


def a_minute_later(project: Project) -> None:
    project.order(window={"start": at(5), "end": at(15 + 1 / 1440)})


def accept(project: Project) -> None:
    """Let the provider accept the order: its status is another one."""
    project.advance("11m")


def _at_vantor(**stated: Any) -> Situation:
    return Situation(provider=VANTOR, **stated)


CHARGE = "canceling costs all of its price at most: it is held until that is agreed to"
SITUATIONS = {
    "found without a text": _at_vantor(
        comes=unmarked, cause=c.MayBeOrdered, ways=(way(P.RESOLVE_IF_THIS),), untrue=((P.OTHER_WINDOW_IF_NOT,),)
    ),
    "somebody else's without a text": _at_vantor(
        comes=unmarked_and_not_ours,
        cause=c.MayBeOrdered,
        ways=(way(P.OTHER_WINDOW_IF_NOT, act=a_minute_later, orders=1),),
        untrue=((P.RESOLVE_IF_THIS,),),
    ),
    "two without a text": _at_vantor(
        comes=unmarked_and_not_ours_twice,
        cause=c.MayBeOrdered,
        ways=(
            way(
                P.RESOLVE_IF_ONE_OF_THEM,
                fill=first_id,
                twice="the other one is somebody else's",
                leaves={("alice", K.DRIFTED): "what was placed by hand is delivered elsewhere"},
            ),
            way(P.OTHER_WINDOW_IF_NOT, act=a_minute_later, orders=1, twice="both are somebody else's"),
        ),
    ),
    "a lost answer, and two without a text": _at_vantor(
        comes=unmarked_twice,
        cause=c.SeveralMatch,
        kind=K.DUPLICATE,
        ways=(way(P.RESOLVE_FOUND, fill=first_id, twice="the other one is somebody else's"),),
    ),
    "an extension that was refused": _at_vantor(
        comes=extension_refused,
        cause=c.ChangeRefused,
        ways=(way(P.PUT_BACK, act=Project.order), way(P.STATUS_CHANGES, act=accept)),
    ),
    "a window that was shortened": _at_vantor(
        comes=shortened,
        cause=c.Drifted,
        kind=K.DRIFTED,
        ways=(way(P.PUT_TERMS_BACK, act=Project.order), way(P.REPLACE, leaves={("alice", K.HELD): CHARGE})),
    ),
    "a cancellation that takes time": _at_vantor(
        comes=cancel_asked, cause=c.CancelAsked, kind=K.WAITING, ways=(way(P.CANCELED_LATER, act=accept),)
    ),
    "a charge to cancel": _at_vantor(comes=charged, cause=c.ChargeNotAgreed, ways=(way(P.AGREE_TO_CHARGE, ends=1),)),
    "no price": _at_vantor(comes=unpriced, cause=c.Unpriced, ways=(way(P.AGREE_UNPRICED, orders=1),)),
    "objected to": _at_vantor(
        comes=objected,
        cause=c.Objections,
        ways=(
            way(P.EDIT_AS_TOLD, act=Project.order, orders=1),
            way(P.LIFT_OBJECTION, act=lambda p: p.switch(limits="none"), orders=1),
        ),
    ),
    "a window that has begun": _at_vantor(
        comes=closed,
        cause=c.WindowClosed,
        kind=K.EXPIRED,
        ways=(
            way(P.LATER_WINDOW, act=lambda p: p.order(window=window(10, 20)), orders=1),
            way(P.REMOVE_ORDER, act=lambda p: p.remove()),
        ),
    ),
    "not read": _at_vantor(
        comes=unread,
        cause=c.NotLookedForEverywhere,
        kind=K.UNREAD,
        ways=(
            way(P.PROVIDER_RESPONDS, act=Project.clear_faults, orders=1),
            way(P.SUSPEND_ACCOUNT, fill=lambda _: {"TEXT": "no answer for days"}),
        ),
    ),
    "renamed without a text": _at_vantor(
        comes=renamed_unmarked,
        cause=c.SameAsRecorded,
        key="bob",
        ways=(way(P.KEEP_NAME), way(P.BOTH_MEANT, orders=1, twice="both are meant")),
    ),
    "renamed without a text, and the order that is left": _at_vantor(
        comes=renamed_unmarked,
        cause=c.Orphaned,
        kind=K.ORPHANED,
        ways=(way(P.KEEP_NAME), way(P.RESTORE_MANIFEST, act=Project.order), way(P.STOP_WATCHING)),
    ),
}
