"""UP42's answers read: the order that one shows, amounts of credits, and what an error says."""

from __future__ import annotations

import math
from decimal import Decimal

from reconciler.model.errors import RefusalKind
from reconciler.model.ids import AccountName, ProviderOrderId, fragments_in, references_in
from reconciler.model.money import CREDITS, Money
from reconciler.model.offer import Offers
from reconciler.model.order import ObservedOrder
from reconciler.model.time import Window
from reconciler.providers.responses import ProviderFault, printable
from reconciler.providers.up42.rules import phase_of
from reconciler.providers.up42.schemas import OrderResponse, instant_or_none, read_as
from reconciler.providers.up42.terms import observed_terms

_LONGEST_DETAIL = 10


def read_order(value: object, account: AccountName, offers: Offers) -> ObservedOrder:
    """Return the order that an answer shows, with what was offered for it.

    Raises `UnclearError` if its id cannot be read, or a field that may hold our reference: it might be ours unnoticed.
    """
    order, remarks = read_as(OrderResponse, value, needed=frozenset({"displayName", "tags"}))
    created = instant_or_none(order.created_at)
    start, end = order.ends
    window = Window(start, end) if start is not None and end is not None else None
    texts = (order.display_name, *(order.tags or ()))
    return ObservedOrder(
        id=ProviderOrderId(order.id),
        account=account,
        references=frozenset().union(*map(references_in, texts)),
        fragments=frozenset().union(*map(fragments_in, texts)),
        phase=phase_of(order.status, offers),
        status=order.status_text,
        status_word=order.status,
        terms=observed_terms(order),
        window=window,
        created_at=created,
        remarks=(
            *remarks,
            *(("UP42's createdAt is no timestamp",) if order.created_at is not None and created is None else ()),
            *(("UP42's acquisition window could not be read",) if window is None else ()),
        ),
        offers=offers,
        shown={"geometry": order.details["geometry"]} if "geometry" in order.details else {},
    )


def credits_of(amount: float) -> Money:
    """Return an amount of credits, rounded up to a hundredth: a price must not be told too low."""
    return Money(math.ceil(Decimal(str(amount)).scaleb(2)), CREDITS)


_BY_STATUS = {
    400: "check the order against the data product's order form, and edit it",
    401: "check the account's username and password",
    403: "check the role of the account's user (a Viewer may not order, and neither a Viewer nor a Member may decide a"
    " quotation); and for a new order that access to the collection is approved and its license accepted in UP42's"
    " console (console.up42.com/settings/access)",
    405: "it has gone on since it was read; the next pass sees how it stands",
    413: "the order is too large for UP42: simplify its target",
    422: "check the order against the data product's order form, and edit it",
    429: "lower the account's requestsPerSecond; the next pass tries again",
}
_APPROVAL = ("eula", "access", "approv", "restricted", "license")


def fault(status: int, body: object) -> ProviderFault | None:
    """Read any of UP42's error formats; None for anything else, such as a proxy's page.

    v2 services answer `status`, `title` and `detail`; the glossary `code`, `message` and `details`; older services wrap
    the latter in `error`. A status that is named inside must be the answer's own.
    """
    if not isinstance(body, dict):
        return None
    if isinstance(body.get("error"), dict):
        text, code, details = (body["error"].get(name) for name in ("message", "code", "details"))
    elif "title" in body:
        text, code, details = body["title"], body.get("status"), body.get("detail")
    else:
        text, code, details = (body.get(name) for name in ("message", "code", "details"))
    if not isinstance(text, str) or not text.strip() or not isinstance(code, int | str) or isinstance(code, bool):
        return None
    if isinstance(code, int) and code != status:
        return None
    words = "; ".join((text.strip(), *in_words(details)))
    kind = kind_of(words) if status in (400, 422) else None
    return ProviderFault(
        text=words, code=code if isinstance(code, str) else "", kind=kind, advice=advice_on(status, kind)
    )


def advice_on(status: int, kind: RefusalKind | None) -> str:
    """Return what to do after a refusal; after one for want of a grant, whatever its status, as after a 403."""
    return _BY_STATUS.get(403 if kind is RefusalKind.FORBIDDEN else status, "")


def kind_of(text: str) -> RefusalKind | None:
    """Tell a refusal that a grant of access ends, and not an edit, by its words; None where they say nothing of it."""
    return RefusalKind.FORBIDDEN if any(word in text.lower() for word in _APPROVAL) else None


def error_text(error: object) -> str:
    """Return what an entry of an `errors` list says, in one line."""
    if not isinstance(error, dict):
        return "no reason given"
    message = error.get("message")
    words = [message.strip()] if isinstance(message, str) and message.strip() else []
    return printable("; ".join((*words, *in_words(error.get("details"))))) or "no reason given"


def in_words(details: object) -> list[str]:
    """Return what an error's details say, field by field; whatever is nested deeper is left out."""
    if isinstance(details, str):
        return [details.strip()] if details.strip() else []
    if isinstance(details, dict):
        told = [f"{name}: {value}" for name, value in details.items() if isinstance(value, str | int | float)]
        return told[:_LONGEST_DETAIL]
    if isinstance(details, list):
        return [words for value in details[:_LONGEST_DETAIL] for words in in_words(value)]
    return []
