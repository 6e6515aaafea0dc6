"""The known good set: .ci/constraints.txt and .ci/requirements.txt agree with pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
RENEW = "run `bash .ci/lock`"
PYTHONS = ("3.11", "3.12", "3.13")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
EXTRAS = [line for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines]
BUILD = PROJECT["build-system"]["requires"]
FILES: Mapping[str, list[str]] = {"constraints.txt": [*RUNTIME, *EXTRAS], "requirements.txt": [*RUNTIME, *BUILD]}


def pins(file: str, python: str) -> Mapping[str, str]:
    """Return the version of each package that a file names for this Python on Linux."""
    environment = {**default_environment(), "python_version": python, "python_full_version": f"{python}.0"}
    found = {}
    for line in (ROOT / ".ci" / file).read_text().splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.removesuffix("\\").strip())
            if requirement.marker is None or requirement.marker.evaluate({**environment, "sys_platform": "linux"}):
                found[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


def outdated(requirements: list[str], pinned: Mapping[str, str]) -> Iterator[str]:
    """Yield each requirement that the pins do not name, or do not satisfy."""
    for line in requirements:
        requirement = Requirement(line)
        name = canonicalize_name(requirement.name)
        if name != "tasking-reconciler" and not requirement.specifier.contains(pinned.get(name, "0"), prereleases=True):
            yield f"{line}: pinned to {pinned.get(name)}; {RENEW}"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("file", FILES)
def test_the_pins_satisfy_every_direct_dependency(file: str, python: str) -> None:
    """Each dependency of pyproject.toml is pinned, at a version within its bounds."""
    assert list(outdated(FILES[file], pins(file, python))) == []


def test_a_raised_bound_and_a_new_dependency_are_noticed() -> None:
    """The check can fail: a bound above the pin, and a dependency without a pin."""
    pinned = {"httpx": "0.28.1"}
    assert list(outdated(["httpx>=0.28"], pinned)) == []
    assert list(outdated(["httpx>=0.29"], pinned)) == [f"httpx>=0.29: pinned to 0.28.1; {RENEW}"]
    assert list(outdated(["attrs>=1"], pinned)) == [f"attrs>=1: pinned to None; {RENEW}"]


@pytest.mark.parametrize("python", PYTHONS)
def test_both_files_pin_the_same_versions(python: str) -> None:
    """What the gate tests is what the requirements install."""
    tested = pins("constraints.txt", python)
    installed = pins("requirements.txt", python)
    assert {name: version for name, version in installed.items() if tested.get(name, version) != version} == {}


def test_every_requirement_has_hashes() -> None:
    """`pip install --require-hashes` refuses a file in which one is missing."""
    text = (ROOT / ".ci" / "requirements.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line[:1].isalnum()]
    assert lines
    assert [line for line in lines if "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("file", FILES)
def test_the_files_name_no_registry_and_no_path(file: str) -> None:
    """They are usable on every machine and with every mirror."""
    text = (ROOT / ".ci" / file).read_text()
    assert re.findall(r"\S*://\S*|^-\S+|(?<=[ =])/\S*", text, flags=re.MULTILINE) == []
