"""Pauses are written beside a run that holds the state, and heeded in the transaction of each intent."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.errors import PausedByPerson, StateError
from reconciler.model.ids import AccountName
from reconciler.model.pause import Pause
from reconciler.state.pauses import end_pauses, set_pause
from reconciler.state.store import open_reader, open_store

from .factories import AT, change, reference

ONE, TWO = AccountName("one"), AccountName("two")


def pause(account: AccountName | None = None, reason: str = "the board said no") -> Pause:
    return Pause(account=account, reason=reason, by="somebody", at=AT)


def test_a_pause_is_written_while_the_state_is_held(tmp_path: Path) -> None:
    """The next intent is not written; one for another account is, and one after the pause has ended."""
    path = tmp_path / "state.db"
    with open_store(path) as store:
        set_pause(path, pause(TWO))
        store.intend(change("first"), before=None)
        set_pause(path, pause(ONE))
        with pytest.raises(PausedByPerson, match="account one is paused since 2026-12-01T08:30:00Z by somebody: the"):
            store.intend(change("spot"), before=None)
        assert store.record(reference("spot")) is None
        assert [each.account for each in store.pauses()] == [TWO, ONE]
        assert end_pauses(path, ONE) == ((pause(ONE),), (pause(TWO),))
        store.intend(change("spot"), before=None)


def test_all_are_paused_without_a_name(tmp_path: Path) -> None:
    """Also where there was no state yet; a later reason replaces an earlier one."""
    path = tmp_path / "new" / "state.db"
    set_pause(path, pause())
    set_pause(path, pause(reason="later"))
    with open_reader(path) as reader:
        assert reader.pauses() == (pause(reason="later"),)
        assert str(reader.pauses()[0]) == "all accounts are paused since 2026-12-01T08:30:00Z by somebody: later"
        assert reader.pauses()[0].sentence == "All accounts are paused since 2026-12-01T08:30:00Z by somebody: later"
    with open_store(path) as store, pytest.raises(PausedByPerson, match="all accounts"):
        store.intend(change(), before=None)
    assert end_pauses(path, None) == ((pause(reason="later"),), ())
    assert end_pauses(path, None) == ((), ())


def test_nobody_believes_in_a_pause_that_was_not_written(tmp_path: Path) -> None:
    """A file that is no state is told, whatever is wrong with it."""
    path = tmp_path / "state.db"
    path.write_text("something else" * 100)
    with pytest.raises(StateError, match="Nothing was paused or resumed"):
        set_pause(path, pause())
