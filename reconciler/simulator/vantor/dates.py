"""Dates as Vantor's pages write them: `t` and `z` in either case, a space for the `t` (contracts/vantor.md 2.1, 10)."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

from reconciler.simulator.instants import format_instant, parse_instant

_DATE = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d+)?)([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def parse_date(text: str) -> datetime:
    """Read a date in any of the forms; raise ValueError for others, such as one without an offset."""
    matched = _DATE.fullmatch(text)
    if matched is None:
        raise ValueError("must be an ISO 8601 date and time with an offset, such as 2026-06-12T00:00:00Z")
    day, time, offset = matched.groups()
    return parse_instant(f"{day}T{time}{offset.upper()}")


Date = Annotated[str, AfterValidator(lambda text: parse_date(text) and text)]
"""A date in a model of pydantic's: it stays the text that was sent."""


def echoed(text: str, form: str) -> str:
    """Return a date that was sent in the form in which it is read back."""
    return text if form == "as-sent" else written(parse_date(text), form)


def written(instant: datetime, form: str) -> str:
    """Write an instant in one of the forms of the switch `dateEcho`."""
    match form:
        case "lower":
            return format_instant(instant).lower()
        case "space":
            return format_instant(instant).replace("T", " ")
        case "offset":
            return instant.astimezone(UTC).isoformat(timespec="milliseconds")
        case _:
            return format_instant(instant)
