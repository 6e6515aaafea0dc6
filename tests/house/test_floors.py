"""The floors and the layers inside the rooms: the contracts hold, and a wrong import is caught everywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

# Room, and a module of another one that it must not import. A room that is one file is named with `.py`.
WRONG: Mapping[str, tuple[str, ...]] = {
    "model": ("reconciler.plan.inputs", "os", "httpx", "logging", "yaml"),
    "plan": ("reconciler.state.store", "reconciler.providers.base", "sqlite3", "time", "random", "pathlib"),
    "manifest": ("reconciler.providers.registry", "reconciler.plan.inputs", "httpx"),
    "state": ("reconciler.plan.planner", "reconciler.manifest.loading", "httpx"),
    "providers": ("reconciler.plan.inputs", "reconciler.state.store", "reconciler.simulator.server"),
    "providers/iceye": ("reconciler.apply", "reconciler.connect", "httpx"),
    "simulator": ("reconciler.model.money", "reconciler.providers.base", "reconciler.new_room", "httpx"),
    "render": ("reconciler.apply", "reconciler.reconcile", "httpx"),
    "page": ("reconciler.reconcile", "httpx"),
    "apply": ("reconciler.observe", "reconciler.reconcile", "reconciler.render.text", "httpx"),
    "observe.py": ("reconciler.apply", "reconciler.connect", "httpx"),
    "connect.py": ("reconciler.observe", "reconciler.desired", "httpx"),
    "desired.py": ("reconciler.connect", "reconciler.cli.app", "httpx"),
    "reconcile.py": ("reconciler.decide", "reconciler.cli.app", "httpx"),
    "decide.py": ("reconciler.reconcile", "reconciler.cli.exit_codes", "httpx"),
    "importing.py": ("reconciler.decide", "reconciler.cli.exit_codes", "httpx"),
    "watch": ("reconciler.cli.app", "reconciler.apply", "reconciler.providers.base", "httpx"),
    "cli": ("httpx",),
    "new_room": ("httpx",),
}
CASES = [(room, target) for room, targets in WRONG.items() for target in targets]

# A module, and one that it must not import: of a higher layer of its package, or beside it in its own layer.
UPWARD: Sequence[tuple[str, str]] = (
    ("plan.findings", "plan.gates"),
    ("plan.inputs", "plan.planner"),
    ("plan.judge", "plan.holds"),
    ("watch.git_command", "watch.commit_tree"),
    ("watch.source", "watch.acceptance"),
    ("watch.server", "watch.loop"),
    ("cli.output", "cli.options"),
    ("cli.passes", "cli.watch"),
    ("cli.plan", "cli.reconcile"),
    ("providers.base", "providers.http"),
    ("providers.http", "providers.registry"),
    ("providers.up42.orders", "providers.iceye.pages"),
    ("providers.iceye.guard", "providers.iceye.driver"),
    ("providers.iceye.schemas", "providers.iceye.terms"),
    ("providers.up42.terms", "providers.up42.parse"),
    ("providers.up42.draft", "providers.up42.advice"),
    ("providers.vantor.parse", "providers.vantor.draft"),
    ("providers.vantor.advice", "providers.vantor.orders"),
    ("providers.acme.terms", "providers.acme.driver"),
    ("simulator.store", "simulator.faults"),
    ("simulator.messages", "simulator.app"),
    ("simulator.vantor.dates", "simulator.iceye.errors"),
    ("simulator.iceye.validation", "simulator.iceye.tasks"),
    ("simulator.up42.credits", "simulator.up42.placing"),
    ("simulator.vantor.order", "simulator.vantor.life"),
    ("simulator.acme.errors", "simulator.acme.ordering"),
)
NEW_PACKAGES = ("providers.acme", "simulator.acme")
"""Providers that no contract names."""
LAYERED = (
    *("plan", "watch", "cli", "providers", "providers.iceye", "providers.up42", "providers.vantor"),
    *("simulator", "simulator.iceye", "simulator.up42", "simulator.vantor"),
)
"""Packages in which each module has its layer."""
PACKAGES = sorted(
    str(path.parent.relative_to(ROOT)).replace("/", ".") for path in (ROOT / "reconciler").rglob("__init__.py")
)
"""Every package of the program."""
BACK = {
    "at run time": "import {one}\n",
    "for types alone": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import {one}\n",
    "in a function": "def late() -> None:\n    import {one}\n",
}
"""Ways to close a cycle of imports."""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter of imports in a folder."""
    wide = {**os.environ, "COLUMNS": "240"}
    command = [LINT, "--no-cache"]
    return subprocess.run(command, cwd=folder, env=wide, capture_output=True, text=True, timeout=120, check=False)


