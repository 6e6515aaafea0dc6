"""What a provider asks back after an order is placed: which way to collect it, and at what price. And our answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from reconciler.model.money import Money


@dataclass(frozen=True, slots=True)
class FeasibilityOption:
    """One way in which the provider could collect the order; in words alone, with no price."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A feasibility study. `chosen` is the option that was decided for, if one was; `by` who decided, if told."""

    id: str
    options: tuple[FeasibilityOption, ...]
    decided: bool
    chosen: FeasibilityOption | None = None
    by: str | None = None

    @property
    def waits(self) -> bool:
        """Tell whether an option is to be chosen now."""
        return not self.decided and bool(self.options)


class QuoteState(StrEnum):
    """How a quote stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNRECOGNIZED = "unrecognized"
    """A word that no contract knows: never acted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A price to accept or reject. Accepting it binds the money."""

    id: str
    price: Money
    state: QuoteState
    created_at: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """What a provider has offered for one order. `quotes` by their creation, the latest last."""

    study: Study | None = None
    quotes: tuple[Quote, ...] = ()

    @property
    def chosen(self) -> FeasibilityOption | None:
        """The option that was decided for, by whomever; None if none was."""
        return self.study.chosen if self.study is not None else None

    @property
    def open_quotes(self) -> tuple[Quote, ...]:
        """The quotes that wait for an answer."""
        return tuple([quote for quote in self.quotes if quote.state is QuoteState.OPEN])

    @property
    def accepted(self) -> Quote | None:
        """The quote that was accepted, whoever did it."""
        return next((quote for quote in self.quotes if quote.state is QuoteState.ACCEPTED), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseOption:
    """Choose a feasibility option. Costs nothing, and cannot be taken back."""

    study_id: str
    option: FeasibilityOption
    kind: Literal["choose"] = "choose"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptQuote:
    """Accept a quote at its price: the call that spends, and cannot be taken back."""

    quote_id: str
    price: Money
    kind: Literal["accept"] = "accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectQuote:
    """Reject a quote: the order is not activated, and nothing is charged."""

    quote_id: str
    price: Money
    kind: Literal["reject"] = "reject"


Decision: TypeAlias = ChooseOption | AcceptQuote | RejectQuote


def subject_of(decision: Decision) -> str:
    """Return the id of the option or the quote that a decision is about."""
    return decision.option.id if isinstance(decision, ChooseOption) else decision.quote_id
