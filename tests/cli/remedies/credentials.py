"""Situations about credentials that are another user's, and texts that a provider has cut off."""

from __future__ import annotations

from functools import partial

from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.support.project import Project
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, OTHER_CLIENT_ID, UP42, VANTOR

from .doubt import shows_up
from .situation import Situation, way

P, K = Purpose, FindingKind
at_up42 = partial(Situation, provider=UP42)


def users(project: Project, *, apart: bool) -> None:
    """Let both users see the same orders, or each only those of a customer."""
    known = {CLIENT_ID: "acme", OTHER_CLIENT_ID: "other" if apart else "acme"}
    project.sim("PUT", "/up42/users", {name: {"password": CLIENT_SECRET, "account": of} for name, of in known.items()})


def exchanged_in_doubt(project: Project) -> None:
    """An answer was lost, and then the key expired and the same customer's next one was taken."""
    project.sim("PUT", "/vantor/keys", {key: {"account": "acme"} for key in (CLIENT_ID, OTHER_CLIENT_ID)})
    project.order()
    project.fault("drop-after", skip=1)
    project.switch(visibilitySeconds=600)
    project.reconcile()
    project.account(vantor={"apiKey": {"env": "SIM_OTHER_ID"}})


def put_back(project: Project) -> None:
    project.account()
    shows_up(project)


def exchanged_for_a_strangers(project: Project) -> None:
    """The credentials are another customer's now, who sees nothing of the live order."""
    users(project, apart=True)
    project.order()
    project.reconcile()
    project.account(contract="SIM_OTHER_ID")


def exchanged_after_an_edit(project: Project) -> None:
    """They are the same customer's, and the one order that could prove it was edited at the console just before."""
    users(project, apart=False)
    project.order()
    project.reconcile()
    project.reconcile()
    project.edit(project.orders()[0]["id"], displayName=f"{project.reference()} by hand")
    project.account(contract="SIM_OTHER_ID")


def cut_off(project: Project) -> None:
    """A lost state, and at the provider an order whose text breaks off in our reference."""
    project.place_by_hand(project.reference()[:12])
    project.order()


SITUATIONS = {
    "exchanged in doubt": Situation(
        provider=VANTOR,
        comes=exchanged_in_doubt,
        cause=c.NotLookedForEverywhere,
        kind=K.UNREAD,
        ways=(way(P.PUT_CREDENTIALS_BACK, act=put_back), way(P.STATE_TENANT, act=shows_up)),
        untrue=((P.SUSPEND_ACCOUNT,),),
    ),
    "exchanged for a stranger's": at_up42(
        comes=exchanged_for_a_strangers,
        cause=c.NotRead,
        kind=K.UNREAD,
        ways=(way(P.PUT_CREDENTIALS_BACK, act=Project.account),),
        untrue=((P.STATE_TENANT,),),
    ),
    "exchanged after an edit": at_up42(
        comes=exchanged_after_an_edit,
        cause=c.NotRead,
        kind=K.UNREAD,
        ways=(way(P.PUT_CREDENTIALS_BACK, act=Project.account), way(P.STATE_TENANT)),
    ),
    "a text that was cut off": Situation(
        comes=cut_off,
        cause=c.ReferenceCut,
        ways=(way(P.RESOLVE_IF_THIS), way(P.BOTH_MEANT, orders=1, twice="both are meant")),
    ),
}
