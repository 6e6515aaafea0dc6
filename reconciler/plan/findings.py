"""What a plan will not do, why, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.model.errors import Location
from reconciler.model.finding import FindingKind
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.terms import Difference

__all__ = [
    "JOURNALED",
    "NEEDS_NOBODY",
    "WAITS_FOR_A_PERSON",
    "Choice",
    "Finding",
    "FindingKind",
    "Refusal",
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

    def __str__(self) -> str:
        return f"{self.text}  {self.lines}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding about one order. `remedy` is the command or the lines to commit that end it, empty where none is due.

    `deadline` is the last instant at which deciding still helps; `choices` are what a person chooses among. `since` is
    when it was first found, by the providers' clock.
    """

    kind: FindingKind
    key: OrderKey
    message: str
    remedy: str = ""
    account: AccountName | None = None
    order_id: ProviderOrderId | None = None
    status: str | None = None
    deadline: datetime | None = None
    location: Location | None = None
    differences: tuple[Difference, ...] = ()
    choices: tuple[Choice, ...] = ()
    reference: Reference | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the whole plan may not spend or cancel, and the lines that change that."""

    message: str
    remedy: str
