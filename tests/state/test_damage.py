"""A state file that cannot be trusted is never used, and what to do is said."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from reconciler.model.errors import Damaged, StateError, TooNew
from reconciler.state.schema import MIGRATIONS, migrate
from reconciler.state.store import open_reader, open_store

from .factories import change, record, reference, written

NOBODY = 65534
"""The id of a user without rights, by the convention of every Linux."""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A sound file of many pages."""
    return written(tmp_path / "state.db", *(change(f"order-{number}") for number in range(60)))


def truncated(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no state file\n" * 500)


def flipped_header(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[0:16] = bytes(byte ^ 0xFF for byte in whole[0:16])
    path.write_bytes(whole)


def flipped_pages(path: Path) -> None:
    """Turn around the head of every page but the first."""
    whole = bytearray(path.read_bytes())
    for start in range(4096, len(whole), 4096):
        whole[start : start + 64] = bytes(byte ^ 0xFF for byte in whole[start : start + 64])
    path.write_bytes(whole)


def a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def another_database(path: Path) -> None:
    """A sound database that says that it is a state of this version, but has other tables."""
    path.unlink()
    connection = sqlite3.connect(path)
    connection.executescript(f"CREATE TABLE music (title TEXT); PRAGMA user_version = {len(MIGRATIONS)};")
    connection.close()


DAMAGES = [truncated, garbage, flipped_header, flipped_pages, a_directory]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("opened", [open_reader, open_store], ids=["reading", "writing"])
def test_a_damaged_file_is_not_opened(state: Path, damage: Callable[[Path], None], opened: Callable):
    """The error says where, that nothing is ordered twice, and how to go on."""
    damage(state)
    with pytest.raises(Damaged, match=r"(?s)state\.db.*Move it away and run again.*twice"), opened(state):
        pass


def test_a_damaged_file_is_left_as_it_is(state: Path):
    """What may still be saved from it is not written over."""
    truncated(state)
    before = state.read_bytes()
    with pytest.raises(Damaged), open_store(state):
        pass
    assert state.read_bytes() == before


def spoil(state: Path, statement: str) -> None:
    """Change the file behind the program's back."""
    connection = sqlite3.connect(state)
    connection.executescript(f"DROP TRIGGER journal_only_grows_u; {statement};")
    connection.close()


@pytest.mark.parametrize(
    "body", ["'{'", "'{}'", "'[]'", 'replace(body, \'"phase":null\', \'"phase":"dancing"\')'], ids=lambda body: body[:8]
)
def test_an_unreadable_record_is_damage(state: Path, body: str):
    """A record that cannot be read is never skipped: skipped, its order would look unplaced."""
    spoil(state, f"UPDATE records SET body = {body} WHERE key = 'order-7'")
    with open_reader(state) as reader:
        with pytest.raises(Damaged, match="a record that cannot be read"):
            reader.records()
        with pytest.raises(Damaged):
            reader.verify()


@pytest.mark.parametrize("column", ["kind = 'dancing'", "at = 'yesterday'", "detail = '{'", "detail = '[1]'"])
def test_an_unreadable_line_of_the_journal_is_damage(state: Path, column: str):
    """A line that cannot be read is said to be damage, for the month's spending is counted from there."""
    spoil(state, f"UPDATE journal SET {column} WHERE seq = 7")
    with open_reader(state) as reader:
        with pytest.raises(Damaged):
            reader.journal()
        with pytest.raises(Damaged):
            reader.verify()


@pytest.mark.parametrize(
    "column",
    [
        "at = 'yesterday'",
        "detail = '{'",
        'detail = replace(detail, "}", \',"commits":{"minor":"many","currency":"EUR"}}\')',
    ],
)
def test_spending_is_not_counted_from_a_damaged_journal(state: Path, column: str):
    """An amount that cannot be read is not taken for nothing."""
    spoil(state, f"UPDATE journal SET {column}")
    with open_reader(state) as reader, pytest.raises(Damaged):
        reader.committed(reader_start())


def reader_start():
    return record().intent.at.replace(day=1)


def test_text_that_is_no_text_is_damage(state: Path):
    """Bytes that are no UTF-8 are damage, and not a file that is busy."""
    spoil(state, "UPDATE records SET body = CAST(x'ff7b7d' AS TEXT) WHERE key = 'order-7'")
    with open_reader(state) as reader, pytest.raises(Damaged):
        reader.records()


def test_missing_tables_are_an_error_of_ours(state: Path):
    """A database of another program ends in our own error, with the file's name."""
    another_database(state)
    with open_reader(state) as reader, pytest.raises(StateError, match=r"state\.db"):
        reader.records()


def test_a_sound_file_verifies(state: Path):
    """Nothing is wrong with what was written by the program."""
    with open_reader(state) as reader:
        assert reader.verify() == ()


def test_an_index_that_does_not_fit_its_table_is_found(state: Path):
    """Verifying reads all of the file: an order that its index no longer leads to is found."""
    connection = sqlite3.connect(state)
    connection.executescript(
        "PRAGMA writable_schema = ON;"
        "UPDATE sqlite_schema SET sql = 'CREATE INDEX records_by_key ON records (body)' WHERE name = 'records_by_key';"
    )
    connection.close()
    with open_reader(state) as reader:
        assert reader.verify() != ()


def cut_off(path: Path) -> Path:
    """Return a copy of the files as a kill in the middle of a write leaves them: half written, the journal beside."""
    killed = path.with_name("killed.db")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1")
    connection.executescript("BEGIN; UPDATE records SET body = ''")
    for ending in ("", "-journal"):
        shutil.copy(f"{path}{ending}", f"{killed}{ending}")
    connection.close()
    return killed


def test_a_write_that_a_kill_cut_off_is_taken_back_by_the_next_reader(state: Path):
    """The file is sound: nobody is told to move it away, and what was written before is there."""
    with open_reader(state) as reader:
        before = reader.records()
    with open_reader(cut_off(state)) as reader:
        assert reader.verify() == ()
        assert reader.records() == before


@contextmanager
def unwritable(path: Path, *others: Path, mode: int = 0o444) -> Iterator[Path]:
    """Copy files to where this process may not write them; root gives its rights up until it is done."""
    user = os.geteuid()
    with TemporaryDirectory() as folder:  # other users may not enter pytest's own
        for each in (path, *others):
            shutil.copyfile(each, Path(folder) / each.name)
        theirs = Path(folder) / path.name
        theirs.chmod(mode)
        Path(folder).chmod(0o555)
        os.seteuid(user or NOBODY)
        try:
            yield theirs
        finally:
            os.seteuid(user)
            Path(folder).chmod(0o700)


def test_a_write_that_was_cut_off_is_reported_to_a_user_who_may_only_read(state: Path):
    """Nothing is damaged, and the message says who can go on."""
    half = cut_off(state)
    with (
        unwritable(half, half.with_name(f"{half.name}-journal")) as killed,
        pytest.raises(StateError, match=r"cut off.*Nothing was lost; run the command as a user who may write") as error,
        open_reader(killed),
    ):
        pass
    assert not isinstance(error.value, Damaged)


def write_ahead(path: Path) -> None:
    """Keep the file as SQLite versions do that have a safe write-ahead log: its readers write beside it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


@pytest.mark.parametrize(
    ("prepare", "mode"), [(write_ahead, 0o444), (lambda _: None, 0o000)], ids=["log", "unreadable"]
)
def test_a_file_that_this_user_may_not_open_is_not_damaged(state: Path, prepare: Callable[[Path], None], mode: int):
    """Nobody is told to move a sound file away, and with it the month's spending, because of its permissions."""
    prepare(state)
    denied = pytest.raises(StateError, match=r"state\.db cannot be opened.*Nothing was lost; run the command as a user")
    with unwritable(state, mode=mode) as theirs, denied as error, open_reader(theirs):
        pass
    assert not isinstance(error.value, Damaged)


def test_a_file_that_is_locked_is_busy_and_not_damaged(state: Path):
    """Nobody is told to move a sound file away because another process holds it."""
    with closing(sqlite3.connect(state, isolation_level=None)) as other:
        other.executescript("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE")
        busy = pytest.raises(StateError, match=r"is busy.*Nothing was lost; run the command again")
        with busy as error, open_reader(state, busy_timeout=0):
            pass
        assert not isinstance(error.value, Damaged)
    with open_reader(state, busy_timeout=0) as reader:
        assert reader.verify() == ()


def test_a_newer_file_is_not_touched(state: Path):
    """A file of a later version is neither read nor written, and the message says what to upgrade."""
    connection = sqlite3.connect(state)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.commit()
    connection.close()
    before = state.read_bytes()
    for opened in (open_reader, open_store):
        with pytest.raises(TooNew, match=r"state\.db has format .* Upgrade tasking-reconciler"), opened(state):
            pass
    assert state.read_bytes() == before


def test_an_older_file_is_read_through_a_copy(tmp_path: Path):
    """A reader brings an older file up to date in memory alone; the file stays as it is."""
    old = tmp_path / "state.db"
    sqlite3.connect(old).executescript("PRAGMA user_version = 0; VACUUM;").connection.close()
    before = old.read_bytes()
    with open_reader(old) as reader:
        assert reader.records() == {}
    assert old.read_bytes() == before


def test_an_older_file_is_brought_up_to_date_by_a_writer(tmp_path: Path):
    """A writer migrates the file itself, and what it then writes is read again."""
    old = tmp_path / "state.db"
    sqlite3.connect(old).executescript("PRAGMA user_version = 0; VACUUM;").connection.close()
    written(old)
    with open_reader(old) as reader:
        assert list(reader.records()) == [reference()]


def test_a_migration_is_whole_or_not_at_all():
    """The version moves in the transaction of its step: when a step fails, the file is as before it."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE journal (theirs TEXT)")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, "memory")
    connection.rollback()
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert "records" not in tables
    connection.close()
