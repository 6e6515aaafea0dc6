"""Collections and data products, approvals and EULAs (contracts/up42.md sections 2 and 3)."""

import uuid
from dataclasses import dataclass
from typing import Any

from reconciler.simulator.control import json_object
from reconciler.simulator.messages import Answer, JsonObject, RequestContext
from reconciler.simulator.store import Store
from reconciler.simulator.up42 import forms
from reconciler.simulator.up42.auth import PROVIDER, User
from reconciler.simulator.up42.errors import not_found, problem
from reconciler.simulator.up42.pages import one, page_of, repeated

_EULA_FACTS = frozenset({"isAccepted", "acceptedAt", "acceptedById", "title", "description"})
_RENEWED = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataProduct:
    """A data product. `price` is in credits, per `unit`; prices are invented."""

    id: str
    collection: str
    title: str
    form: JsonObject
    study: str
    quoted: bool
    unit: str
    price: float
    eula: str | None = None


def _product_id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.product.up42.simulator"))


EULA_ID = str(uuid.uuid5(uuid.NAMESPACE_DNS, "standard.eula.up42.simulator"))

_MODES = ("mono", "stereo", "tristereo")
PRODUCTS = {
    product.id: product
    for product in (
        DataProduct(
            id=_product_id("phr-tasking"),
            collection="phr-tasking",
            title="Pléiades tasking",
            form=forms.optical("Pléiades tasking", _MODES),
            study="MANUAL",
            quoted=True,
            unit="SQ_KM",
            price=1800,
        ),
        DataProduct(
            id=_product_id("pneo-tasking"),
            collection="pneo-tasking",
            title="Pléiades Neo tasking",
            form=forms.optical("Pléiades Neo tasking", _MODES),
            study="MANUAL",
            quoted=True,
            unit="SQ_KM",
            price=2800,
            eula=EULA_ID,
        ),
        DataProduct(
            id=_product_id("blacksky-tasking"),
            collection="blacksky-tasking",
            title="BlackSky tasking",
            form=forms.spot("BlackSky tasking"),
            study="AUTO",
            quoted=True,
            unit="SCENE",
            price=60000,
            eula=EULA_ID,
        ),
        DataProduct(
            id=_product_id("radar-tasking"),
            collection="radar-tasking",
            title="Radar tasking",
            form=forms.radar("Radar tasking"),
            study="none",
            quoted=False,
            unit="SCENE",
            price=45000,
        ),
    )
}


def list_collections(call: RequestContext) -> Answer:
    """Return the glossary, to anybody; never without a page, for UP42's own SDK would ask for ever."""
    wanted, integrations = one(call, "type"), repeated(call, "integrations")
    found = [
        collection
        for collection in _COLLECTIONS.values()
        if wanted in (None, collection["type"]) and integrations <= set(collection["integrations"])
    ]
    answer = page_of(call, found, {}, dict)
    body = answer.body if isinstance(answer.body, dict) else {}
    return Answer(status=200, body={**body, "totalPages": max(1, body["totalPages"])})


def get_collection(call: RequestContext) -> Answer:
    """Return one collection by its name."""
    name = call.params["name"]
    if name not in _COLLECTIONS:
        raise problem(404, f"Collection with name {name} not found")
    return Answer(status=200, body=_COLLECTIONS[name])


def get_schema(call: RequestContext, user: User) -> Answer:
    """Return the order form of a data product."""
    product = PRODUCTS.get(call.params["id"].lower())
    if product is None:
        raise not_found()
    return Answer(status=200, body=product.form)


def list_eulas(call: RequestContext, user: User) -> Answer:
    """Return the EULAs."""
    return page_of(call, [_eula(call.store)], {}, dict)


def get_eula(call: RequestContext, user: User) -> Answer:
    """Return a EULA and whether its current document is accepted."""
    if call.params["id"].lower() != EULA_ID:
        raise not_found()
    return Answer(status=200, body=_eula(call.store))


def objection(store: Store, product: DataProduct) -> str | None:
    """Return why a product may not be ordered, None where it may."""
    if not _access(store).get(product.collection, True):
        return f"Access to the collection {product.collection} is not approved."
    if product.eula is not None and not _eula(store)["isAccepted"]:
        return f"The EULA {product.eula} is not accepted."
    return None


