"""How a call that spends or changes ended: exactly one of four."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator

from reconciler.model.errors import NotSentError, ProviderError, RefusalKind, RefusedError
from reconciler.model.ids import ProviderOrderId


class OutcomeKind(StrEnum):
    """The four ends of a call."""

    DONE = "done"
    REFUSED = "refused"
    NOT_SENT = "not sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The call did what was asked; `message` says how an order that exists was found.

    `pending` if it was accepted and the provider carries it out later, as some do with a cancellation; `decided` if a
    person, or Git, has said that it is this order.
    """

    at: datetime
    order_id: ProviderOrderId
    message: str = ""
    pending: bool = False
    decided: bool = False
    kind: Literal[OutcomeKind.DONE] = OutcomeKind.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The provider refused: nothing was created, changed or spent. An older version may not have kept `refusal`."""

    at: datetime
    message: str = ""
    refusal: RefusalKind | None = None
    kind: Literal[OutcomeKind.REFUSED] = OutcomeKind.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The request never left this machine. `again` if nothing has failed: it has to be planned anew."""

    at: datetime
    message: str = ""
    again: bool = False
    kind: Literal[OutcomeKind.NOT_SENT] = OutcomeKind.NOT_SENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """There was no clear answer: the call may have done what was asked."""

    at: datetime
    message: str = ""
    kind: Literal[OutcomeKind.UNKNOWN] = OutcomeKind.UNKNOWN


Outcome: TypeAlias = Annotated[Done | Refused | NotSent | Unknown, Discriminator("kind")]


def outcome_of(error: ProviderError, at: datetime) -> Refused | NotSent | Unknown:
    """Turn a provider's error into the outcome it stands for; whatever is not clear is UNKNOWN."""
    match error:
        case RefusedError():
            return Refused(at=at, message=str(error), refusal=error.kind)
        case NotSentError():
            return NotSent(at=at, message=str(error))
        case _:
            return Unknown(at=at, message=str(error))
