"""Situations in the life of one order: windows, suspensions, edits, and its end."""

from __future__ import annotations

from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.support.project import Project, window

from .situation import Situation, way

P, K = Purpose, FindingKind


def placed(project: Project) -> None:
    project.order()
    project.reconcile()


def canceled_at_the_console(project: Project) -> None:
    placed(project)
    project.edit(project.orders()[0]["id"], status="CANCELED")
    project.reconcile()


def failed_after_its_window(project: Project) -> None:
    placed(project)
    project.edit(project.orders()[0]["id"], status="FAILED")
    project.set_clock(8)
    project.reconcile()


def fulfilled(project: Project) -> None:
    placed(project)
    project.edit(project.orders()[0]["id"], status="DONE")
    project.reconcile()


def edited(project: Project) -> None:
    placed(project)
    project.order(window=window(6, 8))


def edited_late(project: Project) -> None:
    """Canceling it costs a share of its price now."""
    placed(project)
    project.set_clock(2.5)
    project.order(window=window(6, 8))


def edited_too_late(project: Project) -> None:
    """It is worked on, and cannot be canceled any more."""
    placed(project)
    project.edit(project.orders()[0]["id"], status="FULFILLED")
    project.order(window=window(6, 8))


def drifted(project: Project) -> None:
    placed(project)
    project.edit(project.orders()[0]["id"], imagingMode="STRIPMAP")


def suspended(project: Project) -> None:
    project.order(suspend={"reason": "budget talks"})


def suspended_when_bound(project: Project) -> None:
    placed(project)
    project.order(suspend={"reason": "budget talks"})


FREEZE = {**window(-1, 1), "reason": "the end of the year"}


def frozen(project: Project) -> None:
    project.policy(freezes=[FREEZE])
    project.order()


def frozen_when_removed(project: Project) -> None:
    project.order(lifecycle={"onDelete": "cancel"})
    project.order("bob")
    project.reconcile()
    project.remove()
    project.policy(freezes=[FREEZE])


def opens_later(project: Project) -> None:
    project.order(window=window(20, 22))


def closed(project: Project) -> None:
    project.order(window=window(-3, -1))


def raised(project: Project) -> None:
    """The earlier attempt is canceled first."""
    placed(project)
    project.order(attempt=2)


CHARGE = "canceling costs a share of the price: it is held until that is agreed to"


SITUATIONS = {
    "in sync": Situation(comes=placed, cause=c.InSync, kind=K.IN_SYNC),
    "canceled at the console": Situation(
        comes=canceled_at_the_console, cause=c.Ended, kind=K.ENDED, ways=(way(P.ORDER_AGAIN, orders=1),)
    ),
    "failed at the end of its window": Situation(
        comes=failed_after_its_window,
        cause=c.Ended,
        kind=K.ENDED,
        ways=(way(P.ORDER_AGAIN, act=lambda p: p.order(window=window(15, 17)), orders=1),),
    ),
    "fulfilled": Situation(comes=fulfilled, cause=c.Ended, kind=K.ENDED),
    "edited": Situation(
        comes=edited,
        cause=c.Drifted,
        kind=K.DRIFTED,
        ways=(way(P.PUT_TERMS_BACK, act=Project.order), way(P.REPLACE, orders=1, ends=1)),
    ),
    "edited when canceling costs": Situation(
        comes=edited_late,
        cause=c.Drifted,
        kind=K.DRIFTED,
        ways=(way(P.PUT_TERMS_BACK, act=Project.order), way(P.REPLACE, leaves={("alice", K.HELD): CHARGE})),
    ),
    "edited when it cannot be canceled": Situation(
        comes=edited_too_late,
        cause=c.Drifted,
        kind=K.DRIFTED,
        ways=(
            way(P.PUT_TERMS_BACK, act=Project.order),
            way(P.ORDER_AGAIN_LATER, leaves={("alice", K.HELD): "what it waits for cannot be canceled"}),
        ),
    ),
    "changed at the provider": Situation(
        comes=drifted,
        cause=c.Drifted,
        kind=K.DRIFTED,
        ways=(
            way(P.STATE_OBSERVED, act=lambda p: p.order(iceye={"imagingMode": "STRIPMAP"})),
            way(P.REPLACE, orders=1, ends=1),
        ),
    ),
    "suspended": Situation(
        comes=suspended,
        cause=c.Stopped,
        kind=K.WAITING,
        ways=(way(P.REMOVE_SUSPEND, act=Project.order, orders=1),),
    ),
    "suspended when it was placed": Situation(
        comes=suspended_when_bound,
        cause=c.Stopped,
        kind=K.WAITING,
        ways=(way(P.REMOVE_SUSPEND, act=Project.order),),
    ),
    "frozen": Situation(
        comes=frozen,
        cause=c.Stopped,
        kind=K.WAITING,
        ways=(way(P.FREEZE_ENDS, orders=1), way(P.REMOVE_FREEZE, act=Project.policy, orders=1)),
    ),
    "frozen when it was removed": Situation(
        comes=frozen_when_removed,
        cause=c.Stopped,
        kind=K.WAITING,
        ways=(
            way(P.FREEZE_ENDS, ends=1, pace="16m"),
            way(P.REMOVE_FREEZE, act=Project.policy, ends=1, pace="16m"),
        ),
    ),
    "a window too far ahead": Situation(
        comes=opens_later, cause=c.OpensLater, kind=K.WAITING, ways=(way(P.PLACED_LATER, orders=1),)
    ),
    "a window that has closed": Situation(
        comes=closed,
        cause=c.WindowClosed,
        kind=K.EXPIRED,
        ways=(way(P.LATER_WINDOW, act=Project.order, orders=1), way(P.REMOVE_ORDER, act=lambda p: p.remove())),
    ),
    "raised": Situation(
        comes=raised,
        cause=c.EarlierAttemptLives,
        kind=K.WAITING,
        ways=(way(P.PLACED_LATER, orders=1, ends=1),),
    ),
}
