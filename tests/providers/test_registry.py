"""The table of providers, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import reconciler
from reconciler.model.errors import ConfigError
from reconciler.providers.registry import DRIVERS, driver


def test_the_table():
    """A driver is found by the name that it bears."""
    assert {name: made.name for name, made in DRIVERS.items()} == {name: name for name in DRIVERS}
    assert driver("iceye") is DRIVERS["iceye"]


def test_an_unknown_provider():
    """The error lists the known ones."""
    with pytest.raises(ConfigError, match=r"'icey'.*iceye"):
        driver("icey")


def test_reading_manifests_needs_no_http_client():
    """The drivers' facts, blocks and rules come without httpx: only a connection loads it."""
    program = "import sys, reconciler.providers.registry; sys.exit('httpx' in sys.modules or 'ssl' in sys.modules)"
    root = Path(reconciler.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=root).returncode == 0
