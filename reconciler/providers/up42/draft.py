"""What a manifest states of an order that UP42 holds already (contracts/up42.md sections 6 and 10). Pure.

What an order form asks for and no answer shows (`deliveredAs`) is not told: a comment says so.
"""

from __future__ import annotations

from reconciler.model.draft import Comment, Draft
from reconciler.model.geojson import target_in
from reconciler.model.geometry import Point
from reconciler.model.order import Agreement, ObservedOrder
from reconciler.model.terms import Terms, TermValue
from reconciler.providers.export import Observed, split_defaults, to_draft
from reconciler.providers.up42.settings import Up42Order
from reconciler.providers.up42.terms import ANSWERED

_FIRST = ("acquisitionMode", "cloudCoverage", "incidenceAngle", "minBH", "maxBH")
_IN_ORDER = (*_FIRST, *(name for name in ANSWERED if name not in _FIRST))
_NUMBERS = frozenset({"cloudCoverage", "incidenceAngle", "minBH", "maxBH"})
"""Whatever else looks like a number is a text in the order forms: `projection: "4326"`."""
_HEIGHTS = {"stereo": {"minBH": 0.4, "maxBH": 0.7}, "tristereo": {"minBH": 0.2, "maxBH": 0.35}}
_CLOUDS_AT_A_POINT = 30
_UNTOLD = "others, such as deliveredAs, are not shown: before `attempt` is raised, state what the form asks for"


def draft(order: ObservedOrder) -> Draft | str:
    """Return what a manifest states of an order, or why it cannot be written."""
    terms, target = order.terms, target_in(order.shown.get("geometry"))
    if "dataProduct" not in terms:
        return "dataProduct: is not told by UP42, and a manifest has to state it"
    asked = {name: _written(name, terms[f"params.{name}"]) for name in _IN_ORDER if f"params.{name}" in terms}
    stated, usual = split_defaults(asked, _defaults(terms, at_a_point=isinstance(target, Point)), "params.")
    name, tags = terms.get("displayName"), terms.get("tags")
    fields = {
        "dataProduct": terms["dataProduct"],
        "displayName": name,
        "tags": str(tags).split(", ") if tags else None,
        "budgetId": terms.get("budgetId"),
        "params": stated or None,
    }
    comments = (*usual, Comment(field="params", why=_UNTOLD))
    return to_draft(
        order,
        Up42Order,
        Observed(
            target=target, fields=fields, text=str(name) if name else None, confirm=_confirm(order), comments=comments
        ),
    )


def _written(name: str, value: TermValue) -> TermValue:
    return value if name in _NUMBERS or isinstance(value, bool | str) else str(value)


def _defaults(terms: Terms, *, at_a_point: bool) -> dict[str, object]:
    """Return the defaults of parameters that the forms do not ask for."""
    heights = _HEIGHTS.get(str(terms.get("params.acquisitionMode")), {})
    return {"projection": "4326", **heights, **({"cloudCoverage": _CLOUDS_AT_A_POINT} if at_a_point else {})}


def _confirm(order: ObservedOrder) -> Agreement:
    """Return what was agreed to already: the option that was chosen and the price that was accepted."""
    study, accepted = order.offers.study, order.offers.accepted
    option = study.chosen.id if study is not None and study.chosen is not None else None
    return Agreement(
        max_price=accepted.price if accepted is not None else None, options=(option,) if option is not None else ()
    )
