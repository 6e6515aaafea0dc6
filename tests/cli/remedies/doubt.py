"""Situations about doubt: answers that were lost, refusals, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from reconciler.model.time import instant_text
from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.support.project import Project, window
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, OTHER_CONTRACT

from .folder import Folder
from .situation import Situation, nobody, way

P, K = Purpose, FindingKind
SETTLED = "16m"
"""A little longer than an order may take to show."""


def lost(project: Project) -> None:
    """An order whose answer was lost, and which does not exist."""
    project.order()
    project.fault("drop-before")
    project.reconcile()


def lost_and_hidden(project: Project) -> None:
    """An order whose answer was lost, and which exists without being shown yet."""
    project.order()
    project.fault("drop-after")
    project.fault("lag", seconds=600)
    project.reconcile()


def hidden_for_an_hour(project: Project) -> None:
    """An order whose answer was lost, and which its provider does not show for an hour."""
    project.order()
    project.fault("drop-after")
    project.fault("lag", seconds=3600)
    project.reconcile()


def looked_for_once(project: Project) -> None:
    """The same, after the time in which it should have shown, and before it was looked for often enough."""
    hidden_for_an_hour(project)
    project.advance(SETTLED)


def settled_and_hidden(project: Project) -> None:
    """The same, looked for often and long enough to believe that it does not exist."""
    hidden_for_an_hour(project)
    project.settle()


def shows_in_an_hour(project: Project) -> None:
    project.advance("61m")


def settled(project: Project) -> None:
    """The same, looked for often and long enough to know that it does not exist."""
    lost(project)
    for _ in range(3):
        project.advance(SETTLED)
        project.reconcile()


def by_hand(project: Project) -> None:
    """A person has placed it at the console after all, without our reference."""
    project.place_by_hand("by hand")


def last_id(project: Project) -> Mapping[str, str]:
    """Name the order that was placed last."""
    return {"ID": project.orders()[-1]["id"]}


def first_id(project: Project) -> Mapping[str, str]:
    """Name the order that was placed first."""
    return {"ID": sorted(project.orders(), key=lambda order: order["created"])[0]["id"]}


def raised_in_doubt(project: Project) -> None:
    lost(project)
    project.order(attempt=2)
    project.reconcile()


def removed_in_doubt(project: Project) -> None:
    lost(project)
    project.remove()
    project.order("bob")


def raised_and_hidden(project: Project) -> None:
    lost_and_hidden(project)
    project.order(attempt=2)


def raised_and_looked_for_once(project: Project) -> None:
    looked_for_once(project)
    project.order(attempt=2)


def removed_and_looked_for_once(project: Project) -> None:
    looked_for_once(project)
    project.remove()
    project.order("bob")


def raised_when_settled(project: Project) -> None:
    settled(project)
    project.order(attempt=2)


def raised_after_a_refusal(project: Project) -> None:
    rate_limited(project)
    project.order(attempt=2)


def removed_when_settled(project: Project) -> None:
    settled(project)
    project.remove()
    project.order("bob")


def removed_when_settled_and_hidden(project: Project) -> None:
    settled_and_hidden(project)
    project.remove()
    project.order("bob")
    project.reconcile()


def removed_with_its_account(project: Folder) -> None:
    lost(project)
    _leave_the_account(project)


def removed_with_its_account_and_hidden(project: Folder) -> None:
    lost_and_hidden(project)
    _leave_the_account(project)


def _leave_the_account(project: Folder) -> None:
    project.remove()
    project.account("iceye-new", contract=OTHER_CONTRACT)
    project.order("bob", account="iceye-new")
    project.remove_account("iceye-sim")


def restore_account(project: Folder) -> None:
    project.account()
    shows_up(project)


def removed_in_doubt_and_hidden(project: Project) -> None:
    lost_and_hidden(project)
    project.remove()
    project.order("bob")
    project.reconcile()


def refused(project: Project) -> None:
    project.order()
    project.fault("status", status=422, body={"code": "ERR_NO", "message": "no satellite is free"})
    project.reconcile()


def rate_limited(project: Project) -> None:
    project.order()
    project.fault("status", status=429, body={"code": "ERR_RATE", "message": "too many requests"})
    project.reconcile()


def unreachable(project: Project) -> None:
    project.order()
    project.fault("status", method="GET", status=403, times=0)


def set_aside(project: Project) -> None:
    project.order()
    project.account(suspend={"reason": "the contract is being renewed"})


def set_aside_by_its_own_clock(project: Project) -> None:
    """Our clock has passed that instant, the simulated one has not."""
    project.order()
    project.account(suspend={"reason": "the contract is being renewed", "until": instant_text(_in_an_hour(project))})


def _in_an_hour(project: Project) -> datetime:
    now: str = project.sim("GET", "/clock")["now"]
    return datetime.fromisoformat(now) + timedelta(hours=1)


def seen_elsewhere(project: Folder) -> None:
    """The other account showed an order under this reference, and cannot be read now."""
    secrets = {"tokenUrl": "SIM_TOKEN_URL", "clientId": "SIM_OTHER_ID", "clientSecret": "SIM_CLIENT_SECRET"}
    block = {"contractID": OTHER_CONTRACT, **{field: {"env": name} for field, name in secrets.items()}}
    project.account("iceye-new", iceye=block)
    project.place_by_hand(project.reference(), OTHER_CONTRACT)
    project.order("bob")
    project.reconcile()
    project.order("alice")
    project.sim("PUT", "/iceye/clients", {CLIENT_ID: CLIENT_SECRET})


def known_again(project: Folder) -> None:
    project.sim("PUT", "/iceye/clients", {})


def unread(project: Project) -> None:
    project.order()
    project.reconcile()
    project.fault("status", method="GET", path="/tasking/v2/tasks*", status=403, times=0)


def account_gone(project: Folder) -> None:
    """The order lives at an account that was removed, while its manifest names another one of the same contract."""
    project.order()
    project.reconcile()
    project.account("iceye-new")
    project.order(account="iceye-new")
    project.remove_account("iceye-sim")


def account_gone_in_doubt(project: Folder) -> None:
    lost(project)
    project.account("iceye-new")
    project.order(account="iceye-new")
    project.remove_account("iceye-sim")


def points_elsewhere(project: Project) -> None:
    lost(project)
    project.account(contract=OTHER_CONTRACT)


def vanished(project: Project) -> None:
    project.order()
    project.reconcile()
    project.edit(project.orders()[0]["id"], delete=True)
    project.advance("2h")


def vanished_and_removed(project: Project) -> None:
    vanished(project)
    project.remove()
    project.order("bob")


def vanished_and_raised(project: Project) -> None:
    vanished(project)
    project.order(attempt=2)


def just_placed(project: Project) -> None:
    project.order()
    project.fault("lag", seconds=600)
    project.reconcile()


def unknown_status(project: Project) -> None:
    project.order()
    project.reconcile()
    project.edit(project.orders()[0]["id"], status="PONDERED")


def shows_up(project: Project) -> None:
    project.advance("11m")


def raised_in_doubt_by_hand(project: Project) -> None:
    raised_in_doubt(project)
    by_hand(project)


SITUATIONS = {
    "a lost answer": Situation(
        comes=lost,
        cause=c.NoClearAnswer,
        kind=K.UNRESOLVED,
        ways=(
            way(P.RESOLVE, says="--adopt", act=by_hand, fill=last_id),
            way(P.RESOLVE_EARLY, says="--not-created --early", orders=1),
        ),
        untrue=((P.SETTLES,),),
    ),
    "a lost answer to an order that is hidden": Situation(
        comes=lost_and_hidden,
        cause=c.NoClearAnswer,
        kind=K.UNRESOLVED,
        ways=(way(P.SETTLES),),
        untrue=((P.RESOLVE,), (P.RESOLVE_EARLY,)),
    ),
    "a lost answer to an order that was looked for once": Situation(
        comes=looked_for_once,
        cause=c.NoClearAnswer,
        kind=K.UNRESOLVED,
        ways=(way(P.LOOKED_FOR_AGAIN, act=shows_in_an_hour),),
        untrue=((P.RESOLVE,), (P.RESOLVE_EARLY,)),
    ),
    "a lost answer to an order that is hidden for long": Situation(
        comes=settled_and_hidden,
        cause=c.NoClearAnswer,
        kind=K.UNRESOLVED,
        ways=(way(P.SHOWS_UP, act=shows_in_an_hour),),
        untrue=((P.RESOLVE,), (P.RESOLVE,)),
    ),
    "a lost answer that is old": Situation(
        comes=settled,
        cause=c.NoClearAnswer,
        kind=K.UNRESOLVED,
        ways=(
            way(P.RESOLVE, says="--adopt", act=by_hand, fill=last_id),
            way(P.RESOLVE, says="--not-created", orders=1),
        ),
        untrue=((P.SHOWS_UP,),),
    ),
    "raised in doubt": Situation(
        comes=raised_in_doubt,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(
            way(P.RESOLVE_EARLY, says="--not-created --early", orders=1),
            way(P.RESOLVE, says="--adopt", act=by_hand, fill=last_id, orders=1, ends=1),
        ),
        untrue=((P.SETTLES,),),
    ),
    "raised in doubt and hidden": Situation(
        comes=raised_and_hidden,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(way(P.SETTLES, orders=1, ends=1),),
        untrue=((P.RESOLVE,), (P.RESOLVE_EARLY,)),
    ),
    "raised in a doubt that was looked for once": Situation(
        comes=raised_and_looked_for_once,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(way(P.LOOKED_FOR_AGAIN, act=shows_in_an_hour, orders=1, ends=1),),
        untrue=((P.RESOLVE,), (P.RESOLVE_EARLY,)),
    ),
    "raised in an old doubt": Situation(
        comes=raised_when_settled,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(
            way(P.RESOLVE, says="--not-created", orders=1),
            way(P.RESOLVE, says="--adopt", act=by_hand, fill=last_id, orders=1, ends=1),
        ),
        untrue=((P.SHOWS_UP,),),
    ),
    "raised after a refusal that may lie": Situation(
        comes=raised_after_a_refusal,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(way(P.SETTLES, orders=1), way(P.RESOLVE_EARLY, orders=1)),
        untrue=((P.RESOLVE,),),
    ),
    "removed in doubt": Situation(
        comes=removed_in_doubt,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(
            way(P.RESOLVE, says="--adopt", act=by_hand, fill=last_id, orders=1),
            way(P.RESOLVE_EARLY, says="--not-created --early", orders=1),
        ),
        untrue=((P.SETTLES,),),
    ),
    "removed in doubt and hidden": Situation(
        comes=removed_in_doubt_and_hidden,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(way(P.SETTLES),),
        untrue=((P.RESOLVE,), (P.RESOLVE_EARLY,)),
    ),
    "removed in a doubt that was looked for once": Situation(
        comes=removed_and_looked_for_once,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(way(P.LOOKED_FOR_AGAIN, act=shows_in_an_hour, orders=1),),
        untrue=((P.RESOLVE,), (P.RESOLVE_EARLY,)),
    ),
    "removed in an old doubt": Situation(
        comes=removed_when_settled,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(
            way(P.RESOLVE, says="--adopt", act=by_hand, fill=last_id, orders=1),
            way(P.RESOLVE, says="--not-created", orders=1),
        ),
        untrue=((P.SHOWS_UP,),),
    ),
    "removed in an old doubt and hidden": Situation(
        comes=removed_when_settled_and_hidden,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(way(P.SHOWS_UP, act=shows_in_an_hour),),
        untrue=((P.RESOLVE,), (P.RESOLVE,)),
    ),
    "removed in doubt, and its account too": Situation(
        comes=removed_with_its_account,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(way(P.RESOLVE_PAST, orders=1),),
        untrue=((P.RESTORE_ACCOUNT,),),
    ),
    "removed in doubt and hidden, and its account too": Situation(
        comes=removed_with_its_account_and_hidden,
        cause=c.MayExist,
        kind=K.UNRESOLVED,
        ways=(way(P.RESTORE_ACCOUNT, act=restore_account, orders=1),),
        untrue=((P.RESOLVE_PAST,),),
    ),
    "refused": Situation(
        comes=refused,
        cause=c.RefusedBefore,
        ways=(
            way(P.EDIT_ORDER, act=lambda p: p.order(window=window(6, 8)), orders=1),
            way(P.SEND_AGAIN, orders=1),
        ),
    ),
    "refused for too many requests": Situation(
        comes=rate_limited, cause=c.RefusedBefore, kind=K.WAITING, ways=(way(P.SENT_AGAIN, orders=1),)
    ),
    "a provider that is not read": Situation(
        comes=unreachable,
        cause=c.NotLookedForEverywhere,
        kind=K.UNREAD,
        ways=(
            way(P.PROVIDER_RESPONDS, act=Project.clear_faults, orders=1),
            way(P.SUSPEND_ACCOUNT, fill=lambda _: {"TEXT": "no answer for days"}),
        ),
    ),
    "an account that Git sets aside": Situation(
        comes=set_aside,
        cause=c.AccountSuspended,
        kind=K.WAITING,
        ways=(way(P.REMOVE_ACCOUNT_SUSPEND, act=Project.account, orders=1),),
    ),
    "an account that Git sets aside until an instant": Situation(
        comes=set_aside_by_its_own_clock,
        cause=c.Stopped,
        kind=K.WAITING,
        ways=(way(P.REMOVE_ACCOUNT_SUSPEND, act=Project.account, orders=1),),
    ),
    "an order that a dead account showed": Situation(
        comes=seen_elsewhere,
        cause=c.SeenElsewhere,
        kind=K.UNREAD,
        ways=(
            way(
                P.PROVIDER_RESPONDS,
                act=known_again,
                leaves={("alice", K.DRIFTED): "its manifest names one account, and it lives at the other"},
            ),
        ),
    ),
    "an order that is not read": Situation(
        comes=unread,
        cause=c.NotRead,
        kind=K.UNREAD,
        ways=(way(P.PROVIDER_RESPONDS, act=Project.clear_faults),),
    ),
    "an account that is gone": Situation(
        comes=account_gone,
        cause=c.AccountGone,
        kind=K.UNREAD,
        ways=(
            way(
                P.RESTORE_ACCOUNT,
                act=Project.account,
                leaves={("alice", K.DRIFTED): "its manifest names the new account, and it lives at the old one"},
            ),
        ),
    ),
    "an account that is gone, and a doubt": Situation(
        comes=account_gone_in_doubt,
        cause=c.AccountGone,
        kind=K.UNRESOLVED,
        ways=(way(P.RESTORE_ACCOUNT, act=Project.account), way(P.RESOLVE_PAST, orders=1)),
    ),
    "an account that points elsewhere": Situation(
        comes=points_elsewhere,
        cause=c.AccountPointsElsewhere,
        kind=K.UNRESOLVED,
        ways=(way(P.POINT_ACCOUNT_BACK, act=Project.account),),
    ),
    "vanished": Situation(
        comes=vanished,
        cause=c.UnknownToProvider,
        kind=K.MISSING,
        ways=(way(P.ASK_WHETHER_IT_EXISTS, P.ORDER_AGAIN_IF_GONE, P.FORGET, act=nobody, orders=1),),
    ),
    "vanished, and its manifest too": Situation(
        comes=vanished_and_removed,
        cause=c.UnknownToProvider,
        kind=K.MISSING,
        ways=(way(P.ASK_WHETHER_IT_EXISTS, P.FORGET, act=nobody, orders=1),),
    ),
    "vanished, and raised": Situation(
        comes=vanished_and_raised,
        cause=c.UnknownToProvider,
        kind=K.MISSING,
        ways=(way(P.ASK_WHETHER_IT_EXISTS, P.FORGET, act=nobody, orders=1),),
    ),
    "just placed": Situation(
        comes=just_placed, cause=c.JustPlaced, kind=K.WAITING, ways=(way(P.LOOKED_FOR_AGAIN, act=shows_up),)
    ),
    "a status that nobody knows": Situation(comes=unknown_status, cause=c.UnknownStatus, kind=K.IN_SYNC),
}
