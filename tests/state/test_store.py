"""What is written stays written, whole or not at all, and reads back equal."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.errors import Locked, RefusalKind, StateError
from reconciler.model.finding import FindingKind
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.journal import (
    Bound,
    CountedAnew,
    CredentialsExchanged,
    Decided,
    DecisionKind,
    EventKind,
    FindingChanged,
    Forgotten,
    Intended,
    JournalEvent,
    LegacyEvent,
    LookedUp,
    ManifestChanged,
    PhaseChanged,
    Settled,
    TermDifference,
    TermsReported,
)
from reconciler.model.money import Money
from reconciler.model.order import OnDelete
from reconciler.model.outcome import Done, NotSent, OutcomeKind, Refused, Unknown
from reconciler.model.phase import Phase
from reconciler.model.record import (
    Absence,
    Call,
    Declaration,
    DeclinedAmendment,
    DeclinedAnswer,
    DeclinedCancellation,
    Intent,
    Record,
)
from reconciler.model.time import Moment
from reconciler.state.event import Change
from reconciler.state.store import open_reader, open_store

from .factories import AT, change, entry, record, reference, written

FINDING = FindingChanged(finding=FindingKind.HELD, appeared=True)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def dying() -> Change:
    """A change whose record can be written and whose entry cannot."""
    return Change(replace(entry(), at=None), record())  # type: ignore[arg-type] - that is the point


def test_a_record_and_its_event_are_written_together(state: Path):
    """After a write both are there, in this run and in the next."""
    with open_store(state) as store:
        store.write(change())
        assert store.records() == {reference(): record()}
    with open_reader(state) as reader:
        assert reader.records() == {reference(): record()}
        assert reader.journal() == (replace(entry(), seq=1),)


def test_a_death_between_record_and_event_leaves_neither(state: Path):
    """The record is put first; when the event cannot follow, the record is not there either."""
    with open_store(state) as store:
        with pytest.raises(AttributeError):
            store.write(dying())
        assert (store.records(), store.journal()) == ({}, ())
        store.write(change())
        assert len(store.journal()) == 1


def test_several_changes_are_written_together(state: Path):
    """When the last of several changes fails, none of them is there."""
    with open_store(state) as store, pytest.raises(AttributeError):
        store.write(change("north"), change("south"), dying())
    with open_reader(state) as reader:
        assert (reader.records(), reader.journal()) == ({}, ())


_DIES = """
import os, signal, sys
from pathlib import Path
from state.factories import change
from reconciler.state.store import open_store

