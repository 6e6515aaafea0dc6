"""The pages as files: what stands on them, what cannot get into them, and how large they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from itertools import pairwise

import pytest

from reconciler.model.account import Policy, Suspension
from reconciler.model.ids import OrderKey
from reconciler.model.money import Money
from reconciler.model.phase import Phase
from reconciler.model.terms import Difference, DriftKind
from reconciler.page.site import MOST_ROWS, MOST_WAITING, content_type
from reconciler.page.view import STATUS_LABELS, Entry, viewed
from reconciler.plan.findings import Choice, FindingKind

from .factories import (
    NOW,
    crowd,
    days,
    finding,
    known,
    order,
    record,
    reference_for,
    refusal,
    site,
    spending,
    unresolved,
    view,
)
from .html import parsed

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}{% raw %}\x1b[31m\u202e\ud800&amp;"
REMEDY = 'commit in orders/spot.yaml:10:5:  confirm: {maxPrice: {amount: "1980.00", currency: EUR}}'


def index(shown, every=None):
    """Return the elements of a view's first page."""
    return parsed(site(shown, every)["index.html"])


def row(page, key="spot"):
    """Return the row of an order in the table of orders, its cells by their heads."""
    (table,) = page.all("table", class_="orders")
    (found,) = [r for r in table.all("tr") if [a.text for a in r.all("a")] == [key]]
    return {cell.attributes["data-head"]: " ".join(cell.text.split()) for cell in found.all("td")}


