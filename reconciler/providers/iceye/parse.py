"""ICEYE's answers read: the order that a task shows, and what an error says."""

from __future__ import annotations

from typing import Any

from reconciler.model.errors import RefusalKind
from reconciler.model.ids import AccountName, ProviderOrderId, fragments_in, references_in
from reconciler.model.order import ObservedOrder
from reconciler.model.time import Window
from reconciler.providers.iceye.rules import phase_of
from reconciler.providers.iceye.schemas import Location, Task, instant_or_none, read_as
from reconciler.providers.iceye.terms import observed_terms
from reconciler.providers.responses import ProviderFault, printable


def read_task(value: object, account: AccountName, *, complete: bool) -> ObservedOrder:
    """Return the order that a task answer shows; raises `UnclearError` where its id cannot be read.

    An item of a list (`complete` is False) also needs a readable reference: without one it might be ours unnoticed.
    """
    task, remarks = read_as(Task, value, needed=frozenset() if complete else frozenset({"reference"}))
    created = instant_or_none(task.created_at)
    start, end = task.ends
    window = Window(start, end) if start is not None and end is not None else None
    odd = task.created_at is not None and created is None
    return ObservedOrder(
        id=ProviderOrderId(task.id),
        account=account,
        references=references_in(task.reference),
        fragments=fragments_in(task.reference),
        phase=phase_of(task.status),
        status=printable(task.status) or "(none)",
        terms=observed_terms(task, start, end),
        window=window,
        created_at=created,
        complete=complete,
        shown={"deliveries": places} if (places := _places(task)) else {},
        remarks=(
            *remarks,
            *(("ICEYE's createdAt is no timestamp",) if odd else ()),
            *(("ICEYE's acquisitionWindow could not be read",) if window is None else ()),
        ),
    )


def _places(task: Task) -> list[dict[str, Any]]:
    """Return where a task delivers to, in the form of a request."""
    return [{"locations": [_place(location) for location in delivery.locations]} for delivery in task.deliveries or ()]


def _place(location: Location) -> dict[str, str]:
    fields = {"configID": location.config_id, "path": location.path, "subPath": location.sub_path}
    return {name: value for name, value in fields.items() if value}


_ADVICE = {
    "INSUFFICIENT_FUNDS": (RefusalKind.FUNDS, "raise the contract's budget or wait until held funds are released"),
    "INVALID_CONTRACT": (RefusalKind.CONTRACT, "check the contract's start and end, and renew it with ICEYE"),
}
_BY_STATUS = {
    400: "check the order against what the contract allows, and edit it",
    401: "check the account's clientId and clientSecret",
    403: "ask ICEYE to grant the account's client this contract",
    405: "report this: the program asked for something that ICEYE does not offer",
    413: "the order is too large for ICEYE: list fewer deliveries",
    422: "check the order against what the contract allows, and edit it",
    429: "lower the account's requestsPerSecond; the next pass tries again",
}


def fault(status: int, body: object) -> ProviderFault | None:
    """Read either of ICEYE's error formats; None for anything else, such as a proxy's page.

    Both hold a `code`; the words stand in `details`, `detail` or `message`. ICEYE spells codes differently in the two
    (`ERR_...` and lower case), and documents three in all: so the status decides, and a code only narrows it down.
    """
    if not isinstance(body, dict) or not isinstance(body.get("code"), str):
        return None
    words = next((text for name in ("details", "detail", "message", "title") if (text := _text(body, name))), None)
    if words is None:
        return None
    code = body["code"]
    kind, advice = _ADVICE.get(code.upper().removeprefix("ERR_"), (None, _BY_STATUS.get(status, "")))
    return ProviderFault(text=words, code=code, kind=kind if status in (400, 422) else None, advice=advice)


def _text(body: dict[Any, Any], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value.strip() else None
