"""What the plan must know of a provider, as data: it never sees the provider itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from reconciler.model.money import Money
from reconciler.model.phase import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """The standing facts of a provider.

    `editable` names the terms that can be changed after placing; `list_omits` those that only a single read shows;
    `unobservable` those that are never echoed; `optional` those that an answer may leave out without meaning anything;
    `tolerances` the provider's own precision of numeric terms.
    `later_only` names the editable terms that are instants and can be moved later only; `telling` the terms that tell
    orders apart where the provider may show no text of theirs, so that our reference cannot be read.
    `places_free` says that placing binds no money, because a quote has to be accepted first; an preflight that is
    `binding` says otherwise of its order.
    `place`, `window` and `product` name the terms that make two orders the same picture: those of the target; the start
    and the ends, of which an order has one; those of what is bought.
    """

    reference_limit: int
    editable: frozenset[str] = frozenset()
    cancelable: frozenset[Phase] = frozenset()
    list_omits: frozenset[str] = frozenset()
    unobservable: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    tolerances: Mapping[str, float] = field(default_factory=dict)
    places_free: bool = False
    later_only: frozenset[str] = frozenset()
    telling: frozenset[str] = frozenset()
    place: frozenset[str] = frozenset()
    window: tuple[str, ...] = ()
    product: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ready:
    """The order can be placed now, and until this instant."""

    until: datetime


@dataclass(frozen=True, slots=True)
class OpensAt:
    """The order can be placed from this instant on."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The order cannot be placed any more."""

    since: datetime
    why: str


Readiness: TypeAlias = Ready | OpensAt | Closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What a provider says of an order before it is placed, by reads alone.

    `price` is None where the provider names none; where placing is free it is an estimate and binds nobody.
    `binding` says that no quote is to come, so that placing binds money whatever the provider's traits say.
    `objections` say why it would refuse; `available` is what the account has left; `unread` says what could not be
    learned, and then nothing is placed. `asked_at` is when it was asked for, in seconds of the monotonic clock.
    """

    price: Money | None = None
    objections: tuple[str, ...] = ()
    available: Money | None = None
    readiness: Readiness | None = None
    unread: str | None = None
    binding: bool = False
    asked_at: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTerms:
    """What canceling costs now, as a share of the price, with the rule in words; the next change of that share."""

    percent: int
    rule: str
    changes_at: datetime | None = None
