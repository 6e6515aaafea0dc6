"""Which commit declared the orders of a folder last: kept for the pass that finds one of them missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.codec import Codec

DOCUMENT = "declaring commits"
"""The name that the state file keeps it under."""


@dataclass(frozen=True, slots=True)
class DeclaringCommits:
    """The commit of the last pass that read a whole folder unchanged, by the folder and its project's owner."""

    commits: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_text(cls, text: str | None) -> DeclaringCommits:
        """Read what `to_text` wrote."""
        return cls() if text is None else _CODEC.validate_json(text)

    def to_text(self) -> str:
        """Write it as a document for the state file."""
        return _CODEC.dump_json(self).decode()

    def of(self, where: str) -> str | None:
        """Return the commit of a folder, None if no pass has read it in a commit."""
        return self.commits.get(where)

    def with_commit(self, where: str, commit: str) -> DeclaringCommits:
        """Return them with a folder's newest commit."""
        return replace(self, commits={**self.commits, where: commit})


_CODEC: Codec[DeclaringCommits] = Codec(DeclaringCommits)
