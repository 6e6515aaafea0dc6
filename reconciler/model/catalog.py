"""What a provider offers by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DataProduct:
    """Something that can be ordered out of a collection; without an id, not by this program."""

    name: str
    title: str
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A family of data products, and who offers it."""

    name: str
    title: str
    host: str
    products: tuple[DataProduct, ...]
