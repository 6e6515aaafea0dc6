"""Situations of one manifest with several geometries: each is an order with attempts, charges and a name of its own."""

from __future__ import annotations

from typing import Any

from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.support.project import Project, window

from .situation import Situation, nobody, way

P, K = Purpose, FindingKind
PLACES = [[10, 20], [11, 21], [12, 22]]
POINTS = {"type": "MultiPoint", "coordinates": PLACES}


def named(*names: str, places: list[list[int]] | None = None) -> dict[str, Any]:
    """Return features that `keyBy: berth` names."""
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": place}, "properties": {"berth": name}}
        for name, place in zip(names, places or PLACES, strict=False)
    ]
    return {"type": "FeatureCollection", "features": features, "keyBy": "berth"}


def of(project: Project, key: str) -> str:
    """Return the provider's id of an order."""
    return str(project.orders_of(key)[0]["id"])


def ports(project: Project, **stated: Any) -> None:
    """Write the manifest of three orders."""
    project.order("ports", **{"target": POINTS, **stated})


def placed(project: Project) -> None:
    ports(project)
    project.reconcile()


def one_failed(project: Project) -> None:
    placed(project)
    project.edit(of(project, "ports"), status="FAILED")
    project.edit(of(project, "ports/2"), status="DONE")
    project.reconcile()


def delivered_and_common(project: Project) -> None:
    """The attempt of all was raised, and the second one is delivered already."""
    one_failed(project)
    ports(project, attempt=2)
    project.reconcile()


def failed_just_now(project: Project) -> None:
    placed(project)
    ports(project, attempt=2)
    project.edit(of(project, "ports/2"), status="FAILED")


def one_drifted(project: Project) -> None:
    placed(project)
    project.edit(of(project, "ports/2"), acquisitionWindow=window(5, 6))


def one_charged(project: Project) -> None:
    placed(project)
    project.set_clock(2.5)
    ports(project, attempts={"2": 2})


def without_a_ceiling(project: Project) -> None:
    ports(project, confirm=None)


def all_charged(project: Project) -> None:
    placed(project)
    project.set_clock(2.5)
    ports(project, cancel={"reason": "no longer needed"})


def one_missing(project: Project) -> None:
    placed(project)
    project.edit(of(project, "ports/2"), delete=True)
    project.advance("2h")


def one_lowered(project: Project) -> None:
    ports(project, attempts={"2": 2})
    project.reconcile()
    ports(project)


def inserted(project: Project) -> None:
    """A geometry was put before the others, so that their numbers have changed."""
    placed(project)
    ports(project, target={"type": "MultiPoint", "coordinates": [[9, 19], *PLACES]})


def named_now(project: Project) -> None:
    placed(project)
    ports(project, target=named("east", "mid", "west"))


def renamed(project: Project) -> None:
    placed(project)
    project.remove("ports")
    project.order("harbors", target=POINTS)


def grown(project: Project) -> None:
    """One geometry has become several that have names."""
    project.order("ports", target={"type": "Point", "coordinates": PLACES[0]})
    project.reconcile()
    ports(project, target=named("east", "mid"))


def moved_from_nothing(project: Project) -> None:
    """One of three moved names is wrong."""
    placed(project)
    ports(
        project, target=named("east", "mid", "west"), moved={"east": "ports/1", "mid": "ports/2", "west": "harbors/3"}
    )


def new_geometry_of_a_renamed_manifest(project: Project) -> None:
    placed(project)
    project.remove("ports")
    places = {"type": "MultiPoint", "coordinates": [*PLACES, [13, 23]]}
    project.order("harbors", target=places, moved={"from": "ports"})


def named_and_state_lost(project: Project) -> None:
    named_now(project)
    project.lose_state()


def renamed_and_state_lost(project: Project) -> None:
    renamed(project)
    project.lose_state()


def removed_geometry(project: Project) -> None:
    placed(project)
    ports(project, target={"type": "MultiPoint", "coordinates": PLACES[:2]})


def too_late(project: Project) -> None:
    placed(project)
    project.edit(of(project, "ports/2"), status="FULFILLED")
    ports(project, attempts={"2": 2})


def to_the_end(project: Project) -> None:
    """State the new geometry after the others."""
    ports(project, target={"type": "MultiPoint", "coordinates": [*PLACES, [9, 19]]})


def delivered(project: Project) -> None:
    project.edit(of(project, "ports/2"), status="DONE")


def shorter(project: Project) -> None:
    """State the window that the provider holds of one of them; it is that of all."""
    ports(project, window=window(5, 6))


