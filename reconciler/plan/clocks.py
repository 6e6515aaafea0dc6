"""Whether a provider's clock is believed: one date that contradicts itself and ours convinces nobody.

Where two accounts agree against us it is our clock that is wrong, which hinders nothing. This holds for public
addresses; on this machine a simulated clock may jump.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from reconciler.model.codec import Codec
from reconciler.model.ids import AccountName
from reconciler.model.time import seconds_text
from reconciler.plan.inputs import AccountView

BOUND = timedelta(minutes=10)
"""How far a clock may be from another one, and from where it was."""
_KEPT = timedelta(minutes=1)
"""How far it may be from what is remembered of it without that being written anew."""
DOCUMENT = "clocks"


@dataclass(frozen=True, slots=True)
class Clocks:
    """How far each account's clock was ahead of ours when it was believed last, in seconds."""

    ahead: Mapping[AccountName, float]

    @classmethod
    def from_text(cls, text: str | None) -> Clocks:
        """Read what a state file remembers; nothing if it remembers none."""
        return cls(_AHEAD.validate_json(text)) if text else cls({})

    def to_text(self) -> str:
        """Write it as a state file remembers it."""
        return _AHEAD.dump_json(dict(self.ahead)).decode()

    def updated(self, views: Mapping[AccountName, AccountView]) -> Clocks:
        """Return what is remembered after a pass: what has hardly moved is kept as it is."""
        read = [view for view in views.values() if view.listing.problem is None and view.public]
        seen = {view.name: _ahead(view) for view in read}
        moved = {name: each for name, each in seen.items() if not self._is(name, each, _KEPT)}
        return Clocks({**self.ahead, **{name: each.total_seconds() for name, each in moved.items()}})

    def _is(self, name: AccountName, ahead: timedelta, bound: timedelta) -> bool:
        known = self.ahead.get(name)
        return known is not None and abs(ahead - timedelta(seconds=known)) <= bound


_AHEAD: Codec[dict[AccountName, float]] = Codec(dict[AccountName, float])


def believed(views: Mapping[AccountName, AccountView], clocks: Clocks) -> dict[AccountName, AccountView]:
    """Return the accounts as they count: unread if their clock contradicts both what it was and ours, all alone."""
    read = [view for view in views.values() if view.listing.problem is None and view.public]
    odd = [view for view in read if view.name in clocks.ahead and not _is_consistent(view, clocks)]
    alone = [view for view in odd if not any(_agree(view, other) for other in read if other.name != view.name)]
    return {**views, **{view.name: _unread(view, clocks) for view in alone}}


def _is_consistent(view: AccountView, clocks: Clocks) -> bool:
    """Tell whether a clock is where ours is, or where it was."""
    ahead = _ahead(view)
    return abs(ahead) <= BOUND or abs(ahead - timedelta(seconds=clocks.ahead[view.name])) <= BOUND


def _agree(one: AccountView, other: AccountView) -> bool:
    return abs(_ahead(one) - _ahead(other)) <= BOUND


def _ahead(view: AccountView) -> timedelta:
    return view.now - view.ours


def _unread(view: AccountView, clocks: Clocks) -> AccountView:
    expected = view.ours + timedelta(seconds=clocks.ahead[view.name])
    told = (
        f"its clock says {seconds_text(view.now)}, where by its earlier answers it is {seconds_text(expected)} and by "
        f"ours {seconds_text(view.ours)}"
    )
    return replace(view, listing=replace(view.listing, orders=(), problem=told), singles={})
