"""A good folder that each test makes worse in one way."""

from __future__ import annotations

from pathlib import Path

import pytest

from .folder import ACCOUNT, ORDER, PROJECT, Folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """`manifests/` with one project, one account and one order, below the current directory."""
    monkeypatch.chdir(tmp_path)
    made = Folder(tmp_path / "manifests")
    made.write("project.yaml", PROJECT)
    made.write("account.yaml", ACCOUNT)
    made.write("order.yaml", ORDER)
    return made
