"""Which folder is on record as the one that declares an order, after a pass has read it in another one."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.plan import updates_from

from .case import Case

IN_GIT = {"inGit": True, "commit": "c2"}


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        ({"root": "tasking", **IN_GIT}, "manifests", "tasking"),
        ({"root": ".", **IN_GIT}, "manifests", "."),
        ({"root": "manifests/team", **IN_GIT}, "manifests", "manifests"),
        ({"root": "tasking/a.yaml", "whole": False, **IN_GIT}, "manifests", "manifests"),
        ({"root": "tasking", "inGit": True}, "manifests", "manifests"),
        ({"root": "/srv/manifests"}, "manifests", "manifests"),
        ({"root": "/srv/new"}, "/srv/manifests", "/srv/new"),
        ({"root": "manifests", **IN_GIT}, "/srv/manifests", "manifests"),
        ({"root": "manifests", **IN_GIT}, None, "manifests"),
    ],
)
def test_a_folder_replaces_another_one_as_a_whole(source: dict[str, Any], before: str | None, after: str) -> None:
    """A part, a file, uncommitted changes and a copy outside Git keep the folder that is on record."""
    record = {"id": "T1", "onDelete": "report", "origin": "spot", "root": before, "commit": "c1"}
    case = {
        "reason": "`onDelete` was edited, so that what is remembered from Git is written again.",
        "desired": {"spot": {"onDelete": "cancel"}},
        "accounts": {"one": {"orders": {"T1": {"of": ["spot"]}}}},
        "records": {"spot": record},
        "source": source,
    }
    (update,) = updates_from(Case.model_validate(case).inputs())
    assert update.record.declared is not None
    assert (update.record.declared.root, update.record.declared.commit) == (after, "c1")