with open_store(Path(sys.argv[1])) as store:
    store.write(change("kept"))
    store._connection.execute("BEGIN IMMEDIATE")
    store._put(change("lost"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_leaves_what_it_had_written(state: Path):
    """What a write has returned from survives a kill; what was half written is gone, and the file is sound."""
    tests = str(Path(__file__).parents[1])
    paths = os.pathsep.join([tests, *sys.path])
    died = subprocess.run([sys.executable, "-c", _DIES, str(state)], env={**os.environ, "PYTHONPATH": paths})
    assert died.returncode == -9
    with open_store(state) as store:
        assert list(store.records()) == [reference("kept")]
        assert [e.key for e in store.journal()] == ["kept"]
        assert store.verify() == ()


def test_a_write_of_nothing_is_nothing(state: Path):
    """No changes, no transaction, no event."""
    with open_store(state) as store:
        store.write()
        assert store.journal() == ()


@pytest.mark.parametrize("statement", ["UPDATE journal SET detail = '{}'", "DELETE FROM journal"])
def test_the_journal_only_grows(state: Path, statement: str):
    """The file itself refuses to change or drop a line of the journal, whoever asks."""
    written(state)
    connection = sqlite3.connect(state)
    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        connection.execute(statement)
    connection.close()


def test_forgetting_drops_the_record_and_keeps_the_journal(state: Path):
    """A forgotten order has no record any more, and its whole life is still told."""
    with open_store(state) as store:
        store.write(change())
        store.write(Change(entry(Forgotten()), None))
        assert store.records() == {}
        assert [e.kind for e in store.journal(OrderKey("spot"))] == [EventKind.INTENT, EventKind.FORGOTTEN]


def test_a_record_is_replaced_by_its_reference(state: Path):
    """One reference has one record: the latest; also where the order has got another name."""
    with open_store(state) as store:
        store.write(change("spot"))
        store.write(
            Change(entry(ManifestChanged(on_delete=OnDelete.REPORT)), replace(record("spot"), key=OrderKey("spot/1")))
        )
        assert [r.key for r in store.records().values()] == ["spot/1"]
        assert store.records_of(OrderKey("spot")) == ()


def test_attempts_are_told_latest_first(state: Path):
    """The records of one order come with the latest attempt first, and no other order's among them."""
    with open_store(state) as store:
        for attempt in (2, 1, 3):
            store.write(Change(entry(), record("spot", attempt)))
        store.write(change("other"))
        assert [r.attempt for r in store.records_of(OrderKey("spot"))] == [3, 2, 1]


def test_the_journal_of_one_order_is_its_own(state: Path):
    """Asked for one order, the journal holds that order's lines, oldest first, numbered over all orders."""
    with open_store(state) as store:
        store.write(change("north"), change("south"), change("north"))
        assert [e.seq for e in store.journal(OrderKey("north"))] == [1, 3]
        assert [e.seq for e in store.journal()] == [1, 2, 3]


def test_a_missing_file_reads_as_empty_and_is_not_created(state: Path):
    """Reading before the first pass finds nothing and leaves nothing behind."""
    with open_reader(state) as reader:
        assert (reader.records(), reader.journal(), reader.document("last pass")) == ({}, (), None)
        assert reader.verify() == ()
    assert list(state.parent.iterdir()) == []


def test_reading_changes_nothing(state: Path):
    """A reader leaves the bytes of the file as they are."""
    before = written(state).read_bytes()
    with open_reader(state) as reader:
        reader.records()
        assert reader.verify() == ()
    assert state.read_bytes() == before


def test_a_reader_cannot_write(state: Path):
    """What a reader holds is open for reading alone, down to the file."""
    written(state)
    with open_reader(state) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM records")


def test_readers_work_while_a_writer_writes(state: Path):
    """Several readers see whole changes alone, and only more and more of them, while a writer is at work."""
    written(state, change("0"))
    done = threading.Event()
    trouble: list[str] = []

    def read() -> None:
        last = 0
        while not done.is_set():
            with open_reader(state) as reader:
                known, told = len(reader.records()), len(reader.journal())
            if not last <= known <= told:
                trouble.append(f"{last} {known} {told}")
            last = known

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    with open_store(state) as store:
        for number in range(1, 40):
            store.write(change(str(number)))
    done.set()
    for reader in readers:
        reader.join()
    assert trouble == []


def test_threads_share_a_store(state: Path):
    """The threads of one pass write through one store, and every change arrives."""
    with open_store(state) as store:
        threads = [threading.Thread(target=store.write, args=[change(str(number))]) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store.journal()) == len(store.records()) == 16


def test_documents_are_kept_by_name(state: Path):
    """A document is what was stored last under its name."""
    with open_store(state) as store:
        store.put_document("last pass", "one")
        store.put_document("last pass", "two")
        store.put_document("other", "three")
    with open_reader(state) as reader:
        assert [reader.document(name) for name in ("last pass", "other", "none")] == ["two", "three", None]


def test_a_document_that_is_stored_already_is_not_written_again(state: Path):
    """A pass that finds what the last one found writes nothing; another text is written."""
    with open_store(state) as store, closing(sqlite3.connect(state)) as other:

        def writes() -> int:
            """Return a number that changes with every write of another connection."""
            return other.execute("PRAGMA data_version").fetchone()[0]

        store.put_document("last pass", "one")
        before = writes()
        store.put_document("last pass", "one")
        assert writes() == before
        store.put_document("last pass", "two")
        assert writes() != before


SENT_OR_BOUND = {EventKind.INTENT, EventKind.BOUND}


@pytest.mark.parametrize(
    "event",
    [
        Intended(call=Call.PLACE),
        Bound(),
        Settled(call=Call.PLACE, outcome=OutcomeKind.NOT_SENT),
        LookedUp(lookups=1),
        CountedAnew(ours=AT),
        CredentialsExchanged(identity="two", former="one"),
        Decided(decision=DecisionKind.NOT_CREATED),
        Forgotten(),
    ],
    ids=lambda event: event.kind,
)
def test_a_plan_is_carried_out_when_a_call_was_sent_or_an_order_bound_for_it(state: Path, event: JournalEvent):
    """An approved plan may be applied again until then; what was done for another plan does not count."""
    with open_reader(written(state, Change(entry(event), record()))) as reader:
        assert reader.carried_out("plan-1") is (event.kind in SENT_OR_BOUND)
        assert reader.carried_out("plan-2") is False


def test_a_document_and_its_events_are_written_together(state: Path):
    """Where the journal cannot be written, the document stays as it was; an event needs no record."""
    with open_store(state) as store:
        store.put_document("last pass", "one", entry(FINDING))
        with pytest.raises(StateError):
            store.put_document("last pass", "two", replace(entry(FINDING), key=None))
        assert store.document("last pass") == "one"
        assert [line.kind for line in store.journal()] == [EventKind.FINDING]
        assert store.records() == {}


def test_a_backup_is_a_whole_state(state: Path, tmp_path: Path):
    """A backup made while the writer has the file open holds everything written so far and opens as a state."""
    target = tmp_path / "copies" / "backup.db"
    with open_store(state) as store:
        store.write(change())
        store.backup(target)
    with open_store(target) as copy:
        assert copy.records() == {reference(): record()}
        assert len(copy.journal()) == 1


def test_a_backup_never_overwrites(state: Path, tmp_path: Path):
    """An existing file is left as it is, whatever it is."""
    target = tmp_path / "precious"
    target.write_text("precious")
    written(state)
    with open_reader(state) as reader, pytest.raises(StateError, match="exists already: name another file"):
        reader.backup(target)
    assert target.read_text() == "precious"


_words = st.text(st.characters(codec="utf-8"), max_size=12)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_instants = st.integers(0, 7 * 10**15).map(lambda micros: _EPOCH + timedelta(microseconds=micros))
_money = st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "credits"]))
_values = st.one_of(
    _words, st.integers(-(2**53), 2**53), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
)
_terms = st.dictionaries(_words, _values, max_size=4)
_declined = st.one_of(
    st.builds(DeclinedAnswer, answer=st.sampled_from(["choose", "accept", "reject"]), about=_words),
    st.builds(DeclinedAmendment, terms=st.dictionaries(_words, _words, max_size=3), status=_words),
    st.builds(DeclinedCancellation, status=_words),
)
_events: st.SearchStrategy[JournalEvent] = st.one_of(
    st.builds(
        Intended,
        call=st.sampled_from(Call),
        account=st.none() | _words.map(AccountName),
        attempt=st.none() | st.integers(1, 99),
        commits=st.none() | _money,
        ceiling=st.none() | _money,
        unpriced=st.booleans(),
        labels=st.none() | st.dictionaries(_words, _words, max_size=3),
        answer=st.none() | st.sampled_from(["choose", "accept", "reject"]),
        option=st.none() | _words,
        quote=st.none() | _words,
        reason=st.none() | _words,
        digest=st.none() | _words,
        legacy=st.none() | _terms,
    ),
    st.builds(
        Settled,
        call=st.sampled_from(Call),
        outcome=st.sampled_from(OutcomeKind),
        message=st.none() | _words,
        order_id=st.none() | _words.map(ProviderOrderId),
        status=st.none() | _words,
        quote=st.none() | _words,
        pending=st.booleans(),
        legacy=st.none() | _terms,
    ),
    st.builds(
        Bound, order_id=st.none() | _words.map(ProviderOrderId), status=st.none() | _words, how=st.none() | _words
    ),
    st.builds(PhaseChanged, previous=st.none() | _words, status=_words, phase=st.sampled_from(Phase)),
    st.builds(TermsReported, terms=_terms),
    st.builds(LookedUp, lookups=st.integers(0, 10**6)),
    st.builds(CountedAnew, ours=_instants),
    st.builds(CredentialsExchanged, identity=_words, former=_words),
    st.builds(ManifestChanged, on_delete=st.sampled_from(OnDelete), key=st.none() | _words.map(OrderKey)),
    st.builds(Decided, decision=st.sampled_from(DecisionKind), reason=st.none() | _words),
    st.builds(Forgotten, attempt=st.none() | st.integers(1, 99), status=st.none() | _words),
    st.builds(
        FindingChanged,
        finding=st.sampled_from(FindingKind),
        appeared=st.booleans(),
        message=st.none() | _words,
        since=st.none() | _instants,
        differences=st.none()
        | st.lists(st.builds(TermDifference, term=_words, stated=st.none() | _values), max_size=2).map(tuple),
    ),
    st.builds(LegacyEvent, original=st.sampled_from(EventKind), details=_terms),
)
_records = st.builds(
    Record,
    reference=_words.map(Reference),
    key=_words.map(OrderKey),
    attempt=st.integers(1, 99),
    account=_words.map(AccountName),
    provider=_words,
    order_id=st.none() | _words.map(ProviderOrderId),
    intent=st.none()
    | st.builds(
        Intent,
        call=st.sampled_from(Call),
        at=_instants,
        digest=_words,
        plan_id=_words,
        commits=st.none() | _money,
        ceiling=st.none() | _money,
        commit=st.none() | _words,
    ),
    outcome=st.none()
    | st.builds(Done, at=_instants, message=_words, order_id=_words.map(ProviderOrderId), pending=st.booleans())
    | st.builds(Refused, at=_instants, message=_words, refusal=st.none() | st.sampled_from(RefusalKind))
    | st.builds(NotSent, at=_instants, message=_words)
    | st.builds(Unknown, at=_instants, message=_words),
    identity=st.none() | _words,
    answered=st.none() | st.builds(Moment, _instants, _instants),
    repeats=st.integers(0, 10),
    lookups=st.integers(0, 10**6),
    phase=st.none() | st.sampled_from(Phase),
    status=st.none() | _words,
    stated=_terms,
    observed=_terms,
    on_delete=st.sampled_from(OnDelete),
    price=st.none() | _money,
    created_at=st.none() | _instants,
    seen_at=st.none() | _instants,
    declined=st.none() | _declined,
    cancel_asked_at=st.none() | _instants,
    declared=st.none()
    | st.builds(
        Declaration,
        origin=_words.map(OrderKey),
        owner=_words,
        root=st.none() | _words,
        commit=st.none() | _words,
    ),
    absent=st.none() | st.builds(Absence, since=_instants, declared_in=st.none() | _words),
)


