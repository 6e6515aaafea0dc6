"""UP42 at the command line: what can be ordered, what an order form lets through, and each stage of an order's life."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from reconciler.cli.exit_codes import Exit
from reconciler.simulator import Simulator
from tests.support.project import START
from tests.support.up42 import CHOOSE, DECIDE, LISTS, PARAMS, PLACE, SQUARE, Up42Project

from .terminal import Terminal, last_line

IN_SYNC = "Reconcile: 0 placed, 0 confirmed, 0 adopted, 0 amended, 0 canceled, 0 failed, 0 unknown, "
SEED = {
    "name": "pneo-tasking",
    "title": "Pléiades Neo Tasking",
    "type": "TASKING",
    "providers": [{"name": "oneatlas", "title": "OneAtlas", "description": "", "roles": ["HOST"]}],
    "dataProducts": [
        {"name": "custom", "title": "Custom", "description": "", "id": "07c33a51-94b9-4509-84df-e9c13ea92b84"},
        {"name": "mono", "title": "Analytic (Mono)", "description": "", "id": "123eabab-0511-4f36-883a-80928716c3db"},
        {"name": "console", "title": "Display (Mono)", "description": ""},
    ],
}


@pytest.fixture
def at_up42(tmp_path, control_client, plain_transport, monkeypatch, capsys):
    """A terminal whose account is at the simulated UP42, with a clock that stands still."""
    monkeypatch.chdir(tmp_path)
    with Simulator(start=START, speed=0) as simulator:
        project = Up42Project(tmp_path, simulator, control_client, transport=plain_transport)
        for name, value in project.variables.items():
            monkeypatch.setenv(name, value)
        yield Terminal(project, capsys)


def only(collection):
    """Return a fault that lets the glossary hold this collection alone."""
    whole = {"content": [collection], "totalElements": 1, "totalPages": 1}
    return {"method": "GET", "path": "/v2/collections", "patch": whole, "times": 0}


class TestProducts:
    def test_as_text(self, at_up42):
        """Each collection with its name and host, each data product with the id that a manifest names."""
        at_up42.project.fault("mutate", **only(SEED))
        ran = at_up42.run("products", "--account", "up42-sim")
        assert (ran.code, ran.err) == (Exit.OK, "asking up42-sim\n")
        assert ran.out.splitlines() == [
            "Pléiades Neo Tasking  (pneo-tasking, host oneatlas)",
            "  07c33a51-94b9-4509-84df-e9c13ea92b84  Custom",
            "  123eabab-0511-4f36-883a-80928716c3db  Analytic (Mono)",
            "  not orderable by API                  Display (Mono)",
        ]

    def test_as_json(self, at_up42):
        """By the collections' titles, as UP42's SDK once listed them; without an id where the API cannot order."""
        at_up42.project.fault("mutate", **only(SEED))
        ran = at_up42.run("products", "--account", "up42-sim", "--format", "json")
        assert json.loads(ran.out) == {
            "Pléiades Neo Tasking": {
                "collection": "pneo-tasking",
                "host": "oneatlas",
                "data_products": {
                    "Custom": "07c33a51-94b9-4509-84df-e9c13ea92b84",
                    "Analytic (Mono)": "123eabab-0511-4f36-883a-80928716c3db",
                    "Display (Mono)": None,
                },
            }
        }

    def test_lists_what_can_be_tasked_only(self, at_up42):
        """Collections out of an archive are left out; nothing but reads is sent, and no state is written."""
        ran = at_up42.run("products", "--account", "up42-sim", "--format", "json")
        names = {entry["collection"] for entry in json.loads(ran.out).values()}
        assert names == {"phr-tasking", "pneo-tasking", "blacksky-tasking", "radar-tasking"}
        assert at_up42.project.writes() == {}
        assert not at_up42.project.state.exists()

    def test_an_account_that_is_not_there(self, at_up42):
        """A wrong name is told with the names that there are."""
        ran = at_up42.run("products", "--account", "up24")
        assert (ran.code, ran.out) == (Exit.INVALID, "")
        assert ran.err == "error: there is no account 'up24' in manifests: up42-sim\n"

    def test_a_provider_without_a_list(self, terminal):
        """ICEYE's orders name no product; that is said, and nothing is asked."""
        ran = terminal.run("products", "--account", "iceye-sim")
        told = "iceye-sim (iceye) keeps no list of products: its orders name none.\n"
        assert (ran.code, ran.out) == (Exit.OK, told)
        assert terminal.run("products", "--account", "iceye-sim", "--format", "json").out == "{}\n"
        assert terminal.project.requests() == {}

    @pytest.mark.parametrize("form", ["text", "json"])
    def test_a_provider_that_fails(self, at_up42, form):
        """What could not be read is told as that, without a list that might not be whole."""
        at_up42.project.fault("status", method="GET", path="/v2/collections", status=503, times=0)
        ran = at_up42.run("products", "--account", "up42-sim", "--format", form)
        assert (ran.code, ran.out) == (Exit.UNREAD, "")
        assert "Traceback" not in ran.err
        assert "HTTP 503" in ran.err

    def test_a_glossary_of_which_a_part_cannot_be_read(self, at_up42):
        """A collection without a name does not hide the others silently."""
        both = {"content": [SEED, {**SEED, "name": None}], "totalElements": 2, "totalPages": 1}
        at_up42.project.fault("mutate", **{**only(SEED), "patch": both})
        ran = at_up42.run("products", "--account", "up42-sim")
        assert ran.code == Exit.UNREAD