class TestIndex:
    def test_a_row_tells_of_an_order_what_there_is(self):
        """Its phase in our word and the provider's, window, account, price, and the finding with its remedy."""
        shown = view(order(), records=[record()], findings=[finding(remedy=REMEDY)])
        assert row(index(shown)) == {
            "Phase": "active ACTIVE",
            "Window": "3 Dec 2026, 08:30 to 5 Dec 2026, 08:30",
            "Account": "iceye-sim",
            "Price": "EUR 1,234.56",
            "Finding": f"held: costs EUR 1,980.00, above its ceiling of EUR 1,500.00 What ends it: {REMEDY}".replace(
                "  ", " "
            ),
        }

    def test_what_is_not_known_is_a_dash(self):
        """Not an empty cell, and not a zero."""
        cells = row(index(view(records=[record(phase=None, order_id=None, price=None)])))
        assert (cells["Window"], cells["Price"], cells["Finding"]) == ("–", "–", "not looked at yet")

    def test_the_summary_counts_and_says_what_waits(self):
        """It is announced when it changes."""
        shown = view(order(), order("lost"), records=[unresolved("lost")], findings=[finding()])
        (summary,) = index(shown).all("p", aria_live="polite")
        assert summary.text == "1 waits for a person. 2 orders: 1 not placed, 1 unresolved."

    def test_every_mark_is_drawn_in_its_own_shape_and_color(self):
        """Color is not the only sign: each phase has a shape of its own."""
        shown = view(
            *(order(f"o-{status_label}") for status_label in Phase), order(), order("lost"),
            records=[*(record(f"o-{status_label}", status_label) for status_label in Phase), unresolved("lost")],
        )  # fmt: skip
        page = index(shown)
        (sprite,) = page.all("svg", class_="sprite")
        shapes = {
            e.attributes["id"]: e.attributes.get("d", e.attributes.get("r")) for e in sprite.within() if e.tag != "defs"
        }
        (scenario,) = page.all("svg", class_="map")
        used = {
            e.attributes["href"][1:]: e.attributes["class"] for e in scenario.all("use") if "data-page" in e.attributes
        }
        assert used == {f"m-{s.replace(' ', '-')}": f"p-{s.replace(' ', '-')}" for s in STATUS_LABELS}
        assert len({shapes[name] for name in used}) == len(STATUS_LABELS)

    def test_what_waits_stands_with_its_remedy_its_deadline_and_its_choices(self):
        """Everything that a person needs to end it."""
        difference = Difference(term="end", stated="later", observed="soon", kind=DriftKind.MATERIAL)
        held = finding(
            remedy=REMEDY,
            deadline=NOW + timedelta(days=2),
            since=NOW - timedelta(hours=5),
            choices=(Choice("20 % clouds", "confirm: {feasibility: {optionId: A}}"),),
            differences=(difference,),
        )
        (item,) = index(view(order(), findings=[held])).all("ul", class_="waiting")
        text = " ".join(item.text.split())
        for part in (
            REMEDY.replace("  ", " "),
            "(in 2d)",
            "Since 1 Dec 2026, 03:30",
            "20 % clouds",
            "optionId: A",
            str(difference),
        ):
            assert part in text

    def test_what_is_to_be_written_as_it_stands_is_set_apart(self):
        """Commands, places in manifests, lines to commit and names of fields; all else of a remedy is words."""
        remedies = {
            REMEDY: ["orders/spot.yaml:10:5", 'confirm: {maxPrice: {amount: "1980.00", currency: EUR}}'],
            "commit in a.yml:4:9:  attempt: 2  (orders again), and then: reconciler forget spot --attempt 1": [
                *("a.yml:4:9", "attempt: 2", "reconciler forget spot --attempt 1"),
            ],
            "remove `suspend`; or:  confirm: {quote: reject}": ["suspend", "confirm: {quote: reject}"],
            "a later pass places it": [],
        }
        for remedy, exact in remedies.items():
            (shown,) = (
                index(view(order(), findings=[finding(remedy=remedy)]))
                .all("ul", class_="waiting")[0]
                .all("p", class_="remedy")
            )
            assert [code.text for code in shown.all("code")] == exact
            assert shown.text == f"What ends it: {remedy.replace('`', '')}"

    def test_an_instant_in_a_message_is_said_as_the_page_does(self):
        """To the minute, and to the second where it has one; what only looks like one stays as it is."""
        said = {
            "2026-12-10T06:00:00Z": "10 Dec 2026, 06:00",
            "2026-12-10T06:00:00.000Z": "10 Dec 2026, 06:00",
            "2026-12-10T06:00:07Z": "10 Dec 2026, 06:00:07",
            "2026-12-10T06:00:07.250Z": "2026-12-10T06:00:07.250Z",
            "2026-99-10T06:00:00Z": "2026-99-10T06:00:00Z",
        }
        for instant, words in said.items():
            cells = row(index(view(order(), findings=[finding(message=f"from {instant} on")])))
            assert cells["Finding"] == f"held: from {words} on"

    def test_what_waits_for_a_person_is_ringed_on_the_map(self):
        """And the legend says what a ring is."""
        for found, rings in (([finding()], 1), ([], 0)):
            page = index(view(order(), order("other"), findings=found))
            assert len(page.all("svg", class_="map")[0].all("use", class_="p-waits")) == rings
            assert ("waits for a person 1" in page.all("ul", class_="legend")[0].text) == bool(rings)

    def test_what_git_states_and_is_not_in_force_is_told(self):
        """On the first page and on each order's, with the place of the mistake."""
        shown = viewed(replace(known([order()]), problem="orders/spot.yaml:7:3: no such field"))
        for path in ("index.html", "orders/spot.html"):
            (alert,) = parsed(site(shown)[path]).all("div", role="alert")
            assert "orders/spot.yaml:7:3: no such field" in alert.text
            (alert,) = parsed(site(view(order()))[path]).all("div", role="alert")
            assert alert.text == ""

    def test_a_refused_plan_is_told_first(self):
        """It concerns every order."""
        shown = replace(view(order(), findings=[finding()]), refusals=(refusal("30 new orders", "commit a number"),))
        assert [h.text for h in index(shown).all("ul", class_="waiting")[0].all("h3")] == ["The whole plan", "spot"]

    def test_spend_near_its_ceiling_is_marked(self):
        """From 80 percent on, in words and in the gauge."""
        policy = Policy(per_month=(Money(100_000, "EUR"),))
        for minor, marked in ((79_999, False), (80_000, True)):
            page = index(viewed(known(spendings=[spending(minor)], policy=policy)))
            assert bool(page.all("rect", class_="fill over")) is marked

    def test_an_empty_folder_is_a_page(self):
        """Nothing known is said in words, not shown as a hole."""
        text = index(view()).text
        for words in (
            "0 orders",
            "Nothing waits for a person.",
            "No window of an order that lives.",
            "Nothing has been committed.",
        ):
            assert words in text


class TestOrderPage:
    def test_it_tells_the_order_s_history(self):
        """With the plan and the commit of each entry."""
        page = parsed(site(view(order(), records=[record()]))["orders/spot.html"])
        entries = [" ".join(li.text.split()) for li in page.all("ol", class_="history")[0].all("li")]
        assert entries[0] == (
            "1 Dec 2026, 05:30 intent about to place, binding EUR 1,234.56 plan plan-1 commit c0ffee123456"
        )

    def test_it_tells_facts_attempts_and_what_the_provider_said(self):
        """All attempts, where there are several."""
        details = {reference_for("acme-eo", OrderKey("spot"), 2): {"progress": "40 %"}}
        records = [record(phase=Phase.FAILED), record(attempt=2, order_id="T2")]
        shown = viewed(known([order(attempt=2, labels={"campaign": "outback"})], records, details=details))
        page = parsed(site(shown)["orders/spot.html"])
        facts = {div.all("dt")[0].text: div.all("dd")[0].text for div in page.all("dl")[0].all("div")}
        assert facts["progress"] == "40 %"
        assert facts["Label campaign"] == "outback"
        assert facts["Provider’s order"] == "T2"
        (attempts,) = page.all("table")
        assert [r.all("th")[0].text for r in attempts.all("tr")[1:]] == ["2", "1"]

    def test_a_path_that_is_none_is_a_key_error(self):
        """A server says 404; nothing is read from any folder."""
        for path in (
            "",
            "fragment",
            "orders/",
            "orders/none.html",
            "../style.css",
            "orders/spot",
            "orders/spot.fragment",
        ):
            with pytest.raises(KeyError):
                site(view(order()))[path]

    def test_a_geometry_of_several_has_a_page(self):
        """Its link leads there."""
        shown = view(order("berlin/2"))
        (link,) = index(shown).all("a", id="o-berlin.2")
        assert link.attributes["href"] in set(site(shown))
        assert b"berlin/2" in site(shown)[link.attributes["href"]]


