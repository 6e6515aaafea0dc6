"""Situations about canceling: what it costs, when it is too late, and manifests that were removed."""

from __future__ import annotations

from typing import Any

from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.support.project import Project, eur

from .folder import Folder
from .lifecycle import placed
from .situation import Situation, way

P, K = Purpose, FindingKind


def charged(project: Project) -> None:
    placed(project)
    project.set_clock(2.5)
    project.order(cancel={"reason": "no longer needed"})


def charged_above(project: Project) -> None:
    placed(project)
    project.set_clock(2.5)
    project.order(cancel={"reason": "no longer needed", "maxCharge": eur("1.00")})


def charged_when_raised(project: Project) -> None:
    placed(project)
    project.set_clock(2.5)
    project.order(attempt=2)


def charged_without_a_price(project: Project) -> None:
    """The state was lost, and ICEYE reports no price of an order that exists."""
    placed(project)
    project.lose_state()
    project.set_clock(2.5)
    project.reconcile()
    project.order(cancel={"reason": "no longer needed"})


def too_late_to_cancel(project: Project) -> None:
    placed(project)
    project.edit(project.orders()[0]["id"], status="FULFILLED")
    project.order(cancel={"reason": "no longer needed"})


def too_late_to_raise(project: Project) -> None:
    placed(project)
    project.edit(project.orders()[0]["id"], status="FULFILLED")
    project.order(attempt=2)


def cancel_refused(project: Project) -> None:
    placed(project)
    project.order(cancel={"reason": "no longer needed"})
    project.fault(
        "status", method="PATCH", path="/tasking/v2/tasks/*", status=422, body={"code": "ERR", "message": "no"}
    )
    project.reconcile()


def removed(project: Project) -> None:
    placed(project)
    project.remove()
    project.order("bob")


def removed_just_now(project: Project) -> None:
    project.order(lifecycle={"onDelete": "cancel"})
    project.order("bob")
    project.reconcile()
    project.remove()
    project.reconcile()


REMOVED_ON_PURPOSE: dict[str, Any] = {"lifecycle": {"onDelete": "cancel"}}


def removed_at_last(project: Project) -> None:
    """It is known that the manifest was removed on purpose, and canceling costs a share of the price now."""
    project.order(**REMOVED_ON_PURPOSE)
    project.order("bob")
    project.reconcile()
    project.remove()
    project.reconcile()
    project.set_clock(2.5)


def removed_at_last_without_a_price(project: Project) -> None:
    project.order(**REMOVED_ON_PURPOSE)
    project.order("bob")
    project.reconcile()
    project.lose_state()
    project.reconcile()
    project.remove()
    project.reconcile()
    project.set_clock(2.5)


def removed_too_late(project: Project) -> None:
    removed_at_last(project)
    project.edit(project.orders_of("alice")[0]["id"], status="FULFILLED")


def restored(project: Project) -> None:
    project.order(**REMOVED_ON_PURPOSE)


def charge_agreed_too_late(project: Project) -> None:
    """The charge of an earlier attempt was agreed to when it could not be canceled any more."""
    placed(project)
    project.edit(project.orders()[0]["id"], status="FULFILLED")
    project.order(attempt=2, cancel={"attempt": 1, "reason": "attempt raised to 2", "maxCharge": eur("130.00")})


def without_cancel(project: Folder) -> None:
    """Take `cancel` out and leave the rest as it is committed."""
    project.order(**{**project.stated("alice"), "cancel": None})


def delivered(project: Project) -> None:
    project.edit(project.orders_of("alice")[0]["id"], status="DONE")


def emptied(project: Project) -> None:
    placed(project)
    project.remove()


def emptied_without_a_policy(project: Project) -> None:
    project.write("project.yaml", "Project", project.owner, {"owner": project.owner})
    emptied(project)


def never_placed(project: Project) -> None:
    project.order(cancel={"reason": "no longer needed"})


