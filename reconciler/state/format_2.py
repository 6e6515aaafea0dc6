"""From format 1 to 2: the journal's details become typed events, and what a provider declined becomes data.

What an older version wrote is never dropped: a value that no field takes is kept in `legacy`, details that make no
event are kept as a `LegacyEvent`, and a line that the older version could not read either is left as it is.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from reconciler.model.codec import Codec
from reconciler.model.journal import EventKind, JournalEvent
from reconciler.model.money import CREDITS, Money

_EVENT: Codec[JournalEvent] = Codec(JournalEvent)
_DETAILS: Codec[dict[str, str | int | float | bool | None]] = Codec(dict[str, str | int | float | bool | None])
_ONLY_GROWS = """
    CREATE TRIGGER journal_only_grows_u BEFORE UPDATE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END
"""
_LABEL, _IN_GIT, _AT_PROVIDER = "label.", " in Git", " at the provider"
_PENDING = "asked to cancel, which its provider does later"
"""The message of a cancellation that was accepted and not yet carried out."""
_AMOUNT = re.compile(r"(?:(?P<currency>[A-Z]{3}) )?(?P<amount>[0-9][0-9,]*(?:\.[0-9]+)?)(?: (?P<credits>credits))?")
_AMENDED = re.compile(r"set (?P<terms>.+) while (?P<status>.*)", re.DOTALL)
_NEXT_TERM = re.compile(r" and (?=\S+ to )")

_REMEDY = "door"
"""What format 1 called a remedy; the glossary avoids the word."""

Fields: TypeAlias = dict[str, Any]
"""What is taken out of a line's details, name by name, until nothing is left."""


def type_the_journal(connection: sqlite3.Connection) -> None:
    """Rewrite every line of the journal, and every record; in the transaction of the caller."""
    connection.execute("DROP TRIGGER journal_only_grows_u")
    for seq, kind, detail in connection.execute("SELECT seq, kind, detail FROM journal").fetchall():
        if (event := typed(kind, detail)) is not None:
            connection.execute("UPDATE journal SET detail = ? WHERE seq = ?", (event, seq))
    connection.execute(_ONLY_GROWS)
    for reference, body in connection.execute("SELECT reference, body FROM records").fetchall():
        if (record := with_declined(body)) is not None:
            connection.execute("UPDATE records SET body = ? WHERE reference = ?", (record, reference))
    for name, body in connection.execute("SELECT name, body FROM documents").fetchall():
        connection.execute("UPDATE documents SET body = ? WHERE name = ?", (with_remedies(body), name))


def with_remedies(body: str) -> str:
    """Return the last pass's findings with their `remedy`, under the name that it has now."""
    try:
        document = json.loads(body)
        for name in ("findings", "unjudged", "decided", "refusals"):
            for finding in document.get(name, ()):
                finding["remedy"] = finding.pop(_REMEDY, "")
    except (ValueError, AttributeError, TypeError):  # as an older version could not have read it either
        return body
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def typed(kind: str, detail: str) -> str | None:
    """Return a line's details as the JSON of a typed event; None for a line that format 1 could not read."""
    try:
        details = _DETAILS.validate_json(detail)
        event = EventKind(kind)
    except ValueError:
        return None
    if event is EventKind.INTENT and not _amount_is_readable(details):
        return None
    return _fitting(event, details) or _written({"kind": "legacy", "original": event, "details": details})


def _amount_is_readable(details: Mapping[str, Any]) -> bool:
    """Tell whether format 1 could count an intent: one that it could not must never be counted as nothing."""
    if details.get("minor") is None:
        return True
    try:
        int(str(details["minor"]))
    except ValueError:
        return False
    return "currency" in details


def _fitting(kind: EventKind, details: Mapping[str, Any]) -> str | None:
    """Return the JSON of the event that the details make; None if they make none."""
    left = {name: value for name, value in details.items() if value is not None}
    try:
        fields = {"kind": kind, **_TYPED[kind](left)}
        return _written({**fields, "legacy": left} if left else fields)
    except (KeyError, ValueError):
        return None


def _written(fields: Mapping[str, Any]) -> str:
    return _EVENT.dump_json(_EVENT.validate_python(fields), exclude_none=True).decode()


def _intent(left: Fields) -> Fields:
    minor, currency = left.pop("minor", None), left.pop("currency", None)
    return {
        "call": left.pop("call", "place"),
        "commits": Money(int(str(minor)), str(currency)) if minor is not None else None,
        "ceiling": _ceiling(left),
        "unpriced": bool(left.pop("unpriced", False)),
        "labels": {name.removeprefix(_LABEL): str(left.pop(name)) for name in list(left) if name.startswith(_LABEL)}
        or None,
        "digest": left.pop("terms", None),
        **_same(left, "account", "attempt", "answer", "option", "quote", "reason"),
    }


