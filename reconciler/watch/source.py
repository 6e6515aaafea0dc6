"""Where manifests come from: a folder as it lies there, or exactly one commit of a Git repository.

Both give a `Snapshot`: a folder to read, and a mark that is another one when anything in it has changed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from reconciler.model.errors import ConfigError
from reconciler.watch.git import Repository

Ring = Callable[[str], None]
"""Wakes the loop, which is told why."""
MANIFESTS_CHANGED = "manifests changed"
NEW_COMMIT = "new commit"
_LOOK_AGAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folder of manifests at a moment. `mark` tells it from any other; one that is `settled` can never change.

    `shown` is what people call the folder, where this one is a copy.
    """

    folder: Path
    mark: str
    settled: bool = False
    shown: str | None = None


class Source(Protocol):
    """What the loop asks for manifests."""

    @property
    def problem(self) -> str | None:
        """Why what is given may not be the latest; None where it is."""
        ...

    def look(self) -> Snapshot:
        """Return what is there now; raises `ConfigError` where there is nothing yet."""
        ...

    def commit(self, taken: Snapshot) -> str | None:
        """Return the Git commit that a snapshot stands for, if it is known."""
        ...

    def feed(self, ring: Ring, stop: threading.Event) -> None:
        """Ring whenever `look` may have something new, until stopped. Runs in a thread of its own."""
        ...


def marked(folder: Path) -> str:
    """Return a mark of everything below a folder, or of one file: names, sizes, times, identities."""
    return "\n".join(sorted(_marks(folder)))


def _marks(place: Path) -> Iterator[str]:
    if not place.is_dir():
        yield _mark(place)
        return
    for base, folders, files in os.walk(place):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (*files, *folders):
            if not name.startswith("."):
                yield _mark(Path(base, name))


def _mark(path: Path) -> str:
    try:
        status = path.stat()
    except OSError as e:
        return f"{path} {e.errno}"
    times = "" if path.is_dir() else f"{status.st_size} {status.st_mtime_ns}"
    return f"{path} {status.st_ino} {times}"


@dataclass(slots=True)
class FolderSource:
    """A folder that people or `git pull` write to; `changes` blocks and yields when something below it was written.

    `committed` tells the commit of a checkout.
    """

    folder: Path
    changes: Callable[[Path, threading.Event], Iterator[object]]
    committed: Callable[[Path], str | None] = lambda _folder: None
    problem: str | None = field(default=None, init=False)
    _known: tuple[str, str | None] = field(default=("", None), init=False)

    def look(self) -> Snapshot:
        """Return the folder with its mark."""
        return Snapshot(self.folder, marked(self.folder))

    def commit(self, taken: Snapshot) -> str | None:
        """Ask Git anew: files that stay as they are can be committed meanwhile. Of others the last answer counts."""
        if marked(taken.folder) == taken.mark:
            self._known = taken.mark, self.committed(taken.folder)
        mark, commit = self._known
        return commit if mark == taken.mark else None

    def feed(self, ring: Ring, stop: threading.Event) -> None:
        """Ring at each change; a folder that is not there (yet, or for a moment) is waited for."""
        while not stop.is_set():
            place = self.folder if self.folder.is_dir() else self.folder.parent
            try:
                for _ in self._changes(place, stop):
                    ring(MANIFESTS_CHANGED)
            except OSError:
                stop.wait(_LOOK_AGAIN_SECONDS)
                ring(MANIFESTS_CHANGED)

    def _changes(self, place: Path, stop: threading.Event) -> Iterator[object]:
        """Yield changes until another folder is put in the place of this one: of that, the system would tell nothing.

        It is held open, so that no other one is given its number.
        """
        handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        try:
            for change in self.changes(place, stop):
                yield change
                if not os.path.samestat(os.fstat(handle), place.stat()):
                    return
        finally:
            os.close(handle)


@dataclass(slots=True)
class GitSource:
    """The latest good commit of a branch: fetched every so often, taken only where it moved forward."""

    repository: Repository
    every: float
    tell: Callable[[str], None] = lambda _text: None
    problem: str | None = field(default=None, init=False)

    def look(self) -> Snapshot:
        """Return the last good commit's manifests; at the first start the remote is asked for one."""
        commit = self.repository.good()
        if commit is None:
            self.fetch()
            commit = self.repository.good()
        if commit is None:
            raise ConfigError(self.problem or f"{self.repository.shown} has no commit yet")
        return Snapshot(self.repository.exported(commit), commit, settled=True, shown=self.repository.path)

    def commit(self, taken: Snapshot) -> str | None:
        """Return the commit that was written out."""
        return taken.mark

    def feed(self, ring: Ring, stop: threading.Event) -> None:
        """Fetch every so often; ring for a new commit."""
        while not stop.wait(self.every):
            if self.fetch():
                ring(NEW_COMMIT)

    def fetch(self) -> bool:
        """Ask the remote; returns whether there is another commit now.

        What is wrong with it is told once and kept in `problem`; the last good commit stays.
        """
        try:
            moved = self.repository.fetch()
        except (ConfigError, OSError) as e:
            if str(e) != self.problem:
                self.tell(str(e))
            self.problem = str(e)
            return False
        if self.problem is not None:
            self.tell(f"{self.repository.shown} can be fetched again")
        self.problem = None
        return moved
