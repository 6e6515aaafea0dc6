"""Where the manifests of a pass were read from: a folder, and its commit if it is in Git."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

DIRTY = "-dirty"


def _cannot_tell(_commit: str) -> bool | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A folder of manifests. `root` is its path below the top of its working tree; outside Git its real path.

    `whole` is False for a single file. `commit` is HEAD, with `-dirty` if the manifests differ from it; None outside
    Git. `is_ancestor` tells whether a commit is an ancestor of HEAD; None if Git cannot tell, as in a shallow clone.
    """

    root: str
    whole: bool = True
    commit: str | None = None
    is_ancestor: Callable[[str], bool | None] = _cannot_tell

    @property
    def clean_commit(self) -> str | None:
        """The commit that the manifests are exactly as in; None if there is none."""
        return self.commit if self.commit is not None and not self.commit.endswith(DIRTY) else None
