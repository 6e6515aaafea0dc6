"""The record: what the state file remembers of one reference (one attempt of one order)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.money import Money
from reconciler.model.order import OnDelete
from reconciler.model.outcome import Outcome, OutcomeKind
from reconciler.model.phase import Phase
from reconciler.model.terms import Terms


class Call(StrEnum):
    """The calls that are journaled with an intent before they are sent."""

    PLACE = "place"
    CONFIRM = "confirm"
    AMEND = "amend"
    CANCEL = "cancel"


class EventKind(StrEnum):
    """What the journal tells of an order."""

    INTENT = "intent"
    OUTCOME = "outcome"
    BOUND = "bound"
    PHASE = "phase"
    TERMS = "terms"
    LOOKUP = "lookup"
    GIT = "git"
    DECISION = "decision"
    FORGOTTEN = "forgotten"
    FINDING = "finding"
    """One that blocks, or that a person is told of, has appeared or gone."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be sent, written durably before it is sent. `at` is on the provider's clock.

    `tenant` says where the order would live: an account may point elsewhere by the time a doubt is settled.
    """

    call: Call
    at: datetime
    digest: str
    plan_id: str
    commits: Money | None = None
    ceiling: Money | None = None
    commit: str | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Everything remembered of one reference.

    `intent` and `outcome` are those of the placing call: an intent without outcome means that the run died on the way.
    `stated` are the terms that Git stated when the order was placed or adopted, `observed` those last seen.
    `lookups` counts the complete listings, since the intent, in which the reference was absent. `declined` names the
    last change or answer that the provider refused for its own sake, or that conflicts with what it holds.
    `cancel_asked_at` is when it took a cancellation that it had not carried out by then.
    """

    reference: Reference
    key: OrderKey
    attempt: int
    account: AccountName
    provider: str
    order_id: ProviderOrderId | None = None
    intent: Intent | None = None
    outcome: Outcome | None = None
    lookups: int = 0
    phase: Phase | None = None
    status: str | None = None
    stated: Terms = field(default_factory=dict)
    observed: Terms = field(default_factory=dict)
    on_delete: OnDelete = OnDelete.REPORT
    price: Money | None = None
    created_at: datetime | None = None
    seen_at: datetime | None = None
    declined: str | None = None
    cancel_asked_at: datetime | None = None

    @property
    def bound(self) -> bool:
        """Tell whether the provider's order id is known."""
        return self.order_id is not None

    @property
    def unresolved(self) -> bool:
        """Tell whether an order may exist that we do not know of."""
        if self.bound or self.intent is None:
            return False
        return self.outcome is None or self.outcome.kind not in (OutcomeKind.REFUSED, OutcomeKind.NOT_SENT)

    @property
    def live(self) -> bool:
        """Tell whether the order exists as far as we know and has not ended."""
        return self.bound and not (self.phase is not None and self.phase.ended)
