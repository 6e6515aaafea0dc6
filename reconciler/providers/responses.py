"""What an HTTP answer means, by status first: the one table of refusals. Pure; knows no HTTP library."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from reconciler.model.errors import RefusalKind, RefusedError, UnclearError
from reconciler.providers.base import Request

REFUSALS = {
    400: RefusalKind.INVALID,
    401: RefusalKind.UNAUTHORIZED,
    403: RefusalKind.FORBIDDEN,
    404: RefusalKind.NOT_FOUND,
    405: RefusalKind.INVALID,
    413: RefusalKind.INVALID,
    422: RefusalKind.INVALID,
    429: RefusalKind.RATE_LIMITED,
}
"""Statuses that say, in a body of the provider's own form, that nothing happened. Every other one but 2xx says less."""

UNKNOWN_READ = "nothing was learned, a later pass reads again"
UNKNOWN_SPENT = "it may have been done, and the next pass looks for it at the provider before anything is repeated"
_LONGEST_TEXT = 400
_YEARS = range(1970, 2500)
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer that arrived whole. `flaw` says why its body is no JSON; `retry_after` in seconds, where it is told."""

    status: int
    body: object = field(default=None, repr=False)
    flaw: str | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFault:
    """A provider's error body: its words and code, a kind that the code narrows down, and what to do next."""

    text: str
    code: str = ""
    kind: RefusalKind | None = None
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What the one client must know of a provider.

    `fault` reads an error body, given the status; None where the body is not of the provider's own form, such as a
    proxy's page: then it cannot be told how far the request came. `wait` reads the seconds to wait that a body names,
    where a provider says it there and not in Retry-After.
    """

    provider: str
    accept: str
    is_safe: Callable[[Request], bool]
    fault: Callable[[int, object], ProviderFault | None]
    wait: Callable[[object], float | None] = lambda _body: None


def judge(answer: Response, dialect: Dialect, *, doubt: str) -> Response:
    """Return a readable 2xx answer; raise `RefusedError` for the provider's own refusal, else `UnclearError`."""
    if 200 <= answer.status < 300:
        if answer.flaw is not None:
            told = f"{dialect.provider} answered HTTP {answer.status} with {answer.flaw}: {doubt}"
            raise UnclearError(told, status=answer.status)
        return answer
    fault = dialect.fault(answer.status, answer.body)
    kind = REFUSALS.get(answer.status)
    if fault is None or kind is None:
        raise UnclearError(_unclear(answer, fault, dialect.provider, doubt), status=answer.status)
    raise RefusedError(_refusal(answer, fault, dialect.provider), kind=fault.kind or kind, status=answer.status)


def _refusal(answer: Response, fault: ProviderFault, provider: str) -> str:
    code = f"{printable(fault.code)}, " if fault.code else ""
    advice = f"; {fault.advice}" if fault.advice else ""
    return f"{provider} refused: {printable(fault.text)} ({code}HTTP {answer.status}){advice}"


def _unclear(answer: Response, fault: ProviderFault | None, provider: str, doubt: str) -> str:
    if 300 <= answer.status < 400:
        return f"{provider}'s address answered with a redirect (HTTP {answer.status}), which is never followed: {doubt}"
    if fault is not None:
        return f"{provider} answered HTTP {answer.status}, {printable(fault.text)}: {doubt}"
    seen = answer.flaw or "a body that is not its own form of error"
    return f"{provider}'s address answered HTTP {answer.status} with {seen}: {doubt}"


def printable(text: str) -> str:
    """Return foreign text fit for one line of a terminal or a log: no control characters, not endless."""
    if text.isprintable() and len(text) <= _LONGEST_TEXT:
        return text.strip()
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= _LONGEST_TEXT else line[:_LONGEST_TEXT] + "…"


def decode(content_type: str | None, content: bytes) -> tuple[object, str | None]:
    """Read a body as JSON: the value and None, or None and what is wrong with it.

    NaN and Infinity are no JSON. A name that stands twice in one object is none that can be trusted: which of the two
    counts is told nowhere, and an empty list may hide a full one.
    """
    media = (content_type or "application/json").partition(";")[0].strip().lower()
    if not (media == "application/json" or media.endswith("+json")):
        return None, f"{printable(media)!r} where JSON was expected"
    try:
        text = content.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_named_once)
        if _HALF.search(text):  # half a character cannot be stored, sent or printed
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return value, None
    except _NamedTwice as e:
        return None, f"a body that names {printable(str(e))!r} twice in one object"
    except (ValueError, RecursionError):
        return None, "a body that is not readable JSON" if content.strip() else "an empty body"


class _NamedTwice(ValueError):
    """An object names a field twice."""


def _named_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NamedTwice(next(name for number, (name, _) in enumerate(pairs) if name in dict(pairs[:number])))
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number beyond all bounds")
    return value


def http_date(text: str | None) -> datetime | None:
    """Read an HTTP date (UTC); None where it is missing or odd, as one that leaves no room to reckon with."""
    if not text:
        return None
    try:
        read = parsedate_to_datetime(text)
        return read.astimezone(UTC) if read.tzinfo is not None and read.year in _YEARS else None
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def seconds_to_wait(retry_after: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, in seconds or as an HTTP date; None where it is missing or odd."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    date = http_date(text)
    return max(0.0, (date - now).total_seconds()) if date is not None else None
