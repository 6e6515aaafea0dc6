"""Where manifests come from: a folder as it lies there, or exactly one commit of a Git repository.

Both give a `Snapshot`: a mark that is another one when anything in it has changed, and a tree of files to read.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from reconciler.connect import utc_now
from reconciler.model.checkout import Checkout
from reconciler.model.errors import ConfigError
from reconciler.watch.clone import DamagedClone, Repository
from reconciler.watch.commit_tree import Tree
from reconciler.watch.git_command import Stopped

Signal = Callable[[str], None]
"""Wakes the loop, which is told why."""
MANIFESTS_CHANGED = "manifests changed"
NEW_COMMIT = "new commit"
LOOK_AGAIN_SECONDS = 5.0
"""How often a folder is looked at if the system reports no changes."""
_STEP_SECONDS = 0.25
_FIGURES = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The manifests at a moment. `fingerprint` tells it from any other; one that is `immutable` can never change."""

    fingerprint: str
    immutable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """What is known of a source: its name, when it was last read by our clock, and its newest commit.

    `problem` says why what is given may not be the latest; None if it is.
    """

    name: str
    read_at: datetime | None = None
    newest: str | None = None
    problem: str | None = None


class Source(Protocol):
    """What the loop asks for manifests."""

    def status(self) -> SourceStatus:
        """Return what is known of the source; asks nobody."""
        ...

    def look(self) -> Snapshot | None:
        """Return what is there now; None if nothing was read yet. Raises `ConfigError`, `OSError`."""
        ...

    def open(self, taken: Snapshot) -> AbstractContextManager[Tree]:
        """Open a snapshot for reading. Raises `ManifestError`, `ConfigError`, `OSError`."""
        ...

    def in_force(self, taken: Snapshot) -> None:
        """Remember across restarts that the manifests of a snapshot are in force, as far as the source can."""
        ...

    def earlier(self, taken: Snapshot) -> Iterator[Snapshot]:
        """Yield what was in force last, and then the snapshots before one, as far as the source keeps any."""
        ...

    def checkout(self, taken: Snapshot) -> Checkout | None:
        """Return where a snapshot is from, and its Git commit if it has one; None if it is no longer there."""
        ...

    def feed(self, signal: Signal, stop: threading.Event) -> None:
        """Signal whenever `look` may have something new, until stopped. Runs in a thread of its own."""
        ...


def fingerprint_of(folder: Path) -> str:
    """Return a mark of everything below a folder, or of one file: names, sizes, times, identities."""
    return "\n".join(sorted(_fingerprints(folder)))


def _fingerprints(place: Path) -> Iterator[str]:
    if not place.is_dir():
        yield _fingerprint(place)
        return
    for base, folders, files in os.walk(place):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (*files, *folders):
            if not name.startswith("."):
                yield _fingerprint(Path(base, name))


def _fingerprint(path: Path) -> str:
    try:
        status = path.stat()
    except OSError as e:
        return f"{path} {e.errno}"
    times = "" if path.is_dir() else f"{status.st_size} {status.st_mtime_ns}"
    return f"{path} {status.st_ino} {times}"


