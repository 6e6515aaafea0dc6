"""Format 1 is migrated: nothing is lost, no sum and no history changes, and a backup is made first."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.errors import Damaged, StateError
from reconciler.model.ids import OrderKey
from reconciler.model.journal import EventKind, LegacyEvent, Settled
from reconciler.plan.last_pass import DOCUMENT, PassSnapshot
from reconciler.render.document import records_document
from reconciler.render.history import attempts_told, history_lines
from reconciler.render.phrases import message, remedy
from reconciler.render.spending import spending_document, spent
from reconciler.state.format_2 import declined, typed, with_remedies
from reconciler.state.format_3 import with_structure
from reconciler.state.group_by import GroupBy
from reconciler.state.reader import StateReader
from reconciler.state.schema import MIGRATIONS, migrate
from reconciler.state.store import open_reader, open_store

GOLDEN = Path(__file__).parent / "golden"
FORMER_NAME = "door"
"""What format 1 called a remedy; the glossary avoids the word."""
WORDS = (GOLDEN / "history.txt").read_text(encoding="utf-8")
HISTORIES = dict(
    part.split("\n", 1) for part in WORDS.removeprefix("$ reconciler history ").split("$ reconciler history ")
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file of format 1, as the last version that had it wrote it."""
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((GOLDEN / "format-1.sql").read_text(encoding="utf-8"))
    return path


@pytest.fixture
def migrated(old: Path) -> Iterator[StateReader]:
    """That file after a writer has opened it."""
    with open_store(old):
        pass
    with open_reader(old) as reader:
        yield reader


def rows(path: Path) -> list[tuple[Any, ...]]:
    """Return everything in a file."""
    with closing(sqlite3.connect(path)) as connection:
        found = [connection.execute(f"SELECT * FROM {t} ORDER BY 1").fetchall() for t in ("records", "journal")]
        return [*found, connection.execute("PRAGMA user_version").fetchall()]


def test_every_stored_finding_keeps_its_remedy(old: Path, migrated: StateReader) -> None:
    """Format 1 named it otherwise; `status` shows it before any pass is made."""
    with closing(sqlite3.connect(old.with_name("state.db.before-4"))) as connection:
        ((before,),) = connection.execute("SELECT body FROM documents WHERE name = ?", (DOCUMENT,)).fetchall()
    snapshot = PassSnapshot.from_text(migrated.document(DOCUMENT))
    assert snapshot is not None
    stored = json.loads(before)["findings"]
    assert len(stored) > 3
    assert [(f.kind, f.key, message(f), remedy(f), f.subject.account) for f in snapshot.findings] == [
        (f["kind"], f["key"], f["message"], f[FORMER_NAME], f["account"]) for f in stored
    ]


@pytest.mark.parametrize("body", ["not JSON", "[]", '{"findings": 3}', '{"findings": ["x"]}'])
def test_a_document_that_cannot_be_read_is_left_as_it_is(body: str) -> None:
    """It is reported as damage when it is read, as before."""
    assert (with_remedies(body), with_structure(body)) == (body, body)


def test_the_golden_file_holds_every_kind_of_event(old: Path) -> None:
    """And every name that format 1 had in its details; what is younger has no lines."""
    with closing(sqlite3.connect(old)) as connection:
        lines = connection.execute("SELECT kind, detail FROM journal").fetchall()
    assert {kind for kind, _ in lines} == set(EventKind) - {EventKind.CLOCK, EventKind.TENANT}
    names = {name for kind, detail in lines if kind != "terms" for name, value in json.loads(detail).items() if value}
    assert names >= {
        *("call", "minor", "currency", "ceiling", "unpriced", "account", "attempt", "label.campaign", "answer"),
        *(
            "option",
            "quote",
            "reason",
            "terms",
            "outcome",
            "message",
            "orderId",
            "status",
            "how",
            "from",
            "to",
            "phase",
        ),
        *("lookups", "onDelete", "key", "decision", "finding", "change", "since", "lookSide in Git"),
        "lookSide at the provider",
    }


@pytest.mark.parametrize("by", GroupBy)
def test_sums_are_those_of_format_1(migrated: StateReader, by: GroupBy) -> None:
    """By month, account and label, what was spent is what the version before showed."""
    found = spent(migrated.spendings(), by, migrated.known_since(), month="", ceilings=())
    assert spending_document(found) == json.loads((GOLDEN / f"spend-{by}.json").read_text())


@pytest.mark.parametrize("key", HISTORIES)
def test_histories_are_those_of_format_1(migrated: StateReader, key: str) -> None:
    """Each order's history reads as the version before showed it."""
    entries = migrated.journal(OrderKey(key))
    lines = history_lines(entries, attempts_told(migrated.records_of(OrderKey(key)), entries))
    assert [line.text for line in lines] == HISTORIES[key].strip().split("\n")


