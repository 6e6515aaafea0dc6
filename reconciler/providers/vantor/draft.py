"""What a manifest states of a request that Vantor holds already (contracts/vantor.md sections 2.1, 4, 5, 10). Pure.

Credentials are never read from an answer, however it shows them: a manifest names where they are to be found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.model.draft import DEFAULT, Comment, Draft
from reconciler.model.geojson import target_in
from reconciler.model.order import ObservedOrder
from reconciler.model.terms import Terms
from reconciler.providers.export import Observed, split_defaults, to_draft
from reconciler.providers.vantor.settings import Details, Product, VantorOrder

_DETAILS = ("max_gsd", "max_cloud_cover", "max_off_nadir_angle", "min_sun_elevation_angle")
_DEFAULTS = {"max_cloud_cover": 15}
_SECRETS = {"azure_blob_storage": "sas_url", "google_cloud_storage": "service_credentials"}
_OUTPUT = ("type", "bucket", "container", "prefix", "role_arn")
_CONFIG = ("requires_message_group_id", "requires_message_deduplication_id", "internal_auth_provider")
_LEVEL = "FINAL_ONLY"
_SET = "set this variable before the order is placed again: Vantor does not tell its value"


def draft(order: ObservedOrder) -> Draft | str:
    """Return what a manifest states of a request, or why it cannot be written."""
    terms, shown = order.terms, order.shown
    details, usual = split_defaults(
        {name: _whole(terms.get(f"tasking_details.{name}")) for name in _DETAILS}, _DEFAULTS, "tasking_details."
    )
    outputs = [_output(each) for each in _dicts(shown.get("output_configs"))]
    notices = [_notice(each) for each in _dicts(shown.get("notifications"))]
    public = terms.get("is_private") is False
    text = terms.get("request_description")
    fields = {
        "tasking_tier": terms.get("tasking_tier"),
        "request_description": text,
        "is_private": None if public else terms.get("is_private"),
        "tasking_details": details or None,
        "product_details": _product(terms),
        "output_configs": outputs or None,
        "notifications": notices or None,
    }
    comments = (
        *((Comment(field="is_private", why=DEFAULT, value=False),) if public else ()),
        *usual,
        *(
            (Comment(field="notifications.level", why=DEFAULT, value=_LEVEL),)
            if any("level" not in each for each in notices)
            else ()
        ),
        *(Comment(field=name, why=_SET) for name in sorted({*_variables_in(outputs), *_variables_in(notices)})),
        *_unstated(shown),
    )
    note = str(text) if text else None
    return to_draft(
        order,
        VantorOrder,
        Observed(target=target_in(shown.get("geometry")), fields=fields, text=note, comments=comments),
    )


def _product(terms: Terms) -> dict[str, object]:
    licensing = {
        name: terms.get(f"product_details.licensing.{name}") for name in ("end_use_code", "end_use_description")
    }
    fields = {
        "product_type": terms.get("product_details.product_type"),
        "licensing": {name: value for name, value in licensing.items() if value is not None},
        "product_option": terms.get("product_details.product_option"),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _output(shown: Mapping[str, object]) -> dict[str, object]:
    """Return a place of delivery with the name of its credential."""
    kind = str(shown.get("type"))
    fields: dict[str, object] = {name: shown[name] for name in _OUTPUT if isinstance(shown.get(name), str)}
    secret = _SECRETS.get(kind)
    return {**fields, secret: {"env": f"VANTOR_{secret.upper()}"}} if secret else fields


def _notice(shown: Mapping[str, object]) -> dict[str, object]:
    fields: dict[str, object] = {name: shown[name] for name in ("type", "target") if isinstance(shown.get(name), str)}
    if isinstance(shown.get("level"), str) and shown["level"] != _LEVEL:
        fields["level"] = shown["level"]
    config = shown.get("config")
    if isinstance(config, dict):
        known = {name: config[name] for name in _CONFIG if isinstance(config.get(name), bool | str)}
        if isinstance(headers := config.get("headers"), dict) and headers:
            known["headers"] = {name: {"env": _variable(name)} for name in headers}
        if known:
            fields["config"] = known
    return fields


def _variable(header: str) -> str:
    return "VANTOR_" + re.sub(r"[^A-Z0-9]", "_", header.upper())


def _variables_in(value: object) -> list[str]:
    """Return the variables that stand anywhere in a value."""
    if isinstance(value, dict):
        own = [str(value["env"])] if set(value) == {"env"} else []
        return own + [name for part in value.values() for name in _variables_in(part)]
    return [name for part in value for name in _variables_in(part)] if isinstance(value, list) else []


def _unstated(shown: Mapping[str, object]) -> tuple[Comment, ...]:
    """Tell of settings that have no name in the contract: whether they were ordered or filled in, nobody knows."""
    why = "may be filled in by the provider; state them in `others` before the order is placed again, if it is not so"
    found = []
    for name, block in (("tasking_details", Details), ("product_details", Product)):
        part = shown.get(name)
        others = sorted(set(part) - set(block.model_fields)) if isinstance(part, dict) else []
        if others:
            found.append(Comment(field=f"{name}.others", why=why, value=others))
    return tuple(found)


def _dicts(values: object) -> list[dict[str, object]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value
