"""The lifecycle in our words; the provider's own status word always stands beside it."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """Where an order stands in its life."""

    PLACED = "placed"
    OFFERED = "offered"
    QUOTED = "quoted"
    ACTIVE = "active"
    DELIVERING = "delivering"
    FULFILLED = "fulfilled"
    PARTIAL = "partial"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    UNRECOGNIZED = "unrecognized"
    """A status word that no contract knows: taken as alive, reported, never acted on."""

    @property
    def ended(self) -> bool:
        """Tell whether nothing will happen to the order any more."""
        return self in _ENDED

    @property
    def without_picture(self) -> bool:
        """Tell whether the order ended, and delivered nothing."""
        return self in _WITHOUT_PICTURE


_WITHOUT_PICTURE = frozenset({Phase.REJECTED, Phase.FAILED, Phase.CANCELED, Phase.EXPIRED})
_ENDED = _WITHOUT_PICTURE | {Phase.FULFILLED, Phase.PARTIAL}
