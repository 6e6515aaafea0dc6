"""Terms: the canonical, flat, comparable form of what was ordered, from Git and from a provider alike.

A driver writes both sides in the same spelling: dotted names, instants as UTC text, sets sorted into one text. Only
terms that the manifest states are compared, so what a provider fills in by itself is never drift.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeGuard

TermValue: TypeAlias = str | int | float | bool
Terms: TypeAlias = Mapping[str, TermValue]


class DriftKind(StrEnum):
    """Why a stated term and an observed one differ."""

    MATERIAL = "material"
    """The provider holds something else than what was ordered."""
    EXPLAINED = "explained"
    """An accepted feasibility option says so."""
    SPEC_EDITED = "spec edited"
    """Git changed after the order was placed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One stated term that the provider reports otherwise; `observed` is None where it reports nothing."""

    term: str
    stated: TermValue | None
    observed: TermValue | None
    kind: DriftKind

    def __str__(self) -> str:
        return f"{both_sides(self.term, stated=self.stated, observed=self.observed)} ({self.kind})"


def both_sides(term: str, *, stated: TermValue | None, observed: TermValue | None) -> str:
    """Say how a term stands on both sides."""
    return f"{term}: {_value_text(observed)} at the provider, {_value_text(stated)} in Git"


def _value_text(value: TermValue | None) -> str:
    return "nothing" if value is None else str(value)


def same(stated: TermValue, observed: TermValue | None, *, tolerance: float) -> bool:
    """Compare two values of one term; numbers are equal within `tolerance` (the provider's own precision)."""
    if _is_number(stated) and _is_number(observed):
        return stated == observed or abs(stated - observed) <= tolerance
    return stated == observed


def _is_number(value: TermValue | None) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def digest(terms: Terms) -> str:
    """Return a short digest of a set of terms, for the journal: the same terms give the same digest."""
    canonical = json.dumps(dict(terms), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
