"""The files of a task, out of the STAC-like items that ICEYE lists, and its scene. Nothing here raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from reconciler.providers.base import ProductFile


def products_of(items: list[object]) -> Iterator[ProductFile]:
    """Yield a product for each asset that has an address; names are safe as file names and differ from each other."""
    taken: set[str] = set()
    for item in items:
        for kind, asset in _assets(item):
            url = asset.get("href")
            if not isinstance(url, str) or not url.startswith(("https://", "http://")):
                continue
            name = _name(url, str(item.get("id", "")) if isinstance(item, dict) else "", kind)
            if name in taken:
                name = f"{len(taken)}-{name}"
            taken.add(name)
            yield ProductFile(name=name, kind=kind, url=url, size=_size(asset))


def _assets(item: object) -> list[tuple[str, dict[str, object]]]:
    assets = item.get("assets") if isinstance(item, dict) else None
    if not isinstance(assets, dict):
        return []
    return [(str(kind), asset) for kind, asset in assets.items() if isinstance(asset, dict)]


def _name(url: str, item: str, kind: str) -> str:
    last = unquote(urlsplit(url).path).rpartition("/")[2] or f"{item}-{kind}"
    return re.sub(r"[^0-9A-Za-z._-]+", "_", last).lstrip(".")[-200:] or "product"


def _size(asset: dict[str, object]) -> int | None:
    for name in ("file:size", "size"):
        value = asset.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None


def details_of(scene: object) -> dict[str, str]:
    """Return the planned or final scene as texts (scene page); what is missing or odd is left out."""
    if not isinstance(scene, dict):
        return {}
    times = scene.get("imagingTime") if isinstance(scene.get("imagingTime"), dict) else {}
    found = {
        "imagingTime.start": times.get("start") if times else None,
        "imagingTime.end": times.get("end") if times else None,
        **{name: scene.get(name) for name in ("lookSide", "passDirection", "incidenceAngle")},
    }
    texts = {name: str(value) for name, value in found.items() if isinstance(value, str | int | float)}
    duration = scene.get("duration")
    return {**texts, **({"duration": f"{duration} s"} if isinstance(duration, int | float) else {})}
