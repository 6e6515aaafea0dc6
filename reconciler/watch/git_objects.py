"""Read objects from a clone, each compared with its id: what a disk has changed is never taken for a commit's own."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from reconciler.watch.git_command import Git, GitError, pipe

Kind: TypeAlias = Literal["commit", "tree", "blob"]
_LONGEST_COMMIT = 16 * 2**20
_MOST_TREES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """One line of a tree: a file, a link, a folder or a submodule, by its mode."""

    mode: str
    name: bytes
    id: str


@dataclass(slots=True, kw_only=True)
class Objects:
    """Two `git cat-file` processes: one that gives sizes, one that gives contents."""

    sizes: subprocess.Popen[bytes]
    contents: subprocess.Popen[bytes]
    _trees: dict[str, tuple[TreeEntry, ...]] = field(default_factory=dict, init=False)

    @classmethod
    @contextmanager
    def of(cls, git: Git) -> Iterator[Objects]:
        """Open the objects of a repository."""
        with git.open("cat-file", "--batch-check") as sizes, git.open("cat-file", "--batch") as contents:
            yield cls(sizes=sizes, contents=contents)

    def size(self, id_: str, kind: Kind) -> int:
        """Return the size of an object's content. Raises `GitError` if there is no such object of this kind."""
        return self._asked(self.sizes, id_, kind)

    def content(self, id_: str, kind: Kind, limit: int) -> bytes:
        """Return a content of at most `limit` bytes. Raises `GitError` as `read` does, and for a longer one."""
        if self.size(id_, kind) > limit:
            raise GitError(f"{kind} {id_[:12]} is larger than {limit:,} bytes")
        return self.read(id_, kind)

    def read(self, id_: str, kind: Kind) -> bytes:
        """Return a content whose size the caller knows. Raises `GitError` if it is missing, or not what its id says."""
        size = self._asked(self.contents, id_, kind)
        try:
            out = pipe(self.contents.stdout)
            content, end = out.read(size), out.read(1)
        except OSError as e:
            raise GitError(f"git cat-file failed: {e.strerror}") from e
        if end != b"\n" or _id_of(content, kind, id_) != id_:
            raise GitError(f"{kind} {id_[:12]} is damaged")
        return content

    def tree(self, id_: str, limit: int) -> tuple[TreeEntry, ...]:
        """Return the lines of a tree. One that is named again and again is read once."""
        if id_ not in self._trees:
            if len(self._trees) >= _MOST_TREES:
                self._trees.clear()
            self._trees[id_] = tuple(self._lines(id_, limit))
        return self._trees[id_]

    def _lines(self, id_: str, limit: int) -> Iterator[TreeEntry]:
        content, width = self.content(id_, "tree", limit), len(id_) // 2
        start = 0
        while start < len(content):
            end = content.find(b"\0", start)
            if end < 0:
                raise GitError(f"tree {id_[:12]} is damaged")
            mode, _, name = content[start:end].partition(b" ")
            start = end + 1 + width
            yield TreeEntry(mode=mode.decode("ascii", "replace"), name=name, id=content[end + 1 : start].hex())

    def tree_of(self, commit: str) -> str:
        """Return the id of a commit's tree."""
        head = self.content(commit, "commit", _LONGEST_COMMIT).partition(b"\n")[0]
        word, _, tree = head.partition(b" ")
        if word != b"tree":
            raise GitError(f"commit {commit[:12]} is damaged")
        return tree.decode("ascii", "replace")

    def _asked(self, process: subprocess.Popen[bytes], id_: str, kind: Kind) -> int:
        try:
            to = pipe(process.stdin)
            to.write(f"{id_}\n".encode())
            to.flush()
            answer = pipe(process.stdout).readline().split()
        except OSError as e:
            raise GitError(f"git cat-file failed: {e.strerror}") from e
        if len(answer) != 3 or answer[1] != kind.encode():
            raise GitError(f"{kind} {id_[:12]} is missing: {os.fsdecode(b' '.join(answer))}")
        return int(answer[2])


def _id_of(content: bytes, kind: Kind, like: str) -> str:
    """Return the id that Git gives an object, by the hash that `like` was made with."""
    made = hashlib.sha256() if len(like) == 64 else hashlib.sha1(usedforsecurity=False)
    made.update(f"{kind} {len(content)}\0".encode())
    made.update(content)
    return made.hexdigest()
