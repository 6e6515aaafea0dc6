"""A loop over a project with one order."""

from __future__ import annotations

import pytest

from tests.support.project import Project
from tests.watch.watched import Watched


@pytest.fixture
def watched(project: Project) -> Watched:
    """A loop that is played by a script."""
    project.order()
    return Watched(project)