def copied(folder: Path) -> Path:
    """Copy the package and the contracts into a folder, and return the package there."""
    shutil.copytree(ROOT / "reconciler", folder / "reconciler", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder / "reconciler"


def broken(folder: Path) -> str:
    """Return what the linter prints about a folder in which contracts are broken."""
    done = lint(folder)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


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
def linter_output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the linter says of a copy of the house in which every wall is breached."""
    folder = tmp_path_factory.mktemp("house")
    package = copied(folder)
    for room, targets in WRONG.items():
        breach(package, room, targets)
    return broken(folder)


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the linter says of a copy in which layers are breached, and modules added that have none."""
    folder = tmp_path_factory.mktemp("layers")
    package = copied(folder)
    for name in NEW_PACKAGES:
        (package / name.replace(".", "/")).mkdir()
        (package / name.replace(".", "/") / "__init__.py").touch()
    for module, target in UPWARD:
        for name in (module, target):
            (package / f"{name.replace('.', '/')}.py").touch()
        with (package / f"{module.replace('.', '/')}.py").open("a") as file:
            file.write(f"\nimport reconciler.{target}\n")
    for name in (*LAYERED, *NEW_PACKAGES):
        (package / name.replace(".", "/") / "newcomer.py").touch()
    return broken(folder)


@pytest.fixture(scope="module", params=BACK)
def cycles(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the linter says of a copy in which two new modules of each package import each other."""
    folder = tmp_path_factory.mktemp("cycles")
    copied(folder)
    for package in PACKAGES:
        place = folder / package.replace(".", "/")
        (place / "one.py").write_text(f"import {package}.two\n")
        (place / "two.py").write_text(BACK[request.param].format(one=f"{package}.one"))
    return broken(folder)


def test_the_contracts_hold() -> None:
    """The house as it stands has no wrong import."""
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("room", "target"), CASES)
def test_a_wrong_import_is_caught(linter_output: str, room: str, target: str) -> None:
    """The linter names the module and the import."""
    name = room.removesuffix(".py").replace("/", ".")
    module = f"reconciler.{name}" if room.endswith(".py") else f"reconciler.{name}.breach"
    lines = [line for line in linter_output.splitlines() if module in line and target.partition(".")[0] in line]
    assert any(f"{module} -> {target}" in line for line in lines), "\n".join(lines) or "not named at all"


def test_a_room_without_a_floor_is_caught(linter_output: str) -> None:
    """A new room must be given its floor before it is used."""
    assert "- reconciler.new_room" in linter_output.splitlines()


@pytest.mark.parametrize(("module", "target"), UPWARD)
def test_an_import_of_a_higher_layer_or_beside_is_caught(layers: str, module: str, target: str) -> None:
    """The linter names both modules; a provider that no contract lists yet has the layers of the others."""
    assert f"reconciler.{module} -> reconciler.{target} " in layers


@pytest.mark.parametrize("package", [*LAYERED, *NEW_PACKAGES])
def test_a_module_without_a_layer_is_caught(layers: str, package: str) -> None:
    """A new module of a layered package must be given its layer."""
    assert f"- reconciler.{package}.newcomer" in layers.splitlines()


@pytest.mark.parametrize("package", NEW_PACKAGES)
def test_a_provider_without_a_layer_is_caught(layers: str, package: str) -> None:
    """A new provider must be named, so that it is independent of the others."""
    assert f"- reconciler.{package}" in layers.splitlines()


@pytest.mark.parametrize("package", PACKAGES)
def test_an_import_cycle_is_caught(cycles: str, package: str) -> None:
    """In every package there is, whichever way the modules import each other."""
    assert f"No cycles are allowed in {package}." in cycles.splitlines()


def test_every_room_is_tried() -> None:
    """Each room and each file of the package stands in the table above."""
    package = ROOT / "reconciler"
    rooms = {path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    files = {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    assert rooms | files == {room for room in WRONG if "/" not in room} - {"new_room"}
