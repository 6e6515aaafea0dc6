"""Orders whose text their provider does not show: which of ours they are, as far as their terms tell."""

from __future__ import annotations

from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.provider import Traits
from reconciler.model.record import Record
from reconciler.model.terms import Terms

BY_GIT = "its id in Git"


def made_by(record: Record, order: ObservedOrder, traits: Traits, tenant: str) -> bool:
    """Tell whether an order is, term for term, the one that was sent to this tenant, and was created no earlier.

    Providers tell a creation in whole seconds.
    """
    intent = record.intent
    if intent is None or intent.tenant not in (None, tenant):
        return False
    if order.created_at is None or order.created_at < intent.at.replace(microsecond=0):
        return False
    return bool(traits.telling) and all(record.stated.get(name) == order.terms.get(name) for name in traits.telling)


def may_be(stated: Terms, order: ObservedOrder, traits: Traits) -> bool:
    """Tell whether nothing that an order shows of itself differs from what is stated."""
    shown = traits.telling & stated.keys() & order.terms.keys()
    return all(stated[name] == order.terms[name] for name in shown)


def found_by(observed: ObservedOrder, order: DesiredOrder | None, attempt: int) -> str:
    """Say how a provider's order is known to be an attempt of ours."""
    if order is not None and order.adopt is not None and order.adopts(attempt) and order.adopt.order_id == observed.id:
        return BY_GIT
    return "its reference" if observed.marked else "its terms, for it shows no text"