@dataclass(slots=True, kw_only=True)
class FolderSource:
    """A folder that people or `git pull` write to; `changes` blocks and yields when something below it was written.

    `checkout_of` returns what Git says of it. `tell` is called with what a person should know.
    """

    folder: Path
    changes: Callable[[Path, threading.Event], Iterator[object]]
    checkout_of: Callable[[Path], Checkout] = lambda folder: Checkout(root=os.path.realpath(folder))
    tell: Callable[[str], None] = lambda _text: None
    now: Callable[[], datetime] = utc_now
    _known: tuple[str, Checkout | None] = field(default=("", None), init=False)
    _read_at: datetime | None = field(default=None, init=False)
    _polled: bool = field(default=False, init=False)

    def status(self) -> SourceStatus:
        """Return when the folder was last looked at, and its commit as of the last pass."""
        _, known = self._known
        newest = known.commit if known is not None else None
        return SourceStatus(name=str(self.folder), read_at=self._read_at, newest=newest)

    def look(self) -> Snapshot:
        """Return the folder's mark."""
        found = Snapshot(fingerprint_of(self.folder))
        self._read_at = self.now()
        return found

    def open(self, taken: Snapshot) -> AbstractContextManager[Tree]:
        """Return the folder itself."""
        return nullcontext(Tree(folder=self.folder))

    def in_force(self, taken: Snapshot) -> None:
        """A folder keeps nothing."""

    def earlier(self, taken: Snapshot) -> Iterator[Snapshot]:
        """A folder keeps nothing that was before."""
        return iter(())

    def checkout(self, taken: Snapshot) -> Checkout | None:
        """Ask Git each time, for unchanged files can be committed. Of changed ones the last answer counts."""
        if fingerprint_of(self.folder) == taken.fingerprint:
            self._known = taken.fingerprint, self.checkout_of(self.folder)
        fingerprint, found = self._known
        return found if fingerprint == taken.fingerprint else None

    def feed(self, signal: Signal, stop: threading.Event) -> None:
        """Signal at each change. If the system reports none, ring every few seconds: the loop then compares marks."""
        while not stop.is_set():
            place = self.folder if self.folder.is_dir() else self.folder.parent
            try:
                for _ in self._changes(place, stop):
                    signal(MANIFESTS_CHANGED)
                    self._polled = False
            except Exception as e:  # watchfiles' own error is none of OSError's kinds
                self._poll(e)
                stop.wait(LOOK_AGAIN_SECONDS)
                signal(MANIFESTS_CHANGED)

    def _poll(self, error: Exception) -> None:
        if not self._polled and self.folder.exists():
            why = getattr(error, "strerror", None) or type(error).__name__
            self.tell(
                f"the system reports no changes of {self.folder} ({why}): looking every {LOOK_AGAIN_SECONDS:.0f} s. "
                "On Linux raise fs.inotify.max_user_instances and fs.inotify.max_user_watches"
            )
            self._polled = True

    def _changes(self, place: Path, stop: threading.Event) -> Iterator[object]:
        """Yield changes until another folder is put in the place of this one: its changes would not be reported.

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


@dataclass(slots=True, kw_only=True)
class GitSource:
    """The latest accepted commit of a branch: fetched every `every` seconds, accepted only if it moved forward.

    Fetching is the work of the feeding thread alone, so that a server that hangs holds up nobody else.
    """

    repository: Repository
    every: float
    tell: Callable[[str], None] = lambda _text: None
    now: Callable[[], datetime] = utc_now
    _problem: str | None = field(default=None, init=False)
    _progress: str = field(default="", init=False)
    _read_at: datetime | None = field(default=None, init=False)
    _newest: str | None = field(default=None, init=False)
    _suspected: threading.Event = field(default_factory=threading.Event, init=False)

    def status(self) -> SourceStatus:
        """Return when the remote last answered, and the branch's commit then, accepted or not."""
        name = self.repository.display_name
        if self._problem is None and self._read_at is None:
            problem = f"{name} is being fetched for the first time {self._progress}"
            return SourceStatus(name=name, problem=problem.strip())
        return SourceStatus(name=name, read_at=self._read_at, newest=self._newest, problem=self._problem)

    def look(self) -> Snapshot | None:
        """Return the last accepted commit; None before the first fetch has ended."""
        with self._clone_in_use():
            commit = self.repository.accepted()
        return Snapshot(commit, immutable=True) if commit is not None else None

    @contextmanager
    def open(self, taken: Snapshot) -> Iterator[Tree]:
        """Open the files of the commit, each read from Git."""
        with self._clone_in_use(), self.repository.tree(taken.fingerprint) as tree:
            yield tree

    def in_force(self, taken: Snapshot) -> None:
        """Write the commit down in the clone."""
        with self._clone_in_use():
            self.repository.set_in_force(taken.fingerprint)

    def earlier(self, taken: Snapshot) -> Iterator[Snapshot]:
        """Yield the commit that was in force, and then those of the branch, by first parents."""
        with self._clone_in_use():
            commits = self.repository.history(taken.fingerprint)
        return (Snapshot(commit, immutable=True) for commit in commits)

    def checkout(self, taken: Snapshot) -> Checkout:
        """Return the commit itself."""
        head, root = taken.fingerprint, os.path.normpath(self.repository.path)
        return Checkout(root=root, commit=head, is_ancestor=lambda commit: self.repository.is_ancestor(commit, head))

    @contextmanager
    def _clone_in_use(self) -> Iterator[None]:
        """Turn damage that is met on the way into a repair by the feeding thread."""
        try:
            yield
        except DamagedClone as e:
            self._suspected.set()
            raise ConfigError(f"{e}; the clone is checked, and made again if it is damaged") from e
        except Stopped as e:
            raise ConfigError(str(e)) from e

    def feed(self, signal: Signal, stop: threading.Event) -> None:
        """Fetch at once, and then every so often; signal a new commit, and a clone that was made again."""
        while not stop.is_set():
            repaired = self._suspected.is_set() and self._repaired("it could not be read")
            self._suspected.clear()
            if self.fetch() or repaired:
                signal(NEW_COMMIT)
            until = time.monotonic() + self.every
            while not self._suspected.is_set() and (left := until - time.monotonic()) > 0:
                if stop.wait(min(left, _STEP_SECONDS)):
                    return

    def fetch(self) -> bool:
        """Ask the remote; returns whether there is something to look at.

        A problem is reported once and kept in the status; the last accepted commit stays.
        """
        try:
            fetched = self.repository.fetch(self._show)
        except Stopped:
            return False
        except (ConfigError, OSError, DamagedClone) as e:
            if _alike(str(e), self._problem):
                return False
            return self.fetch() if self._repaired(str(e)) else self._failed(str(e))
        self._read_at, self._newest = self.now(), fetched.commit
        if fetched.refused is not None:
            return self._failed(fetched.refused)
        if self._problem is not None:
            self.tell(f"{self.repository.display_name} can be fetched again")
        self._problem = None
        return fetched.moved

    def _show(self, line: str) -> None:
        self._progress = f"({line})" if line else self._progress

    def _failed(self, problem: str) -> bool:
        if not _alike(problem, self._problem):
            self.tell(problem)
        self._problem = problem
        return False

    def _repaired(self, why: str) -> bool:
        """Have the clone made again if it is damaged, and say so. If that fails too, `why` stays the problem."""
        with suppress(Stopped, ConfigError, OSError):
            if self.repository.repair():
                self.tell(f"the clone of {self.repository.display_name} was damaged and is made again ({why})")
                return True
        return False


def _alike(problem: str, other: str | None) -> bool:
    """Tell whether two problems are the same but for figures: some messages say how many milliseconds it took."""
    return other is not None and _FIGURES.sub("", problem) == _FIGURES.sub("", other)
