"""The floors: the contracts hold, and a wrong import in each room is caught."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

# Room, and a module of another one that it must not import. A room that is one file is named with `.py`.
WRONG: Mapping[str, tuple[str, ...]] = {
    "model": ("reconciler.plan.world", "os", "httpx", "logging", "yaml"),
    "plan": ("reconciler.state.store", "reconciler.providers.base", "sqlite3", "time", "random", "pathlib"),
    "manifest": ("reconciler.providers.registry", "reconciler.plan.world", "httpx"),
    "state": ("reconciler.plan.planner", "reconciler.manifest.loading", "httpx"),
    "providers": ("reconciler.plan.world", "reconciler.state.store", "reconciler.simulator.server"),
    "providers/iceye": ("reconciler.apply", "reconciler.connect", "httpx"),
    "simulator": ("reconciler.model.money", "reconciler.providers.base", "httpx"),
    "render": ("reconciler.apply", "reconciler.reconcile", "httpx"),
    "page": ("reconciler.render.text", "reconciler.reconcile", "httpx"),
    "apply": ("reconciler.observe", "reconciler.reconcile", "reconciler.render.text", "httpx"),
    "observe.py": ("reconciler.apply", "reconciler.connect", "httpx"),
    "connect.py": ("reconciler.observe", "reconciler.desired", "httpx"),
    "desired.py": ("reconciler.connect", "reconciler.cli.app", "httpx"),
    "reconcile.py": ("reconciler.decide", "reconciler.cli.app", "httpx"),
    "decide.py": ("reconciler.reconcile", "reconciler.cli.codes", "httpx"),
    "importing.py": ("reconciler.decide", "reconciler.cli.codes", "httpx"),
    "watch": ("reconciler.cli.app", "reconciler.apply", "reconciler.providers.base", "httpx"),
    "cli": ("httpx",),
    "new_room": ("reconciler.model.money",),
}
CASES = [(room, target) for room, targets in WRONG.items() for target in targets]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter of imports in a folder."""
    return subprocess.run([LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def breach(package: Path, room: str, targets: tuple[str, ...]) -> None:
    """Add wrong imports to a room: at the end of its one file, or in a module of its own."""
    place = package / room
    if place.suffix:
        place.write_text(place.read_text() + "\n" + "\n".join(f"import {target}" for target in targets) + "\n")
        return
    place.mkdir(exist_ok=True)
    init = place / "__init__.py"
    init.touch()
    (place / "breach.py").write_text("".join(f"import {target}\n" for target in targets))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the linter says of a copy of the house in which every wall is breached."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "reconciler", folder / "reconciler", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for room, targets in WRONG.items():
        breach(folder / "reconciler", room, targets)
    done = lint(folder)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_the_contracts_hold() -> None:
    """The house as it stands has no wrong import."""
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("room", "target"), [case for case in CASES if case[0] != "new_room"])
def test_a_wrong_import_is_caught(told: str, room: str, target: str) -> None:
    """The linter names the module and the import."""
    name = room.removesuffix(".py").replace("/", ".")
    module = f"reconciler.{name}" if room.endswith(".py") else f"reconciler.{name}.breach"
    lines = [line for line in told.splitlines() if module in line and target.partition(".")[0] in line]
    assert any(f"{module} -> {target}" in line for line in lines), "\n".join(lines) or "not named at all"


def test_a_room_without_a_floor_is_caught(told: str) -> None:
    """A new room must be given its floor before it is used."""
    assert "new_room" in told


def test_every_room_is_tried() -> None:
    """Each room and each file of the package stands in the table above."""
    package = ROOT / "reconciler"
    rooms = {path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    files = {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    assert rooms | files == {room for room in WRONG if "/" not in room} - {"new_room"}
