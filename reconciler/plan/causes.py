"""Causes of findings, as data: what a plan has concluded about an order. `render.phrases` puts them into words.

`order_id` names a provider's order, `attempt` one of ours; `quote` is the quote that a cause is about, if it is about
one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator

from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.money import Money
from reconciler.model.offer import FeasibilityOption
from reconciler.model.order import ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.record import Declined


@dataclass(frozen=True, slots=True)
class NamedOrder:
    """A provider's order as a finding names it."""

    id: ProviderOrderId
    status: str


def named_orders(orders: Iterable[ObservedOrder]) -> tuple[NamedOrder, ...]:
    """Return orders as a finding names them."""
    return tuple([NamedOrder(order.id, order.status) for order in orders])


@dataclass(frozen=True, slots=True)
class NamedQuote:
    """A quote as a finding names it."""

    id: str
    price: Money


# How an order stands


@dataclass(frozen=True, slots=True, kw_only=True)
class InSync:
    """The provider reports what Git states. `option` and `quote` are what was decided about its offers, and by whom.

    `unraised` is an attempt that the manifest states for several orders, and that this one is not raised to.
    """

    phase: Phase
    option: FeasibilityOption | None = None
    option_by: str | None = None
    quote: Money | None = None
    quote_by: str | None = None
    remarks: tuple[str, ...] = ()
    unraised: int | None = None
    kind: Literal["in-sync"] = "in-sync"


@dataclass(frozen=True, slots=True)
class UnknownStatus:
    """The provider reports a status that its contract does not have."""

    status: str
    kind: Literal["unknown-status"] = "unknown-status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The order has ended. `unraised` is an attempt of several orders that this one is not raised to, or not yet."""

    phase: Phase
    unraised: int | None = None
    kind: Literal["ended"] = "ended"


@dataclass(frozen=True, slots=True)
class CanceledUnplaced:
    """Git cancels an order that was never placed."""

    reason: str
    kind: Literal["canceled-unplaced"] = "canceled-unplaced"


