"""The holds that an honest quarter meets, and why each of them is right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from reconciler.plan.causes import Orphaned
from reconciler.plan.findings import Finding, FindingKind
from reconciler.reconcile import Report

QUIET = frozenset({FindingKind.IN_SYNC, FindingKind.ENDED, FindingKind.WAITING})
"""The kinds of findings that ask for nothing; every other one is a hold here."""


class Why(Enum):
    """A kind of finding with its cause, and the reason why nothing less would do."""

    CEILING = (
        FindingKind.HELD,
        "above-ceiling",
        "The order costs more than its reviewers have agreed to, and placing it binds the whole price.",
    )
    COPIED = (
        FindingKind.HELD,
        "same-as-declared",
        "The copy still has the window of its original: the same picture would be paid for twice.",
    )
    PAIR = (
        FindingKind.HELD,
        "same-as-declared",
        "Place, window and imaging mode agree, which makes two orders one picture, whatever else they state.",
    )
    UNKNOWN = (
        FindingKind.HELD,
        "same-as-unknown",
        "Another order of the picture has a reference that is not known here; it may be an own one of a lost state.",
    )
    NEVER_PLACED = (
        FindingKind.HELD,
        "moved-from-nothing",
        "Nothing was placed under the old name: the order may live under a third one, and would be ordered again.",
    )
    EXCHANGED = (
        FindingKind.HELD,
        "same-as-recorded",
        "It has the place and the time of a live order that no manifest declares: it may be its new name.",
    )
    EXCHANGED_FOR = (
        FindingKind.ORPHANED,
        "orphaned",
        "A new order has its place and time: canceling an order that was only renamed cannot be undone.",
    )
    LATE = (
        FindingKind.HELD,
        "charge-not-agreed",
        "Canceling costs a share of the price, and Git agrees to free cancellations only.",
    )
    OLD_JOB = (
        FindingKind.ORPHANED,
        "orphaned",
        "The old commit does not declare this live order, and does not prove that anybody removed it.",
    )
    OLD_JOB_REMOVES = (
        FindingKind.ORPHANED,
        "orphaned: history rewritten",
        "The old commit lacks an order that a later one declares: canceling it would undo a decision of Git's.",
    )
    OLD_TERMS = (
        FindingKind.DRIFTED,
        "drifted",
        "The old commit states other terms than those that were ordered, and they cannot be changed.",
    )
    SHALLOW = (
        FindingKind.ORPHANED,
        "orphaned: history missing",
        "A clone without history cannot show that the manifest was removed, and canceling cannot be undone.",
    )
    UNCOMMITTED = (
        FindingKind.ORPHANED,
        "orphaned: uncommitted changes",
        "The removal is not committed yet, so that nobody has reviewed it.",
    )
    FORGOTTEN = (
        FindingKind.ORPHANED,
        "orphaned",
        "The order is live and will be charged, and no manifest declares it or says that it is canceled.",
    )
    REWORDED = (
        FindingKind.DRIFTED,
        "drifted",
        "Git states a text that the provider does not have, and no call of ICEYE's changes it.",
    )

    @property
    def reason(self) -> str:
        """Why the hold is right."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Hold:
    """A finding about an order, or (`*`) about the plan as a whole, by its kind and cause."""

    key: str
    kind: str
    cause: str

    @classmethod
    def of(cls, key: str, why: Why) -> Hold:
        """Return what an order is expected to meet."""
        return cls(key, str(why.value[0]), why.value[1])


@dataclass(frozen=True, slots=True)
class Row:
    """A hold that was met: in which week, by which order, and why it is right."""

    week: int
    key: str
    why: Why


def holds_in(report: Report) -> Iterator[Hold]:
    """Yield every hold of a pass."""
    for refusal in report.plan.refusals:
        yield Hold("*", "refusal", refusal.cause.kind)
    for found in report.plan.findings:
        if found.kind not in QUIET:
            yield Hold(str(found.key), str(found.kind), _cause(found))


def _cause(found: Finding) -> str:
    if isinstance(found.cause, Orphaned) and found.cause.unproven is not None:
        return f"{found.cause.kind}: {found.cause.unproven}"
    return found.cause.kind


def table(rows: Iterable[Row]) -> str:
    """Return the holds as a table, one a line, for people."""
    lines = (f"{row.week:>4}  {row.key:<22}  {row.why.value[0]:<9}  {row.why.reason}" for row in rows)
    return "\n".join(("week  order                   finding    why it is right", *lines))
