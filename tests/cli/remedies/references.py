"""Situations about references: lowered attempts, other owners, and orders that carry what is not theirs."""

from __future__ import annotations

from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.support.project import Project, window

from .doubt import first_id, last_id, lost
from .folder import Folder
from .situation import Situation, way

P, K = Purpose, FindingKind


def lowered(project: Project) -> None:
    project.order(attempt=2)
    project.reconcile()
    project.order(attempt=1)


def lowered_when_fulfilled(project: Project) -> None:
    project.order(attempt=2)
    project.reconcile()
    project.edit(project.orders()[0]["id"], status="DONE")
    project.reconcile()
    project.order(attempt=1)


def lowered_in_doubt(project: Project) -> None:
    project.order(attempt=2)
    project.fault("drop-before")
    project.reconcile()
    project.order(attempt=1)


def lowered_and_state_lost(project: Project) -> None:
    lowered(project)
    project.lose_state()


def other_owner(project: Project) -> None:
    project.order()
    project.reconcile()
    project.write("project.yaml", "Project", project.owner, {"owner": "somebody-else"})


def other_owner_in_doubt(project: Project) -> None:
    lost(project)
    project.write("project.yaml", "Project", project.owner, {"owner": "somebody-else"})


def doubled(project: Project) -> None:
    """Two orders carry the reference, and none is bound."""
    project.order()
    for _ in range(2):
        project.place_by_hand(f"by hand {project.reference()}")
        project.advance("1m")


def one_is_canceled(project: Project) -> None:
    project.edit(first_id(project)["ID"], cancel=True)


def doubled_after_binding(project: Project) -> None:
    project.order()
    project.reconcile()
    project.advance("1m")
    project.place_by_hand(f"by hand {project.reference()}")


def the_other_is_canceled(project: Project) -> None:
    project.edit(last_id(project)["ID"], cancel=True)


def earlier_doubled(project: Project) -> None:
    """The attempt was raised, and two orders carry the reference of the earlier one."""
    doubled(project)
    project.order(attempt=2)


def earlier_doubled_after_binding(project: Project) -> None:
    doubled_after_binding(project)
    project.order(attempt=2)


def two_references(project: Project) -> None:
    """One order carries the references of two of ours; given to one of them, it leaves the other to be placed."""
    project.order("alice")
    project.order("bob")
    project.place_by_hand(f"{project.reference('alice')} {project.reference('bob')}")


def earlier_with_two_references(project: Project) -> None:
    two_references(project)
    project.order("alice", attempt=2)


def bound_to_another(project: Project) -> None:
    """At the console somebody has written the reference of bob into the order of alice."""
    project.order("alice")
    project.reconcile()
    project.edit(project.orders()[0]["id"], reference=f"{project.reference('alice')} {project.reference('bob')}")
    project.order("bob")


def like_bob_by_hand(project: Folder) -> None:
    """A person has placed what bob states, without a reference."""
    longitude, latitude = project.stated("bob")["target"]["coordinates"]
    project.place_by_hand("by hand", pointOfInterest={"lat": latitude, "lon": longitude})


def foreign(project: Project) -> None:
    """The order that Git adopts carries the reference of other manifests, and has another window."""
    found = project.place_by_hand("theirs rc1-aaaaaaaaaaaaaaaaaaaa", acquisitionWindow=window(6, 8))
    project.order(adopt={"orderId": found})


def not_listed(project: Project) -> None:
    project.order(adopt={"orderId": "11111111-2222-3333-4444-555555555555"})


def adopt_the_right_one(project: Project) -> None:
    project.order(adopt={"orderId": project.place_by_hand("by hand")})


