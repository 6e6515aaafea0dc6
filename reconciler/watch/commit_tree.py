"""The manifests of one commit, read from Git's objects: nothing that lies on disk can pass for a file of the commit.

Only the names are written to disk, as a folder of placeholders and links that lives as long as it is read. The content
of a file is asked of Git when the reader wants it, within a bound, and compared with its id.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from reconciler.manifest.files import Content, Unreadable, printable, read_bytes, too_large
from reconciler.model.errors import Location, ManifestError, Problem
from reconciler.watch.git_command import Git, GitError

MOST_FILES = 100_000
MOST_BYTES = 256 * 2**20
"""How much of one commit is read: its manifests and the files that they name."""
_LONGEST_LISTING = 32 * 2**20
_LONGEST_LINK, _LONGEST_NAME = 4095, 255
_REGULAR, _EXECUTABLE, _LINK = "100644", "100755", "120000"
_PLACEHOLDER = b"the content of this file is read from Git\n"
_LEFTOVER_SECONDS = 24 * 3600.0
_PREFIX = "reading-"


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder to read. `shown` is what people call it; `content` reads its files if they are not on disk."""

    folder: Path
    shown: str | None = None
    content: Content = read_bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    blob: str
    size: int
    path: str


@contextmanager
def opened(git: Git, commit: str, path: str, home: Path) -> Iterator[Tree]:
    """Open the folder `path` of a commit for reading; its placeholders lie below `home` meanwhile.

    Raises `ManifestError` for a commit that cannot be used, whatever is tried; `GitError` if the clone is damaged;
    `OSError` if nothing can be written.
    """
    _remove_leftovers(home)
    root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
    try:
        with _Blobs.of(git) as blobs:
            entries = {entry.path: entry for entry in _entries(git, commit, path)}
            for entry in sorted(entries.values(), key=lambda each: each.mode == _LINK):
                _write(root, entry, blobs)
            folder = root / path
            if not folder.is_dir():
                raise _unusable(path, f"there is no such folder at {commit[:12]}: name the folder of manifests")
            yield Tree(folder, path, _Reader(os.path.realpath(root), entries, blobs).read)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _unusable(path: str, why: str) -> ManifestError:
    return ManifestError([Problem(Location(printable(path)), why)])


def _remove_leftovers(home: Path) -> None:
    """Remove the folders of readers that were killed; one that is read now is younger."""
    old = time.time() - _LEFTOVER_SECONDS
    for folder in home.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < old:
                shutil.rmtree(folder, ignore_errors=True)


def _entries(git: Git, commit: str, path: str) -> Iterator[_Entry]:
    """Yield the files and links below a path. A tree may name itself a million times, so the listing has a bound."""
    arguments = ("ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", path)
    with git.open(*arguments) as process:
        listing = _bounded(_pipe(process.stdout))
        if len(listing) > _LONGEST_LISTING or listing.count(b"\0") > MOST_FILES:
            raise _unusable(
                path, f"more than {MOST_FILES:,} files below it at {commit[:12]}: keep fewer beside manifests"
            )
        if process.wait(git.silence):
            raise GitError(f"git ls-tree failed: {os.fsdecode(_pipe(process.stderr).read(4096)).strip()}")
    for line in filter(None, listing.split(b"\0")):
        about, _, name = os.fsdecode(line).partition("\t")
        mode, _, blob, size = about.split()
        _check_name(name)
        if mode in (_REGULAR, _EXECUTABLE, _LINK):
            yield _Entry(mode, blob, int(size), name)


def _bounded(pipe: IO[bytes]) -> bytes:
    """Read to the end, or until it is clear that the listing is too long."""
    listing = bytearray()
    while len(listing) <= _LONGEST_LISTING and (part := pipe.read(2**16)):
        listing += part
    return bytes(listing)


def _check_name(name: str) -> None:
    parts = PurePosixPath(name).parts
    if name.startswith("/") or {".", "..", ".git"} & {part.lower() for part in name.split("/")}:
        raise _unusable(name, "a file cannot have this name: rename it")
    if any(len(os.fsencode(part)) > _LONGEST_NAME for part in parts) or len(os.fsencode(name)) > _LONGEST_LINK:
        raise _unusable(name, "this name is too long for a file: shorten it")


def _write(root: Path, entry: _Entry, blobs: _Blobs) -> None:
    """Write a placeholder or a link; links come last, so that nothing is written through one."""
    file = root / entry.path
    file.parent.mkdir(parents=True, exist_ok=True)
    if entry.mode != _LINK:
        file.write_bytes(_PLACEHOLDER)
        return
    target = blobs.content(entry) if 0 < entry.size <= _LONGEST_LINK else b""
    if not target or b"\0" in target:
        raise _unusable(entry.path, "a symbolic link that no file system takes: remove it")
    file.symlink_to(os.fsdecode(target))


@dataclass(slots=True)
class _Reader:
    """Reads files by their paths below `root`, from their blobs."""

    root: str
    entries: Mapping[str, _Entry]
    blobs: _Blobs
    total: int = 0

    def read(self, path: str, limit: int) -> bytes:
        """Return the content of a file. Raises `Unreadable`, and `ManifestError` once the bound is reached."""
        entry = self.entries.get(os.path.relpath(os.path.realpath(path), self.root))
        if entry is None or entry.mode == _LINK:
            raise Unreadable("there is no such file")
        if entry.size > limit:
            raise too_large(limit)
        self.total += entry.size
        if self.total > MOST_BYTES:
            raise _unusable(entry.path, f"the commit's manifests come to more than {MOST_BYTES // 2**20} MiB: split it")
        return self.blobs.content(entry)


@dataclass(slots=True)
class _Blobs:
    """Asks one `git cat-file` process for blobs, one at a time."""

    process: subprocess.Popen[bytes]

    @classmethod
    @contextmanager
    def of(cls, git: Git) -> Iterator[_Blobs]:
        """Open the blobs of a repository."""
        with git.open("cat-file", "--batch") as process:
            yield cls(process)

    def content(self, entry: _Entry) -> bytes:
        """Return a blob. Raises `GitError` if the clone holds another content under its id, or none."""
        try:
            to, out = _pipe(self.process.stdin), _pipe(self.process.stdout)
            to.write(f"{entry.blob}\n".encode())
            to.flush()
            head = out.readline().split()
            content = out.read(entry.size) if head[1:] == [b"blob", str(entry.size).encode()] else None
            whole = content is not None and out.read(1) == b"\n" and _id_of(content, entry.blob) == entry.blob
        except OSError as e:
            raise GitError(f"git cat-file failed: {e.strerror}") from e
        if content is None or not whole:
            raise GitError(f"{printable(entry.path)} is damaged")
        return content


def _id_of(content: bytes, like: str) -> str:
    """Return the id that Git gives a blob, by the hash that `like` was made with."""
    made = hashlib.sha256() if len(like) == 64 else hashlib.sha1(usedforsecurity=False)
    made.update(b"blob %d\0" % len(content))
    made.update(content)
    return made.hexdigest()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "both ends of the process are pipes"
    return pipe