def _ceiling(left: Fields) -> Money | None:
    """Take out an amount that was written for a person; a text that is none stays."""
    found = _AMOUNT.fullmatch(str(left.get("ceiling", "")))
    if found is None:
        return None
    money = Money.parse(found["amount"].replace(",", ""), found["currency"] or CREDITS)
    return money if str(money) == left.pop("ceiling") else None


def _outcome(left: Fields) -> Fields:
    pending = left.get("message") == _PENDING
    if pending:
        del left["message"]
    return {
        "call": left.pop("call", "place"),
        "outcome": left.pop("outcome"),
        "order_id": left.pop("orderId", None),
        "pending": pending,
        **_same(left, "message", "status", "quote"),
    }


def _bound(left: Fields) -> Fields:
    return {"order_id": left.pop("orderId", None), **_same(left, "status", "how")}


def _phase(left: Fields) -> Fields:
    return {"previous": left.pop("from", None), "status": left.pop("to"), "phase": left.pop("phase")}


def _terms(left: Fields) -> Fields:
    terms = dict(left)
    left.clear()
    return {"terms": terms}


def _lookup(left: Fields) -> Fields:
    return {"lookups": left.pop("lookups")}


def _git(left: Fields) -> Fields:
    return {"on_delete": left.pop("onDelete"), **_same(left, "key")}


def _decision(left: Fields) -> Fields:
    """Take out a decision; only with its outcome does `not created` take anything back."""
    decision = left.pop("decision")
    if decision != "adopt" and left.pop("outcome") != "not sent":
        raise ValueError(f"{decision} without its outcome decides nothing")
    return {"decision": decision, "order_id": left.pop("orderId", None), **_same(left, "reason")}


def _forgotten(left: Fields) -> Fields:
    if left.pop("decision", "forget") != "forget":
        raise ValueError("another decision than to forget")
    return {"order_id": left.pop("orderId", None), **_same(left, "attempt", "status")}


def _finding(left: Fields) -> Fields:
    change = left.pop("change")
    if change not in ("appeared", "went"):
        raise ValueError(f"a finding that has {change}")
    names = [name.removesuffix(_AT_PROVIDER) for name in left if name.endswith(_AT_PROVIDER)]
    names += [name.removesuffix(_IN_GIT) for name in left if name.endswith(_IN_GIT)]
    both = [
        {"term": name, "stated": left.pop(name + _IN_GIT, None), "observed": left.pop(name + _AT_PROVIDER, None)}
        for name in dict.fromkeys(names)
    ]
    return {
        "finding": left.pop("finding"),
        "appeared": change == "appeared",
        "differences": both or None,
        **_same(left, "message", "since"),
    }


def _same(left: Fields, *names: str) -> Fields:
    """Take out what has the same name in both formats."""
    return {name: left.pop(name) for name in names if name in left}


_TYPED: Mapping[EventKind, Callable[[Fields], Fields]] = {
    EventKind.INTENT: _intent,
    EventKind.OUTCOME: _outcome,
    EventKind.BOUND: _bound,
    EventKind.PHASE: _phase,
    EventKind.TERMS: _terms,
    EventKind.LOOKUP: _lookup,
    EventKind.GIT: _git,
    EventKind.DECISION: _decision,
    EventKind.FORGOTTEN: _forgotten,
    EventKind.FINDING: _finding,
}


def with_declined(body: str) -> str | None:
    """Return a record with what was declined as data; None if there is nothing to rewrite."""
    try:
        record = json.loads(body)
    except ValueError:
        return None
    if not isinstance(record, dict) or not isinstance(record.get("declined"), str):
        return None
    return json.dumps({**record, "declined": declined(record["declined"])}, ensure_ascii=False, separators=(",", ":"))


def declined(text: str) -> Fields | None:
    """Return the change that a sentence of format 1 names; None for a sentence that it never wrote."""
    answer, _, about = text.partition(" ")
    if answer in ("choose", "accept", "reject"):
        return {"kind": "answer", "answer": answer, "about": about}
    if text.startswith("cancel it while "):
        return {"kind": "cancellation", "status": text.removeprefix("cancel it while ")}
    if (amended := _AMENDED.fullmatch(text)) is None:
        return None
    both = [each.partition(" to ") for each in _NEXT_TERM.split(amended["terms"])]
    return {"kind": "amendment", "terms": {name: value for name, _, value in both}, "status": amended["status"]}