class TestOrderForm:
    """The order of UP42's own guide: Pléiades Neo, mono, ortho, a limit of cloud cover."""

    def objections(self, at_up42, target=SQUARE, **params):
        """Return what a plan says of the order, parameters changed or (None) left out; nothing may have been sent."""
        stated = {name: value for name, value in {**PARAMS, **params}.items() if value is not None}
        at_up42.project.order(up42={"params": stated}, target=target)
        plan, ran = at_up42.run("plan"), at_up42.run("reconcile")
        assert (plan.code, ran.code) == (Exit.DECIDE, Exit.DECIDE)
        assert at_up42.project.writes() == {}
        assert "POST /up42/api/v2/orders/estimate" not in at_up42.project.requests()
        (line,) = re.findall(r"^  ! held      berlin: (.*)$", plan.out, re.MULTILINE)
        assert line in ran.out
        return line.split("; up42.")

    def test_a_number_as_text(self, at_up42):
        """The guide's own mistake: the parameter with what it is and the range that it may have."""
        assert self.objections(at_up42, cloudCoverage="10") == [
            'up42.params.cloudCoverage: is the text "10": a whole number from 5 to 20'
        ]

    def test_a_number_out_of_range(self, at_up42):
        """As the guide's log lines say: minimum and maximum."""
        assert self.objections(at_up42, cloudCoverage=30) == [
            "up42.params.cloudCoverage: is 30: a whole number from 5 to 20"
        ]

    def test_a_missing_parameter(self, at_up42):
        """With every value that it may have."""
        assert self.objections(at_up42, acquisitionMode=None) == [
            "up42.params.acquisitionMode: is missing: one of mono, stereo, tristereo"
        ]

    def test_a_value_that_is_not_allowed(self, at_up42):
        """With every value that is."""
        assert self.objections(at_up42, acquisitionMode="quad", geometricProcessing="primary") == [
            'up42.params.acquisitionMode: is the text "quad": one of mono, stereo, tristereo',
            'params.geometricProcessing: is the text "primary": only ortho is allowed',
        ]

    def test_an_unknown_parameter(self, at_up42):
        """With the one that was meant, or all that there are."""
        assert self.objections(at_up42, cloudCover=10) == [
            "up42.params.cloudCover: is no parameter of this data product; the nearest is `cloudCoverage`,"
            " which is stated"
        ]
        assert self.objections(at_up42, sunAngle=10) == [
            "up42.params.sunAngle: is no parameter of this data product; it has extraDescription, acquisitionMode,"
            " cloudCoverage, incidenceAngle, geometricProcessing, spectralProcessing, pixelCoding,"
            " radiometricProcessing, deliveredAs, minBH, maxBH, projection"
        ]

    def test_a_point_where_a_polygon_is_taken(self, at_up42):
        """The target with the kind of geometry that the data product takes."""
        assert self.objections(at_up42, {"type": "Point", "coordinates": [13.0, 52.0]}) == [
            "target: is a Point, and this data product takes a Polygon"
        ]

    def test_all_at_once(self, at_up42):
        """Nobody learns of mistakes one by one."""
        point = {"type": "Point", "coordinates": [13.0, 52.0]}
        line = "; up42.".join(self.objections(at_up42, point, cloudCoverage="10", acquisitionMode=None, sensor="a"))
        for field in (
            "up42.params.cloudCoverage: ",
            "up42.params.acquisitionMode: ",
            "up42.params.sensor: ",
            "target: ",
        ):
            assert line.count(field) == 1


