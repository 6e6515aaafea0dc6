"""UP42's terms, pure and both ways, and the bodies of a new order and of a change (contracts/up42.md sections 5 to 7).

A tag list that the manifest states is the whole list but for references; one that it leaves out is no term, and then
tags that people add are neither drift nor ever removed. Params that no answer shows are one term, compared only with
what Git stated before.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import JsonValue

from reconciler.model.geojson import geojson, place_of
from reconciler.model.ids import Reference, bare, references_in, without_references
from reconciler.model.order import DesiredOrder
from reconciler.model.terms import Terms, TermValue
from reconciler.providers.base import expect_block
from reconciler.providers.up42.settings import MOST_TAGS, NAME_LIMIT, Up42Order

if TYPE_CHECKING:
    from reconciler.providers.up42.schemas import OrderResponse

ANSWERED = {
    "cloudCoverage": "maxCloudCover",
    "incidenceAngle": "maxIncidenceAngle",
    "spectralProcessing": "spectralBands",
    **{
        name: name
        for name in (
            *(
                "extraDescription",
                "acquisitionMode",
                "geometricProcessing",
                "projection",
                "pixelCoding",
                "minBH",
                "maxBH",
            ),
            *("radiometricProcessing", "priority", "resolution", "polarization", "sceneSize", "looks"),
        )
    },
}
"""Names of params that an order's answer shows, and what it calls them; older answers repeat the request's names."""
PLACE = frozenset({"geometry"})
WINDOW = ("acquisitionStart", "acquisitionEnd")
PRODUCT = frozenset({"dataProduct", "collection", "product"})
EDITABLE = frozenset({"tags", "budgetId"})
UNOBSERVABLE = frozenset({"collection", "product", "params.others"})
OPTIONAL = frozenset(
    {"dataProduct", "geometry", "acquisitionStart", "acquisitionEnd", *(f"params.{name}" for name in ANSWERED)}
)
"""All that stands in `orderDetails`, whose every field is optional."""
_SAME_WORDS = {"orthorectified": "ortho", "16bit": "16bits"}
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_NUMBERED = re.compile(r"(rc1-[a-z2-7]{20}) \d+\s*$", re.IGNORECASE)


def settings_of(order: DesiredOrder) -> Up42Order:
    """Return the order's UP42 block; TypeError where another provider's order was handed in."""
    return expect_block(order.settings, Up42Order, named="an UP42 order")


def stated_terms(order: DesiredOrder) -> Terms:
    """Return what the manifest states; what it leaves to UP42 is no term."""
    block = settings_of(order)
    return _only_known(
        {
            "dataProduct": block.data_product.lower() if block.data_product else None,
            "collection": block.collection,
            "product": block.product,
            "geometry": place_of(geojson(order.target)),
            "acquisitionStart": milliseconds(order.window.start),
            "acquisitionEnd": milliseconds(order.window.end),
            "displayName": _plain(name_of(order)) if block.display_name is not None else None,
            "tags": _tag_list(block.tags) if block.tags is not None else None,
            "budgetId": block.budget_id.lower() if block.budget_id else None,
            **{f"params.{name}": canonical(value) for name, value in block.params.items() if name in ANSWERED},
            "params.others": _others(block.params),
        }
    )


def observed_terms(order: OrderResponse) -> Terms:
    """Return everything comparable that an answer held, in the spelling of `stated_terms`."""
    start, end = order.ends
    shown = order.details
    return _only_known(
        {
            "dataProduct": order.data_product.lower() if order.data_product else None,
            "geometry": place_of(shown.get("geometry")),
            "acquisitionStart": milliseconds(start) if start else None,
            "acquisitionEnd": milliseconds(end) if end else None,
            "displayName": own_name(order.display_name),
            "tags": _tag_list(order.tags or ()),
            "budgetId": order.budget_id.lower() if order.budget_id else None,
            **{
                f"params.{name}": canonical(shown[answered] if answered in shown else shown.get(name))
                for name, answered in ANSWERED.items()
            },
        }
    )


def canonical(value: object) -> TermValue | None:
    """Bring a param to the form in which both sides are compared: numbers as numbers, words in one spelling."""
    match value:
        case None | "":
            return None
        case bool():
            return value
        case float() | int():
            return int(value) if value == int(value) else value
        case str() if _NUMBER.fullmatch(value):
            return canonical(float(value))
        case str():
            return _SAME_WORDS.get(value, value)
        case _:
            return json.dumps(value, sort_keys=True, ensure_ascii=False)


def body(order: DesiredOrder, *, product: str, reference: Reference | None = None) -> dict[str, object]:
    """Return the JSON body of a new order with one feature; of an estimate, where no reference is given.

    The reference is the first tag, whole and alone; in the name it stands behind the user's text, where UP42's own
    number can be told from it. Instants go out in UTC with milliseconds. What is left out is not sent at all: UP42
    refuses a null.
    """
    block = settings_of(order)
    window = {"acquisitionStart": milliseconds(order.window.start), "acquisitionEnd": milliseconds(order.window.end)}
    feature = {"type": "Feature", "properties": {}, "geometry": geojson(order.target)}
    name = name_of(order)
    tags = [*([reference] if reference else []), *(block.tags or [])]
    return {
        "dataProduct": product,
        "displayName": f"{name} {reference}" if reference else name,
        "params": {**block.params, **window},
        "featureCollection": {"type": "FeatureCollection", "features": [feature]},
        **({"tags": tags} if tags else {}),
        **({"budgetId": block.budget_id} if block.budget_id else {}),
    }


def change(changes: Terms, references: Iterable[Reference]) -> dict[str, object]:
    """Return the merge patch for changed terms; a list of tags keeps the references that stand in the order.

    Raises ValueError for a term that UP42 does not change.
    """
    if not changes or not changes.keys() <= EDITABLE:
        raise ValueError(f"UP42 changes tags and budgetId only, not {', '.join(sorted(changes.keys() - EDITABLE))}")
    sent: dict[str, object] = {}
    if "tags" in changes:
        tags = [tag for tag in str(changes["tags"]).split(", ") if tag]
        sent["tags"] = [*sorted(references), *tags][:MOST_TAGS]
    if "budgetId" in changes:
        sent["budgetId"] = changes["budgetId"]
    return sent


def name_of(order: DesiredOrder) -> str:
    """Return the order's name without the reference: the user's text, else the key.

    Of several geometries those after the first are numbered. The first is not, for it is the same order as the only one
    before the target grew.
    """
    text = settings_of(order).display_name
    key = bare(order.key)
    _, numbered, number = key.partition("/")
    whole = f"{text.strip()}{' ' + number if numbered else ''}" if text is not None else key
    return whole[: NAME_LIMIT - 25]


def own_name(text: str | None) -> str | None:
    """Return an order's name without our reference and the number that UP42 may write behind it."""
    return _plain(without_references(_NUMBERED.sub(r"\1", text))) if text else None


def milliseconds(instant: datetime) -> str:
    """Write an instant in UTC with exactly three digits of a second, rounded to the nearest."""
    utc = (instant + timedelta(microseconds=500)).astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"


def _others(params: Mapping[str, JsonValue]) -> str | None:
    unseen = {name: value for name, value in params.items() if name not in ANSWERED}
    return json.dumps(unseen, sort_keys=True, ensure_ascii=False) if unseen else None


def _tag_list(tags: Iterable[str]) -> str:
    own = {unicodedata.normalize("NFC", tag).strip() for tag in tags if not references_in(tag)}
    return ", ".join(sorted(own - {""}))


def _plain(text: str) -> str | None:
    return unicodedata.normalize("NFC", text).strip() or None


def _only_known(terms: Mapping[str, TermValue | None]) -> Terms:
    return {name: value for name, value in terms.items() if value is not None}
