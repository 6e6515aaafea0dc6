"""How an observed order differs from what Git states, and why."""

from __future__ import annotations

from reconciler.model.order import ObservedOrder
from reconciler.model.provider import Traits
from reconciler.model.record import Record
from reconciler.model.terms import Difference, DriftKind, same
from reconciler.plan.world import Wanted


def differences(
    wanted: Wanted, record: Record | None, observed: ObservedOrder, traits: Traits
) -> tuple[Difference, ...]:
    """Return every stated term that is observed otherwise; what Git leaves open is never drift.

    A term that the provider never echoes, or leaves out of its list, is compared with what Git stated when the order
    was placed: only an edit in Git can show there.
    """
    placed = record.stated if record is not None else {}
    unseen = traits.unobservable if observed.complete else traits.unobservable | traits.list_omits
    found = list(_moved(wanted, record))
    for term, stated in wanted.terms.items():
        other = placed.get(term, stated) if term in unseen else observed.terms.get(term)
        if not same(stated, other, tolerance=traits.tolerances.get(term, 0.0)):
            edited = bool(placed) and placed.get(term) != stated
            found.append(Difference(term, stated, other, DriftKind.SPEC_EDITED if edited else DriftKind.MATERIAL))
    return tuple(found)


def _moved(wanted: Wanted, record: Record | None) -> tuple[Difference, ...]:
    """An order edited to another account while it lives at the first is an edit, never a second order."""
    if record is None or record.account == wanted.order.account:
        return ()
    return (Difference("account", wanted.order.account, record.account, DriftKind.SPEC_EDITED),)
