"""A clone of our own of somebody's repository: fetched, never pushed to, and read commit by commit.

Nothing of a working tree is used, and nothing that a repository says about itself (hooks, filters, attributes) is
heeded: a commit's files are its blobs.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reconciler.model.errors import ConfigError

_GOOD, _COMING = "refs/reconciler/good", "refs/reconciler/coming"
_PATIENCE_SECONDS = 120.0
_MOST_FILES = 100_000
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "transfer.fsckObjects": "true",
    "protocol.ext.allow": "never",
    "gc.auto": "0",
    "credential.interactive": "never",
}
_REGULAR, _EXECUTABLE, _LINK = "100644", "100755", "120000"
_PASSWORD = re.compile(r"(?<=://)[^/\s]*@")


@dataclass(frozen=True, slots=True)
class Repository:
    """One branch of a remote, and its clone below `home`. `path` is the folder of manifests inside the repository."""

    url: str
    ref: str
    path: str
    home: Path

    @property
    def shown(self) -> str:
        """How it is named in messages: no user and no password of an address."""
        return f"{without_password(self.url)} ({self.ref})"

    @property
    def _clone(self) -> Path:
        """One clone per remote and branch, so that another one never looks like a rewritten history."""
        return self.home / hashlib.sha256(f"{self.url}\n{self.ref}".encode()).hexdigest()[:16]

    @property
    def _made(self) -> bool:
        """Tell whether the clone was made to its end: its objects come last."""
        return (self._clone / "objects").exists()

    def good(self) -> str | None:
        """Return the last commit that was taken; None before the first."""
        if not self._made:
            return None
        return self._git("rev-parse", "--verify", "--quiet", f"{_GOOD}^{{commit}}", fine=(0, 1)).strip() or None

    def fetch(self) -> bool:
        """Take the branch's commit if it descends from the last one; returns whether it is another one.

        Raises `ConfigError` where nothing is taken, `OSError` where nothing can be written.
        """
        if not self._made:
            self._clone.mkdir(parents=True, exist_ok=True)
            self._git("init", "--bare", "--quiet", ".")
        refs = f"+{self._branch()}:{_COMING}"
        self._git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", self.url, refs)
        new, last = self._git("rev-parse", f"{_COMING}^{{commit}}").strip(), self.good()
        if last is not None and not self._descends(new, last):
            raise ConfigError(
                f"{self.shown} was rewritten: {new[:12]} does not descend from {last[:12]}, which stays in force. "
                f"Restore the branch; or, if the new history is meant, stop the daemon and remove {self._clone}"
            )
        self._git("update-ref", _GOOD, new)
        return new != last

    def _branch(self) -> str:
        return self.ref if self.ref.startswith("refs/") else f"refs/heads/{self.ref}"

    def _descends(self, new: str, last: str) -> bool:
        done = self._run("merge-base", "--is-ancestor", last, new)
        return done.returncode == 0

    def exported(self, commit: str) -> Path:
        """Return a folder with exactly a commit's manifests, as written by an earlier call or by this one."""
        place = self._clone / "commits" / commit
        if not place.exists():
            coming = place.with_name(f"{commit}.coming")
            shutil.rmtree(coming, ignore_errors=True)
            coming.mkdir(parents=True)
            self._write(commit, coming)
            for other in place.parent.iterdir():
                if other != coming:
                    shutil.rmtree(other, ignore_errors=True)
            coming.rename(place)
        folder = place / self.path
        if not folder.exists():
            raise ConfigError(f"{self.shown} has no {self.path} at {commit[:12]}: name the folder of manifests in it")
        return folder

    def _write(self, commit: str, target: Path) -> None:
        """Write every file; links come last, so that nothing is written through one."""
        entries = sorted(self._entries(commit), key=lambda entry: entry[0] == _LINK)
        blobs = self._blobs([name for _, name, _ in entries])
        for (mode, _, path), content in zip(entries, blobs, strict=True):
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if mode == _LINK:
                file.symlink_to(os.fsdecode(content))
            else:
                file.write_bytes(content)

    def _entries(self, commit: str) -> Iterator[tuple[str, str, PurePosixPath]]:
        told = self._git("ls-tree", "-r", "-z", "--full-tree", commit, "--", self.path)
        for number, line in enumerate(filter(None, told.split("\0"))):
            about, _, name = line.partition("\t")
            mode, _, blob = about.split(" ")
            path = PurePosixPath(name)
            if number >= _MOST_FILES or path.is_absolute() or ".." in path.parts or ".git" in path.parts:
                raise ConfigError(f"{self.shown} at {commit[:12]} cannot be written out: {name!r}")
            if mode in (_REGULAR, _EXECUTABLE, _LINK):
                yield mode, blob, path

    def _blobs(self, names: list[str]) -> Iterator[bytes]:
        asked = "".join(f"{name}\n" for name in names).encode()
        told = self._run("cat-file", "--batch", asked=asked).stdout
        start = 0
        for _ in names:
            end = told.index(b"\n", start)
            size = int(told[start:end].split(b" ")[2])
            yield told[end + 1 : end + 1 + size]
            start = end + size + 2

    def _git(self, *words: str, fine: tuple[int, ...] = (0,)) -> str:
        done = self._run(*words)
        if done.returncode not in fine:
            said = " ".join(without_password(os.fsdecode(done.stderr)).split())
            raise ConfigError(f"{self.shown}: git {words[0]} failed: {said or done.returncode}")
        return os.fsdecode(done.stdout)

    def _run(self, *words: str, asked: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_DIR")}
        surroundings |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1"}
        surroundings.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
        try:
            return subprocess.run(
                ["git", "--git-dir", ".", *settings, *words],
                cwd=self._clone,
                env=surroundings,
                input=asked,
                capture_output=True,
                timeout=_PATIENCE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as e:
            raise ConfigError(f"{self.shown}: git {words[0]} took longer than {_PATIENCE_SECONDS:.0f} s") from e
        except OSError as e:
            raise ConfigError(f"git cannot be run: {e.strerror}") from e


def without_password(text: str) -> str:
    """Return a text without the users and passwords of addresses in it."""
    return _PASSWORD.sub("", text)
