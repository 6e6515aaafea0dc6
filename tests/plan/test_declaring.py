"""The last commit of each folder that a state file knows."""

from __future__ import annotations

from reconciler.plan.declaring import DeclaringCommits


def test_each_folder_of_each_owner_has_its_own() -> None:
    """A newer one replaces that of the same folder alone."""
    found = DeclaringCommits().with_commit("acme manifests", "c1").with_commit("other manifests", "c9")
    found = found.with_commit("acme manifests", "c2")
    assert (found.of("acme manifests"), found.of("other manifests"), found.of("acme elsewhere")) == ("c2", "c9", None)


def test_it_reads_back_equal() -> None:
    """A state file without the document knows none."""
    found = DeclaringCommits().with_commit("acme manifests", "c1")
    assert DeclaringCommits.from_text(found.to_text()) == found
    assert DeclaringCommits.from_text(None) == DeclaringCommits()
