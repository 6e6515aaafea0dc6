"""What an account can order by name, for a person and for a script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.model.account import Account
from reconciler.model.catalog import Collection
from reconciler.render.text import Line

_NO_ID = "not orderable by API"


def catalog_lines(collections: Sequence[Collection], account: Account) -> list[Line]:
    """Return each collection with its data products and the ids that a manifest names."""
    if not collections:
        return [Line(f"{account.name} ({account.provider}) keeps no list of products: its orders name none.")]
    lines: list[Line] = []
    for collection in collections:
        lines.append(Line(f"{collection.title}  ({collection.name}, host {collection.host})", "strong"))
        lines += [Line(f"  {product.id or _NO_ID:<36}  {product.title}") for product in collection.products]
    return lines


def catalog_document(collections: Sequence[Collection]) -> dict[str, Any]:
    """Return the same by the collections' titles: `collection`, `host`, and `data_products` from title to id."""
    return {
        collection.title: {
            "collection": collection.name,
            "host": collection.host,
            "data_products": {product.title: product.id for product in collection.products},
        }
        for collection in collections
    }