def test_every_line_becomes_a_typed_event(migrated: StateReader) -> None:
    """What the version before wrote fits, with nothing left over."""
    events = [entry.event for entry in migrated.journal()]
    assert not [event for event in events if isinstance(event, LegacyEvent) or event.legacy is not None]
    assert sum(isinstance(event, Settled) and event.pending for event in events) == 2
    assert {entry.seq for entry in migrated.journal()} == set(range(1, len(events) + 1))


def test_records_are_those_of_format_1(migrated: StateReader) -> None:
    """But for what was declined, which is data now, fields that an outcome cannot have, and new ones."""
    before = json.loads((GOLDEN / "status.json").read_text())["records"]
    after = {record["reference"]: record for record in records_document(tuple(migrated.records().values()))}
    texts = {record.reference: str(record.declined) for record in migrated.records().values() if record.declined}
    assert texts == {record["reference"]: record["declined"] for record in before if record["declined"]}
    for record in before:
        now = after[record["reference"]]
        new = {"declared": None, "absent": None, "answered": None, "repeats": 0, "identity": None}
        assert now == {**record, **new, "outcome": now["outcome"], "declined": now["declined"]}
        assert stated(now["outcome"]) == stated(record["outcome"])


def stated(outcome: dict[str, Any] | None) -> dict[str, Any]:
    """Return what an outcome says: what it has no value for is left out since format 2."""
    return {name: value for name, value in (outcome or {}).items() if value not in (None, False)}


def test_a_reader_writes_nothing(old: Path) -> None:
    """It migrates a copy in memory: the file stays as it is, and no backup is made."""
    before = old.read_bytes()
    with open_reader(old) as reader:
        assert len(reader.journal()) == 165
        assert reader.verify() == ()
    assert old.read_bytes() == before
    assert list(old.parent.iterdir()) == [old]


def test_a_backup_is_made_before_a_migration(old: Path) -> None:
    """Beside the file, whole, and in the format that it had."""
    before = rows(old)
    with open_store(old) as store:
        store.write()
    assert rows(old.with_name("state.db.before-4")) == before
    assert rows(old)[-1] == [(len(MIGRATIONS),)]


def test_a_backup_never_overwrites_another_one(old: Path) -> None:
    """A file of that name stays as it is, and the backup gets a number."""
    precious = old.with_name("state.db.before-4")
    precious.write_text("precious")
    before = rows(old)
    with open_store(old):
        pass
    assert precious.read_text() == "precious"
    assert rows(old.with_name("state.db.before-4-2")) == before


def test_without_a_backup_nothing_is_migrated(old: Path) -> None:
    """The error says what could not be written and what to do."""
    old.with_name(".state.db.before-4.new").mkdir()
    before = rows(old)
    with pytest.raises(StateError, match=r"was not migrated, for its backup .* could not be written"), open_store(old):
        pass
    assert rows(old) == before


def test_a_new_file_has_no_backup(tmp_path: Path) -> None:
    """There is nothing to lose."""
    with open_store(tmp_path / "state.db"):
        pass
    assert not list(tmp_path.glob("*before*"))


class Dying(sqlite3.Connection):
    """A connection whose process is killed before a statement, counted from 1."""

    left = 0

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        """Run the statement, unless it is the last."""
        self.left -= 1
        if not self.left:
            os._exit(9)
        return super().execute(*arguments)


def killed(path: Path, statement: int) -> bool:
    """Migrate in a process of its own that dies before a statement; tell whether it came that far."""
    child = os.fork()
    if not child:
        connection = sqlite3.connect(path, factory=Dying, isolation_level=None)
        connection.left = statement
        migrate(connection, str(path))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


STATEMENTS = 165 + 20 + 15
"""An update a line and a record, and what opens and closes the transaction."""


# The child process only migrates and dies: no lock that a thread of the parent held is of use to it.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("statement", [*range(1, 8), *range(8, STATEMENTS, 23), *range(172, 192)])
def test_a_migration_that_is_killed_is_made_later(old: Path, statement: int) -> None:
    """Each step is made whole or not at all; what is left is read, and migrated by the next writer."""
    before = rows(old)
    died = killed(old, statement)
    after = rows(old)
    if died and after[-1] == before[-1]:
        assert after == before
    with open_reader(old) as reader:
        entries, known = reader.journal(), reader.records()
    with open_store(old) as store:
        assert (store.journal(), store.records(), store.verify()) == (entries, known, ())


def test_a_migration_that_was_interrupted_leaves_one_backup(old: Path) -> None:
    """The copy that it made is the one that the next run would make."""
    with open_store(old):
        pass
    backup = old.with_name("state.db.before-4")
    old.unlink()
    old.write_bytes(backup.read_bytes())
    with open_store(old):
        pass
    assert [path.name for path in old.parent.glob("*before*")] == [backup.name]


def test_the_journal_only_grows_after_a_migration(old: Path) -> None:
    """The trigger that was dropped for it is back."""
    with open_store(old):
        pass
    with closing(sqlite3.connect(old)) as connection, pytest.raises(sqlite3.IntegrityError, match="only grows"):
        connection.execute("UPDATE journal SET detail = '{}'")