class Effect(StrEnum):
    """What a suspension or a freeze puts off."""

    PLACE = "place"
    CHANGE = "change"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Git suspends the order, or, if `frozen_until` is given, the policy freezes all of them."""

    reason: str
    effect: Effect
    frozen_until: datetime | None = None
    kind: Literal["stopped"] = "stopped"


@dataclass(frozen=True, slots=True)
class EarlierAttemptLives:
    """An earlier attempt has not ended yet, so this one is not placed."""

    attempt: int
    kind: Literal["earlier-attempt-lives"] = "earlier-attempt-lives"


@dataclass(frozen=True, slots=True)
class OpensLater:
    """The provider accepts the order from this instant on."""

    at: datetime
    why: str
    kind: Literal["opens-later"] = "opens-later"


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """The order was never placed, and its window has closed."""

    why: str
    kind: Literal["window-closed"] = "window-closed"


@dataclass(frozen=True, slots=True)
class JustPlaced:
    """The provider does not show the order yet, which was placed this long ago."""

    order_id: ProviderOrderId
    age: timedelta
    kind: Literal["just-placed"] = "just-placed"


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """A cancellation was asked for and is not carried out yet."""

    at: datetime
    kind: Literal["cancel-asked"] = "cancel-asked"


class Unproven(StrEnum):
    """Why it is not certain that a manifest was removed on purpose."""

    UNCOMMITTED_CHANGES = "uncommitted changes"
    NEVER_COMMITTED = "never committed"
    HISTORY_MISSING = "history missing"
    HISTORY_REWRITTEN = "history rewritten"
    NO_LONGER_IN_GIT = "not in git"
    OTHER_FOLDER = "other folder"


@dataclass(frozen=True, slots=True)
class RemovedJustNow:
    """The manifest is missing; the order is canceled if it still is at this instant."""

    until: datetime
    kind: Literal["removed-just-now"] = "removed-just-now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphaned:
    """The order is live, and no manifest declares it; `successor` may be its new name.

    `lowered` is the attempt that its manifest states instead.
    `unproven` is why it is not canceled though its manifest said `onDelete: cancel`.
    """

    phase: Phase
    successor: OrderKey | None = None
    lowered: int | None = None
    unproven: Unproven | None = None
    kind: Literal["orphaned"] = "orphaned"


# What differs from Git


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """Terms differ: `edited` in Git after placing, or else at the provider.

    `free` and `percent` (of its price) say what canceling the order costs now; None if it cannot be canceled.
    `quote_rejected` if it is canceled by rejecting its quote.
    """

    edited: bool
    percent: int | None
    quote_rejected: bool = False
    kind: Literal["drifted"] = "drifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteOverpaid:
    """A quote was accepted, by whomever, for more than Git agrees to."""

    price: Money
    by: str | None
    ceiling: Money | None
    kind: Literal["quote-overpaid"] = "quote-overpaid"


@dataclass(frozen=True, slots=True)
class UnknownToProvider:
    """The provider reports that a bound order does not exist. `status` is the last one that it reported."""

    order_id: ProviderOrderId
    status: str | None
    kind: Literal["unknown-to-provider"] = "unknown-to-provider"


@dataclass(frozen=True, slots=True)
class NotListed:
    """Git says that this is an existing order, which its account does not list."""

    order_id: ProviderOrderId
    account: AccountName
    kind: Literal["not-listed"] = "not-listed"


# What could not be read


@dataclass(frozen=True, slots=True)
class NotRead:
    """A bound order was not read in this pass."""

    problem: str | None
    kind: Literal["not-read"] = "not-read"


@dataclass(frozen=True, slots=True)
class NotLookedForEverywhere:
    """Not every listing is complete, so that an order which was not found may exist."""

    problem: str
    kind: Literal["not-looked-for-everywhere"] = "not-looked-for-everywhere"


@dataclass(frozen=True, slots=True)
class PriceUnread:
    """The price, or whether the funds cover the quote, could not be read."""

    problem: str
    quote: NamedQuote | None = None
    kind: Literal["price-unread"] = "price-unread"


@dataclass(frozen=True, slots=True)
class PriceNotAsked:
    """This pass asks for no price; or, for a quote, not for the funds."""

    quote: bool = False
    kind: Literal["price-not-asked"] = "price-not-asked"


@dataclass(frozen=True, slots=True)
class AccountGone:
    """The account is no longer in the manifests. `bound` if the order is known to be there."""

    account: AccountName
    bound: bool
    kind: Literal["account-gone"] = "account-gone"


@dataclass(frozen=True, slots=True)
class AccountPointsElsewhere:
    """The account no longer points to the tenant where the order may exist."""

    account: AccountName
    tenant: str
    kind: Literal["account-points-elsewhere"] = "account-points-elsewhere"


# What is in doubt


@dataclass(frozen=True, slots=True)
class ReferenceCut:
    """A provider's order shows the beginning of a reference that may be this order's."""

    order: NamedOrder
    fragment: str
    kind: Literal["reference-cut"] = "reference-cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedOutsideGit:
    """A person has paused the account (None: all) on the command line."""

    account: AccountName | None
    reason: str
    by: str
    at: datetime
    kind: Literal["paused-outside-git"] = "paused-outside-git"


@dataclass(frozen=True, slots=True)
class SeenElsewhere:
    """An account that cannot be read now showed an order under this reference when it was read last."""

    order_id: ProviderOrderId
    account: AccountName
    kind: Literal["seen-elsewhere"] = "seen-elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSuspended:
    """Git sets the account aside: it is not read, and nothing is sent there."""

    account: AccountName
    reason: str
    until: datetime | None = None
    kind: Literal["account-suspended"] = "account-suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoClearAnswer:
    """The placing call had no clear answer. `settle` if it is too early to believe that nothing was created.

    `lags` if the listing does not count, since it lacks an order that a single read shows.
    """

    sent_at: datetime
    lookups: int
    lookups_needed: int
    settle: timedelta | None = None
    lags: bool = False
    kind: Literal["no-clear-answer"] = "no-clear-answer"


@dataclass(frozen=True, slots=True)
class MayExist:
    """An attempt had no clear answer. `declared` if a manifest still declares it."""

    attempt: int
    declared: bool
    kind: Literal["may-exist"] = "may-exist"


@dataclass(frozen=True, slots=True)
class RefusedBefore:
    """The provider refused the order."""

    message: str
    at: datetime
    kind: Literal["refused-before"] = "refused-before"


@dataclass(frozen=True, slots=True)
class ChangeRefused:
    """The provider refused this change for its own sake, and nothing has changed since."""

    declined: Declined
    kind: Literal["change-refused"] = "change-refused"


# Which order is whose


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceShared:
    """Other live orders carry the reference of a bound one. `attempt` if it is an earlier one."""

    order_id: ProviderOrderId
    others: tuple[NamedOrder, ...]
    attempt: int | None = None
    kind: Literal["reference-shared"] = "reference-shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralMatch:
    """Several orders carry the reference, or, if `by_terms`, show the terms and no text."""

    orders: tuple[NamedOrder, ...]
    by_terms: bool = False
    attempt: int | None = None
    kind: Literal["several-match"] = "several-match"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencesCompete:
    """One order carries the references of several of ours. `attempt` if ours is an earlier one."""

    order_id: ProviderOrderId
    others: tuple[OrderKey, ...]
    attempt: int | None = None
    kind: Literal["references-compete"] = "references-compete"


@dataclass(frozen=True, slots=True)
class BoundToAnother:
    """The order with this reference is bound to another order of ours."""

    order_id: ProviderOrderId
    other: OrderKey
    kind: Literal["bound-to-another"] = "bound-to-another"


@dataclass(frozen=True, slots=True)
class ForeignReference:
    """The order that Git adopts carries references that nothing here knows."""

    order_id: ProviderOrderId
    references: tuple[Reference, ...]
    kind: Literal["foreign-reference"] = "foreign-reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAlready:
    """The order was sent already under another reference; `lowered` if as a later attempt. No `order`: in doubt."""

    attempt: int
    order: NamedOrder | None
    lowered: bool
    kind: Literal["sent-already"] = "sent-already"


@dataclass(frozen=True, slots=True)
class LaterAttemptExists:
    """A later attempt is at the provider already."""

    attempt: int
    order: NamedOrder
    kind: Literal["later-attempt-exists"] = "later-attempt-exists"


@dataclass(frozen=True, slots=True)
class MayBeOrdered:
    """Orders that show the same terms, and no text, may be this one."""

    orders: tuple[NamedOrder, ...]
    kind: Literal["may-be-ordered"] = "may-be-ordered"


class OrderState(StrEnum):
    """How an order stands that a new one is like."""

    LIVE = "live"
    IN_DOUBT = "in doubt"
    FULFILLED = "fulfilled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SameAsRecorded:
    """A new order buys what one on record has bought that no manifest states any more.

    `exact` is False if it has the same target and an overlapping window only.
    """

    other: OrderKey
    state: OrderState
    exact: bool
    kind: Literal["same-as-recorded"] = "same-as-recorded"


@dataclass(frozen=True, slots=True)
class SameAsDeclared:
    """A new order buys what other declared orders buy too."""

    others: tuple[OrderKey, ...]
    kind: Literal["same-as-declared"] = "same-as-declared"


@dataclass(frozen=True, slots=True)
class MovedFromNothing:
    """An order says that it was moved from a name that nothing was placed under; `root` is the first name, if known."""

    name: OrderKey
    root: OrderKey | None
    kind: Literal["moved-from-nothing"] = "moved-from-nothing"


@dataclass(frozen=True, slots=True)
class SameAsUnknown:
    """A new order has the terms of a live one whose reference nothing here knows."""

    order: NamedOrder
    kind: Literal["same-as-unknown"] = "same-as-unknown"


# What Git has to answer, and money


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsToChoose:
    """Feasibility options wait for an answer. `chosen` counts those that Git names; `not_offered` are unknown ones."""

    offered: int
    chosen: int
    not_offered: tuple[str, ...] = ()
    kind: Literal["options-to-choose"] = "options-to-choose"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionNotOurs:
    """A quote is open for an option that Git does not name; `by` is who chose it, if that is reported."""

    option: FeasibilityOption
    by: str | None
    quote: NamedQuote
    kind: Literal["option-not-ours"] = "option-not-ours"


@dataclass(frozen=True, slots=True)
class SeveralQuotes:
    """More than one quote is open for one order."""

    quotes: tuple[NamedQuote, ...]
    kind: Literal["several-quotes"] = "several-quotes"


@dataclass(frozen=True, slots=True, kw_only=True)
class AboveCeiling:
    """The price is above the order's ceiling, in another currency, or, if `ceiling` is None, without one."""

    price: Money
    ceiling: Money | None
    quote: str | None = None
    kind: Literal["above-ceiling"] = "above-ceiling"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbovePolicy:
    """The price is above the policy's ceiling for one order; `ceiling` is None if it has none in this currency."""

    price: Money
    ceiling: Money | None
    quote: str | None = None
    kind: Literal["above-policy"] = "above-policy"