SITUATIONS = {
    "lowered": Situation(
        comes=lowered,
        cause=c.SentAlready,
        ways=(way(P.RESTORE_ATTEMPT), way(P.REPLACE_OTHER, orders=1, ends=1)),
    ),
    "lowered when the later attempt has ended": Situation(
        comes=lowered_when_fulfilled,
        cause=c.SentAlready,
        ways=(way(P.RESTORE_ATTEMPT), way(P.ORDER_AGAIN, orders=1)),
    ),
    "lowered in doubt": Situation(
        comes=lowered_in_doubt,
        cause=c.SentAlready,
        ways=(
            way(P.RESTORE_ATTEMPT),
            way(P.ORDER_AGAIN),
        ),
    ),
    "lowered, and the order that is left": Situation(
        comes=lowered,
        cause=c.Orphaned,
        kind=K.ORPHANED,
        ways=(way(P.RESTORE_ATTEMPT), way(P.STOP_WATCHING)),
    ),
    "lowered, and the state was lost": Situation(
        comes=lowered_and_state_lost,
        cause=c.LaterAttemptExists,
        ways=(way(P.RESTORE_ATTEMPT), way(P.REPLACE_OTHER, orders=1, ends=1)),
    ),
    "another owner": Situation(
        comes=other_owner,
        cause=c.SentAlready,
        ways=(way(P.RESTORE_REFERENCE, act=Project.policy),),
    ),
    "another owner in doubt": Situation(
        comes=other_owner_in_doubt,
        cause=c.SentAlready,
        ways=(way(P.RESTORE_REFERENCE, act=Project.policy, leaves={("alice", K.UNRESOLVED): "its answer was lost"}),),
    ),
    "two orders": Situation(
        comes=doubled,
        cause=c.SeveralMatch,
        kind=K.DUPLICATE,
        ways=(way(P.CANCEL_OTHERS, P.RESOLVE, act=one_is_canceled, fill=last_id),),
    ),
    "two orders, one of them bound": Situation(
        comes=doubled_after_binding,
        cause=c.ReferenceShared,
        kind=K.DUPLICATE,
        ways=(
            way(P.CANCEL_OTHERS, act=the_other_is_canceled),
            way(P.RESOLVE_IF_WRONG, act=one_is_canceled, fill=last_id),
        ),
    ),
    "two orders of an earlier attempt": Situation(
        comes=earlier_doubled,
        cause=c.SeveralMatch,
        kind=K.DUPLICATE,
        ways=(way(P.CANCEL_OTHERS, P.RESOLVE, act=one_is_canceled, fill=last_id, orders=1, ends=1),),
    ),
    "two orders of an earlier attempt, one of them bound": Situation(
        comes=earlier_doubled_after_binding,
        cause=c.ReferenceShared,
        kind=K.DUPLICATE,
        ways=(way(P.CANCEL_OTHERS, act=the_other_is_canceled, orders=1, ends=1),),
    ),
    "two references": Situation(
        comes=two_references,
        cause=c.ReferencesCompete,
        kind=K.DUPLICATE,
        ways=(way(P.RESOLVE, fill=last_id, orders=1),),
    ),
    "two references, one of an earlier attempt": Situation(
        comes=earlier_with_two_references,
        cause=c.ReferencesCompete,
        kind=K.DUPLICATE,
        ways=(way(P.RESOLVE, fill=last_id, orders=1, ends=1),),
    ),
    "the reference of another order": Situation(
        comes=bound_to_another,
        cause=c.BoundToAnother,
        kind=K.DUPLICATE,
        key="bob",
        ways=(way(P.RESOLVE, act=like_bob_by_hand, fill=last_id), way(P.ORDER_BESIDES, orders=1)),
    ),
    "the reference of others": Situation(
        comes=foreign,
        cause=c.ForeignReference,
        ways=(
            way(P.REMOVE_ADOPT_OR_ORDER, act=Project.order, orders=1),
            way(P.TAKE_OVER, fill=last_id, leaves={("alice", K.DRIFTED): "the window that Git states is another one"}),
        ),
    ),
    "an order to adopt that is not listed": Situation(
        comes=not_listed,
        cause=c.NotListed,
        kind=K.MISSING,
        ways=(
            way(P.CORRECT_ADOPT, act=adopt_the_right_one),
            way(P.REMOVE_ADOPT, act=Project.order, orders=1),
        ),
    ),
}
