"""Situations in which a manifest is missing: from a commit, from a history that is cut off, from another folder."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

from reconciler.plan import causes as c
from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.support.project import Project, window

from .doubt import SETTLED
from .situation import Act, Situation, way

P, K = Purpose, FindingKind
ON_PURPOSE: dict[str, Any] = {"lifecycle": {"onDelete": "cancel"}}


def git(project: Project, *words: str) -> None:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", "-C", str(project.root), *who, *words], check=True, capture_output=True)


def commit(project: Project) -> None:
    git(project, "add", "manifests")
    git(project, "commit", "-qm", "Orders")


def committed(project: Project) -> None:
    """Two orders of a commit, one of which is canceled if its manifest is removed."""
    project.order(**ON_PURPOSE)
    project.order("bob")
    git(project, "init", "-q")
    commit(project)
    project.reconcile()


def uncommitted(project: Project) -> None:
    committed(project)
    project.remove()
    project.reconcile()


def shallow(project: Project) -> None:
    """Removed in a later commit, of which alone is known here."""
    committed(project)
    project.remove()
    commit(project)
    upstream, clone = project.root / "upstream", project.root / "clone"
    git(project, "clone", "-q", "--bare", ".", str(upstream))
    git(project, "clone", "-q", "--depth", "1", f"file://{upstream}", str(clone))
    shutil.rmtree(project.root / ".git")
    shutil.move(clone / ".git", project.root / ".git")
    project.reconcile()


def rewritten(project: Project) -> None:
    committed(project)
    project.remove()
    git(project, "checkout", "-q", "--orphan", "another")
    commit(project)
    project.reconcile()


def never_committed(project: Project) -> None:
    project.order("bob")
    git(project, "init", "-q")
    commit(project)
    project.order(**ON_PURPOSE)
    project.reconcile()
    project.remove()
    project.reconcile()


def no_longer_in_git(project: Project) -> None:
    committed(project)
    project.remove()
    shutil.rmtree(project.root / ".git")
    project.reconcile()


def another_folder(project: Project) -> None:
    """It was declared in a folder of another name."""
    project.order(**ON_PURPOSE)
    project.order("bob")
    here, project.folder = project.folder, project.root / "first"
    here.rename(project.folder)
    project.reconcile()
    project.folder.rename(here)
    project.folder = here
    project.remove()
    project.reconcile()


def beside_a_prepared_one(project: Project) -> None:
    """Removed while the next order of its place waits for its window, which overlaps."""
    project.order(window=window(5, 13), **ON_PURPOSE)
    project.order("bob", place_of="alice", window=window(12, 20))
    project.reconcile()
    project.remove()
    project.reconcile()


def restored_beside_it(project: Project) -> None:
    project.order(window=window(5, 13), **ON_PURPOSE)


def restored(project: Project) -> None:
    project.order(**ON_PURPOSE)


def canceled(project: Project) -> None:
    project.order(**ON_PURPOSE, cancel={"reason": "no longer needed"})


def _unproven(comes: Act, purpose: Purpose, act: Act) -> Situation:
    ways = way(purpose, act=act, ends=1), way(P.RESTORE_MANIFEST, act=restored), way(P.STOP_WATCHING)
    return Situation(comes=comes, cause=c.Orphaned, kind=K.ORPHANED, ways=ways)


SITUATIONS = {
    "removed without a commit": _unproven(uncommitted, P.COMMIT_CHANGES, commit),
    "removed in a history that is cut off": _unproven(
        shallow, P.FETCH_HISTORY, lambda p: git(p, "fetch", "-q", "--unshallow", "origin")
    ),
    "removed in another history": _unproven(rewritten, P.CANCEL_IN_GIT, canceled),
    "removed and never committed": _unproven(never_committed, P.CANCEL_IN_GIT, canceled),
    "removed, and Git is gone": _unproven(no_longer_in_git, P.CANCEL_IN_GIT, canceled),
    "removed from another folder": _unproven(another_folder, P.CANCEL_IN_GIT, canceled),
    "removed beside a prepared one": Situation(
        comes=beside_a_prepared_one,
        cause=c.Orphaned,
        kind=K.ORPHANED,
        ways=(
            way(P.KEEP_NAME, leaves={("bob", K.DRIFTED): "its window was edited after placing"}),
            way(P.RESTORE_MANIFEST, act=restored_beside_it),
            way(P.STOP_WATCHING),
            way(P.BOTH_MEANT, ends=1, pace=SETTLED),
        ),
    ),
}