def set_access(call: RequestContext) -> Answer:
    """Control: grant or withdraw access by `{collection: bool}`."""
    wanted = json_object(call)
    for name, granted in wanted.items():
        if name not in _COLLECTIONS or not isinstance(granted, bool):
            raise ValueError(f"the body must map collections to true or false; collections are {sorted(_COLLECTIONS)}")
    access = {**_access(call.store), **wanted}
    call.store.keep_document(PROVIDER, "access", "all", access)
    return Answer(status=200, body=access)


def change_eula(call: RequestContext) -> Answer:
    """Control: change the EULA, such as `{"isAccepted": false}` for a new version that nobody accepted yet."""
    wanted = json_object(call)
    if call.params["id"] != EULA_ID:
        raise not_found()
    if wanted.keys() - _EULA_FACTS or not isinstance(wanted.get("isAccepted", True), bool):
        raise ValueError(f"a EULA can be changed in {sorted(_EULA_FACTS)}")
    changed = {**_eula(call.store), **wanted}
    call.store.keep_document(PROVIDER, "eula", EULA_ID, changed)
    return Answer(status=200, body=changed)


def _access(store: Store) -> dict[str, Any]:
    return store.document(PROVIDER, "access", "all") or {}


def _eula(store: Store) -> JsonObject:
    return store.document(PROVIDER, "eula", EULA_ID) or {
        "id": EULA_ID,
        "currentDocumentId": str(uuid.uuid5(uuid.NAMESPACE_DNS, "1.document.up42.simulator")),
        "currentDocumentUrl": f"https://eula.up42.simulator/{EULA_ID}",
        "currentDocumentCreatedAt": _RENEWED,
        "currentDocumentValidFrom": _RENEWED,
        "currentDocumentFilename": "eula.pdf",
        "title": "Standard EULA",
        "description": "The license of simulated imagery.",
        "isAccepted": True,
        "acceptedAt": _RENEWED,
        "acceptedById": None,
    }


def _collection(name: str, title: str, kind: str, integrations: tuple[str, ...], metadata: JsonObject) -> JsonObject:
    return {
        "name": name,
        "title": title,
        "description": f"{title}, simulated.",
        "type": kind,
        "integrations": list(integrations),
        "providers": [
            {"name": "simulator", "title": "Simulator", "description": "A judge.", "roles": ["PRODUCER", "HOST"]}
        ],
        "dataProducts": _listed_products(name),
        "metadata": metadata,
    }


def _listed_products(collection: str) -> list[JsonObject]:
    """Return a collection's products; the last one has no id, so the API cannot order it."""
    listed: list[JsonObject] = []
    for product in PRODUCTS.values():
        if product.collection == collection:
            shown = {"name": product.collection, "title": product.title, "description": product.title}
            eula = {} if product.eula is None else {"eulaId": product.eula}
            listed.append({**shown, "id": product.id, **eula})
    console_only = {"name": f"{collection}-console", "title": "By console only", "description": "Asked for by email."}
    return [*listed, console_only]


def _metadata(kind: str, minimum: float) -> JsonObject:
    return {"productType": kind, "resolutionClass": "VERY_HIGH", "resolutionValue": {"minimum": minimum}}


_DECIDED = ("FEASIBILITY_STUDY_REQUIRED", "QUOTATION_REQUIRED")
_COLLECTIONS = {
    collection["name"]: collection
    for collection in (
        _collection("phr", "Pléiades", "ARCHIVE", ("SEARCH_AVAILABLE",), _metadata("OPTICAL", 0.5)),
        _collection("phr-tasking", "Pléiades", "TASKING", (*_DECIDED, "PRICE_ESTIMATION_AVAILABLE"),
                    _metadata("OPTICAL", 0.5)),
        _collection("pneo-tasking", "Pléiades Neo", "TASKING", ("ACCESS_APPROVAL_REQUIRED", *_DECIDED),
                    _metadata("OPTICAL", 0.3)),
        _collection("blacksky-tasking", "BlackSky", "TASKING",
                    ("FEASIBILITY_STUDY_MAY_BE_REQUIRED", "QUOTATION_REQUIRED", "PRICE_ESTIMATION_AVAILABLE"),
                    _metadata("OPTICAL", 1)),
        _collection("radar-tasking", "Radar", "TASKING", ("PRICE_ESTIMATION_AVAILABLE",), _metadata("SAR", 0.5)),
    )
}  # fmt: skip


def is_estimated(product: DataProduct) -> bool:
    """Tell whether a price is known before a quotation."""
    return "PRICE_ESTIMATION_AVAILABLE" in _COLLECTIONS[product.collection]["integrations"]
