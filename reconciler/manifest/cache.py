"""What files of orders were read as, by the hash of their content: reading YAML is most of the work of a quiet pass.

It lies beside the state and never in it: deleting it costs time and nothing else. What another version of the program
wrote, or what cannot be read, is no cache. Kept are only files without a problem that hold orders alone and point to no
other file; everything else is read anew each time.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, make_dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, get_type_hints

import pydantic
from pydantic import TypeAdapter

from reconciler.manifest.reading import Declared, Gathered
from reconciler.manifest.schema import ProviderBlocks
from reconciler.model.order import DesiredOrder

_PACKAGE = Path(__file__).parents[1]
_ROOMS = ("model", "manifest", "providers")
"""What a change of must make the cache another one: how files are read, and which rules providers check."""


_FIELDS = {**get_type_hints(DesiredOrder), "settings": str}
_Row = make_dataclass("_Row", list(_FIELDS.items()), slots=True)
"""A desired order whose provider's block is still JSON."""
_values = attrgetter(*_FIELDS)


@dataclass(slots=True, kw_only=True)
class _File:
    content: str
    declared: Sequence[Declared]
    orders: Sequence[_Row]  # type: ignore[valid-type]  # mypy cannot see a class that is made of another one's fields


@dataclass(slots=True)
class _Kept:
    reader: str
    files: dict[str, _File]


class Cache:
    """Files of orders as they were read, by the path that they are shown under."""

    def __init__(self, providers: Mapping[str, ProviderBlocks], before: Mapping[str, _File], *, keeping: bool) -> None:
        self._providers = providers
        self._before = before
        self._keeping = keeping
        self.now: dict[str, _File] = {}

    def find(self, shown: str, content: bytes) -> Gathered | None:
        """Return what a file of that content was read as; None where that is not known."""
        file = self._before.get(shown)
        if file is None or file.content != _hash(content):
            return None
        self.now[shown] = file
        return Gathered(declared=list(file.declared), orders=[self._order(row) for row in file.orders])

    def keep(self, shown: str, content: bytes, found: Gathered) -> None:
        """Remember what a file was read as, if it follows from its content alone."""
        if self._keeping and found.only_orders:
            self.now[shown] = _File(
                content=_hash(content), declared=found.declared, orders=[_row(order) for order in found.orders]
            )

    def _order(self, row: object) -> DesiredOrder:
        values = _field_values(row)
        settings = self._providers[values["provider"]].order.model_validate_json(values["settings"])
        return DesiredOrder(**{**values, "settings": settings})


@contextmanager
def open_cache(path: Path | None, providers: Mapping[str, ProviderBlocks]) -> Iterator[Cache]:
    """Give what the last reading knew, and write down what this one met; without a path nothing is known or kept."""
    before = _load(path) if path is not None else {}
    cache = Cache(providers, before, keeping=path is not None)
    yield cache
    if path is not None and cache.now != before:
        _save(path, cache.now)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _row(order: DesiredOrder) -> object:
    settings = order.settings.model_dump_json(by_alias=True, exclude_unset=True)
    return _Row(**{**_field_values(order), "settings": settings})


def _field_values(source: object) -> dict[str, Any]:
    return dict(zip(_FIELDS, _values(source), strict=True))


@cache
def _codec() -> TypeAdapter[_Kept]:
    return TypeAdapter(_Kept)


def _load(path: Path) -> dict[str, _File]:
    try:
        kept = _codec().validate_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return kept.files if kept.reader == _reader() else {}


def _save(path: Path, files: dict[str, _File]) -> None:
    """Replace the cache as a whole; where there is no room or no right to, there is none."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(_codec().dump_json(_Kept(_reader(), files)))
        os.replace(name, path)


@cache
def _reader() -> str:
    """Name this program as a reader of manifests: another one may read the same file otherwise."""
    told = hashlib.sha256(pydantic.VERSION.encode())
    for room in _ROOMS:
        for path in sorted((_PACKAGE / room).rglob("*.py")):
            status = path.stat()
            told.update(f"{path}\n{status.st_size} {status.st_mtime_ns}\n".encode())
    return told.hexdigest()
