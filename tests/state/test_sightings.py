"""What complete listings showed is kept for one epoch: until the file is lost, restored, copied or moved."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.model.ids import AccountName, ProviderOrderId
from reconciler.model.sighting import AccountRead
from reconciler.state.epoch import remembered
from reconciler.state.store import open_reader, open_store

from .factories import AT, change, record, reference

ONE, TWO = AccountName("one"), AccountName("two")
OWNER = "acme-eo"


def read(account: AccountName = ONE, *keys: str, tenant: str = "here") -> AccountRead:
    """A complete listing that showed an order for each of these keys."""
    seen = {reference(key): ProviderOrderId(f"id-{key}") for key in keys}
    return AccountRead(account=account, tenant=tenant, complete_at=AT, sightings=seen)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state file that an account was read into, with a journal of one line."""
    path = tmp_path / "state.db"
    with open_store(path) as store:
        store.saw(OWNER, [read(ONE, "spot")])
        store.write(change())
    return path


def known(path: Path) -> set[AccountName]:
    """Return which accounts are said to have been read."""
    with open_reader(path) as reader:
        return set(reader.reads(OWNER))


def test_a_new_file_knows_of_no_reading(tmp_path: Path) -> None:
    """Neither one that does not exist nor one that was just made."""
    assert known(tmp_path / "state.db") == set()
    with open_store(tmp_path / "state.db") as store:
        assert store.reads(OWNER) == {}


def test_what_was_seen_is_read_back(state: Path) -> None:
    """By the owner and the accounts that are asked for; no other owner's."""
    with open_reader(state) as reader:
        assert reader.reads(OWNER) == {ONE: AccountRead(account=ONE, tenant="here", complete_at=AT)}
        assert reader.sightings(OWNER, [ONE]) == {reference("spot"): (ONE, "id-spot")}
        assert reader.sightings(OWNER, [TWO]) == reader.sightings("others", [ONE]) == reader.reads("others") == {}


def test_a_later_listing_replaces_an_earlier_one(state: Path) -> None:
    """What it does not show any more is not remembered."""
    with open_store(state) as store:
        store.saw(OWNER, [read(ONE, "late"), read(TWO, "other")])
        assert store.sightings(OWNER, [ONE]) == {reference("late"): (ONE, "id-late")}
        assert set(store.sightings(OWNER, [ONE, TWO])) == {reference("late"), reference("other")}


def test_the_same_listing_writes_nothing(state: Path) -> None:
    """A pass over an unchanged world leaves the file alone."""
    with closing(sqlite3.connect(state)) as other:
        version = other.execute("PRAGMA data_version").fetchone()
        with open_store(state) as store:
            store.saw(OWNER, [read(ONE, "spot")])
        assert other.execute("PRAGMA data_version").fetchone() == version


def test_an_order_that_is_forgotten_is_still_known_to_have_been_seen(state: Path) -> None:
    """Its record goes, and a dead account may still hold it."""
    from dataclasses import replace

    with open_store(state) as store:
        store.sighted(OWNER, replace(record("other"), order_id=ProviderOrderId("id-9")))
        assert store.sightings(OWNER, [ONE])[reference("other")] == (ONE, "id-9")


def restored(state: Path) -> Path:
    """Put back a copy from before the last line, into the same file."""
    copy = state.with_name("copy.db")
    with open_reader(state) as reader:
        reader.backup(copy)
    with open_store(state) as store:
        store.write(change("late"))
    with copy.open("rb") as old, state.open("wb") as file:
        shutil.copyfileobj(old, file)
    for rest in ("-wal", "-shm"):
        state.with_name(state.name + rest).unlink(missing_ok=True)
    return state


def copied(state: Path) -> Path:
    """Copy the whole folder."""
    return Path(shutil.copytree(state.parent, state.parent.with_name("copy"))) / state.name


def replaced(state: Path) -> Path:
    """Put a file of the same content in its place."""
    copy = state.with_name("copy.db")
    shutil.copyfile(state, copy)
    copy.replace(state)
    return state


def without_its_note(state: Path) -> Path:
    """Delete what is noted beside it."""
    state.with_name("state.db.seen").unlink()
    return state


def with_half_a_note(state: Path) -> Path:
    """Leave the note as a power cut may leave it."""
    state.with_name("state.db.seen").write_text("")
    return state


@pytest.mark.parametrize("change_it", [restored, copied, replaced, without_its_note, with_half_a_note])
def test_a_file_that_is_not_the_one_that_was_left_here_begins_anew(
    state: Path, change_it: Callable[[Path], Path]
) -> None:
    """Orders may have been sent that it does not know: for its reader, and from then on, nobody was read."""
    path = change_it(state)
    assert known(path) == set()
    with open_store(path) as store:
        assert store.reads(OWNER) == {}
        store.saw(OWNER, [read(TWO)])
    assert known(path) == {TWO}


def test_on_another_host_it_begins_anew(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file on a share that two hosts see is not known to be the same."""
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    assert known(state) == set()


def test_a_note_that_cannot_be_written_stops_nothing(state: Path) -> None:
    """A full disk must not come between an intent and its request; the note is then behind, which is no lie."""
    note = state.with_name("state.db.seen")
    note.unlink()
    note.mkdir()
    with open_store(state) as store:
        store.intend(change("late"), before=None)
        assert store.record(reference("late")) is not None
    assert remembered(state) is None
