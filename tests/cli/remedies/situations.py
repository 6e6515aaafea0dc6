"""All situations, by theme, and which of their remedies are walked every day."""

from __future__ import annotations

from . import (
    absence,
    at_up42,
    at_vantor,
    canceling,
    credentials,
    daemon,
    doubt,
    lifecycle,
    money,
    names,
    quotes,
    references,
    several,
)
from .situation import Situation, Way

_THEMES = (
    *(money, doubt, credentials, names, references, lifecycle, canceling, several, absence, daemon),
    *(at_up42, quotes, at_vantor),
)
SITUATIONS: dict[str, Situation] = {
    f"{theme.__name__.rpartition('.')[2]}, {name}": situation
    for theme in _THEMES
    for name, situation in theme.SITUATIONS.items()
}
WAYS: dict[str, tuple[Situation, Way]] = {
    f"{name}: {', then '.join((*way.purposes, *filter(None, [way.says])))}": (situation, way)
    for name, situation in SITUATIONS.items()
    for way in situation.ways
}


def _likeness(situation: Situation, way: Way) -> tuple[object, ...]:
    """Return what distinguishes a walk from others that are much like it."""
    several = "/" in situation.key
    return situation.cause, situation.kind, way.purposes, way.says, situation.provider.name, several


_FIRST = {_likeness(*walk): name for name, walk in reversed(WAYS.items())}
DAILY = frozenset(_FIRST.values())
"""The names of the ways that are walked every day: the first of those that are much alike."""
