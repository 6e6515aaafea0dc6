"""The working tree that manifests lie in: the commit they were read at, and what was touched since another."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from reconciler.model.checkout import DIRTY, Checkout
from reconciler.model.errors import ConfigError


def git_commit(folder: Path) -> str | None:
    """Return the commit that the manifests were read at, with `-dirty` if they differ from it; None outside Git."""
    return checkout_of(folder).commit


def checkout_of(folder: Path) -> Checkout:
    """Return what Git says of a folder of manifests, or of a single file."""
    place, real = (folder if folder.is_dir() else folder.parent), os.path.realpath(folder)
    try:
        head, top = _git(place, "rev-parse", "HEAD", "--show-toplevel").split("\n")
        changed = _git(place, "status", "--porcelain", "--untracked-files=all", "--", ".")
    except (OSError, ValueError, subprocess.SubprocessError):
        return Checkout(root=real, whole=folder.is_dir())
    return Checkout(
        root=os.path.relpath(real, os.path.realpath(top)),
        whole=folder.is_dir(),
        commit=f"{head}{DIRTY}" if changed else head,
        is_ancestor=lambda commit: _is_ancestor(place, commit, head),
    )


def _is_ancestor(place: Path, commit: str, head: str) -> bool | None:
    """Tell whether a commit is an ancestor; a shallow clone can show that it is, and never that it is not."""
    try:
        if _git(place, "merge-base", "--is-ancestor", commit, head) == "":
            return True
    except subprocess.CalledProcessError as e:
        if e.returncode != 1:
            return None
    except (OSError, subprocess.SubprocessError):
        return None
    try:
        return None if _git(place, "rev-parse", "--is-shallow-repository") == "true" else False
    except (OSError, subprocess.SubprocessError):
        return None


def touched_since(folder: Path, revision: str) -> frozenset[str]:
    """Return the real paths below the folder that differ from a revision, new files too; raises `ConfigError`."""
    place = folder if folder.is_dir() else folder.parent
    try:
        top = _git(place, "rev-parse", "--show-toplevel")
        known = _git(place, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        differ = _git(place, "diff", "--name-only", "--no-renames", "-z", known, "--", ".")
        new = _git(place, "ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ".")
    except OSError as e:
        raise ConfigError(f"--changed-since: git cannot be run: {e.strerror}") from e
    except subprocess.SubprocessError as e:
        raise ConfigError(f"--changed-since: {folder} is in no Git repository that knows {revision}") from e
    return frozenset(os.path.realpath(os.path.join(top, path)) for path in f"{differ}\0{new}".split("\0") if path)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=True,
        timeout=10,
    )
    return done.stdout.strip()
