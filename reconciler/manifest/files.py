"""Finding and reading manifest files: bounded, regular, inside the folder, and named as a user would type them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from reconciler.manifest.wording import one_line
from reconciler.model.errors import Location, Problem

MAX_MANIFEST = 16 * 2**20
"""Bytes of one manifest file: ten thousand orders fit."""
MAX_GEOJSON = 5 * 2**20
ENDINGS = (".yaml", ".yml")
"""Of manifests, in small or capital letters."""
_LEAVES = "a symbolic link that leaves the folder: put the file itself here"
_LEFT_OUT = ("~", ".j2", ".disabled", ".example", ".bak")
"""Endings of files that are no manifests on purpose."""


class Unreadable(Exception):
    """A file that cannot or must not be read; the message says why."""


Content: TypeAlias = Callable[[str, int], bytes]
"""Returns the bytes of a file by its path, at most so many of them. Raises `Unreadable`."""


def too_large(limit: int) -> Unreadable:
    """Return the error for a file of more than `limit` bytes."""
    return Unreadable(f"is larger than {limit // 2**20} MiB: split it")


def read_bytes(path: str, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes. Raises Unreadable."""
    try:
        # Not blocking: a named pipe among the manifests must not stop the program for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as e:
        raise Unreadable("there is no such file") from e
    except (OSError, ValueError) as e:
        raise Unreadable(f"cannot be read: {getattr(e, 'strerror', None) or 'not a possible path'}") from e
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("is not a regular file")
        if status.st_size > limit:
            raise too_large(limit)
        content = _all_of(handle, limit)
    finally:
        os.close(handle)
    if len(content) > limit:
        raise too_large(limit)
    return content


def _all_of(handle: int, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        while size <= limit and (part := os.read(handle, 2**20)):
            parts.append(part)
            size += len(part)
    except OSError as e:
        raise Unreadable(f"cannot be read: {e.strerror}") from e
    return b"".join(parts)


@dataclass(slots=True, kw_only=True)
class Folder:
    """One folder of manifests (or the folder of a single manifest) and the files found under it.

    `real` is the resolved path that nothing may leave; `shown` the one that messages and locations use. `content` reads
    its files, which need not be on disk.
    """

    real: str
    shown: str
    content: Content = read_bytes
    files: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def display(self, relative: str) -> str:
        """Return the path of a file below the folder as a user would type it, in characters that can be printed."""
        path = relative if self.shown == os.curdir else os.path.join(self.shown, relative)
        return printable(path)

    def inside(self, path: str) -> bool:
        """Tell whether a path, links resolved, still lies in the folder."""
        return within(os.path.realpath(path), self.real)


def printable(path: str) -> str:
    """Write a file name so that any terminal and any log can take it."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return one_line(text, longest=len(text))


def within(path: str, folder: str) -> bool:
    """Tell whether a normalized path is the folder or lies below it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def find(path: Path, shown: str | None = None, content: Content = read_bytes) -> Folder:
    """Find the manifests of a folder, sorted by path; or take a single file. `shown` is what messages call it."""
    typed = shown or shown_as(path)
    if path.is_dir():
        folder = Folder(real=os.path.realpath(path), shown=typed, content=content)
        folder.files.extend(_walk(folder, "", {folder.real}))
        if not folder.files and not folder.problems:
            folder.problems.append(
                Problem(Location(file=printable(typed)), "no manifests (*.yaml, *.yml) in this folder")
            )
        return folder
    folder = Folder(real=os.path.realpath(path.parent), shown=os.path.dirname(typed) or os.curdir, content=content)
    if path.exists():
        folder.files.append(path.name)
    else:
        folder.problems.append(Problem(Location(file=printable(typed)), "there is no such file or folder"))
    return folder


def shown_as(path: Path) -> str:
    """Return a path as a user would type it: relative where it lies below the current directory."""
    here = os.getcwd()
    absolute = os.path.normpath(os.path.join(here, path))
    if within(absolute, here):
        return os.path.relpath(absolute, here)
    return os.path.normpath(path)


def _walk(folder: Folder, relative: str, visited: set[str]) -> Iterator[str]:
    base = os.path.join(folder.real, relative)
    try:
        with os.scandir(base) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError as e:
        folder.problems.append(Problem(Location(file=folder.display(relative)), f"cannot be read: {e.strerror}"))
        return
    for entry in ordered:
        if entry.name.startswith(".") or entry.name.endswith(_LEFT_OUT):
            continue
        path = os.path.join(relative, entry.name)
        try:
            is_folder = entry.is_dir()
        except OSError as e:  # such as a link to itself
            folder.problems.append(Problem(Location(file=folder.display(path)), f"cannot be read: {e.strerror}"))
            continue
        if (problem := None if is_folder else _overlooked(folder, path, entry)) is not None:
            folder.problems.append(Problem(Location(file=folder.display(path)), problem))
            continue
        if not is_folder and not entry.name.lower().endswith(ENDINGS):
            continue
        if entry.is_symlink() and not _stays(folder, path):
            continue
        if not is_folder:
            yield path
        elif (real := os.path.realpath(entry.path)) not in visited:
            visited.add(real)
            yield from _walk(folder, path, visited)


def _overlooked(folder: Folder, relative: str, entry: os.DirEntry[str]) -> str | None:
    """Return why an entry that is no folder must not be passed over without a word; None if it may, or is read."""
    name = entry.name.lower()
    if entry.is_symlink() and not os.path.exists(entry.path):
        inside = folder.inside(os.path.join(folder.real, relative))
        return "a symbolic link to nothing: restore what it points to, or remove it" if inside else _LEAVES
    if not name.endswith(ENDINGS) and any(ending in name for ending in ENDINGS):
        return "looks like a manifest, and would not be read: end its name in .yaml, or in .disabled to leave it out"
    return None


def _stays(folder: Folder, relative: str) -> bool:
    if folder.inside(os.path.join(folder.real, relative)):
        return True
    folder.problems.append(Problem(Location(file=folder.display(relative)), _LEAVES))
    return False


def decoded(content: bytes) -> str:
    """Read bytes as UTF-8 text; a byte order mark is dropped. Raises Unreadable."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = content.count(b"\n", 0, e.start) + 1
        raise Unreadable(f"is not UTF-8 text (byte {e.start + 1}, in line {line}): save it as UTF-8") from e
