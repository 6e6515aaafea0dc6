"""Situations about names: orders that were renamed, moved or copied."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.journal import Entry, ManifestChanged
from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from reconciler.state.event import Change
from tests.support.project import START, Project, window

from .doubt import SETTLED, by_hand, last_id, lost, rate_limited
from .situation import Situation, way

P, K = Purpose, FindingKind


def renamed(project: Project) -> None:
    project.order()
    project.reconcile()
    project.remove()
    project.order("bob", place_of="alice")


def renamed_with_another_window(project: Project) -> None:
    """The target is that of an order that nobody declares, and the windows overlap."""
    project.order()
    project.reconcile()
    project.remove()
    project.order("bob", place_of="alice", window=window(6, 8))


def renamed_when_fulfilled(project: Project) -> None:
    project.order()
    project.reconcile()
    project.edit(project.orders()[0]["id"], status="DONE")
    project.reconcile()
    project.remove()
    project.order("bob", place_of="alice")


def renamed_in_doubt(project: Project) -> None:
    lost(project)
    project.remove()
    project.order("bob", place_of="alice")


def renamed_after_a_rate_limit(project: Project) -> None:
    rate_limited(project)
    project.remove()
    project.order("bob", place_of="alice")


def renamed_after_an_older_version(project: Project) -> None:
    """An older version did not keep the first name of an order that was renamed already."""
    project.order()
    project.reconcile()
    project.remove()
    project.order("bob", place_of="alice", moved={"from": "alice"})
    project.reconcile()
    record = replace(project.record("bob"), declared=None)
    with project.store() as store:
        event = ManifestChanged(on_delete=record.on_delete, key=record.key)
        store.write(Change(Entry(at=START, key=record.key, reference=record.reference, event=event), record))
    project.remove("bob")
    project.order("carol", place_of="alice")


def renamed_and_state_lost(project: Project) -> None:
    renamed(project)
    project.lose_state()


def copied(project: Project) -> None:
    project.order()
    project.order("bob", place_of="alice")


def copied_after_placing(project: Project) -> None:
    project.order()
    project.reconcile()
    project.order("bob", place_of="alice")


def moved_from_nothing(project: Project) -> None:
    project.order("bob", moved={"from": "alice"})


def moved_from_a_wrong_name(project: Project) -> None:
    """It was placed as alice, and the line says bruce."""
    project.order()
    project.reconcile()
    project.remove()
    project.order("bob", place_of="alice", moved={"from": "bruce"})


def moved_from_a_later_name(project: Project) -> None:
    project.order()
    project.reconcile()
    project.remove()
    project.order("bob", place_of="alice", moved={"from": "alice"})
    project.reconcile()
    project.remove("bob")
    project.order("carol", place_of="alice", moved={"from": "bob"})


def moved_lines_removed(project: Project) -> None:
    project.order()
    project.reconcile()
    project.remove()
    project.order("bob", place_of="alice", moved={"from": "alice"})
    project.reconcile()
    project.order("bob", place_of="alice")


def spread(project: Project) -> None:
    project.order("bob", place_of="alice", window=window(5.01, 7.01))


SITUATIONS = {
    "renamed": Situation(
        comes=renamed,
        cause=c.SameAsRecorded,
        key="bob",
        ways=(way(P.KEEP_NAME), way(P.BOTH_MEANT, orders=1, twice="both are meant")),
    ),
    "renamed, and the order that is left": Situation(
        comes=renamed,
        cause=c.Orphaned,
        kind=K.ORPHANED,
        ways=(way(P.KEEP_NAME), way(P.RESTORE_MANIFEST, act=Project.order), way(P.STOP_WATCHING)),
    ),
    "renamed with another window": Situation(
        comes=renamed_with_another_window,
        cause=c.SameAsRecorded,
        key="bob",
        ways=(
            way(P.KEEP_NAME, leaves={("bob", K.DRIFTED): "its window was edited after placing"}),
            way(P.BOTH_MEANT, orders=1),
        ),
    ),
    "renamed when it was fulfilled": Situation(
        comes=renamed_when_fulfilled,
        cause=c.SameAsRecorded,
        key="bob",
        ways=(way(P.KEEP_NAME), way(P.BOTH_MEANT, orders=1)),
    ),
    "renamed in doubt": Situation(
        comes=renamed_in_doubt,
        cause=c.SameAsRecorded,
        key="bob",
        ways=(
            way(P.KEEP_NAME, leaves={("bob", K.UNRESOLVED): "the doubt is about the order under its new name"}),
            way(P.RESOLVE_OTHER, P.BOTH_MEANT, act=by_hand, fill=last_id, orders=1, twice="both are meant"),
        ),
    ),
    "renamed after a rate limit": Situation(
        comes=renamed_after_a_rate_limit,
        cause=c.SameAsRecorded,
        key="bob",
        ways=(way(P.KEEP_NAME, orders=1, pace=SETTLED), way(P.PLACED_IF_ABSENT, orders=1, pace=SETTLED)),
    ),
    "renamed after an older version": Situation(
        comes=renamed_after_an_older_version,
        cause=c.SameAsRecorded,
        key="carol",
        ways=(
            way(P.FIND_NAME, fill=lambda _: {"OLDNAME": "alice"}),
            way(P.BOTH_MEANT, orders=1, twice="both are meant"),
        ),
    ),
    "renamed, and the state was lost": Situation(
        comes=renamed_and_state_lost,
        cause=c.SameAsUnknown,
        key="bob",
        ways=(
            way(P.FIND_NAME, fill=lambda _: {"OLDNAME": "alice"}),
            way(P.BOTH_MEANT, orders=1, twice="both are meant"),
        ),
    ),
    "copied": Situation(
        comes=copied,
        cause=c.SameAsDeclared,
        key="bob",
        ways=(
            way(P.BOTH_MEANT, orders=2, twice="both are meant"),
            way(P.OTHER_WINDOW, act=spread, orders=2),
        ),
    ),
    "copied after placing": Situation(
        comes=copied_after_placing,
        cause=c.SameAsDeclared,
        key="bob",
        ways=(
            way(P.BOTH_MEANT, orders=1, twice="both are meant"),
            way(P.OTHER_WINDOW, act=spread, orders=1),
        ),
    ),
    "moved from nothing": Situation(
        comes=moved_from_nothing,
        cause=c.MovedFromNothing,
        key="bob",
        ways=(way(P.REMOVE_MOVED, act=lambda p: p.order("bob"), orders=1),),
        untrue=((P.FIND_NAME,),),
    ),
    "moved from a wrong name": Situation(
        comes=moved_from_a_wrong_name,
        cause=c.MovedFromNothing,
        key="bob",
        ways=(way(P.FIND_NAME, fill=lambda _: {"OLDNAME": "alice"}),),
        untrue=((P.REMOVE_MOVED,),),
    ),
    "moved from a later name": Situation(
        comes=moved_from_a_later_name, cause=c.MovedFromNothing, key="carol", ways=(way(P.KEEP_NAME),)
    ),
    "moved, and the line removed": Situation(
        comes=moved_lines_removed,
        cause=c.SentAlready,
        key="bob",
        ways=(way(P.RESTORE_REFERENCE, act=lambda p: p.order("bob", place_of="alice", moved={"from": "alice"})),),
    ),
}
