"""Vantor's terms, pure, and the body of a new request (contracts/vantor.md sections 2.1 and 10).

Both sides are read by the same function: Git's from the body that would be sent, Vantor's from what it answers. What an
answer leaves out means nothing, for no page shows an answer of version 2.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from reconciler.model.block import SecretRef
from reconciler.model.geojson import geojson, polygon_of
from reconciler.model.geometry import Polygon
from reconciler.model.ids import Reference, without_references
from reconciler.model.order import DesiredOrder
from reconciler.model.terms import Terms, TermValue
from reconciler.model.time import instant_text, parse_instant
from reconciler.providers.base import expect_block
from reconciler.providers.vantor.settings import AzureBlobStorage, GoogleCloudStorage, Http, Output, VantorOrder

START, END = "start_collect_datetime", "end_collect_datetime"
RESERVED_END = "fastView.end_collect_datetime"
"""The end of a reserved slot is a term of its own, because only a flexView request can be extended."""
FLEX, FAST = "flexView", "fastView"
_DETAILS = ("max_gsd", "max_cloud_cover", "max_off_nadir_angle", "min_sun_elevation_angle")
_PRODUCT = ("product_type", "product_option")
_LICENSING = ("end_use_code", "end_use_description")
_UNSEEN = ("tasking_details.others", "product_details.others")
_DEFAULT_LEVEL = "FINAL_ONLY"

EDITABLE = frozenset({END})
PLACE = frozenset({"geometry"})
WINDOW = (START, END, RESERVED_END)
PRODUCT = frozenset({"tasking_tier", "product_details.product_type"})
TELLING = PLACE | PRODUCT | set(WINDOW)
UNOBSERVABLE = frozenset(_UNSEEN)
OPTIONAL = frozenset(
    {
        *("tasking_tier", "request_description", START, END, RESERVED_END, "is_private", "geometry"),
        *(f"tasking_details.{name}" for name in _DETAILS),
        *(f"product_details.{name}" for name in _PRODUCT),
        *(f"product_details.licensing.{name}" for name in _LICENSING),
        *("output_configs", "notifications"),
    }
)


def settings_of(order: DesiredOrder) -> VantorOrder:
    """Return the order's Vantor block; TypeError where another provider's order was handed in."""
    return expect_block(order.settings, VantorOrder, named="a Vantor order")


def stated_terms(order: DesiredOrder) -> Terms:
    """Return what the manifest states; what it leaves to Vantor is no term."""
    block = settings_of(order)
    details = block.tasking_details.others if block.tasking_details else {}
    unseen = dict(zip(_UNSEEN, map(_others, (details, block.product_details.others)), strict=True))
    return terms_of(request(order)) | _only_known(unseen)


def terms_of(shown: Mapping[str, object]) -> dict[str, TermValue]:
    """Return everything comparable that a request, or an answer about one, holds."""
    details, product = _part(shown, "tasking_details"), _part(shown, "product_details")
    licensing = _part(product, "licensing")
    end = RESERVED_END if shown.get("tasking_tier") == FAST else END
    return _only_known(
        {
            "tasking_tier": text_in(shown, "tasking_tier"),
            "request_description": own_text(text_in(shown, "request_description")),
            START: _instant(shown, START),
            end: _instant(shown, END),
            "is_private": _plain(shown.get("is_private")),
            "geometry": polygon_of(shown.get("geometry")),
            **{f"tasking_details.{name}": _plain(details.get(name)) for name in _DETAILS},
            **{f"product_details.{name}": text_in(product, name) for name in _PRODUCT},
            **{f"product_details.licensing.{name}": text_in(licensing, name) for name in _LICENSING},
            "output_configs": _entries_text(shown.get("output_configs"), _output),
            "notifications": _entries_text(shown.get("notifications"), _notice),
        }
    )


def request(order: DesiredOrder) -> dict[str, object]:
    """Return the body of a request without our reference and without secrets.

    Instants are written as in Vantor's tutorial. A target that is no polygon is left out: `problems` refuses it.
    """
    block = settings_of(order)
    sent = block.model_dump(exclude_none=True)
    for name in ("tasking_details", "product_details"):
        if name in sent:
            others = sent[name].pop("others")
            sent[name] = {**others, **{field: _whole(value) for field, value in sent[name].items()}}
    for output in sent.get("output_configs", ()):
        output.pop("sas_url", None)
        output.pop("service_credentials", None)
    for notice in sent.get("notifications", ()):
        notice.get("config", {}).pop("headers", None)
    place = {"geometry": geojson(order.target)} if isinstance(order.target, Polygon) else {}
    return {**sent, START: written(order.window.start), END: written(order.window.end), **place}


def body(
    order: DesiredOrder, secret: Callable[[SecretRef], str], *, reference: Reference | None = None
) -> dict[str, object]:
    """Return the whole body, with the secrets that the order names; of a check, where no reference is given."""
    block, sent = settings_of(order), request(order)
    described = [text for text in (reference, block.request_description) if text]
    more: dict[str, object] = {"request_description": " ".join(described)} if described else {}
    if block.output_configs:
        more["output_configs"] = [
            {**shown, **_secrets_of(output, secret)}
            for shown, output in zip(_dicts(sent["output_configs"]), block.output_configs, strict=True)
        ]
    if block.notifications:
        more["notifications"] = [
            _with_headers(shown, notice, secret) if isinstance(notice, Http) else shown
            for shown, notice in zip(_dicts(sent["notifications"]), block.notifications, strict=True)
        ]
    return {**sent, **more}


def written(instant: datetime) -> str:
    """Write an instant as the tutorial does, with small letters."""
    return instant_text(instant).lower()


def instant_in(value: object) -> datetime | None:
    """Read an instant out of an answer, None where it holds none."""
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def text_in(shown: Mapping[str, object], name: str) -> str | None:
    """Return a text of an answer, None where there is none."""
    value = shown.get(name)
    return value if isinstance(value, str) and value else None


def own_text(text: str | None) -> str | None:
    """Return a description without our reference, None where nothing is left."""
    return unicodedata.normalize("NFC", without_references(text)).strip() or None if text else None


def _secrets_of(output: Output, secret: Callable[[SecretRef], str]) -> dict[str, object]:
    match output:
        case AzureBlobStorage():
            return {"sas_url": secret(output.sas_url)}
        case GoogleCloudStorage():
            return {"service_credentials": secret(output.service_credentials)}
        case _:
            return {}


def _with_headers(shown: dict[str, object], notice: Http, secret: Callable[[SecretRef], str]) -> dict[str, object]:
    if notice.config is None or notice.config.headers is None:
        return shown
    headers = {name: secret(named) for name, named in notice.config.headers.items()}
    return {**shown, "config": {**_part(shown, "config"), "headers": headers}}


def _output(shown: Mapping[str, object]) -> str:
    place = "/".join(str(shown[name]).strip("/") for name in ("container", "bucket", "prefix") if shown.get(name))
    role = f" as {shown['role_arn']}" if shown.get("role_arn") else ""
    return f"{shown.get('type')} {place}{role}".strip()


def _notice(shown: Mapping[str, object]) -> str:
    target = ",".join(part.strip() for part in str(shown.get("target")).split(","))
    return f"{shown.get('type')} {target} {shown.get('level') or _DEFAULT_LEVEL}"


def _entries_text(values: object, text_of: Callable[[Mapping[str, object]], str]) -> str | None:
    return "; ".join(sorted(map(text_of, _dicts(values)))) or None


def _dicts(values: object) -> Iterable[dict[str, object]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _part(shown: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = shown.get(name)
    return value if isinstance(value, dict) else {}


def _whole(value: object) -> object:
    """Return a whole number as one: the tutorial writes 20, not 20.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _plain(value: object) -> TermValue | None:
    return value if isinstance(value, bool | int | float) else None


def _instant(shown: Mapping[str, object], name: str) -> str | None:
    instant = instant_in(shown.get(name))
    return instant_text(instant) if instant is not None else None


def _others(values: Mapping[str, object]) -> str | None:
    return json.dumps(values, sort_keys=True, ensure_ascii=False) if values else None


def _only_known(terms: Mapping[str, TermValue | None]) -> dict[str, TermValue]:
    return {name: value for name, value in terms.items() if value is not None}
