"""The page in a real browser: read by keyboard, kept up to date, and safe.

Skipped where Debian's package `chromium` is not installed.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest

from reconciler.model.phase import Phase
from reconciler.page.view import viewed

from .browser import response, tab
from .factories import crowd, order, record, site, view


@pytest.fixture(scope="module")
def report():
    """A report of three hundred orders."""
    return site(viewed(crowd(300)))


@pytest.fixture(scope="module")
def address(report):
    """Where that report is served as files."""
    with response(lambda: report) as url:
        yield url


def focused(page):
    """Return the text of what has the focus."""
    return page.evaluate("document.activeElement.textContent")


class TestKeyboard:
    def test_an_order_is_followed_without_a_mouse(self, browser, address):
        """Past the drawings to the table, to its first order, to that order's page, and back."""
        with tab(browser, address) as page:
            page.keyboard.press("Tab")
            assert focused(page) == "Skip to the table of orders"
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            first = page.locator(".orders tbody a").first.text_content()
            assert focused(page) == first
            page.keyboard.press("Enter")
            page.wait_for_url("**/orders/*.html")
            assert page.locator("h1").text_content() == first
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            page.wait_for_url("**/index.html")

    def test_the_focus_is_seen(self, browser, address):
        """As an outline that the page itself draws."""
        with tab(browser, address) as page:
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            style = page.evaluate("getComputedStyle(document.activeElement).outline")
            assert "solid 3px" in style

    def test_a_mark_on_the_map_leads_to_its_order_for_a_pointer(self, browser):
        """The mark of the one order there is."""
        made = site(view(order(), records=[record()]))
        with response(lambda: made) as url, tab(browser, url) as page:
            page.locator("use[data-page=spot]").click()
            page.wait_for_url("**/orders/spot.html")


class TestLive:
    def test_a_phase_changes_under_the_reader_s_eyes(self, browser):
        """Without loading the page again: what is focused stays focused, and nothing scrolls."""
        known = crowd(300)
        shown = [site(viewed(known), every=0.1)]
        with response(lambda: shown[0]) as url, tab(browser, url, height=500) as page:
            page.evaluate("window.same = true")
            link = page.locator(".orders tbody a").nth(150)
            key = link.text_content()
            link.focus()
            before = page.evaluate("scrollY")
            moved = [
                replace(r, phase=Phase.EXPIRED, status="LAPSED") if r.key == key else r for r in known.records.values()
            ]
            shown[0] = site(viewed(replace(known, records={r.reference: r for r in moved})), every=0.1)
            page.wait_for_selector(f"tr:has(#o-{key}) :text('LAPSED')")
            assert page.evaluate("window.same")
            assert focused(page) == key
            assert page.evaluate("scrollY") == before > 1_000

    def test_what_is_announced_stays_the_same_element(self, browser):
        """A screen reader tells a region's new text only where the region is not a new one."""
        shown = [site(view(order()), every=0.1)]
        with response(lambda: shown[0]) as url, tab(browser, url) as page:
            page.evaluate("window.region = document.querySelector('[aria-live]')")
            shown[0] = site(view(order(), records=[record()]), every=0.1)
            page.wait_for_selector("#summary:has-text('1 active')")
            assert page.evaluate("region.isConnected && region.textContent.includes('1 active')")

    def test_an_order_s_own_page_is_live_too(self, browser):
        """Its phase and its history."""
        shown = [site(view(order()), every=0.1)]
        with response(lambda: shown[0]) as url, tab(browser, f"{url}orders/spot.html") as page:
            shown[0] = site(view(order(), records=[record()]), every=0.1)
            page.wait_for_selector("#summary:has-text('active')")

    def test_a_lost_connection_is_told(self, browser):
        """What stands there is then old, and the page says so where it is seen; when the server is back, it goes on."""
        made = site(view(order()), every=0.1)
        with ExitStack() as first:
            url = first.enter_context(response(lambda: made))
            with tab(browser, url, height=400, complains=True) as page:
                first.close()
                page.wait_for_selector("#connection.lost:has-text('The connection is lost')")
                assert page.evaluate("scrollY") == 0
                assert page.locator("#connection").bounding_box()["y"] < page.viewport_size["height"]
                with response(lambda: made, url.split("/")[2]):
                    page.wait_for_selector("#connection:not(.lost):has-text('keeps itself up to date')")

    def test_an_order_that_has_gone_is_told(self, browser):
        """Its page says that nothing is known any more, and keeps what was."""
        shown = [site(view(order()), every=0.1)]
        with response(lambda: shown[0]) as url, tab(browser, f"{url}orders/spot.html", complains=True) as page:
            shown[0] = site(view(), every=0.1)
            page.wait_for_selector("#connection:has-text('Nothing is known of this order any more')")
            assert page.locator("h1").text_content() == "spot"

    def test_a_report_asks_for_nothing(self, browser, report):
        """Once it is loaded, nothing more is asked for."""
        asked = []
        with response(lambda: report) as url, tab(browser, url) as page:
            page.on("request", lambda request: asked.append(request.url))
            page.wait_for_timeout(300)
        assert asked == []


def test_a_report_opens_from_a_folder(browser, tmp_path):
    """Without any server: style and script are the site's own files."""
    for path, content in site(viewed(crowd(20))).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    with tab(browser, (tmp_path / "index.html").as_uri()) as page:
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 250, 247)"
        page.locator(".timeline [data-page] .bar").first.click()
        page.wait_for_url("**/orders/*.html")


def test_hostile_text_runs_nothing(browser):
    """A script in an order's name, or in a provider's words, is text."""
    hostile = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
    made = site(view(order(hostile), records=[record(hostile, status=hostile)]), every=0.1)
    with response(lambda: made) as url, tab(browser, url) as page:
        page.wait_for_timeout(300)
        assert page.evaluate("window.ran") is None
        assert hostile in page.locator(".orders tbody").text_content()
