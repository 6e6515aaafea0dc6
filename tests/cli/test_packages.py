"""A dependency that cannot be imported: which one, what is needed and installed, and what to do; never a traceback."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UPGRADE = "Run `pip install --upgrade tasking-reconciler`"
BROKEN = "raise ImportError('libgeos_c.so.1: cannot open shared object file')"
Run = Callable[..., subprocess.CompletedProcess[str]]


def needed(package: str) -> str:
    return next(line for line in metadata.requires("tasking-reconciler") or [] if line.startswith(f"{package}>"))


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "broken"), os.environ["PYTHONPATH"]])}


def fake(folder: Path, module: str, code: str) -> None:
    """Put a package in front of the installed one."""
    place = folder / "broken" / module
    place.mkdir(parents=True)
    (place / "__init__.py").write_text(code + "\n")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the program in a folder with the repository's own manifests, beside a folder of fake packages."""
    shutil.copytree(ROOT / "manifests", tmp_path / "manifests", ignore=shutil.ignore_patterns(".reconciler"))

    def command(*arguments: str, start: tuple[str, ...] = ("-m", "reconciler")) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *start, *arguments],
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return command


@pytest.mark.parametrize(
    ("module", "package", "arguments"),
    [
        ("typer", "typer", ["plan", "manifests"]),
        ("yaml", "pyyaml", ["validate", "manifests"]),
        ("pydantic", "pydantic", ["validate", "manifests"]),
        ("shapely", "shapely", ["validate", "manifests"]),
        ("filelock", "filelock", ["reconcile", "manifests"]),
        ("httpx", "httpx", ["plan", "manifests"]),
        ("jsonschema_rs", "jsonschema-rs", ["plan", "manifests"]),
        ("starlette", "starlette", ["plan", "manifests"]),
        ("uvicorn", "uvicorn", ["plan", "manifests"]),
        ("prometheus_client", "prometheus-client", ["watch", "manifests"]),
    ],
)
def test_a_package_that_is_broken_is_named(
    run: Run, tmp_path: Path, module: str, package: str, arguments: list[str]
) -> None:
    """At start-up and inside a command alike, with exit code 4."""
    fake(tmp_path, module, BROKEN)
    ran = run(*arguments)
    assert ran.returncode == 4, ran.stderr
    assert f"error: the package {package} cannot be imported: libgeos_c.so.1: cannot open shared" in ran.stderr
    assert f"tasking-reconciler needs {needed(package)}; installed is {metadata.version(package)}." in ran.stderr
    assert UPGRADE in ran.stderr
    assert f"`pip install --force-reinstall '{needed(package)}'`" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "bug" not in ran.stderr


def test_a_broken_package_is_named_by_a_report_too(run: Run, tmp_path: Path) -> None:
    """The page is drawn by jinja2."""
    assert run("status", "manifests").returncode == 0
    fake(tmp_path, "jinja2", BROKEN)
    ran = run("report", "manifests", "--out", "page")
    assert (ran.returncode, "the package jinja2 cannot be imported" in ran.stderr) == (4, True), ran.stderr


@pytest.mark.parametrize(("module", "arguments"), [("typer", ["plan"]), ("shapely", ["validate", "manifests"])])
def test_a_package_that_is_missing_is_named(run: Run, module: str, arguments: list[str]) -> None:
    """The interpreter finds no such module."""
    code = f"import sys; sys.modules[{module!r}] = None; from reconciler.cli import main; main()"
    ran = run(*arguments, start=("-c", code))
    assert ran.returncode == 4, ran.stderr
    assert f"error: the package {module} cannot be imported" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_package_that_is_too_old_is_named(run: Run, tmp_path: Path) -> None:
    """It lacks a name that the program imports."""
    fake(tmp_path, "pydantic", "")
    ran = run("validate", "manifests")
    assert ran.returncode == 4, ran.stderr
    assert "error: the package pydantic cannot be imported: cannot import name" in ran.stderr


def test_a_package_that_lacks_one_of_its_own_is_named(run: Run, tmp_path: Path) -> None:
    """The direct dependency is named, with what it lacks."""
    fake(tmp_path, "shapely", "import a_module_that_nobody_has")
    ran = run("validate", "manifests")
    assert ran.returncode == 4, ran.stderr
    assert "error: the package shapely cannot be imported: No module named 'a_module_that_nobody_has'" in ran.stderr


@pytest.mark.parametrize("module", ["reconciler.cli.app", "reconciler.desired", "sqlite3"])
def test_a_module_that_is_no_dependency_stays_a_bug(run: Run, module: str) -> None:
    """A module of our own, or of Python, that cannot be imported."""
    code = f"import sys; sys.modules[{module!r}] = None; from reconciler.cli import main; main()"
    ran = run("reconcile", "manifests", start=("-c", code))
    assert ran.returncode == 70, ran.stderr
    assert "bug: ModuleNotFoundError" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_daemon_names_the_package_that_its_pass_needs(run: Run, tmp_path: Path) -> None:
    """The daemon goes on, and its log says what to do."""
    fake(tmp_path, "starlette", BROKEN)
    log = tmp_path / "log"
    with log.open("w") as out:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "watch", "manifests", "--listen", "off"],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdout=out,
            stderr=out,
        )
    try:
        end = time.monotonic() + 60
        while "tasking-reconciler needs starlette" not in log.read_text() and time.monotonic() < end:
            time.sleep(0.1)
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(30)
    finally:
        daemon.kill()
        daemon.wait()
    text = log.read_text()
    assert "error: the package starlette cannot be imported: libgeos_c.so.1" in text
    assert UPGRADE in text
    assert "Please report it" not in text