class TestLive:
    def test_a_live_page_asks_for_what_changes_of_it(self):
        """The first page and each order's own have their fragments."""
        live = site(view(order()), every=5)
        for page, news in (("index.html", "fragment"), ("orders/spot.html", "orders/spot.fragment")):
            (main,) = parsed(live[page]).all("main")
            assert (main.attributes["data-news"], main.attributes["data-every"]) == (news.rpartition("/")[2], "5")
            assert live[news].decode().strip() in live[page].decode()

    def test_a_report_asks_for_nothing(self):
        """It says that it does not change."""
        page = index(view(order()))
        assert "data-news" not in page.all("main")[0].attributes
        assert "it does not change" in page.all("footer")[0].text

    def test_what_is_told_apart_has_a_name(self):
        """The script compares the parts of `main` by their ids."""
        for path in ("index.html", "orders/spot.html"):
            (main,) = parsed(site(view(order()))[path]).all("main")
            ids = [child.attributes.get("id") for child in main.children]
            assert all(ids)
            assert len(set(ids)) == len(ids)


class TestSafety:
    def hostile(self):
        """Return a page in which every text that somebody else wrote is hostile."""
        key = f"k{HOSTILE}".replace("\ud800", "")
        held = finding(
            key,
            message=HOSTILE,
            remedy=HOSTILE,
            choices=(Choice(HOSTILE, HOSTILE),),
            differences=(Difference(term=HOSTILE, stated=HOSTILE, observed=HOSTILE, kind=DriftKind.MATERIAL),),
        )
        bound = record(key, status=HOSTILE, order_id=HOSTILE)
        details = {bound.reference: {HOSTILE: HOSTILE}}
        stated = order(key, labels={HOSTILE: HOSTILE}, account=HOSTILE, provider=HOSTILE, suspend=Suspension(HOSTILE))
        told = {"name": HOSTILE, "refusals": (refusal(HOSTILE, HOSTILE),)}
        shown = replace(viewed(known([stated], [bound], [held], details=details)), **told)
        made = site(shown)
        entry = Entry(at=NOW, attempt=1, kind=HOSTILE, text=HOSTILE, plan_id=HOSTILE, commit=HOSTILE)
        return [
            replace(made, view=shown, history=lambda _key: (entry,))[path] for path in made if path.endswith(".html")
        ]

    def test_no_text_becomes_an_element(self):
        """On no page is there an image, or a script or a style but the site's own file."""
        for page in self.hostile():
            found = parsed(page)
            assert found.all("img") == []
            assert [s.attributes.get("src", "").removeprefix("../") for s in found.all("script")] == ["script.js"]
            assert found.all("script")[0].text == ""
            assert "{{ 7*7 }}{% raw %}" in found.text

    def test_no_text_steers_the_screen(self):
        """Control characters and those that turn a line around are taken out; half characters do not break a page."""
        for page in self.hostile():
            text = page.decode()
            assert not {"\x1b", "\u202e"} & set(text)
            assert "\ufffd" in text

    def test_nothing_is_asked_of_anybody_else(self):
        """The policy lets nothing in, and no address stands anywhere but in the text."""
        live = site(viewed(crowd(30)), every=5)
        for path in [*live, "fragment"]:
            page = live[path]
            assert b"http://" not in page
            assert b"https://" not in page
            assert b" style=" not in page
            assert b" onclick" not in page
        (policy,) = parsed(live["index.html"]).all("meta", http_equiv="Content-Security-Policy")
        assert policy.attributes["content"].startswith("default-src 'none'; style-src 'self'; script-src 'self'")

    def test_nothing_can_be_sent(self):
        """There is no form, no field and no button on any page."""
        for path in ("index.html", "orders/spot.html"):
            page = parsed(site(view(order()))[path])
            assert {e.tag for e in page.within()} & {"form", "input", "button", "select", "textarea", "iframe"} == set()


