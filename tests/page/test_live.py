"""The page of a real daemon over three hundred orders of three providers, in a real browser.

With TEST_PICTURES=FOLDER the pictures are kept there, for who wants to look at them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, OTHER_CONTRACT, START, eur, eventually
from tests.watch.daemon import Daemon, daemon

from .browser import SCHEMES, tab
from .scenario import LAST, Scenario

HELD = "hormuz-strait-1"
"""What a person has to decide first, by its deadline: its ceiling is in another currency."""
NEW = "suez-canal-7"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory, control_client: httpx.Client) -> Iterator[Scenario]:
    """Three hundred orders, and a simulator whose clock stands still."""
    with Simulator(start=START, speed=0, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator:
        yield Scenario(tmp_path_factory.mktemp("world"), simulator, control_client)


@pytest.fixture(scope="module")
def running(scenario: Scenario) -> Iterator[Daemon]:
    """Its daemon, nine days later, after much has gone wrong."""
    with daemon(scenario.project, patience=60) as started:
        scenario.pass_by(started, "90m", "8d", "1d")
        scenario.trouble(started)
        yield started


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures are kept."""
    folder = Path(os.environ.get("TEST_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def by_keyboard(page: Any) -> str:
    """Go to the table, to its first order, and on to that order's page; return whose it is."""
    for key in ("Tab", "Enter", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/orders/*.html")
    return str(page.locator("h1").text_content())


def test_every_way_of_waiting_for_a_person_is_told(browser: Any, running: Daemon) -> None:
    """On a first page of less than 400 KB, of 300 orders."""
    with tab(browser, running.url) as page:
        kinds = page.locator(".waiting .said strong").all_text_contents()
    assert sorted(kinds) == ["drifted", "duplicate", "held", "held", "held", "missing", "unresolved"]
    assert len(running.ask("/").content) < 400_000


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [360, 1400])
def test_three_hundred_orders_fit_the_screen(
    browser: Any, running: Daemon, pictures: Path, width: int, scheme: str
) -> None:
    """All are in the table, and nothing sticks out to the side; nor on the page of the first of them."""
    with tab(browser, running.url, width=width, height=2400, scheme=scheme) as page:
        assert page.locator(".orders tbody tr").count() == 300
        look(page, pictures / f"index-{width}-{scheme}.png")
        by_keyboard(page)
        look(page, pictures / f"order-{width}-{scheme}.png")


def look(page: Any, picture: Path) -> None:
    """Take a picture of what fits the screen, and of nothing else."""
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    page.screenshot(path=picture)
    assert picture.stat().st_size > 20_000


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), pytest.param(360, "dark", marks=pytest.mark.sweep)])
def test_a_checker_finds_nothing_serious(browser: Any, running: Daemon, width: int, scheme: str) -> None:
    """Axe, on the first page and on the page of an order that waits for a person."""
    with tab(browser, running.url, width=width, scheme=scheme) as page:
        assert grave(page) == []
        assert by_keyboard(page) == HELD
        assert grave(page) == []


def grave(page: Any) -> list[tuple[str, list[str]]]:
    """Return what axe finds that is serious or critical."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert len(found["passes"]) > 15
    violations = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    return [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in violations]


def test_what_happens_is_seen_without_reloading(browser: Any, scenario: Scenario, running: Daemon) -> None:
    """A held order is agreed to, and another committed: both are seen on open pages, in light and in dark."""
    with ExitStack() as stack:
        first, own = (
            [stack.enter_context(tab(browser, running.url, scheme=scheme)) for scheme in SCHEMES] for _ in range(2)
        )
        assert [by_keyboard(page) for page in own] == [HELD, HELD]
        for page in (*first, *own):
            page.evaluate("window.same = true")
        scenario.order(HELD, start=12, confirm={"maxPrice": eur("1500.00")})
        scenario.order(NEW, start=15)
        eventually(lambda: {HELD, NEW} <= {r.key for r in scenario.project.records().values() if r.bound})
        scenario.pass_by(running, "1h")
        for page in own:
            page.wait_for_selector("#summary:has-text('active ACTIVE')")
        for page in first:
            page.wait_for_selector(f"tr:has(#o-{NEW}) :text('ACTIVE')")
        for page in (*first, *own):
            assert page.evaluate("window.same")


def test_what_is_not_taken_is_told(scenario: Scenario, running: Daemon) -> None:
    """A price that is none, and its line, on every page; until it is corrected, the last good manifests are shown."""
    paths = ("/", "/fragment", f"/orders/{LAST}.html")

    def reported() -> list[bool]:
        return ["are not in force" in running.ask(path).text for path in paths]

    path = scenario.order("suez-canal-8", start=15, confirm={"maxPrice": eur("1.005")})
    eventually(lambda: all(reported()))
    shown = running.ask("/").text
    assert "manifests/orders/suez-canal-8.yaml:" in shown
    assert "o-suez-canal-8" not in shown
    path.unlink()
    eventually(lambda: not any(reported()))
