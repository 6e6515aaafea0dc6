"""The state file is deleted after each stage of each story: nothing changes at the provider, and all is found again."""

from __future__ import annotations

import importlib.util
import json
import urllib.request
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .documents import ROOT

ASKED = (([], ["waiting"]), ([], ["held"]))
"""Plans beside a cancellation that was asked for, or asked again and refused: only the state file knows of either."""


def story(name: str) -> ModuleType:
    """Load the script of a story."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / name / "story.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def asked(url: str) -> Any:
    """Read from the control API."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def plan(module: ModuleType) -> tuple[list[str], list[str]]:
    """Return the kinds of the plan's actions and findings."""
    told = json.loads(module.reconciler("plan", "manifests", "--format", "json"))["plan"]
    return [a["kind"] for a in told["actions"]], [f["kind"] for f in told["findings"]]


@pytest.mark.parametrize("name", ["up42-story", "vantor-story"])
def test_a_lost_state_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """What the provider has stays as it is; one pass finds every order again, and the next plan is what it was."""
    module, stages = story(name), []
    played = module.stage

    def stage(control: str, *told: str, **more: str) -> str:
        printed = played(control, *told, **more)
        before, orders = plan(module), asked(f"{control}/orders")
        for path in Path(".reconciler").glob("state.db*"):
            path.unlink()
        module.reconciler("reconcile", "manifests")
        assert asked(f"{control}/orders") == orders, told
        after = plan(module)
        assert "place" not in after[0], told
        stages.append((told[0], before, after))
        return str(printed)

    monkeypatch.setattr(module, "stage", stage)
    module.main()
    capsys.readouterr()
    for told, before, after in stages:
        assert after == before or (before in ASKED and after == (["cancel"], [])), told