def as_event(kind: str, **details: Any) -> dict[str, Any]:
    """Return what a line of format 1 becomes."""
    written = typed(kind, json.dumps(details))
    assert written is not None
    return dict(json.loads(written))


ODD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "an older version named neither account nor attempt": (
        as_event("intent", call="place", minor=5, currency="EUR"),
        {"call": "place", "commits": {"minor": 5, "currency": "EUR"}, "unpriced": False, "kind": "intent"},
    ),
    "a call that is not named is the placing one": (
        as_event("outcome", outcome="refused"),
        {"call": "place", "outcome": "refused", "pending": False, "kind": "outcome"},
    ),
    "a name that no field has": (
        as_event("lookup", lookups=1, color="red"),
        {"legacy": {"color": "red"}, "lookups": 1, "kind": "lookup"},
    ),
    "a ceiling that is no amount": (
        as_event("intent", ceiling="EUR 1.2.3"),
        {"legacy": {"ceiling": "EUR 1.2.3"}, "call": "place", "unpriced": False, "kind": "intent"},
    ),
    "a ceiling in yen": (
        as_event("intent", ceiling="JPY 3,000"),
        {"call": "place", "ceiling": {"minor": 3000, "currency": "JPY"}, "unpriced": False, "kind": "intent"},
    ),
    "a phase that is not known": (
        as_event("phase", to="X", phase="dancing"),
        {"original": "phase", "details": {"to": "X", "phase": "dancing"}, "kind": "legacy"},
    ),
    "an order that was bound without a word": (as_event("bound"), {"kind": "bound"}),
    "a decision that took nothing back": (
        as_event("decision", decision="not created"),
        {"original": "decision", "details": {"decision": "not created"}, "kind": "legacy"},
    ),
    "a decision with another outcome than it has": (
        as_event("decision", decision="not created", outcome="unknown"),
        {"original": "decision", "details": {"decision": "not created", "outcome": "unknown"}, "kind": "legacy"},
    ),
    "an order that was forgotten by another decision": (
        as_event("forgotten", decision="adopt", attempt=1),
        {"original": "forgotten", "details": {"decision": "adopt", "attempt": 1}, "kind": "legacy"},
    ),
    "a finding that neither appeared nor went": (
        as_event("finding", finding="held", change="grew"),
        {"original": "finding", "details": {"finding": "held", "change": "grew"}, "kind": "legacy"},
    ),
}


@pytest.mark.parametrize(("event", "expected"), ODD.values(), ids=ODD.keys())
def test_odd_lines_are_kept(event: dict[str, Any], expected: dict[str, Any]) -> None:
    """Every value of an older line is somewhere in the event that it becomes."""
    assert event == expected


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("dancing", "{}"),
        ("intent", "{"),
        ("intent", '{"minor": "many", "currency": "EUR"}'),
        ("intent", '{"minor": 5}'),
    ],
)
def test_a_line_that_could_not_be_read_still_cannot(old: Path, kind: str, detail: str) -> None:
    """It is left as it is, the rest is migrated, and spending is never counted without it."""
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript("DROP TRIGGER journal_only_grows_u")
        connection.execute("UPDATE journal SET kind = ?, detail = ? WHERE seq = 2", (kind, detail))
        connection.executescript(
            "CREATE TRIGGER journal_only_grows_u BEFORE UPDATE ON journal"
            " BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END"
        )
    with open_store(old) as store:
        assert len(store.records()) == 20
        with pytest.raises(Damaged):
            store.journal()
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT detail FROM journal WHERE seq = 2").fetchone() == (detail,)


def test_a_record_that_could_not_be_read_still_cannot(old: Path) -> None:
    """It is left as it is and reported as damage; the journal is migrated."""
    with closing(sqlite3.connect(old)) as connection, connection:
        reference, *_ = connection.execute("SELECT reference FROM records ORDER BY reference").fetchone()
        connection.execute("UPDATE records SET body = '{' WHERE reference = ?", (reference,))
    with open_store(old) as store:
        assert len(store.journal()) == 165
        with pytest.raises(Damaged, match="holds a record that cannot be read"):
            store.records()
    with closing(sqlite3.connect(old)) as connection:
        left = connection.execute("SELECT body FROM records WHERE reference = ?", (reference,))
        assert left.fetchone() == ("{",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("accept Q1", {"kind": "answer", "answer": "accept", "about": "Q1"}),
        ("cancel it while IN PROGRESS", {"kind": "cancellation", "status": "IN PROGRESS"}),
        (
            "set end to 2026-12-18T00:00:00Z and cloud to 20 while NEW",
            {"kind": "amendment", "terms": {"end": "2026-12-18T00:00:00Z", "cloud": "20"}, "status": "NEW"},
        ),
        ("dance", None),
    ],
)
def test_what_was_declined_becomes_data(text: str, expected: dict[str, Any] | None) -> None:
    """Each sentence that format 1 wrote names one change."""
    assert declined(text) == expected
