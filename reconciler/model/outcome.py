"""How a call that spends or changes ended: exactly one of four."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.model.errors import NotSent, ProviderError, RefusalKind, Refused
from reconciler.model.ids import ProviderOrderId


class OutcomeKind(StrEnum):
    """The four ends of a call."""

    DONE = "done"
    REFUSED = "refused"
    NOT_SENT = "not sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is known of one call. Only DONE has an `order_id`, and only REFUSED a `refusal`.

    `pending` if the call was accepted and the provider carries it out later, as some do with a cancellation.
    """

    kind: OutcomeKind
    at: datetime
    message: str = ""
    order_id: ProviderOrderId | None = None
    refusal: RefusalKind | None = None
    pending: bool = False


def outcome_of(error: ProviderError, at: datetime) -> Outcome:
    """Turn a provider's error into the outcome it stands for; whatever is not clear is UNKNOWN."""
    match error:
        case Refused():
            return Outcome(kind=OutcomeKind.REFUSED, at=at, message=str(error), refusal=error.kind)
        case NotSent():
            return Outcome(kind=OutcomeKind.NOT_SENT, at=at, message=str(error))
        case _:
            return Outcome(kind=OutcomeKind.UNKNOWN, at=at, message=str(error))
