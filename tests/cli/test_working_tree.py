"""What Git says of a folder of manifests: its commit, its place in the working tree, and what is behind it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reconciler.cli.working_tree import checkout_of


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(
        ["git", "-C", str(folder), *who, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one manifest in `team/manifests`."""
    top = tmp_path / "repository"
    (top / "team" / "manifests").mkdir(parents=True)
    git(top, "init", "-q")
    commit(top, "a.yaml")
    return top


def commit(top: Path, name: str) -> str:
    """Commit a manifest and return the commit."""
    (top / "team" / "manifests" / name).write_text("# nothing yet\n")
    git(top, "add", "-A")
    git(top, "commit", "-qm", name)
    return git(top, "rev-parse", "HEAD")


def test_a_clean_folder_is_at_its_commit(repository: Path) -> None:
    """Its path is the one below the top of the working tree, wherever that is checked out."""
    found = checkout_of(repository / "team" / "manifests")
    head = git(repository, "rev-parse", "HEAD")
    assert (found.root, found.whole, found.commit, found.clean_commit) == ("team/manifests", True, head, head)


def test_a_link_to_the_folder_is_the_folder(repository: Path, tmp_path: Path) -> None:
    """Its real path counts."""
    (tmp_path / "link").symlink_to(repository / "team" / "manifests")
    assert checkout_of(tmp_path / "link").root == "team/manifests"


def test_changed_files_are_of_no_commit(repository: Path) -> None:
    """A new file counts as a change; one elsewhere in the repository does not."""
    (repository / "notes.md").write_text("draft")
    assert checkout_of(repository / "team" / "manifests").clean_commit is not None
    (repository / "team" / "manifests" / "b.yaml").write_text("# new\n")
    found = checkout_of(repository / "team" / "manifests")
    assert (found.commit, found.clean_commit) == (f"{git(repository, 'rev-parse', 'HEAD')}-dirty", None)


def test_a_single_file_is_not_the_whole_folder(repository: Path) -> None:
    """Other files of its folder may declare more."""
    found = checkout_of(repository / "team" / "manifests" / "a.yaml")
    assert (found.root, found.whole) == ("team/manifests/a.yaml", False)


def test_outside_git_there_is_a_path_alone(tmp_path: Path) -> None:
    """No commit is behind it, and nothing can be told of one."""
    found = checkout_of(tmp_path)
    assert (found.root, found.commit, found.is_ancestor("0" * 40)) == (str(tmp_path.resolve()), None, None)


def test_an_ancestor_is_one(repository: Path) -> None:
    """The commit before, and the commit itself; not one of another branch."""
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "-qb", "other")
    aside = commit(repository, "other.yaml")
    git(repository, "checkout", "-q", "main")
    second = commit(repository, "b.yaml")
    found = checkout_of(repository / "team" / "manifests")
    assert [found.is_ancestor(each) for each in (first, second, aside)] == [True, True, False]


def test_a_commit_that_is_not_there_tells_nothing(repository: Path) -> None:
    """As after a rewritten history whose objects were never fetched."""
    assert checkout_of(repository).is_ancestor("0" * 40) is None


def test_a_shallow_clone_never_says_no(repository: Path, tmp_path: Path) -> None:
    """What lies behind its last commit is not there to be asked."""
    first = git(repository, "rev-parse", "HEAD")
    second = commit(repository, "b.yaml")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    found = checkout_of(tmp_path / "shallow" / "team" / "manifests")
    assert (found.is_ancestor(first), found.is_ancestor(second)) == (None, True)
    git(tmp_path / "shallow", "checkout", "-q", "--orphan", "rewritten")
    git(tmp_path / "shallow", "commit", "-qm", "another history")
    assert checkout_of(tmp_path / "shallow" / "team" / "manifests").is_ancestor(second) is None
