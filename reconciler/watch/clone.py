"""A clone of our own of a remote repository: fetched, never pushed to, and read commit by commit.

No working tree is used, and nothing that a repository says about itself (hooks, filters, attributes) has an effect: a
commit's files are its blobs. A clone is a copy: one that a crash or a disk has damaged is thrown away and made again.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from reconciler.model.errors import ConfigError
from reconciler.state.backup import sync
from reconciler.watch.commit_tree import Tree, opened, verify
from reconciler.watch.git_command import Git, GitError, Stopped, no_progress

_ACCEPTED, _FETCHED, _IN_FORCE = "refs/reconciler/good", "refs/reconciler/coming", "refs/reconciler/in-force"
_ANCHOR = "last-commit"
"""A file in the clone with its last accepted commit, so that a clone that replaces it goes on from there."""
MOST_HISTORY = 100
"""How many commits behind the newest are looked at for one that can be used."""
_PASSWORD = re.compile(r"(?<=://)[^/\s]*@")
_UNKNOWN = "unknown"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class DamagedClone(Exception):
    """The clone does not hold what it should; `Repository.repair` makes it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a fetch found: the branch's commit, whether it was accepted as a new one, or why it was not accepted."""

    commit: str
    moved: bool
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One branch of a remote, and its clone below `home`. `path` is the folder of manifests inside the repository.

    `stop` set ends whatever git is doing.
    """

    url: str
    ref: str
    path: str
    home: Path
    stop: threading.Event = field(default_factory=threading.Event, compare=False)

    @property
    def display_name(self) -> str:
        """How it is named in messages: no user and no password of an address."""
        return f"{without_password(self.url)} ({self.ref})"

    @property
    def clone(self) -> Path:
        """One clone per remote and branch, so that another one never looks like a rewritten history."""
        return self.home / hashlib.sha256(f"{self.url}\n{self.ref}".encode()).hexdigest()[:16]

    @property
    def _git(self) -> Git:
        return Git(folder=self.clone, stop=self.stop)

    @property
    def _made(self) -> bool:
        """Tell whether the clone was made to its end: its objects come last."""
        return (self.clone / "objects").exists()

    def accepted(self) -> str | None:
        """Return the last commit that was accepted; None before the first. Raises `DamagedClone`."""
        return self._commit_of(_ACCEPTED) or self._commit_of(self._anchor() or "")

    def _commit_of(self, name: str) -> str | None:
        if not self._made or not name:
            return None
        return self._local("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", allowed=(0, 1)) or None

    def set_in_force(self, commit: str) -> None:
        """Remember the commit whose manifests are in force. Raises `DamagedClone`."""
        if self._commit_of(_IN_FORCE) != commit:
            with self._alone():
                self._local("update-ref", _IN_FORCE, commit)

    def history(self, commit: str) -> tuple[str, ...]:
        """Return the commit in force, and then those behind `commit` by first parents. Raises `DamagedClone`.

        Which commits a branch was at is in no clone: the second parent of a merge can have been one of them.
        """
        before = self._commit_of(_IN_FORCE)
        told = self._local("rev-list", "--first-parent", f"--max-count={MOST_HISTORY + 1}", commit)
        first = [before] if before is not None and self._descends(commit, before) else []
        return (*first, *told.split()[1:])

    @contextmanager
    def tree(self, commit: str) -> Iterator[Tree]:
        """Open the manifests of a commit for reading. Raises as `commit_tree.opened` does, and `DamagedClone`."""
        try:
            with opened(self._git, commit, self.path, self.home) as tree:
                yield tree
        except Stopped:
            raise
        except GitError as e:
            raise DamagedClone(self._scrubbed(e)) from e

    def fetch(self, progress: Callable[[str], None] = no_progress) -> Fetched:
        """Fetch the branch, and accept its commit if it descends from the last one.

        Raises `ConfigError` if the remote cannot be read, `OSError` if nothing can be written, `DamagedClone`.
        """
        with self._alone():
            self._prepare()
            self._receive(progress)
            new, last = self._local("rev-parse", f"{_FETCHED}^{{commit}}"), self.accepted() or self._anchor()
            if last is None and self._anchor_path.exists():
                return Fetched(commit=new, moved=False, refused=self._unanchored(new))
            if last is not None and not self._descends(new, last):
                if not self._sound():
                    raise DamagedClone(f"{self.display_name}: the clone lacks objects")
                return Fetched(commit=new, moved=False, refused=self._rewritten(new, last))
            self._set_anchor(new)
            self._local("update-ref", _ACCEPTED, new)
        return Fetched(commit=new, moved=new != last)

    def _unanchored(self, new: str) -> str:
        return (
            f"{self.display_name}: which commit was accepted last is not known any more, for the clone was damaged; "
            f"{new[:12]} is not accepted. If it is meant, stop the daemon and remove {self.clone}"
        )

    def _rewritten(self, new: str, last: str) -> str:
        return (
            f"{self.display_name} was rewritten: {new[:12]} does not descend from {last[:12]}, which stays in force. "
            f"Restore the branch; or, if the new history is meant, stop the daemon and remove {self.clone}"
        )

    def repair(self) -> bool:
        """Throw the clone away if it is damaged; returns whether it was. Another process may have done so already."""
        with self._alone():
            if not self._made or self._sound():
                return False
            last = self._anchor()
            shutil.rmtree(self.clone)
            self.clone.mkdir(parents=True)
            self._set_anchor(last or _UNKNOWN)
            return True

    def _sound(self) -> bool:
        """Tell whether every object that the branch needs is there, and the manifests can be read.

        What a commit may hold is not judged here: a name that Git finds odd is in the history for good.
        """
        try:
            self._git.run("fsck", "--connectivity-only", "--no-dangling", "--progress", "--no-reflogs")
            if (commit := self._commit_of(_ACCEPTED)) is not None:
                verify(self._git, commit, self.path)
        except (Stopped, ConfigError):
            raise
        except (GitError, DamagedClone):
            return False
        return True

    def _prepare(self) -> None:
        """Make the clone if there is none; remove the locks of a git that was killed, for nobody else is at work."""
        if not self._made:
            self.clone.mkdir(parents=True, exist_ok=True)
            self._local("init", "--bare", "--quiet", ".")
            for made in (*self.clone.rglob("*"), self.clone):
                sync(made)
        for lock in (*self.clone.glob("*.lock"), *(self.clone / "refs").rglob("*.lock")):
            lock.unlink(missing_ok=True)

    def _receive(self, progress: Callable[[str], None]) -> None:
        branch = self.ref if self.ref.startswith("refs/") else f"refs/heads/{self.ref}"
        words = ("fetch", "--progress", "--no-tags", "--no-write-fetch-head", "--", self.url, f"+{branch}:{_FETCHED}")
        try:
            self._git.run(*words, progress=lambda line: progress(without_password(line)))
        except GitError as e:
            raise ConfigError(self._scrubbed(e)) from e

    def is_ancestor(self, commit: str, head: str) -> bool | None:
        """Tell whether a commit is an ancestor of another; None if the clone does not have it."""
        try:
            return self._ancestry(commit, head)
        except GitError:
            return None

    def _ancestry(self, commit: str, head: str) -> bool | None:
        code, _ = self._git.run("merge-base", "--is-ancestor", commit, head, allowed=(0, 1, 128))
        return {0: True, 1: False}.get(code)

    def _descends(self, new: str, last: str) -> bool:
        """Tell whether one commit is behind another; one that the clone does not have is not."""
        try:
            return self._ancestry(last, new) is True
        except GitError as e:
            raise DamagedClone(self._scrubbed(e)) from e

    @property
    def _anchor_path(self) -> Path:
        return self.clone / _ANCHOR

    def _anchor(self) -> str | None:
        """Return the last accepted commit as files say it, also of a clone that git itself cannot read."""
        for path in (self._anchor_path, self.clone / _ACCEPTED):
            with suppress(OSError, ValueError):
                text = path.read_text(encoding="ascii").strip()
                if _COMMIT.fullmatch(text):
                    return text
        return None

    def _set_anchor(self, commit: str) -> None:
        if not self._anchor_path.exists() or self._anchor() != commit:
            _write_durably(self._anchor_path, f"{commit}\n")

    def _local(self, *words: str, allowed: tuple[int, ...] = (0,)) -> str:
        """Run a command that needs no network: one that fails means that the clone is damaged."""
        try:
            return self._git.run(*words, allowed=allowed)[1]
        except Stopped:
            raise
        except GitError as e:
            raise DamagedClone(self._scrubbed(e)) from e

    def _scrubbed(self, error: Exception) -> str:
        return f"{self.display_name}: {without_password(str(error))}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the clone's lock: two daemons on one state share the clone."""
        self.home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{self.clone}.lock")
        while True:
            try:
                lock.acquire(timeout=1.0)
                break
            except Timeout:
                if self.stop.is_set():
                    raise Stopped("the daemon is stopping") from None
        try:
            yield
        finally:
            lock.release()


def without_password(text: str) -> str:
    """Return a text without the users and passwords of addresses in it."""
    return _PASSWORD.sub("", text)


def _write_durably(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, path)
    sync(path.parent)
