"""The record: what the state file remembers of one reference (one attempt of one order)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator

from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.money import Money
from reconciler.model.order import ObservedOrder, OnDelete
from reconciler.model.outcome import Done, NotSent, Outcome, Refused
from reconciler.model.phase import Phase
from reconciler.model.terms import Terms
from reconciler.model.time import Moment


class Call(StrEnum):
    """The calls that are journaled with an intent before they are sent."""

    PLACE = "place"
    CONFIRM = "confirm"
    AMEND = "amend"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedAnswer:
    """An answer to an offer that the provider refused. `about` is the option or the quote."""

    answer: Literal["choose", "accept", "reject"]
    about: str
    kind: Literal["answer"] = "answer"

    def __str__(self) -> str:
        return f"{self.answer} {self.about}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedAmendment:
    """A change of terms that the provider refused for an order in this status; the values as texts."""

    terms: Mapping[str, str]
    status: str
    kind: Literal["amendment"] = "amendment"

    def __str__(self) -> str:
        return f"set {' and '.join(f'{term} to {value}' for term, value in self.terms.items())} while {self.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedCancellation:
    """A cancellation that the provider refused for an order in this status."""

    status: str
    kind: Literal["cancellation"] = "cancellation"

    def __str__(self) -> str:
        return f"cancel it while {self.status}"


Declined: TypeAlias = Annotated[DeclinedAnswer | DeclinedAmendment | DeclinedCancellation, Discriminator("kind")]
"""A change that a provider refused for its own sake: it is not sent again while nothing has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Who declared an order: the project's owner, in the folder `root`, at a clean commit if it was in one.

    `origin` is the name that its references are made of.
    """

    origin: OrderKey
    owner: str
    root: str | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Since when (by its account's clock) no manifest declares an order, and the last commit that did, if in Git."""

    since: datetime
    declared_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Everything remembered of one reference.

    A new record has an identity only; every later state follows from one of the methods below.

    `identity` is whom the account's credentials belonged to when the order was sent or bound, where that says more than
    its settings. `intent` and `outcome` are those of the placing call: an intent without outcome means that the run
    died on the way. `stated` are the terms that Git stated when the order was placed or adopted, `observed` those last
    seen. `answered` is when that call ended; where that is not known, when a pass first saw its intent. `repeats`
    counts how often it was sent again after a doubt. `lookups` counts the complete listings, since the intent, in which
    the reference was absent. `declined` is the last change or answer that the provider refused for its own sake, or
    that conflicts with what it holds. `cancel_asked_at` is when it accepted a cancellation that it had not yet carried
    out. `declared` is who declared the order, `absent` since when no manifest does; an older version kept neither.
    """

    reference: Reference
    key: OrderKey
    attempt: int
    account: AccountName
    provider: str
    identity: str | None = None
    order_id: ProviderOrderId | None = None
    intent: Intent | None = None
    outcome: Outcome | None = None
    answered: Moment | None = None
    repeats: int = 0
    lookups: int = 0
    phase: Phase | None = None
    status: str | None = None
    stated: Terms = field(default_factory=dict)
    observed: Terms = field(default_factory=dict)
    on_delete: OnDelete = OnDelete.REPORT
    price: Money | None = None
    created_at: datetime | None = None
    seen_at: datetime | None = None
    declined: Declined | None = None
    cancel_asked_at: datetime | None = None
    declared: Declaration | None = None
    absent: Absence | None = None

    @property
    def bound(self) -> bool:
        """Tell whether the provider's order id is known."""
        return self.order_id is not None

    @property
    def unresolved(self) -> bool:
        """Tell whether an order may exist that we do not know of."""
        if self.bound or self.intent is None:
            return False
        return not isinstance(self.outcome, Refused | NotSent)

    @property
    def live(self) -> bool:
        """Tell whether the order exists as far as we know and has not ended."""
        return self.bound and not (self.phase is not None and self.phase.ended)

    @property
    def known_terms(self) -> Terms:
        """What is known of the order's terms: what Git stated, and what else its provider reports."""
        return {**self.observed, **self.stated}

    @property
    def held_terms(self) -> Terms:
        """What is known of the order's terms: what its provider reports, and what else Git stated.

        After a lost state, Git may state what was never ordered.
        """
        return {**self.stated, **self.observed}

    def stated_as(self, terms: Terms, *, on_delete: OnDelete, declared: Declaration) -> Record:
        """Return the record of an order that Git states with these terms."""
        return replace(self, stated=dict(terms), on_delete=on_delete, declared=declared)

    def declared_as(self, key: OrderKey, *, on_delete: OnDelete, declared: Declaration | None) -> Record:
        """Return the record under the name, and with the `onDelete`, that Git states now."""
        return replace(self, key=key, on_delete=on_delete, declared=declared, absent=None)

    def undeclared(self, absence: Absence) -> Record:
        """Return the record of an order that no manifest declares any more."""
        return replace(self, absent=absence)

    def intended(self, intent: Intent, *, identity: str = "", repeats: int = 0) -> Record:
        """Return the record of an order whose placing call is about to be sent; `identity` is the credentials'."""
        return replace(self, intent=intent, price=intent.commits, identity=identity or None, repeats=repeats)

    def settled(self, outcome: Outcome, *, ours: datetime) -> Record:
        """Return the record after its placing call has ended, at `ours` by our clock: bound if an order was created."""
        order_id = outcome.order_id if isinstance(outcome, Done) else None
        return replace(self, outcome=outcome, order_id=order_id, answered=Moment(outcome.at, ours))

    def of_identity(self, identity: str) -> Record:
        """Return the record of an order whose account has other credentials now, known to be the same tenant's."""
        return replace(self, identity=identity)

    def counted_from(self, moment: Moment) -> Record:
        """Return the record of an order whose time to show is counted from then on."""
        return replace(self, answered=moment)

    def bound_to(
        self, observed: ObservedOrder, outcome: Outcome, *, identity: str, account: AccountName | None = None
    ) -> Record:
        """Return the record bound to an order that exists at the provider; `account` if it was found at another one.

        `identity` is that of the account's credentials.
        """
        unread = replace(self, observed={}, created_at=None, identity=identity or None)
        bound = replace(unread, account=account or self.account, order_id=observed.id, outcome=outcome)
        return bound.observed_as(observed)

    def observed_as(self, observed: ObservedOrder, *, seen_at: datetime | None = None) -> Record:
        """Return the record with what a provider has just reported; terms that it left out are kept."""
        return replace(
            self,
            phase=observed.phase,
            status=observed.status,
            observed={**self.observed, **observed.terms},
            created_at=observed.created_at or self.created_at,
            seen_at=seen_at or self.seen_at,
        )

    def moved_to(self, phase: Phase, status: str, *, seen_at: datetime) -> Record:
        """Return the record with the status that a provider reports now."""
        return replace(self, phase=phase, status=status, seen_at=seen_at)

    def reported_as(self, terms: Terms, *, created_at: datetime | None) -> Record:
        """Return the record with terms that a provider reports; those that it left out are kept."""
        return replace(self, observed={**self.observed, **terms}, created_at=created_at)

    def looked_up(self) -> Record:
        """Return the record after one more complete listing that did not show its order."""
        return replace(self, lookups=self.lookups + 1)

    def declined_as(self, declined: Declined) -> Record:
        """Return the record after its provider has refused a change for its own sake."""
        return replace(self, declined=declined)

    def amended(self, terms: Terms) -> Record:
        """Return the record after its provider has accepted these terms."""
        return replace(self, stated={**self.stated, **terms})

    def priced_at(self, price: Money) -> Record:
        """Return the record after a quote at this price was accepted."""
        return replace(self, price=price)

    def cancellation_asked(self, at: datetime | None) -> Record:
        """Return the record after a cancellation that is carried out later; None if it was carried out at once."""
        return replace(self, cancel_asked_at=at)
