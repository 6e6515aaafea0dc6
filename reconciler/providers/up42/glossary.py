"""What can be ordered: UP42's collections and their data products (contracts/up42.md section 2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from reconciler.model import catalog
from reconciler.model.errors import UnclearError
from reconciler.providers.responses import printable
from reconciler.providers.up42.schemas import Few, read_as
from reconciler.providers.up42.settings import Up42Order

ESTIMATED = "PRICE_ESTIMATION_AVAILABLE"
QUOTED = "QUOTATION_REQUIRED"
_BY_HAND = "MANUAL_REQUEST_REQUIRED"
_LISTED = "`reconciler products` lists what there is"
_READER = ConfigDict(extra="ignore", frozen=True)


class _Provider(BaseModel):
    model_config = _READER
    name: str = ""
    title: str = ""
    roles: Annotated[list[str], Few] = Field(default_factory=list)


class DataProduct(BaseModel):
    """A data product; without an id it cannot be ordered over the API."""

    model_config = _READER
    name: str = ""
    title: str = ""
    id: str | None = None
    eula_id: str | None = Field(default=None, alias="eulaId")


class Collection(BaseModel):
    """A collection; `integrations` say what ordering out of it takes."""

    model_config = _READER
    name: str = Field(min_length=1)
    title: str = ""
    type: str = ""
    integrations: Annotated[list[str], Few] = Field(default_factory=list)
    providers: Annotated[list[_Provider], Few] = Field(default_factory=list)
    products: Annotated[list[DataProduct], Few] = Field(default_factory=list, alias="dataProducts")

    @property
    def host(self) -> str:
        """Who delivers it, by name."""
        hosts = [provider.name or provider.title for provider in self.providers if "HOST" in provider.roles]
        return ", ".join(map(printable, hosts))


Named = TypeVar("Named", Collection, DataProduct)


@dataclass(frozen=True, slots=True)
class Glossary:
    """All collections. `unread` says that there are more, which could not be read."""

    collections: tuple[Collection, ...]
    unread: str | None = None

    def find(self, block: Up42Order) -> tuple[Collection, DataProduct] | str:
        """Return what an order names, or the objection that there is none; raises `UnclearError` if that is unknown."""
        found = self._by_id(block.data_product) if block.data_product is not None else self._by_name(block)
        if isinstance(found, str) and self.unread is not None:
            raise UnclearError(f"{found}; but not all collections could be read: {self.unread}")
        return found

    def tasking_collections(self) -> tuple[catalog.Collection, ...]:
        """Return the collections that tasking orders can be placed in; raises `UnclearError` if there may be more."""
        if self.unread is not None:
            raise UnclearError(f"not all collections could be read: {self.unread}")
        return tuple(
            catalog.Collection(
                name=printable(collection.name),
                title=printable(collection.title),
                host=collection.host,
                products=tuple(
                    catalog.DataProduct(name=printable(p.name), title=printable(p.title), id=p.id)
                    for p in collection.products
                ),
            )
            for collection in self.collections
            if collection.type == "TASKING"
        )

    def _by_id(self, wanted: str) -> tuple[Collection, DataProduct] | str:
        for collection in self.collections:
            for product in collection.products:
                if product.id is not None and product.id.lower() == wanted.lower():
                    return collection, product
        return f"up42.dataProduct: UP42 has no data product {wanted}; {_LISTED}"

    def _by_name(self, block: Up42Order) -> tuple[Collection, DataProduct] | str:
        named, product_named = block.collection or "", block.product or ""
        collection = _find_by_name(self.collections, named)
        if collection is None:
            near = _nearest(named, [each.name for each in self.collections])
            return f"up42.collection: UP42 has no collection {named}{near}; {_LISTED}"
        product = _find_by_name(collection.products, product_named)
        if product is None:
            near = _nearest(product_named, [each.name or each.title for each in collection.products])
            return f"up42.product: collection {collection.name} has no data product {product_named}{near}; {_LISTED}"
        return collection, product


def glossary(items: Iterable[object]) -> Glossary:
    """Read the list of collections."""
    found, unread = [], None
    for item in items:
        try:
            collection, remarks = read_as(Collection, item)
        except UnclearError as e:
            unread = str(e)
            continue
        found.append(collection)
        unread = "; ".join(remarks) or unread
    return Glossary(tuple(found), unread)


def objections(collection: Collection, product: DataProduct) -> tuple[str, ...]:
    """Return why a data product cannot be ordered by this program."""
    found = []
    if collection.type != "TASKING":
        found.append(f"up42: collection {collection.name} is no tasking collection: choose one that is; {_LISTED}")
    if product.id is None:
        found.append(f"up42.product: {product.name or product.title} has no id: it can be ordered in the console only")
    if _BY_HAND in collection.integrations:
        found.append(f"up42: collection {collection.name} takes requests by hand only: ask UP42 in its console")
    return tuple(found)


def _find_by_name(each: Sequence[Named], wanted: str) -> Named | None:
    exact = [one for one in each if wanted in (one.name, one.title)]
    alike = exact or [one for one in each if wanted.lower() in (one.name.lower(), one.title.lower())]
    by_name = [one for one in alike if one.name.lower() == wanted.lower()]
    return next(iter(by_name or alike), None)


def _nearest(wanted: str, known: Sequence[str]) -> str:
    near = get_close_matches(wanted.lower(), {name.lower(): name for name in known}, n=1)
    return f"; did you mean {next(name for name in known if name.lower() == near[0])}?" if near else ""
