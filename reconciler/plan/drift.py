"""How an observed order differs from what Git states, and why."""

from __future__ import annotations

from reconciler.model.order import ObservedOrder
from reconciler.model.provider import Traits
from reconciler.model.record import Record
from reconciler.model.terms import Difference, DriftKind, Terms, same
from reconciler.plan.inputs import Wanted


def differences(
    wanted: Wanted, record: Record | None, observed: ObservedOrder, traits: Traits
) -> tuple[Difference, ...]:
    """Return every stated term that is observed otherwise; what Git leaves open is never drift.

    A term that the provider never echoes, leaves out of its list, or may leave out of any answer, is compared with what
    Git stated when the order was placed: only an edit in Git can show there.
    """
    placed = record.stated if record is not None else {}
    unseen = traits.unobservable if observed.complete else traits.unobservable | traits.list_omits
    found = list(_moved(wanted, record))
    for term, stated in wanted.terms.items():
        told = observed.terms.get(term)
        other = placed.get(term, stated) if term in unseen or (told is None and term in traits.optional) else told
        if not same(stated, other, tolerance=traits.tolerances.get(term, 0.0)):
            found.append(
                Difference(term=term, stated=stated, observed=other, kind=_kind(wanted, placed, term, observed))
            )
    return tuple(found)


def _kind(wanted: Wanted, placed: Terms, term: str, observed: ObservedOrder) -> DriftKind:
    """Return why a term differs.

    An option says in words alone what it changes: whatever differs after Git's choice was accepted is taken as meant by
    it. What somebody else has chosen explains nothing.
    """
    if placed and placed.get(term) != wanted.terms[term]:
        return DriftKind.SPEC_EDITED
    chosen = observed.offers.chosen
    named = chosen is not None and chosen.id in wanted.order.confirm.options
    return DriftKind.EXPLAINED if named else DriftKind.MATERIAL


def _moved(wanted: Wanted, record: Record | None) -> tuple[Difference, ...]:
    """An order edited to another account while it lives at the first is an edit, never a second order."""
    if record is None or record.account == wanted.order.account:
        return ()
    return (
        Difference(term="account", stated=wanted.order.account, observed=record.account, kind=DriftKind.SPEC_EDITED),
    )
