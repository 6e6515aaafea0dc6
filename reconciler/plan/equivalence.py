"""Whether two orders would buy the same picture, whatever they are called: the one definition of it.

Equivalent are orders of one tenant with the same product, the same target at the provider's own precision, and the same
window. A product that one of them leaves to a default may be the other's. Texts, tags, labels, delivery and prices do
not count, nor do the attempts of one order among each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from math import floor
from typing import Generic, TypeVar

from reconciler.model.provider import Traits
from reconciler.model.terms import Terms, TermValue, same
from reconciler.model.time import parse_instant

_Item = TypeVar("_Item")
_FINEST = 1e-6
"""Degrees: how coarse the cells of the index are at least."""


def same_target(one: Terms, other: Terms, traits: Traits) -> bool:
    """Tell whether two orders have the same target; one whose target is not known is like no other."""
    return bool(traits.place) and all(
        name in one and name in other and same(one[name], other[name], tolerance=traits.tolerances.get(name, 0.0))
        for name in traits.place
    )


def equivalent(one: Terms, other: Terms, traits: Traits) -> bool:
    """Tell whether two orders of one tenant would buy the same picture."""
    products = all(one.get(name, other.get(name)) == other.get(name, one.get(name)) for name in traits.product)
    return products and same_target(one, other, traits) and _window(one, traits) == _window(other, traits)


def overlapping(one: Terms, other: Terms, traits: Traits) -> bool:
    """Tell whether the windows of two orders overlap; one that is not known overlaps with every other."""
    (start, end), (begin, finish) = _window(one, traits), _window(other, traits)
    starts_late = start is not None and finish is not None and start >= finish
    begins_late = begin is not None and end is not None and begin >= end
    return not (starts_late or begins_late)


def window_open(terms: Terms, traits: Traits, now: datetime) -> bool:
    """Tell whether an order's window has not ended at an instant; one that is not known is taken as open."""
    _, end = _window(terms, traits)
    return end is None or now < end


def _window(terms: Terms, traits: Traits) -> tuple[datetime | None, datetime | None]:
    start, *ends = (_instant(terms.get(name)) for name in traits.window or ("", ""))
    return start, next((end for end in ends if end is not None), None)


def _instant(value: TermValue | None) -> datetime | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


@dataclass(slots=True)
class Targets(Generic[_Item]):
    """Items by tenant and target, so that what has the same target is found without comparing all with all."""

    _cells: dict[tuple[object, ...], list[_Item]] = field(default_factory=dict)

    def add(self, item: _Item, tenant: str, terms: Terms, traits: Traits) -> None:
        """Take in an item under its target; one whose target is not known is found by nobody."""
        if (cells := _cells(terms, traits)) is not None:
            self._cells.setdefault((tenant, *(next(iter(each)) for each in cells)), []).append(item)

    def near(self, tenant: str, terms: Terms, traits: Traits) -> Iterator[_Item]:
        """Yield the items of a tenant that may have the same target."""
        for cell in product(*(_cells(terms, traits) or ((),))):
            yield from self._cells.get((tenant, *cell), ())


def _cells(terms: Terms, traits: Traits) -> Sequence[Sequence[object]] | None:
    """Return for each term of a target its own cell first, then the neighbors that a tolerance may lead to."""
    if not traits.place or not traits.place <= terms.keys():
        return None
    return [_cell(terms[name], traits.tolerances.get(name, 0.0)) for name in sorted(traits.place)]


def _cell(value: TermValue, tolerance: float) -> Sequence[object]:
    if not tolerance or isinstance(value, str | bool):
        return (value,)
    cell = floor(value / max(tolerance, _FINEST))
    return cell, cell - 1, cell + 1
