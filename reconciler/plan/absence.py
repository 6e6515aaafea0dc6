"""Whether a manifest was removed on purpose: what is missing from one reading alone is not a decision.

In Git, the commit that declared the order must be an ancestor of a clean commit that lacks it. In a plain folder, the
order must be missing in two passes that are `settle` apart. Only the project and the folder that declared an order can
remove it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from reconciler.model.ids import reference_for
from reconciler.model.record import Absence, Record
from reconciler.plan.causes import Unproven
from reconciler.plan.inputs import AccountView, PlanInput


@dataclass(frozen=True, slots=True)
class Removed:
    """Git, or the time since it has been missing, proves that the manifest was removed."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """The manifest is missing, and counts as removed if it still is at this instant of the account's clock."""

    until: datetime


Removal: TypeAlias = Removed | NotYet | Unproven


def is_ours(record: Record, owner: str) -> bool:
    """Tell whether a record is of a project of this owner; if an older version did not say, by its reference."""
    if record.declared is not None:
        return record.declared.owner == owner
    return reference_for(owner, record.key, record.attempt) == record.reference


def may_be_absent(record: Record, inputs: PlanInput) -> bool:
    """Tell whether this pass reads all that could declare an order: its owner's manifests, from its folder or above."""
    source = inputs.source
    if source is None:
        return True
    root = record.declared.root if record.declared is not None else None
    if not is_ours(record, source.owner):
        return False
    if not source.whole:  # of a single file, only what it declared itself
        return root == source.root
    return root is None or not source.is_part_of(root)


def folder_replaced(record: Record, inputs: PlanInput) -> bool:
    """Tell whether the folder that declares an order now has replaced the one on record, as after a rename.

    A part of that folder, a single file and uncommitted changes do not, nor does a plain folder replace one in Git.
    """
    source, root = inputs.source, record.declared.root if record.declared is not None else None
    if source is None or root in (None, source.root) or not source.whole or source.is_part_of(root):
        return False
    return source.commit is not None if source.in_git else root.startswith("/")


def first_missing(record: Record, inputs: PlanInput, now: datetime) -> Absence:
    """Return since when an order's manifest is missing: what its record says, or since this pass."""
    if record.absent is not None:
        return record.absent
    committed = record.declared is not None and record.declared.commit is not None
    return Absence(since=now, declared_in=inputs.last_commit if committed else None)


def removal(record: Record, inputs: PlanInput, view: AccountView) -> Removal:
    """Return whether an order's manifest was removed on purpose."""
    absence = first_missing(record, inputs, view.now)
    source, root = inputs.source, record.declared.root if record.declared is not None else None
    if source is not None and root is not None and not source.covers(root):
        return Unproven.OTHER_FOLDER
    if source is not None and source.in_git:
        return _removal_in_git(absence, source.commit, inputs)
    if absence.declared_in is not None:
        return Unproven.NO_LONGER_IN_GIT
    until = absence.since + view.limits.settle
    return Removed() if record.absent is not None and view.now >= until else NotYet(until)


def _removal_in_git(absence: Absence, head: str | None, inputs: PlanInput) -> Removal:
    if head is None:
        return Unproven.UNCOMMITTED_CHANGES
    if absence.declared_in is None or absence.declared_in == head:
        return Unproven.NEVER_COMMITTED
    ancestor = inputs.ancestors.get(absence.declared_in)
    if ancestor is None:
        return Unproven.HISTORY_MISSING
    return Removed() if ancestor else Unproven.HISTORY_REWRITTEN