@dataclass(frozen=True, slots=True)
class Unpriced:
    """The provider names no price before ordering, and Git does not agree to that."""

    kind: Literal["unpriced"] = "unpriced"


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsShort:
    """The account has less left than the order costs."""

    price: Money
    account: AccountName
    available: Money
    kind: Literal["funds-short"] = "funds-short"


@dataclass(frozen=True, slots=True)
class Objections:
    """The provider already says why it would refuse the order, or the acceptance of its quote."""

    objections: tuple[str, ...]
    quote: NamedQuote | None = None
    kind: Literal["objections"] = "objections"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCancelable:
    """Git cancels an order in a status in which its provider cancels nothing."""

    reason: str
    provider: str
    status: str
    kind: Literal["not-cancelable"] = "not-cancelable"


@dataclass(frozen=True, slots=True)
class ChargeUnknown:
    """Canceling costs a share of a price that is not on record."""

    percent: int
    rule: str
    kind: Literal["charge-unknown"] = "charge-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeNotAgreed:
    """Canceling costs more than Git agrees to."""

    charge: Money
    rule: str
    agreed: Money | None
    kind: Literal["charge-not-agreed"] = "charge-not-agreed"


# The plan as a whole


@dataclass(frozen=True, slots=True)
class Emptied:
    """The manifests declare no order, while these are live."""

    live: tuple[OrderKey, ...]
    kind: Literal["emptied"] = "emptied"


