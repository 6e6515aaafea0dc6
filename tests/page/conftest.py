"""One Chromium for all tests that look at pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .browser import CHROMIUM, FLAGS


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """A Chromium with a new folder of its own for what it keeps; where there is none, its tests are skipped."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install -y chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()
