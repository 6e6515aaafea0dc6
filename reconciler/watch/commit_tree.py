"""The manifests of one commit, read from Git's objects: nothing that lies on disk can pass for a file of the commit.

Only the names are written to disk, as a folder of placeholders and links that lives as long as it is read. The content
of a file is asked of Git when the reader wants it, within a bound. Commit, trees and files are compared with their ids.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from reconciler.manifest.files import MAX_MANIFEST, Content, Unreadable, printable, read_bytes, too_large
from reconciler.model.errors import Location, ManifestError, Problem
from reconciler.watch.git_command import Git
from reconciler.watch.git_objects import Objects

MOST_ENTRIES = 100_000
"""Files and folders below the manifests' folder; a tree may name itself a million times."""
MOST_BYTES = 256 * 2**20
"""How much of one commit is read: its manifests and the files that they name."""
_LONGEST_NAMES = 8 * 2**20
_LONGEST_TREE = 16 * 2**20
_LONGEST_LINK, _LONGEST_NAME = 4095, 255
_REGULAR, _EXECUTABLE, _LINK, _FOLDER = "100644", "100755", "120000", "40000"
_FILES = (_REGULAR, _EXECUTABLE, "100664")
_PLACEHOLDER = b"the content of this file is read from Git\n"
_LEFTOVER_SECONDS = 24 * 3600.0
_PREFIX = "reading-"
_NO_FILE = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.EEXIST, errno.ENOTDIR, errno.EISDIR})
"""What a file system says of a name that it cannot have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A folder to read. `shown` is what people call it; `content` reads its files if they are not on disk."""

    folder: Path
    shown: str | None = None
    content: Content = read_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    mode: str
    blob: str
    path: str


@contextmanager
def opened(git: Git, commit: str, path: str, home: Path) -> Iterator[Tree]:
    """Open the folder `path` of a commit for reading; its placeholders lie below `home` meanwhile.

    Raises `ManifestError` for a commit that cannot be used, whatever is tried; `GitError` if the clone is damaged;
    `OSError` if nothing can be written, or if a placeholder was removed while it was read.
    """
    _remove_leftovers(home)
    root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
    try:
        with Objects.of(git) as objects:
            entries = list(_entries(objects, commit, path))
            for entry in sorted(entries, key=lambda each: each.mode == _LINK):
                _write(root, entry, objects)
            folder = root / path
            folder.mkdir(parents=True, exist_ok=True)
            named = {entry.path: entry for entry in entries}
            reader = _Reader(root=os.path.realpath(root), entries=named, objects=objects)
            yield Tree(folder=folder, shown=path, content=reader.read)
            for entry in entries:
                if not os.path.lexists(root / entry.path):
                    raise OSError(errno.ENOENT, "was removed while it was read", str(root / entry.path))
    finally:
        shutil.rmtree(root, ignore_errors=True)


def verify(git: Git, commit: str, path: str) -> None:
    """Read all of a commit that a reader of manifests may ask for. Raises `GitError` if some of it is damaged."""
    with Objects.of(git) as objects, suppress(ManifestError):  # one that cannot be used is not damaged
        for entry in _entries(objects, commit, path):
            if objects.size(entry.blob, "blob") <= MAX_MANIFEST:
                objects.read(entry.blob, "blob")


def _unusable(path: str, why: str) -> ManifestError:
    return ManifestError([Problem(Location(file=printable(path)), why)])


def _remove_leftovers(home: Path) -> None:
    """Remove the folders of readers that were killed; one that is read now is younger."""
    old = time.time() - _LEFTOVER_SECONDS
    for folder in home.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < old:
                shutil.rmtree(folder, ignore_errors=True)


def _entries(objects: Objects, commit: str, path: str) -> Iterator[_Entry]:
    """Yield the files and links below a path, however the trees are nested."""
    folders = [(_folder(objects, commit, path), path.strip("/") if path != os.curdir else "")]
    count = length = 0
    while folders:
        tree, base = folders.pop()
        for line in objects.tree(tree, _LONGEST_TREE):
            name = os.path.join(base, os.fsdecode(line.name))
            count, length = count + 1, length + len(name)
            if count > MOST_ENTRIES or length > _LONGEST_NAMES:
                raise _unusable(path, f"more than {MOST_ENTRIES:,} files below it at {commit[:12]}: keep fewer there")
            _check_name(name, line.name)
            if line.mode == _FOLDER:
                folders.append((line.id, name))
            elif line.mode in (*_FILES, _LINK):
                yield _Entry(mode=line.mode, blob=line.id, path=name)


def _folder(objects: Objects, commit: str, path: str) -> str:
    """Return the tree of the manifests' folder, which is reached through folders alone."""
    tree = objects.tree_of(commit)
    for part in Path(path).parts:
        found = {line.name: line for line in objects.tree(tree, _LONGEST_TREE)}.get(os.fsencode(part))
        if found is None:
            raise _unusable(path, f"there is no such folder at {commit[:12]}: name the folder of manifests")
        if found.mode != _FOLDER:
            raise _unusable(path, f"is not a folder at {commit[:12]}: name the folder of manifests itself")
        tree = found.id
    return tree


def _check_name(path: str, name: bytes) -> None:
    if name.lower() in (b"", b".", b"..", b".git") or b"/" in name:
        raise _unusable(path, "a file cannot have this name: rename it")
    if len(name) > _LONGEST_NAME or len(os.fsencode(path)) > _LONGEST_LINK:
        raise _unusable(path, "this name is too long for a file: shorten it")


def _write(root: Path, entry: _Entry, objects: Objects) -> None:
    """Write a placeholder or a link; links come last, so that nothing is written through one."""
    try:
        _write_entry(root / entry.path, entry, objects)
    except OSError as e:
        if e.errno not in _NO_FILE:
            raise
        raise _unusable(entry.path, f"no file can have this name here ({e.strerror}): rename it") from e


def _write_entry(file: Path, entry: _Entry, objects: Objects) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if entry.mode != _LINK:
        file.write_bytes(_PLACEHOLDER)
        return
    usable = 0 < objects.size(entry.blob, "blob") <= _LONGEST_LINK
    target = objects.read(entry.blob, "blob") if usable else b""
    if not target or b"\0" in target:
        raise _unusable(entry.path, "a symbolic link that no file system takes: remove it")
    file.symlink_to(os.fsdecode(target))


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads files by their paths below `root`, from their blobs."""

    root: str
    entries: Mapping[str, _Entry]
    objects: Objects
    total: int = 0

    def read(self, path: str, limit: int) -> bytes:
        """Return the content of a file. Raises `Unreadable`, and `ManifestError` once the bound is reached."""
        entry = self.entries.get(os.path.relpath(os.path.realpath(path), self.root))
        if entry is None or entry.mode == _LINK:
            raise Unreadable("there is no such file")
        size = self.objects.size(entry.blob, "blob")
        if size > limit:
            raise too_large(limit)
        self.total += size
        if self.total > MOST_BYTES:
            raise _unusable(entry.path, f"the commit's manifests come to more than {MOST_BYTES // 2**20} MiB: split it")
        return self.objects.read(entry.blob, "blob")
