"""A draft: what a manifest would state of an order that a provider holds already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.geometry import Target
from reconciler.model.order import Agreement
from reconciler.model.time import Window

DEFAULT = "the provider's default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What a manifest says of a field without stating it: the value, where the provider tells one, and why."""

    field: str
    why: str
    value: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An order as a person would write it. `block` is the provider's own block, its fields in the provider's order.

    `text` is what the order's owner called it at the provider, without any reference of ours.
    """

    window: Window
    target: Target
    block: Mapping[str, object]
    confirm: Agreement = field(default_factory=Agreement)
    text: str | None = None
    comments: tuple[Comment, ...] = ()
