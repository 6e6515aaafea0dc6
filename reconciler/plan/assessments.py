"""What may be concluded about one order: an action, a finding, or that something has to be asked first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model.offer import Quote
from reconciler.model.order import ObservedOrder
from reconciler.plan.actions import Action
from reconciler.plan.findings import Finding
from reconciler.plan.inputs import Wanted


@dataclass(frozen=True, slots=True)
class NeedsPrice:
    """Only the price is missing: the order would be placed if its price passes the gates."""

    wanted: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsFunds:
    """Only the account's funds are not known: the quote would be accepted if they reach."""

    wanted: Wanted
    observed: ObservedOrder
    quote: Quote


Assessment: TypeAlias = Action | Finding | NeedsPrice | NeedsFunds
