"""`validate --changed-since`: what a commit touched is told, what was wrong before it is not, and nothing is hidden."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from reconciler.cli.exit_codes import Exit
from tests.support.project import Project

from .terminal import Terminal

Act = Callable[[Project], object]


def git(project: Project, *words: str) -> str:
    """Run Git in the project's folder."""
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *settings, *words], cwd=project.root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def committed(embedded: Terminal) -> Terminal:
    """A repository whose last commit holds a bad order and a good one."""
    project = embedded.project
    project.order("good")
    project.order("bad", suspent={"reason": "typo"})
    git(project, "init", "-q")
    git(project, "add", "manifests")
    git(project, "commit", "-qm", "Orders")
    return embedded


def test_what_was_wrong_before_is_not_told(committed: Terminal) -> None:
    """A pull request is not held up by what it did not touch; without the option all is told."""
    committed.project.order("more")
    assert committed.run("validate").code == Exit.INVALID
    ran = committed.run("validate", "--changed-since", "HEAD")
    assert (ran.code, ran.err) == (Exit.OK, "")


def account_removed(project: Project) -> None:
    (project.folder / "accounts" / "iceye-sim.yaml").unlink()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda p: p.order("good", suspent={"reason": "x"}), "orders/good.yaml:21:3: spec.suspent: unknown field"),
        (lambda p: p.order("new", suspent={"reason": "x"}), "orders/new.yaml"),
        (lambda p: p.order("bad", cansel={"reason": "x"}), "orders/bad.yaml"),
        (lambda p: (p.folder / "copy.yaml").write_bytes((p.folder / "orders/good.yaml").read_bytes()), "is already at"),
        (account_removed, "there is no account `iceye-sim`"),
        (lambda p: p.order("new", target={"file": "../aoi.geojson"}), "orders/new.yaml"),
    ],
)
def test_what_a_change_breaks_is_told(committed: Terminal, change: Act, told: str) -> None:
    """In the files that it touched, new ones too, and in others where it took something from them."""
    change(committed.project)
    ran = committed.run("validate", "--changed-since", "HEAD")
    assert (ran.code, told in ran.err) == (Exit.INVALID, True), ran.err
    git(committed.project, "add", "manifests")
    git(committed.project, "commit", "-qm", "Break it")
    assert committed.run("validate", "--changed-since", "HEAD~1").code == Exit.INVALID


def test_a_file_of_targets_is_one_that_was_touched(committed: Terminal) -> None:
    """Its orders stand in a manifest that was not."""
    project = committed.project
    aoi = project.folder / "orders" / "aoi.geojson"
    aoi.write_text('{"type": "Point", "coordinates": [1, 2]}', encoding="utf-8")
    project.order("good", target={"file": "aoi.geojson"})
    git(project, "add", "manifests")
    git(project, "commit", "-qm", "Take the target from a file")
    assert committed.run("validate", "--changed-since", "HEAD").code == Exit.OK
    aoi.write_text("{", encoding="utf-8")
    assert committed.run("validate", "--changed-since", "HEAD").code == Exit.INVALID
    aoi.unlink()
    assert committed.run("validate", "--changed-since", "HEAD").code == Exit.INVALID


@pytest.mark.parametrize("revision", ["nowhere", "--all", ""])
def test_a_revision_that_does_not_exist(committed: Terminal, revision: str) -> None:
    """It is told; nothing is taken as unchanged."""
    ran = committed.run("validate", f"--changed-since={revision}")
    assert (ran.code, "knows" in ran.err) == (Exit.INVALID, True), ran.err
