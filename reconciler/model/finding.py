"""The kinds of findings: what a plan reports about an order instead of, or besides, an action."""

from __future__ import annotations

from enum import StrEnum


class FindingKind(StrEnum):
    """The classes of findings, the loudest last."""

    IN_SYNC = "in sync"
    ENDED = "ended"
    WAITING = "waiting"
    EXPIRED = "expired"
    ORPHANED = "orphaned"
    DRIFTED = "drifted"
    MISSING = "missing"
    HELD = "held"
    REFUSED = "refused"
    """A policy ceiling stands in the way: only a reviewed change of the policy or of the order ends it."""
    UNREAD = "unread"
    """The provider could not be read completely: nothing is concluded."""
    UNRESOLVED = "unresolved"
    DUPLICATE = "duplicate"