@pytest.fixture(scope="module")
def pages():
    """The first page and an order's, of many orders."""
    made = site(viewed(crowd(60)))
    path = next(path for path in made if path.startswith("orders/"))
    return [parsed(made["index.html"]), parsed(made[path])]


class TestAccessible:
    def test_headings_follow_each_other(self, pages):
        """One of the first rank, and none skips a rank."""
        for page in pages:
            ranks = [int(e.tag[1]) for e in page.within() if e.tag in ("h1", "h2", "h3", "h4")]
            assert ranks.count(1) == 1
            assert ranks[0] == 1
            assert all(after - before <= 1 for before, after in pairwise(ranks))

    def test_tables_say_what_they_are(self, pages):
        """A caption, and a scope of every head."""
        for table in (table for page in pages for table in page.all("table")):
            assert table.all("caption")[0].text
            assert {th.attributes.get("scope") for th in table.all("th")} == {"col", "row"}

    def test_drawings_have_a_name_and_a_description(self, pages):
        """Or are hidden where the words beside them say the same."""
        for page in pages:
            drawings = [svg for svg in page.all("svg") if svg.attributes.get("role") == "img"]
            assert drawings
            for svg in drawings:
                named = [
                    e.text for e in svg.within() if e.attributes.get("id") in svg.attributes["aria-labelledby"].split()
                ]
                assert len(named) == 2
                assert all(named)
            bare = [s for s in page.all("svg") if "class" in s.attributes and s.attributes.get("role") != "img"]
            assert all(svg.attributes.get("aria-hidden") == "true" for svg in bare)

    def test_the_first_link_skips_to_what_is_looked_for(self, pages):
        """Its aim exists and takes the focus."""
        for page in pages:
            link = page.all("a")[0]
            (aim,) = [e for e in page.within() if e.attributes.get("id") == link.attributes["href"][1:]]
            assert aim.attributes["tabindex"] == "-1"

    def test_no_id_stands_twice(self, pages):
        """Focus and labels find the one that is meant."""
        for page in pages:
            ids = [e.attributes["id"] for e in page.within() if "id" in e.attributes]
            assert len(set(ids)) == len(ids)


class TestSize:
    def test_three_hundred_orders_are_one_light_page(self):
        """Under 400 KB, and the same each time it is rendered."""
        shown = viewed(crowd(300))
        made = site(shown)
        page = made["index.html"]
        assert made["index.html"] == page
        assert len(page) < 400_000
        assert len(parsed(page).all("table", class_="orders")[0].all("tr")) == 301

    def test_ten_thousand_orders_are_still_a_page(self):
        """The table and the list say what they leave out, the map draws together, and it stays under a megabyte."""
        made = site(viewed(crowd(10_000)))
        page = made["index.html"]
        assert len(page) < 1_000_000
        found = parsed(page)
        (orders,) = found.all("table", class_="orders")
        assert len(orders.all("tr")) == MOST_ROWS + 1
        assert orders.all("caption")[0].text.startswith(f"The {MOST_ROWS} most urgent of 10,000 orders")
        assert f"The {MOST_WAITING} that are due first of 400" in found.text
        assert "More than 1,000 targets" in found.text
        assert len(list(made)) == len(made) == MOST_ROWS + 3

    def test_a_long_history_is_told_from_its_end(self):
        """And says how much is left out."""
        entries = tuple(
            Entry(at=NOW, attempt=1, kind="phase", text=f"step {n}", plan_id=None, commit=None) for n in range(1_000)
        )
        made = site(view(order()))
        page = replace(made, history=lambda _key: entries)["orders/spot.html"].decode()
        assert "step 999<" in page
        assert "step 699<" not in page
        assert "the 700 before them" in page


def test_what_the_pages_are_made_of_is_shipped():
    """Templates, land, style and script are files of the package; the land is small and names its source."""
    package = files("reconciler.page")
    land = (package / "templates" / "land.svg").read_text(encoding="utf-8")
    assert len(land) < 60_000
    assert "Natural Earth" in land
    assert 'd="M' in land
    for path in site(view(order())):
        assert site(view(order()))[path]
        assert content_type(path).endswith("; charset=utf-8")


def test_the_window_of_a_day_names_the_hours():
    """Ticks less than a day apart say which hour they are, and at midnight which day begins."""
    page = index(view(order(window=days(0, 1.2))))
    assert {"18:00", "2 Dec"} < {text.text for text in page.all("text", class_="axis")}


def test_what_needs_nobody_is_not_loud():
    """A finding is marked by what it asks for, not by being there."""
    for kind, loud in ((FindingKind.IN_SYNC, 0), (FindingKind.UNRESOLVED, 1)):
        (table,) = index(view(order(), findings=[finding(kind=kind)])).all("table", class_="orders")
        assert len(table.all("strong", class_="loud")) == loud
