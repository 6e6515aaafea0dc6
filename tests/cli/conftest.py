"""A terminal in a folder of its own, at a simulator over HTTP or at the embedded one."""

from __future__ import annotations

import pytest

from tests.support.project import Project

from .terminal import Terminal


@pytest.fixture
def terminal(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A terminal whose account is a simulator with a clock that stands still, served by this process."""
    monkeypatch.chdir(project.root)
    for name, value in project.variables.items():
        monkeypatch.setenv(name, value)
    return Terminal(project, capsys)


@pytest.fixture
def embedded(terminal: Terminal) -> Terminal:
    """A terminal whose account is the simulator that is part of the program."""
    terminal.embed()
    return terminal