@dataclass(frozen=True, slots=True, kw_only=True)
class TooMany:
    """A pass would do more of one thing than the policy allows."""

    what: Literal["new orders", "cancellations"]
    count: int
    limit: int
    kind: Literal["too-many"] = "too-many"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverBudget:
    """The plan commits more than the policy's `field` allows; `limit` is None for a currency that it does not name."""

    field: Literal["perPass", "perMonth"]
    commits: Money
    earlier: Money
    limit: Money | None
    kind: Literal["over-budget"] = "over-budget"


# From elsewhere


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing is sent for the order in this pass, for a reason that the caller gives."""

    reason: str
    kind: Literal["paused"] = "paused"


@dataclass(frozen=True, slots=True)
class Reported:
    """A message that an older version stored in words."""

    text: str
    kind: Literal["reported"] = "reported"


Standing: TypeAlias = (
    InSync
    | UnknownStatus
    | Ended
    | CanceledUnplaced
    | Stopped
    | EarlierAttemptLives
    | OpensLater
    | WindowClosed
    | JustPlaced
    | CancelAsked
    | RemovedJustNow
    | Orphaned
    | Paused
    | Reported
)
Differing: TypeAlias = Drifted | QuoteOverpaid | UnknownToProvider | NotListed
Unreadable: TypeAlias = (
    NotRead
    | NotLookedForEverywhere
    | PriceUnread
    | PriceNotAsked
    | AccountGone
    | AccountPointsElsewhere
    | AccountSuspended
    | PausedOutsideGit
    | SeenElsewhere
)
Doubtful: TypeAlias = NoClearAnswer | MayExist | RefusedBefore | ChangeRefused
Confused: TypeAlias = (
    ReferenceShared
    | SeveralMatch
    | ReferencesCompete
    | BoundToAnother
    | ForeignReference
    | SentAlready
    | LaterAttemptExists
    | MayBeOrdered
    | ReferenceCut
    | SameAsRecorded
    | SameAsDeclared
    | MovedFromNothing
    | SameAsUnknown
)
Asking: TypeAlias = OptionsToChoose | OptionNotOurs | SeveralQuotes | NotCancelable | ChargeUnknown | ChargeNotAgreed
Costing: TypeAlias = AboveCeiling | AbovePolicy | Unpriced | FundsShort | Objections
Refusing: TypeAlias = Emptied | TooMany | OverBudget | Reported

Cause: TypeAlias = Annotated[
    Standing | Differing | Unreadable | Doubtful | Confused | Asking | Costing,
    Discriminator("kind"),
]
"""Why a finding was made."""
PlanCause: TypeAlias = Annotated[Refusing, Discriminator("kind")]
"""Why a whole plan is refused."""
