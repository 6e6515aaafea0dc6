"""Where manifests are from: exactly a commit, or not."""

from __future__ import annotations

import pytest

from reconciler.model.checkout import Checkout


@pytest.mark.parametrize(("commit", "clean"), [("c1", "c1"), ("c1-dirty", None), (None, None)])
def test_only_a_commit_without_changes_is_one(commit: str | None, clean: str | None) -> None:
    """What differs from its commit is of none."""
    assert Checkout(root="manifests", commit=commit).clean_commit == clean


def test_without_git_nothing_is_known_of_a_commit() -> None:
    """It is neither an ancestor nor none."""
    assert Checkout(root="manifests").is_ancestor("c1") is None