SITUATIONS = {
    "one of three has failed": Situation(
        comes=one_failed, cause=c.Ended, kind=K.ENDED, key="ports/1", ways=(way(P.ORDER_AGAIN, orders=1),)
    ),
    "one of three is delivered, and the attempt of all was raised": Situation(
        comes=delivered_and_common, cause=c.Ended, kind=K.ENDED, key="ports/2", ways=(way(P.ORDER_AGAIN, orders=1),)
    ),
    "one of three fails when the attempt of all is raised": Situation(
        comes=failed_just_now, cause=c.Ended, kind=K.WAITING, key="ports/2", ways=(way(P.PLACED_LATER, orders=1),)
    ),
    "one of three was changed at the provider": Situation(
        comes=one_drifted,
        cause=c.Drifted,
        kind=K.DRIFTED,
        key="ports/2",
        ways=(
            way(
                P.STATE_OBSERVED,
                act=shorter,
                leaves=dict.fromkeys([("ports/1", K.DRIFTED), ("ports/3", K.DRIFTED)], "a manifest has one window"),
            ),
            way(P.REPLACE, orders=1, ends=1),
        ),
    ),
    "no ceiling for three": Situation(
        comes=without_a_ceiling, cause=c.AboveCeiling, key="ports/2", ways=(way(P.AGREE_TO_PRICE, orders=3),)
    ),
    "a charge for all three": Situation(
        comes=all_charged, cause=c.ChargeNotAgreed, key="ports/2", ways=(way(P.AGREE_TO_CHARGE, ends=3),)
    ),
    "a charge for one of three": Situation(
        comes=one_charged, cause=c.ChargeNotAgreed, key="ports/2", ways=(way(P.AGREE_TO_CHARGE, orders=1, ends=1),)
    ),
    "one of three is missing": Situation(
        comes=one_missing,
        cause=c.UnknownToProvider,
        kind=K.MISSING,
        key="ports/2",
        ways=(way(P.ASK_WHETHER_IT_EXISTS, P.ORDER_AGAIN_IF_GONE, P.FORGET, act=nobody, orders=1),),
    ),
    "one of three is lowered": Situation(
        comes=one_lowered,
        cause=c.SentAlready,
        key="ports/2",
        ways=(way(P.RESTORE_ATTEMPT), way(P.REPLACE_OTHER, orders=1, ends=1)),
    ),
    "one of three is lowered, and the order that is left": Situation(
        comes=one_lowered,
        cause=c.Orphaned,
        kind=K.ORPHANED,
        key="ports/2",
        ways=(way(P.RESTORE_ATTEMPT), way(P.STOP_WATCHING)),
    ),
    "one of three too late to order again": Situation(
        comes=too_late,
        cause=c.NotCancelable,
        key="ports/2",
        ways=(way(P.ENDS_BY_ITSELF, act=delivered, orders=1), way(P.ORDER_NO_OTHER)),
    ),
    "one before the others": Situation(
        comes=inserted,
        cause=c.SameAsRecorded,
        key="ports/4",
        ways=(
            way(P.STATE_AS_BEFORE, act=to_the_end, orders=1),
            way(P.BOTH_MEANT, orders=1, twice="both are meant"),
        ),
    ),
    "names for positions": Situation(
        comes=named_now,
        cause=c.SameAsRecorded,
        key="ports/mid",
        ways=(way(P.KEEP_NAME), way(P.BOTH_MEANT, orders=1, twice="both are meant")),
    ),
    "names for positions, and the order that is left": Situation(
        comes=named_now,
        cause=c.Orphaned,
        kind=K.ORPHANED,
        key="ports/2",
        ways=(way(P.KEEP_NAME), way(P.RESTORE_MANIFEST, act=ports), way(P.STOP_WATCHING)),
    ),
    "names for positions, and the state was lost": Situation(
        comes=named_and_state_lost,
        cause=c.SameAsUnknown,
        key="ports/mid",
        ways=(
            way(P.FIND_NAME, fill=lambda _: {"OLDNAME": "ports/2"}),
            way(P.BOTH_MEANT, orders=1, twice="both are meant"),
        ),
    ),
    "another name for three": Situation(
        comes=renamed,
        cause=c.SameAsRecorded,
        key="harbors/2",
        ways=(way(P.KEEP_NAME), way(P.BOTH_MEANT, orders=1, twice="both are meant")),
    ),
    "another name for three, and the state was lost": Situation(
        comes=renamed_and_state_lost,
        cause=c.SameAsUnknown,
        key="harbors/2",
        ways=(
            way(P.FIND_NAME, fill=lambda _: {"OLDNAME": "ports/2"}),
            way(P.BOTH_MEANT, orders=1, twice="both are meant"),
        ),
    ),
    "one that becomes several": Situation(
        comes=grown,
        cause=c.SameAsRecorded,
        key="ports/east",
        ways=(way(P.KEEP_NAME, orders=1), way(P.BOTH_MEANT, orders=2, twice="both are meant")),
    ),
    "one of three moved from nothing": Situation(
        comes=moved_from_nothing,
        cause=c.MovedFromNothing,
        key="ports/west",
        ways=(way(P.FIND_NAME, fill=lambda _: {"OLDNAME": "ports/3"}),),
        untrue=((P.KEEP_OTHER_NAMES,),),
    ),
    "a new one of a renamed manifest": Situation(
        comes=new_geometry_of_a_renamed_manifest,
        cause=c.MovedFromNothing,
        key="harbors/4",
        ways=(way(P.KEEP_OTHER_NAMES, orders=1),),
        untrue=((P.FIND_NAME,),),
    ),
    "one of three is removed": Situation(
        comes=removed_geometry,
        cause=c.Orphaned,
        kind=K.ORPHANED,
        key="ports/3",
        ways=(way(P.RESTORE_MANIFEST, act=ports), way(P.STOP_WATCHING)),
    ),
}