def test_every_field_of_a_record_is_drawn():
    """The record below is drawn field by field; a new field is missing here until it is drawn too."""
    drawn = {
        "reference", "key", "attempt", "account", "provider", "identity", "order_id", "intent", "outcome", "answered",
        "repeats", "lookups",
        "phase", "status", "stated", "observed", "on_delete", "price", "created_at", "seen_at", "declined",
        "cancel_asked_at", "declared", "absent",
    }  # fmt: skip
    assert {field.name for field in fields(Record)} == drawn


@settings(derandomize=True, max_examples=20, deadline=None)
@given(known=st.lists(st.tuples(_records, _events), max_size=6, unique_by=lambda each: each[0].reference), at=_instants)
def test_everything_reads_back_equal(tmp_path_factory, known: list[tuple[Record, JournalEvent]], at: datetime):
    """Records and events of any content come back equal, each value of the type that it had."""
    state = tmp_path_factory.mktemp("round") / "state.db"
    records = [r for r, _ in known]
    entries = [replace(entry(event), at=at, seq=number) for number, (_, event) in enumerate(known, start=1)]
    written(state, *(Change(e, r) for e, r in zip(entries, records, strict=True))) if known else None
    with open_reader(state) as reader:
        assert reader.records() == {r.reference: r for r in records}
        assert [_typed(r.stated) for r in reader.records().values()] == [_typed(r.stated) for r in records]
        assert reader.journal() == tuple(entries)


def _typed(terms) -> dict[str, tuple[type, object]]:
    return {name: (type(value), value) for name, value in terms.items()}


def test_instants_keep_their_microseconds(state: Path):
    """The journal's instants are exact, and in UTC whatever the offset that they were given with."""
    fine = datetime(2026, 12, 1, 8, 30, 0, 123456, tzinfo=UTC)
    written(state, Change(replace(entry(), at=fine + timedelta(0)), record()))
    with open_reader(state) as reader:
        assert reader.journal()[0].at == fine


@pytest.mark.parametrize(
    ("held", "read"),
    [(None, record()), (record(), None), (record(), replace(record(), lookups=1))],
    ids=["gone", "new", "changed"],
)
def test_an_intent_is_not_written_over_what_another_run_wrote(tmp_path: Path, held: Record | None, read: Record | None):
    """It is compared with what was read, in the transaction that would write it."""
    with open_store(tmp_path / "state.db") as store:
        store.write(Change(entry(Bound(order_id=ProviderOrderId("T1"))), held))
        with pytest.raises(Locked, match="another run has changed what"):
            store.intend(change(), before=read)
        assert (store.record(reference()), len(store.journal())) == (held, 1)
        store.intend(change(), before=held)
        assert store.record(reference()) == change().record
