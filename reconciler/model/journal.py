"""The journal: what happened to an order, one typed event an entry. Entries are appended and never changed.

A field is None if it does not apply to the call, or if an older version did not write it. `legacy` holds what an older
version wrote and no field of this one takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Discriminator

from reconciler.model.finding import FindingKind
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.money import Money
from reconciler.model.order import OnDelete
from reconciler.model.outcome import OutcomeKind
from reconciler.model.phase import Phase
from reconciler.model.record import Call
from reconciler.model.terms import Terms, TermValue


class EventKind(StrEnum):
    """What the journal tells of an order."""

    INTENT = "intent"
    OUTCOME = "outcome"
    BOUND = "bound"
    PHASE = "phase"
    TERMS = "terms"
    LOOKUP = "lookup"
    CLOCK = "clock"
    TENANT = "tenant"
    GIT = "git"
    DECISION = "decision"
    FORGOTTEN = "forgotten"
    FINDING = "finding"


class DecisionKind(StrEnum):
    """What a person decides about an order whose placing call has an unknown outcome."""

    ADOPT = "adopt"
    NOT_CREATED = "not created"


Details: TypeAlias = Mapping[str, TermValue | None]
"""What an older version wrote of an event: untyped, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    legacy: Details | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended(_Event):
    """A call is about to be sent. `commits` is what it binds; `unpriced` if it binds an amount that is not known.

    `answer`, with `option` or `quote`, is what is answered to an offer; `reason` is why an order is canceled; `digest`
    is that of the terms that an amendment sets.
    """

    call: Call
    account: AccountName | None = None
    attempt: int | None = None
    commits: Money | None = None
    ceiling: Money | None = None
    unpriced: bool = False
    labels: Mapping[str, str] | None = None
    answer: Literal["choose", "accept", "reject"] | None = None
    option: str | None = None
    quote: str | None = None
    reason: str | None = None
    digest: str | None = None
    kind: Literal[EventKind.INTENT] = EventKind.INTENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled(_Event):
    """A call has ended. `pending` if a cancellation was accepted and the provider carries it out later."""

    call: Call
    outcome: OutcomeKind
    message: str | None = None
    order_id: ProviderOrderId | None = None
    status: str | None = None
    quote: str | None = None
    pending: bool = False
    kind: Literal[EventKind.OUTCOME] = EventKind.OUTCOME


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound(_Event):
    """An order that exists at the provider was bound. `how` says how it was found."""

    order_id: ProviderOrderId | None = None
    status: str | None = None
    how: str | None = None
    kind: Literal[EventKind.BOUND] = EventKind.BOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChanged(_Event):
    """The provider reports another status than before; `previous` is None for an order that was not read before."""

    previous: str | None = None
    status: str
    phase: Phase
    kind: Literal[EventKind.PHASE] = EventKind.PHASE


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsReported(_Event):
    """The provider reports terms that are new or differ from those reported before."""

    terms: Terms
    kind: Literal[EventKind.TERMS] = EventKind.TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp(_Event):
    """A complete listing did not show an order that may exist; `lookups` counts those since its intent."""

    lookups: int
    kind: Literal[EventKind.LOOKUP] = EventKind.LOOKUP


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedAnew(_Event):
    """The time that an order may take to show is counted from this pass on, by its account's clock and by `ours`.

    Nobody knows when its placing call ended, or a clock went back behind that.
    """

    ours: datetime
    kind: Literal[EventKind.CLOCK] = EventKind.CLOCK


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsExchanged(_Event):
    """The account has other credentials, which are known to be the same tenant's."""

    identity: str
    former: str
    kind: Literal[EventKind.TENANT] = EventKind.TENANT


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestChanged(_Event):
    """Git states another `onDelete`, or another name, than was on record; or, if `absent`, nothing of the order."""

    on_delete: OnDelete
    key: OrderKey | None = None
    absent: bool = False
    kind: Literal[EventKind.GIT] = EventKind.GIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(_Event):
    """A person has resolved an order.

    `early` if it might still have shown; `without` are the accounts that were not looked at; `by` is the user who ran
    the command.
    """

    decision: DecisionKind
    order_id: ProviderOrderId | None = None
    reason: str | None = None
    early: bool = False
    without: tuple[AccountName, ...] = ()
    by: str | None = None
    kind: Literal[EventKind.DECISION] = EventKind.DECISION


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten(_Event):
    """A person has dropped the record of an order."""

    attempt: int | None = None
    order_id: ProviderOrderId | None = None
    status: str | None = None
    kind: Literal[EventKind.FORGOTTEN] = EventKind.FORGOTTEN


@dataclass(frozen=True, slots=True, kw_only=True)
class TermDifference:
    """Both sides of one term that differs."""

    term: str
    stated: TermValue | None = None
    observed: TermValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChanged(_Event):
    """A finding has appeared, with its message, or gone, with the instant at which it had appeared."""

    finding: FindingKind
    appeared: bool
    message: str | None = None
    since: datetime | None = None
    differences: tuple[TermDifference, ...] | None = None
    kind: Literal[EventKind.FINDING] = EventKind.FINDING


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyEvent:
    """An event of an older version that fits none of the classes above; it is shown and decides nothing."""

    original: EventKind
    details: Details = field(default_factory=dict)
    kind: Literal["legacy"] = "legacy"


JournalEvent: TypeAlias = Annotated[
    Intended
    | Settled
    | Bound
    | PhaseChanged
    | TermsReported
    | LookedUp
    | CountedAnew
    | CredentialsExchanged
    | ManifestChanged
    | Decided
    | Forgotten
    | FindingChanged
    | LegacyEvent,
    Discriminator("kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the journal: an event, its instant on the provider's clock, its order, and its cause.

    `seq` is given by the journal.
    """

    at: AwareDatetime
    key: OrderKey
    reference: Reference
    event: JournalEvent
    plan_id: str | None = None
    commit: str | None = None
    seq: int = 0

    @property
    def kind(self) -> EventKind:
        """The kind of the event, as it was when it was written."""
        return self.event.original if isinstance(self.event, LegacyEvent) else self.event.kind
