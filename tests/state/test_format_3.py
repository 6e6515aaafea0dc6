"""Format 2 is migrated: the findings of the last pass become data, and none loses its words or its remedy."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.errors import Location
from reconciler.plan.last_pass import DOCUMENT, PassSnapshot
from reconciler.render.phrases import message, remedy
from reconciler.state.format_3 import with_structure
from reconciler.state.schema import MIGRATIONS
from reconciler.state.store import open_reader, open_store

DEADLINE = "2026-12-03T00:00:00Z"
FINDING: dict[str, Any] = {
    "kind": "held",
    "key": "alice",
    "message": "costs EUR 1,300.00 and no ceiling is committed",
    "remedy": "if it is worth it, commit in a.yaml:4:9:  confirm: {maxPrice: ...}",
    "account": "iceye",
    "order_id": None,
    "status": None,
    "deadline": DEADLINE,
    "location": {"file": "a.yaml", "line": 4, "column": 9},
    "differences": [{"term": "mode", "stated": "spot", "observed": "scan", "kind": "material"}],
    "choices": [{"text": "later dates", "lines": "confirm: {a: 1}"}],
    "reference": "rc1-abcdefghijklmnopqrst",
    "since": "2026-12-01T00:00:00Z",
}


def read(**parts: object) -> PassSnapshot:
    """Migrate a document of format 2 and read it."""
    snapshot = PassSnapshot.from_text(with_structure(json.dumps({"at": DEADLINE, "findings": [], **parts})))
    assert snapshot is not None
    return snapshot


@pytest.mark.parametrize("where", ["findings", "unjudged", "decided"])
def test_a_finding_keeps_everything_that_it_said(where: str) -> None:
    """Its words, its subject, its choices and its differences, wherever the last pass kept it."""
    (found,) = getattr(read(**{where: [FINDING]}), where)
    assert (message(found), remedy(found)) == (FINDING["message"], FINDING["remedy"])
    assert (found.key, found.subject.account, found.subject.reference) == ("alice", "iceye", FINDING["reference"])
    assert found.subject.location == Location(file="a.yaml", line=4, column=9)
    assert (found.choices[0].lines, found.differences[0].observed) == ("confirm: {a: 1}", "scan")
    assert (found.deadline.isoformat(), found.since.isoformat()) == (
        "2026-12-03T00:00:00+00:00",
        "2026-12-01T00:00:00+00:00",
    )


def test_a_finding_without_a_remedy_has_none() -> None:
    """An empty text is no advice."""
    (found,) = read(findings=[{**FINDING, "remedy": ""}]).findings
    assert (found.remedies, remedy(found)) == ((), "")


def test_a_refusal_keeps_its_words() -> None:
    """The plan as a whole was refused for a reason, and something lets it pass."""
    (refusal,) = read(refusals=[{"message": "3 new orders", "remedy": "allow 3"}]).refusals
    assert (message(refusal), remedy(refusal)) == ("3 new orders", "allow 3")


@pytest.mark.parametrize("body", ["not JSON", "[]", '{"findings": 3}', '{"findings": ["x"]}', '{"findings": [{}]}'])
def test_what_cannot_be_read_is_left_as_it_is(body: str) -> None:
    """It is reported as damage when it is read, as before."""
    assert with_structure(body) == body


def test_a_file_of_format_2_is_migrated_by_its_next_writer(tmp_path: Path) -> None:
    """The file itself, with a backup in the format that it had."""
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for step in MIGRATIONS[:2]:
            step(connection)
        body = json.dumps({"at": DEADLINE, "findings": [FINDING]})
        connection.execute("INSERT INTO documents (name, body) VALUES (?, ?)", (DOCUMENT, body))
        connection.execute("PRAGMA user_version = 2")
    with open_store(path):
        pass
    with open_reader(path) as reader:
        snapshot = PassSnapshot.from_text(reader.document(DOCUMENT))
    assert snapshot is not None
    assert [message(found) for found in snapshot.findings] == [FINDING["message"]]
    with closing(sqlite3.connect(tmp_path / "state.db.before-4")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
