"""Situations that `reconciler watch` leads to, which leaves an order alone after failures; `status` shows them."""

from __future__ import annotations

from reconciler.model.pause import Pause
from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from reconciler.state.pauses import set_pause
from tests.support.project import START, Project

from .situation import Situation, way

P, K = Purpose, FindingKind
WHY = "left alone for 2m: its placing call failed"


def left_alone(project: Project) -> None:
    """An order that would be placed if nothing had failed."""
    project.order()
    project.reconcile(paused={"alice": WHY})


def left_alone_when_placed(project: Project) -> None:
    project.order()
    project.reconcile()
    project.order(cancel={"reason": "no longer needed"})
    project.reconcile(paused={"alice": WHY})


def paused(project: Project) -> None:
    """A person has paused everything, and an order is new."""
    project.order()
    set_pause(project.state, Pause(reason="the board said no", by="somebody", at=START))


SITUATIONS = {
    "paused outside Git": Situation(
        comes=paused, cause=c.PausedOutsideGit, kind=K.WAITING, ways=(way(P.RESUME, orders=1),)
    ),
    "a new order that is left alone": Situation(
        comes=left_alone,
        cause=c.Paused,
        kind=K.UNREAD,
        ways=(way(P.TRIED_AGAIN, orders=1),),
        shown_by="status",
    ),
    "a placed order that is left alone": Situation(
        comes=left_alone_when_placed,
        cause=c.Paused,
        kind=K.WAITING,
        ways=(way(P.TRIED_AGAIN, ends=1),),
        shown_by="status",
    ),
}
