"""A team's Git repository of manifests, and the checkouts that its CI makes of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path

from tests.quarter.folder import Folder


class Repository:
    """A repository on the branch `main`, whose folder of manifests is `folder`. Commits are dated by `now`."""

    def __init__(self, top: Path, now: Callable[[], datetime]) -> None:
        self.top, self._now, self._clones = top, now, count(1)
        self.folder = Folder(top / "manifests")
        self.main: list[str] = []
        """The commits that `main` has pointed to, oldest first."""
        self._git(top, "init", "-q", "-b", "main")
        (top / ".gitignore").write_text(".reconciler/\n", encoding="utf-8")
        self.commit("Begin", author="Ann")
        self._checkout = top.parent / "runner"
        self._git(top.parent, "clone", "-q", "--shared", str(top), str(self._checkout))

    # What people do

    def commit(self, subject: str, *, author: str) -> None:
        """Commit everything that was changed."""
        self._git(self.top, "add", "-A")
        self._git(self.top, "commit", "-q", "-m", subject, author=author)
        self._note()

    def branch(self, name: str) -> None:
        """Begin a branch, and work on it."""
        self._git(self.top, "switch", "-q", "-c", name)

    def resume(self, name: str) -> None:
        """Work on a branch again."""
        self._git(self.top, "switch", "-q", name)

    def leave(self) -> str:
        """Go back to `main`, and return the commit that the branch is at."""
        head = self.head()
        self._git(self.top, "switch", "-q", "main")
        return head

    def merge(self, name: str, *, author: str) -> None:
        """Merge a branch with a merge commit."""
        self._git(self.top, "merge", "-q", "--no-ff", "-m", f"Merge {name}", name, author=author)
        self._note()

    def squash(self, name: str, *, author: str) -> None:
        """Merge a branch as one commit without its history."""
        self._git(self.top, "merge", "-q", "--squash", name)
        self._git(self.top, "commit", "-q", "-m", f"{name} (squashed)", author=author)
        self._note()

    def revert(self, commit: str, *, author: str) -> None:
        """Take a commit back."""
        self._git(self.top, "revert", "--no-edit", commit, author=author)
        self._note()

    def move(self, name: str, new: str) -> None:
        """Move a file within the folder of manifests."""
        (self.folder.path / new).parent.mkdir(parents=True, exist_ok=True)
        self._git(self.folder.path, "mv", name, new)

    def rename_folder(self, name: str) -> None:
        """Rename the whole folder of manifests; its CI reads the new one."""
        self._git(self.top, "mv", self.folder.path.name, name)
        self.folder.path = self.top / name

    def undo(self) -> None:
        """Drop what is not committed."""
        self._git(self.top, "reset", "-q", "--hard")

    # What CI does

    def head(self) -> str:
        """Return the commit that is worked on."""
        return (self.top / ".git" / self._branch()).read_text(encoding="utf-8").strip()

    def checkout(self, commit: str) -> Path:
        """Check a commit out in the runner's clone, and return its folder of manifests."""
        self._git(self._checkout, "checkout", "-q", "--force", "--detach", commit)
        (found,) = (path for path in self._checkout.iterdir() if path.is_dir() and path.name != ".git")
        return found

    def shallow(self) -> Path:
        """Clone the last commit of `main` alone, and return its folder of manifests."""
        clone = self.top.parent / f"shallow-{next(self._clones)}"
        self._git(self.top.parent, "clone", "-q", "--depth", "1", "-b", "main", f"file://{self.top}", str(clone))
        return clone / self.folder.path.name

    def _branch(self) -> str:
        return (self.top / ".git" / "HEAD").read_text(encoding="utf-8").removeprefix("ref: ").strip()

    def _note(self) -> None:
        if self._branch() == "refs/heads/main":
            self.main.append(self.head())

    def _git(self, folder: Path, *words: str, author: str = "Ann") -> str:
        date = f"{int(self._now().timestamp())} +0000"
        who = {f"GIT_{role}_{field}": value for role in ("AUTHOR", "COMMITTER") for field, value in _who(author, date)}
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **who}
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False, env={**os.environ, **own}
        )
        assert done.returncode == 0, f"git {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()


def _who(author: str, date: str) -> tuple[tuple[str, str], ...]:
    return ("NAME", author), ("EMAIL", f"{author.lower()}@example.org"), ("DATE", date)
