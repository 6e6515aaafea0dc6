"""Vantor's answers, read tolerantly: no page shows one of version 2, so its siblings' envelope and names are tried.

What was asked for stands in `data` or beside the links; an id is text or a number, and never a float: it exceeds 2^53.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from reconciler.model.errors import UnclearError
from reconciler.model.ids import AccountName, ProviderOrderId, fragments_in, references_in
from reconciler.model.money import CREDITS, Money
from reconciler.model.order import ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.time import Window, duration_text
from reconciler.providers.responses import ProviderFault, printable
from reconciler.providers.vantor.rules import SLOW_REVIEW, phase_of
from reconciler.providers.vantor.settings import OTHER
from reconciler.providers.vantor.slots import lines, slots_in, wait_in
from reconciler.providers.vantor.terms import END, START, instant_in, terms_of, text_in

DESCRIPTION = "request_description"
SHOWN = ("geometry", "output_configs", "notifications", "tasking_details", "product_details")
"""The fields of an answer that its terms do not tell in full."""
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,127}")
_ID_NAMES = ("id", "tasking_id")
_STATUS_NAMES = ("tasking_status", "status")
_UNITS = frozenset({"credit", "credits"})


def data_of(body: object) -> Mapping[str, object]:
    """Return what an answer holds without its envelope; raises `UnclearError` where it is no object."""
    if not isinstance(body, dict):
        raise UnclearError("Vantor's answer is no object")
    inner = body.get("data")
    return inner if isinstance(inner, dict) else body


def taskings_in(body: object) -> list[object] | None:
    """Return the items of a page of the list, None where it has none that can be read."""
    inner = body.get("data", body) if isinstance(body, dict) else None
    found = inner.get("taskings") if isinstance(inner, dict) else inner
    return found if isinstance(found, list) else None


def id_in(item: object) -> ProviderOrderId | None:
    """Return the id of a request, None where it has none that can be read."""
    shown = item if isinstance(item, dict) else {}
    for value in map(shown.get, _ID_NAMES):
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(text, str) and is_id(text):
            return ProviderOrderId(text)
    return None


def is_id(text: str) -> bool:
    """Tell whether a text can be an id, and so can stand in a path."""
    return _ID.fullmatch(text) is not None


def described(item: Mapping[str, object]) -> bool:
    """Tell whether an answer shows a description, even an empty one; raises `UnclearError` for one that is no text."""
    if DESCRIPTION in item and not isinstance(item[DESCRIPTION], str | None):
        raise UnclearError(f"Vantor's {DESCRIPTION} is no text")
    return DESCRIPTION in item


def read_order(item: object, account: AccountName) -> ObservedOrder:
    """Return the order that an answer shows; raises `UnclearError` where its id or its description cannot be read.

    One without a status was only just submitted, or is shown by a page that nobody has seen: never taken as ended.
    """
    identity = id_in(item)
    if identity is None or not isinstance(item, dict):
        raise UnclearError("the id of a Vantor request cannot be read")
    described(item)
    created = instant_in(item.get("date_created"))
    start, end = instant_in(item.get(START)), instant_in(item.get(END))
    window = Window(start, end) if start is not None and end is not None else None
    status = next((word for name in _STATUS_NAMES if (word := text_in(item, name))), None)
    terms = terms_of(item)
    phase = phase_of(status) if status is not None else Phase.UNRECOGNIZED
    slow = phase is Phase.PLACED and terms.get("product_details.licensing.end_use_code") == OTHER
    return ObservedOrder(
        id=identity,
        account=account,
        references=references_in(text_in(item, DESCRIPTION)),
        fragments=fragments_in(text_in(item, DESCRIPTION)),
        phase=phase,
        status=printable(status) if status is not None else "(none)",
        terms=terms,
        window=window,
        created_at=created,
        remarks=(
            *((SLOW_REVIEW,) if slow else ()),
            *(("Vantor's collection window could not be read",) if window is None else ()),
        ),
        shown={name: item[name] for name in SHOWN if name in item},
    )


def price_in(body: object) -> Money | None:
    """Return the credits of a quote, rounded up to a hundredth; None where it is told in another unit or form."""
    estimates = data_of(body).get("usage_estimate")
    billed = [line for line in estimates if not _is_free(line)] if isinstance(estimates, list) else []
    amounts = [_credits(line) for line in billed]
    known = [amount for amount in amounts if amount is not None]
    if not known or len(known) < len(amounts):
        return None
    return Money(math.ceil(sum(known, Decimal(0)).scaleb(2)), CREDITS)


def _is_free(line: object) -> bool:
    return isinstance(line, dict) and line.get("billable") is False


def _credits(line: object) -> Decimal | None:
    if not isinstance(line, dict) or str(line.get("units")).lower() not in _UNITS:
        return None
    quantity = line.get("quantity")
    if isinstance(quantity, bool) or not isinstance(quantity, int | float) or quantity < 0:
        return None
    return Decimal(str(quantity))


_BY_STATUS = {
    400: "check the order against what Vantor says, and edit it",
    401: "check the account's `vantor.apiKey` (a key lives 180 days at most), or its username and password",
    403: "ask Vantor what the account may task, and what is left of its allowance",
    404: "check the account's `vantor.paths`",
    405: "check the account's `vantor.paths`, and that the tier allows it",
    413: "the request is too large: simplify the target",
    422: "check the order against what Vantor says, and edit it",
}


def fault(status: int, body: object) -> ProviderFault | None:
    """Read an error: the documented object, or a gateway's message; None for anything else, such as a proxy's page.

    A gateway that knows no such address does not know whether there is such a request.
    """
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if isinstance(error, dict):
        said, code = error.get("error_messages"), error.get("error_code")
        each = said if isinstance(said, list) else []
        words = [text.strip() for text in each if isinstance(text, str) and text.strip()]
        if not words:
            return None
        return ProviderFault(
            text="; ".join(words), code=code if isinstance(code, str) else "", advice=_advice(status, error)
        )
    message = body.get("message")
    if not isinstance(message, str) or not message.strip() or status == 404:
        return None
    return ProviderFault(text=message.strip(), advice=_advice(status, body))


def _advice(status: int, error: Mapping[str, object]) -> str:
    if status == 429:
        seconds = wait_in(error)
        return f"a pass in {_span(seconds)} may try again" if seconds else "a later pass tries again"
    slots = slots_in(error) if status == 400 else ()
    return lines(slots) if slots else _BY_STATUS.get(status, "")


def _span(seconds: float) -> str:
    return duration_text(timedelta(seconds=seconds))