class TestStages:
    """Each stage of an order's life, as the story tells it, and what a second pass sends there."""

    def again(self, at_up42, code=Exit.OK):
        """Reconcile once more: the lists are read and nothing else is sent but what only asks."""
        project = at_up42.project
        project.zero()
        ran = at_up42.run("reconcile")
        assert (ran.code, last_line(ran.out).startswith(IN_SYNC)) == (code, True)
        assert project.writes() == {}
        assert project.requests()[LISTS[0]] == 1

    def test_a_second_pass_sends_only_reads(self, at_up42):
        """Placed, offered, chosen, quoted, accepted, active, fulfilled: one spending call for each thing committed."""
        project = at_up42.project
        project.order()
        for sent, later, line in (
            (PLACE, "0s", "placed, order"),
            (None, "2h", "3 feasibility options to choose from"),
            (CHOOSE, "0s", "choose option"),
            (None, "2h", "no ceiling is committed"),
            (DECIDE, "0s", "accept quote"),
            (None, "10d", "active; "),
            (None, "24d", "fulfilled (FULFILLED"),
        ):
            project.advance(later)
            project.zero()
            ran = at_up42.run("reconcile")
            assert line in ran.out
            assert project.writes() == ({sent: 1} if sent else {})
            held = Exit.DECIDE if " 1 held." in last_line(ran.out) else Exit.OK
            self.again(at_up42, held)
            if held:
                printed = re.findall(r"confirm: (\{.*?\}\})", ran.out)[0]
                project.order(confirm=yaml.safe_load(printed))
        assert len(project.orders()) == 1

    def test_the_price_is_what_was_printed(self, at_up42):
        """A ceiling one hundredth of a credit below the quote holds it; the amount that is printed lets it go."""
        project = at_up42.project
        project.sim("POST", "/switches", {"up42.study": "none"})
        project.order(confirm={"maxPrice": {"amount": "213387.99", "currency": "credits"}})
        at_up42.run("reconcile")
        project.advance("2h")
        ran = at_up42.run("reconcile")
        assert (ran.code, "213,388 credits" in ran.out) == (Exit.DECIDE, True)
        assert DECIDE not in project.requests()

    def test_the_history_says_what_is_empty(self, at_up42):
        """A term without a value is told as that, and not as a name with nothing behind it."""
        at_up42.project.order()
        for _ in range(2):
            at_up42.run("reconcile")
        assert ", displayName berlin, tags (none), " in at_up42.run("history", "berlin").out

    def test_coverage_is_shown_while_an_order_delivers(self, at_up42):
        """`status --refresh` says how much has come, in percent and area, and in JSON by the order's id."""
        project = at_up42.project
        project.sim("POST", "/switches", {"up42.study": "none", "up42.captures": 4})
        project.order(confirm={"maxPrice": {"amount": "300000", "currency": "credits"}})
        for later in ("0s", "2h"):
            project.advance(later)
            at_up42.run("reconcile")
        shown = []
        for later in ("1h", "8d", "3d"):
            project.advance(later)
            ran = at_up42.run("status", "--refresh")
            assert ran.code == Exit.OK
            shown += re.findall(r"^  berlin: (.*)$", ran.out, re.MULTILINE) or ["nothing yet"]
        assert shown == ["nothing yet", "coverage 25 % (19.05 km²)", "coverage 50 % (38.1 km²)"]
        assert project.writes() == {PLACE: 1, DECIDE: 1}
        details = json.loads(at_up42.run("status", "--format", "json").out)["details"]
        assert details == {project.reference("berlin"): {"coverage": "50 % (38.1 km²)"}}


class TestUnquoted:
    """A collection that does not say that it quotes: the credits go without another question."""

    def order(self, at_up42, **changes):
        at_up42.project.order(
            "radar",
            up42={
                "collection": "radar-tasking",
                "product": "Radar tasking",
                "params": {"acquisitionMode": "spotlight", "polarization": "VV"},
            },
            target={"type": "Point", "coordinates": [13.0, 52.0]},
            **changes,
        )

    def test_is_not_placed_without_a_ceiling(self, at_up42):
        """The estimate is what it costs, and no ceiling was reviewed: it is held, and nothing is placed."""
        self.order(at_up42)
        ran = at_up42.run("reconcile")
        assert ran.code == Exit.DECIDE
        assert "radar: costs 45,000 credits and no ceiling is committed" in ran.out
        assert 'confirm: {maxPrice: {amount: "45000.00", currency: credits}}' in ran.out
        assert at_up42.project.writes() == {}

    def test_is_placed_within_its_ceiling_and_followed_to_its_end(self, at_up42):
        """With a ceiling at the estimate it is placed once, its price on record, and nothing is asked again."""
        project = at_up42.project
        self.order(at_up42, confirm={"maxPrice": {"amount": "45000", "currency": "credits"}})
        assert "Reconcile: 1 placed (45,000 credits), " in at_up42.run("reconcile").out
        for later in ("1h", "30d"):
            project.advance(later)
            ran = at_up42.run("reconcile")
            assert ran.code == Exit.OK
        assert "fulfilled (FULFILLED)" in ran.out
        assert project.writes() == {PLACE: 1}
        assert str(project.record("radar").price) == "45,000 credits"
