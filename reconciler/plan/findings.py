"""What a plan will not do, why, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.model.errors import Location
from reconciler.model.finding import FindingKind
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.order import ObservedOrder
from reconciler.model.provider import Ready
from reconciler.model.record import Record
from reconciler.model.terms import Difference
from reconciler.plan.causes import Cause, PlanCause
from reconciler.plan.inputs import Wanted
from reconciler.plan.remedies import Remedy, Step, remedies_of

__all__ = [
    "JOURNALED",
    "NEEDS_NOBODY",
    "WAITS_FOR_A_PERSON",
    "Choice",
    "Finding",
    "FindingKind",
    "Refusal",
    "Subject",
]


NEEDS_NOBODY = frozenset({FindingKind.IN_SYNC, FindingKind.ENDED})
WAITS_FOR_A_PERSON = frozenset(
    {
        FindingKind.HELD,
        FindingKind.REFUSED,
        FindingKind.UNRESOLVED,
        FindingKind.DUPLICATE,
        FindingKind.MISSING,
        FindingKind.DRIFTED,
    }
)
JOURNALED = WAITS_FOR_A_PERSON | {FindingKind.EXPIRED, FindingKind.ORPHANED}
"""The kinds whose coming and going the journal tells."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several ways on: what it is, in the provider's words, and the lines that choose it."""

    text: str
    lines: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a finding is about: an order by its key, and all that is known of it."""

    key: OrderKey
    account: AccountName | None = None
    reference: Reference | None = None
    order_id: ProviderOrderId | None = None
    status: str | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding about one order. `remedies` are the ways to end it, empty if none is due.

    `deadline` is the last instant at which deciding still helps; `choices` are what a person chooses among. `since` is
    when it was first found, by the providers' clock.
    """

    kind: FindingKind
    subject: Subject
    cause: Cause
    remedies: tuple[Remedy, ...] = ()
    deadline: datetime | None = None
    differences: tuple[Difference, ...] = ()
    choices: tuple[Choice, ...] = ()
    since: datetime | None = None

    @property
    def key(self) -> OrderKey:
        """The key of the order."""
        return self.subject.key

    @classmethod
    def for_order(cls, wanted: Wanted, kind: FindingKind, cause: Cause, *remedies: Step | Remedy) -> Finding:
        """Return a finding about a desired order that no provider order is known for."""
        order = wanted.order
        subject = Subject(key=order.key, account=order.account, reference=wanted.reference, location=order.source)
        return cls(kind=kind, subject=subject, cause=cause, remedies=remedies_of(*remedies), deadline=last_call(wanted))

    @classmethod
    def for_record(
        cls,
        record: Record,
        kind: FindingKind,
        cause: Cause,
        *remedies: Step | Remedy,
        wanted: Wanted | None = None,
        observed: ObservedOrder | None = None,
        differences: tuple[Difference, ...] = (),
        choices: tuple[Choice, ...] = (),
        deadline: datetime | None = None,
    ) -> Finding:
        """Return a finding about an order on record, with what was just observed of it."""
        subject = Subject(
            key=wanted.order.key if wanted is not None else record.key,
            account=record.account,
            reference=record.reference,
            order_id=record.order_id,
            status=observed.status if observed is not None else record.status,
            location=wanted.order.source if wanted is not None else None,
        )
        return cls(
            kind=kind,
            subject=subject,
            cause=cause,
            remedies=remedies_of(*remedies),
            deadline=deadline,
            differences=differences,
            choices=choices,
        )


def last_call(wanted: Wanted | None) -> datetime | None:
    """Return the last instant at which it can be ordered, None if none is known any more."""
    return wanted.readiness.until if wanted is not None and isinstance(wanted.readiness, Ready) else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the whole plan may not spend or cancel, and the ways to change that."""

    cause: PlanCause
    remedies: tuple[Remedy, ...]
