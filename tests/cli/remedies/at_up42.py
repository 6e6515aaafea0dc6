"""Situations at UP42: options to choose, forms to fill in, and edits."""

from __future__ import annotations

from typing import Any

from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.support.project import Project, at, credits_of, window
from tests.support.provider import UP42

from .situation import Situation, way

P, K = Purpose, FindingKind
LATER = "6h"
"""Longer than the way of an order to its options, or from those to its quote."""
ENOUGH = {"maxPrice": credits_of(300_000)}


def offered(project: Project, **stated: Any) -> None:
    """An order whose feasibility options wait for a choice."""
    project.switch(study="MANUAL")
    project.order(**stated)
    for _ in range(2):
        project.reconcile()
        project.advance(LATER)


def quoted(project: Project, **stated: Any) -> None:
    """An order whose quote waits for an answer."""
    project.switch(study="none")
    project.order(**stated)
    for _ in range(2):
        project.reconcile()
        project.advance(LATER)


def decide(project: Project, **decision: Any) -> None:
    """Decide as another person, at the console."""
    (order,) = project.orders()
    project.sim("POST", f"/up42/orders/{order['id']}/decision", decision)


def offered_alone(project: Project) -> None:
    offered(project)


def option_not_offered(project: Project) -> None:
    offered(project, confirm={"feasibility": {"optionId": "another"}})


def two_options(project: Project) -> None:
    """A person has chosen two of the options that are offered."""
    offered(project)
    ids = [option["id"] for option in project.orders()[0]["study"]["options"]]
    project.order(confirm={"feasibility": {"optionId": ids[:2]}})


def option_of_somebody(project: Project) -> None:
    offered(project, confirm=ENOUGH)
    decide(project, option=2)
    project.advance(LATER)


def option_of_somebody_that_changes(project: Project) -> None:
    """Somebody has chosen an option that changes the window."""
    offered(project, confirm=ENOUGH)
    (order,) = project.orders()
    options = [{"description": "later", "changes": {"acquisitionEnd": at(25)}}, "as it is"]
    project.sim("POST", f"/up42/orders/{order['id']}/study", {"options": options})
    decide(project, option=1)
    project.advance(LATER)


def amendment_refused(project: Project) -> None:
    quoted(project)
    project.order(up42={"tags": ["b"]})
    project.fault("status", method="PATCH", path="/v2/orders/*", status=400)
    project.reconcile()


def objected(project: Project) -> None:
    project.order(up42={"params": {"acquisitionMode": "standard", "cloudCoverage": "40"}})


def edited_when_somebody_chose(project: Project) -> None:
    option_of_somebody(project)
    project.order(window=window(6, 15), confirm=ENOUGH)


def offered_for_two(project: Project) -> None:
    """Two geometries, each with options of its own, and the first one's chosen."""
    offered(project, target={"type": "MultiPoint", "coordinates": [[0.5, 0.5], [0.7, 0.5]]})
    first = next(order for order in project.orders() if project.reference("alice") in order["text"])
    chosen = first["study"]["options"][0]["id"]
    project.order(
        target={"type": "MultiPoint", "coordinates": [[0.5, 0.5], [0.7, 0.5]]},
        confirm={"feasibility": {"optionId": chosen}},
    )


def like_the_first(project: Project) -> None:
    project.order(up42={"params": {"acquisitionMode": "standard", "cloudCoverage": 40}})


def at_up42(**stated: Any) -> Situation:
    return Situation(**{"provider": UP42, "cause": c.InSync, **stated})


SITUATIONS = {
    "an option that is not offered": at_up42(
        comes=option_not_offered,
        cause=c.OptionsToChoose,
        ways=(way(P.CHOOSE_OPTION),),
    ),
    "options to choose": at_up42(comes=offered_alone, cause=c.OptionsToChoose, ways=(way(P.CHOOSE_OPTION, choice=2),)),
    "two options": at_up42(comes=two_options, cause=c.OptionsToChoose, ways=(way(P.CHOOSE_OPTION),)),
    "options for two": at_up42(
        comes=offered_for_two, cause=c.OptionsToChoose, key="alice/2", ways=(way(P.CHOOSE_OPTION_EACH),)
    ),
    "an option that somebody chose": at_up42(
        comes=option_of_somebody,
        cause=c.OptionNotOurs,
        ways=(way(P.AGREE_TO_OPTION, accepts=1), way(P.REJECT_QUOTE, ends=1)),
    ),
    "an option that somebody chose, with other terms": at_up42(
        comes=option_of_somebody_that_changes,
        cause=c.Drifted,
        kind=K.DRIFTED,
        ways=(
            way(
                P.STATE_OBSERVED,
                act=lambda p: p.order(window=window(5, 25), confirm=ENOUGH),
                leaves={("alice", K.HELD): "the option is still not one that Git names"},
            ),
            way(P.AGREE_TO_OPTION, accepts=1),
            way(P.REJECT_AND_ORDER_AGAIN, ends=1),
        ),
    ),
    "an amendment that was refused": at_up42(
        comes=amendment_refused,
        cause=c.ChangeRefused,
        ways=(
            way(P.PUT_BACK, act=Project.order),
            way(P.STATUS_CHANGES, act=lambda p: p.order(up42={"tags": ["b"]}, confirm=ENOUGH), accepts=1),
        ),
    ),
    "an order form that lets it not through": at_up42(
        comes=objected,
        cause=c.Objections,
        ways=(way(P.EDIT_AS_TOLD, act=like_the_first, orders=1),),
        untrue=((P.LIFT_OBJECTION,),),
    ),
    "edited when somebody chose an option": at_up42(
        comes=edited_when_somebody_chose,
        cause=c.Drifted,
        kind=K.DRIFTED,
        ways=(
            way(
                P.PUT_TERMS_BACK,
                act=lambda p: p.order(confirm=ENOUGH),
                leaves={("alice", K.HELD): "the option is not one that Git names"},
            ),
            way(P.REJECT_AND_ORDER_AGAIN, ends=1),
        ),
    ),
}