SITUATIONS = {
    "a charge to cancel": Situation(comes=charged, cause=c.ChargeNotAgreed, ways=(way(P.AGREE_TO_CHARGE, ends=1),)),
    "a charge above the agreed one": Situation(
        comes=charged_above, cause=c.ChargeNotAgreed, ways=(way(P.AGREE_TO_CHARGE, ends=1),)
    ),
    "a charge to order again": Situation(
        comes=charged_when_raised, cause=c.ChargeNotAgreed, ways=(way(P.AGREE_TO_CHARGE, orders=1, ends=1),)
    ),
    "a charge for what was removed": Situation(
        comes=removed_at_last,
        cause=c.ChargeNotAgreed,
        ways=(way(P.AGREE_TO_CHARGE, act=restored, ends=1),),
    ),
    "a charge that cannot be known": Situation(
        comes=charged_without_a_price, cause=c.ChargeUnknown, ways=(way(P.AGREE_UNBOUNDED, ends=1),)
    ),
    "a charge that cannot be known, for what was removed": Situation(
        comes=removed_at_last_without_a_price,
        cause=c.ChargeUnknown,
        ways=(way(P.AGREE_UNBOUNDED, act=restored, ends=1),),
    ),
    "too late to cancel": Situation(
        comes=too_late_to_cancel, cause=c.NotCancelable, ways=(way(P.REMOVE_CANCEL, act=Project.order),)
    ),
    "too late to order again": Situation(
        comes=too_late_to_raise,
        cause=c.NotCancelable,
        ways=(way(P.ENDS_BY_ITSELF, act=delivered, orders=1), way(P.ORDER_NO_OTHER)),
    ),
    "too late for an agreed charge": Situation(
        comes=charge_agreed_too_late,
        cause=c.NotCancelable,
        ways=(
            way(P.ENDS_BY_ITSELF, act=delivered, orders=1),
            way(P.ORDER_NO_OTHER, P.REMOVE_CANCEL, acts={P.REMOVE_CANCEL: without_cancel}),
        ),
    ),
    "too late for what was removed": Situation(
        comes=removed_too_late,
        cause=c.NotCancelable,
        ways=(
            way(P.ENDS_BY_ITSELF, act=delivered),
            way(P.RESTORE_MANIFEST, act=restored),
            way(P.STOP_WATCHING),
        ),
    ),
    "a cancellation that was refused": Situation(
        comes=cancel_refused,
        cause=c.ChangeRefused,
        ways=(
            way(P.STATUS_CHANGES, act=lambda p: p.advance("21m"), ends=1),
            way(P.CANCEL_AT_CONSOLE, act=lambda p: p.edit(p.orders()[0]["id"], cancel=True)),
        ),
    ),
    "removed": Situation(
        comes=removed,
        cause=c.Orphaned,
        kind=K.ORPHANED,
        ways=(way(P.RESTORE_MANIFEST, act=Project.order, orders=1), way(P.STOP_WATCHING, orders=1)),
    ),
    "removed just now": Situation(
        comes=removed_just_now,
        cause=c.RemovedJustNow,
        kind=K.WAITING,
        ways=(way(P.CANCELED_IF_ABSENT, ends=1), way(P.RESTORE_MANIFEST, act=restored)),
    ),
    "removed, and nothing is left": Situation(
        comes=emptied,
        cause=c.Emptied,
        kind=None,
        ways=(way(P.RESTORE_MANIFESTS, act=Project.order), way(P.CHANGE_POLICY)),
    ),
    "removed, and nothing is left, without a policy": Situation(
        comes=emptied_without_a_policy,
        cause=c.Emptied,
        kind=None,
        ways=(way(P.RESTORE_MANIFESTS, act=Project.order), way(P.CHANGE_POLICY)),
    ),
    "canceled before it was placed": Situation(comes=never_placed, cause=c.CanceledUnplaced, kind=K.ENDED),
}
