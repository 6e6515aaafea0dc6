"""From format 2 to 3: the findings of the last pass get a subject, and their words become a cause and remedies.

An older version stored the words alone: they are kept as they are, so that no finding loses what ends it.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any, TypeAlias

Fields: TypeAlias = dict[str, Any]

_SUBJECT = ("key", "account", "reference", "order_id", "status", "location")


def structure_findings(connection: sqlite3.Connection) -> None:
    """Rewrite the stored findings; in the transaction of the caller."""
    for name, body in connection.execute("SELECT name, body FROM documents").fetchall():
        connection.execute("UPDATE documents SET body = ? WHERE name = ?", (with_structure(body), name))


def with_structure(body: str) -> str:
    """Return a document with its findings as data; one that format 2 could not read is left as it is."""
    try:
        document = json.loads(body)
        for name in ("findings", "unjudged", "decided"):
            if name in document:
                document[name] = [_finding(found) for found in document[name]]
        if "refusals" in document:
            document["refusals"] = [_in_words(refusal) for refusal in document["refusals"]]
    except (ValueError, AttributeError, TypeError, KeyError):
        return body
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def _finding(found: Fields) -> Fields:
    subject = {name: found.pop(name) for name in _SUBJECT if name in found}
    return {"subject": subject, **_in_words(found)}


def _in_words(found: Fields) -> Fields:
    cause = {"kind": "reported", "text": found.pop("message")}
    remedy = found.pop("remedy", "")
    remedies = [[{"kind": "advice", "text": remedy}]] if remedy else []
    return {**found, "cause": cause, "remedies": remedies}
