"""What a plan will do. Plain data: a plan can be written down, read back and compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias, assert_never

from pydantic import Discriminator

from reconciler.model.errors import Location
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.money import Money
from reconciler.model.offer import Decision, subject_of
from reconciler.model.outcome import NotSent, Outcome
from reconciler.model.record import Declined, DeclinedAmendment, DeclinedAnswer, DeclinedCancellation
from reconciler.model.terms import Difference, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Place a new order. `until` is the last instant that helps.

    `commits` is its price; None where that is not known and agreed to, or where placing is `free` because a quote has
    to be accepted first: then `estimate` is what the provider guesses it will be, if it does. `warnings` say what may
    be refused all the same, or take long.
    """

    key: OrderKey
    reference: Reference
    account: AccountName
    attempt: int
    digest: str
    commits: Money | None
    ceiling: Money | None
    until: datetime
    location: Location
    free: bool = False
    estimate: Money | None = None
    warnings: tuple[str, ...] = ()
    kind: Literal["place"] = "place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt:
    """Bind an order that the provider already has. Sends nothing. `found_by` says how it is known to be ours."""

    key: OrderKey
    reference: Reference
    account: AccountName
    attempt: int
    order_id: ProviderOrderId
    status: str
    found_by: str = "its reference"
    kind: Literal["adopt"] = "adopt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """Answer an offer of the provider's. `commits` is what accepting a quote binds; other answers bind nothing."""

    key: OrderKey
    reference: Reference
    account: AccountName
    order_id: ProviderOrderId
    decision: Annotated[Decision, Discriminator("kind")]
    commits: Money | None
    ceiling: Money | None
    location: Location | None
    kind: Literal["confirm"] = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend:
    """Change terms of a live order that its provider lets change."""

    key: OrderKey
    reference: Reference
    account: AccountName
    order_id: ProviderOrderId
    changes: tuple[Difference, ...]
    kind: Literal["amend"] = "amend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Cancel a live order. `commits` is the charge, None if it is free or, with `unbounded`, cannot be known.

    The charge holds until the instant `until`, if it changes at all.
    """

    key: OrderKey
    reference: Reference
    account: AccountName
    order_id: ProviderOrderId
    reason: str
    rule: str
    commits: Money | None
    until: datetime | None
    unbounded: bool = False
    kind: Literal["cancel"] = "cancel"


Action: TypeAlias = Annotated[Place | Adopt | Confirm | Amend | Cancel, Discriminator("kind")]


def terms_of(action: Amend) -> Terms:
    """Return the terms that an amendment sets."""
    return {change.term: change.stated for change in action.changes if change.stated is not None}


def change_of(action: Confirm | Amend | Cancel, status: str) -> Declined:
    """Return a change of an order in this status in the form in which its refusal is remembered."""
    match action:
        case Confirm(decision=decision):
            return DeclinedAnswer(answer=decision.kind, about=subject_of(decision))
        case Amend(changes=changes):
            return DeclinedAmendment(terms={d.term: str(d.stated) for d in changes}, status=status)
        case Cancel():
            return DeclinedCancellation(status=status)
        case _ as never:
            assert_never(never)


@dataclass(frozen=True, slots=True)
class Result:
    """How one action ended when it was carried out."""

    action: Action
    outcome: Outcome

    @property
    def again(self) -> bool:
        """Tell whether nothing was sent and nothing has failed: it has to be planned anew."""
        return isinstance(self.outcome, NotSent) and self.outcome.again
