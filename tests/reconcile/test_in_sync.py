"""Plan after apply is empty: a second pass over an unchanged world sends nothing but reads."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.journal import EventKind
from reconciler.model.outcome import OutcomeKind
from reconciler.model.time import instant_text
from reconciler.plan.findings import FindingKind
from reconciler.reconcile import Mode
from reconciler.simulator import Simulator
from tests.support.project import (
    CONTRACT,
    CREATE,
    OTHER_CONTRACT,
    START,
    TOKEN_REQUEST,
    Project,
    actions,
    eur,
    finding,
    findings,
    outcomes,
)

TOWNS = {"alice": [133.88, -23.7], "bruce": [7.015, 51.4556], "chris": [-179.99999, -89.5], "david": [180.0, 0.0]}


def test_orders_are_placed_once_and_then_left_alone(project: Project) -> None:
    """The first pass places all; the second reads one listing, sends nothing else, and says `in sync`."""
    for key, coordinates in TOWNS.items():
        project.order(key, target={"type": "Point", "coordinates": coordinates})
    first = project.reconcile()
    assert outcomes(first) == dict.fromkeys(TOWNS, OutcomeKind.DONE)
    project.zero()
    second = project.reconcile()
    assert (second.plan.actions, second.results, second.plan.refusals) == ((), (), ())
    assert findings(second) == [(key, FindingKind.IN_SYNC) for key in TOWNS]
    assert project.requests() == {"GET /iceye/api/tasking/v2/tasks": 1, TOKEN_REQUEST: 1}
    assert len(project.orders()) == len(TOWNS)


def test_an_unchanged_state_adds_nothing_to_the_journal(project: Project) -> None:
    """Neither phases nor terms are written again and again."""
    project.order()
    project.reconcile()
    project.reconcile()
    journal, records = project.journal(), project.records()
    project.reconcile()
    assert (project.journal(), project.records()) == (journal, records)


def test_the_simulator_holds_what_the_manifest_states(project: Project) -> None:
    """The body that went out carries our reference before the user's text, and nothing the manifest leaves open."""
    project.order(iceye={"reference": "customer text", "lookSide": "LEFT"})
    project.reconcile()
    (order,) = project.orders()
    assert order["body"] == {
        "contractID": CONTRACT,
        "pointOfInterest": {"lat": 0.5, "lon": 0.5},
        "acquisitionWindow": {"start": "2026-12-06T00:00:00.000Z", "end": "2026-12-08T00:00:00.000Z"},
        "reference": f"{project.reference()} customer text",
        "imagingMode": "SPOTLIGHT",
        "lookSide": "LEFT",
    }


def test_the_order_of_manifests_and_folders_does_not_matter(project: Project) -> None:
    """Moving a manifest to another file, and adding labels, changes nothing."""
    project.order("alice")
    project.order("bruce")
    project.reconcile()
    text = (
        (project.folder / "orders/alice.yaml").read_text()
        + "---\n"
        + (project.folder / "orders/bruce.yaml").read_text()
    )
    project.remove("alice")
    project.remove("bruce")
    (project.folder / "elsewhere.yaml").write_text(text)
    assert actions(project.reconcile()) == []


def test_several_geometries_are_one_order_each(project: Project) -> None:
    """A target of three points makes three orders; a fourth at the end makes one more."""
    points = [{"type": "Point", "coordinates": [float(n), float(n)]} for n in range(4)]

    def state(count: int) -> None:
        features = [{"type": "Feature", "properties": {}, "geometry": point} for point in points[:count]]
        project.order("ports", target={"type": "FeatureCollection", "features": features})

    state(3)
    project.reconcile()
    state(4)
    assert actions(project.reconcile()) == [("place", "ports/4")]
    assert len(project.orders()) == 4


def test_an_order_that_grows_from_one_geometry_to_two_keeps_the_first(project: Project) -> None:
    """The first of several shares the reference of the bare name."""
    project.order("ports", target={"type": "Point", "coordinates": [1.0, 1.0]})
    project.reconcile()
    project.order("ports", target={"type": "MultiPoint", "coordinates": [[1.0, 1.0], [2.0, 2.0]]})
    assert actions(project.reconcile()) == [("place", "ports/2")]
    assert actions(project.reconcile()) == []
    assert len(project.orders()) == 2


# Every switch of the simulator that a placed order meets, in every position.
_POSITIONS: list[tuple[str, Any]] = [
    ("coordinates", "exact"),
    ("windowEcho", "offset"),
    ("windowEcho", "micros"),
    ("windowEcho", "as-sent"),
    ("reference", "trimmed"),
    ("reference", "nfc"),
    ("createdAtForm", "go-layout"),
    ("endCursor", "empty"),
    ("endCursor", "null"),
    ("productsEndCursor", "missing"),
    ("productsEndCursor", "null"),
    ("listOrder", "oldest"),
    ("createdAfterInclusive", False),
    ("createdBeforeInclusive", True),
    ("limitMaximum", 100),
    ("unknownQuery", "ignored"),
    ("unknownFields", "ignored"),
    ("errorFormat", "default"),
    ("errorFormat", "problem"),
    ("retryAfter", True),
    ("defaultAngles", "full"),
    ("defaultLookSide", "LEFT"),
    ("defaultLookSide", "RIGHT"),
    ("defaultPassDirection", "ASCENDING"),
    ("defaultPassDirection", "DESCENDING"),
    ("backgroundSla", "SLA_24H"),
    ("eulaWhenUnset", "omitted"),
    ("imagingDurationAccepted", True),
    ("fundsEnforced", False),
    ("failedTasksCharged", True),
    ("feasibilityResult", "INFEASIBLE"),
    ("decisionMinutes", 0),
    ("outcome", "DONE_DIRECT"),
    ("tokenSeconds", 1),
    ("cancelWrongState", 409),
    ("lateCancel", "refused"),
    ("sceneUnavailable", 409),
    ("unknownContract", 404),
    ("unknownContractList", 200),
    ("priceWithoutPlan", 400),
]


@pytest.mark.parametrize(("switch", "value"), _POSITIONS, ids=lambda value: str(value))
def test_whatever_the_contract_leaves_open_a_second_pass_is_quiet(project: Project, switch: str, value: Any) -> None:
    """Under each position of each switch: placed once, and the next pass has no action and waits for nobody."""
    project.switch(**{switch: value})
    project.order(iceye={"reference": "Ünïcode text", "priority": "COMMERCIAL"})
    project.order("bruce", iceye={"priority": "BACKGROUND"}, target={"type": "Point", "coordinates": TOWNS["alice"]})
    first = project.reconcile()
    assert outcomes(first) == {"alice": OutcomeKind.DONE, "bruce": OutcomeKind.DONE}
    second = project.reconcile()
    assert actions(second) == []
    assert findings(second) == [("alice", FindingKind.IN_SYNC), ("bruce", FindingKind.IN_SYNC)]
    project.lose_state()
    assert actions(project.reconcile()) == [("adopt", "alice"), ("adopt", "bruce")]
    assert actions(project.reconcile()) == []
    assert len(project.orders()) == 2


@pytest.mark.parametrize("where", ["both", "list"])
def test_an_order_that_its_provider_shows_late_is_waited_for(project: Project, where: str) -> None:
    """Bound but not shown yet: nothing is sent, nobody is called, and later it is in sync."""
    project.switch(visibilitySeconds=600, visibilityWhere=where)
    project.order()
    project.reconcile()
    early = project.reconcile()
    assert actions(early) == []
    expected = FindingKind.WAITING if where == "both" else FindingKind.IN_SYNC
    assert finding(early).kind is expected
    project.advance("11m")
    late = project.reconcile()
    assert (actions(late), finding(late).kind) == ([], FindingKind.IN_SYNC)
    assert len(project.orders()) == 1


def test_the_list_leaves_out_webhook_and_deliveries_and_that_is_no_drift(project: Project) -> None:
    """What only a single read shows is compared with what was stated when the order was placed."""
    contract = project.sim("GET", f"/iceye/contracts/{CONTRACT}")
    place = contract["deliveryLocations"][0]
    deliveries = [{"locations": [{"configID": place["configID"], "path": place["path"], "subPath": "a/b"}]}]
    webhook = {"webhook": {"id": "5b0c2a3e-9f41-4d0a-8c7b-1a2e6f3d4c55"}}
    project.order(iceye={"notifications": webhook, "deliveries": deliveries, "productTypes": ["SLC", "GRD"]})
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}
    assert finding(project.reconcile()).kind is FindingKind.IN_SYNC


def test_plan_writes_no_state_and_sends_no_write(project: Project) -> None:
    """`plan` makes no file, `refresh` writes no order; the simulator sees reads alone."""
    project.order()
    report = project.plan()
    assert actions(report) == [("place", "alice")]
    assert not project.state.exists()
    project.reconcile()
    before = project.state.read_bytes()
    project.order("bruce")
    project.edit(project.orders()[0]["id"], lookSide="LEFT")
    project.zero()
    assert actions(project.plan()) == [("place", "bruce")]
    assert project.state.read_bytes() == before
    project.refresh()
    project.run(Mode.PLAN)
    assert project.writes() == {}


def test_plan_and_reconcile_agree(project: Project) -> None:
    """What `plan` shows is what `reconcile` then does, with the same fingerprint while the clock stands."""
    project.order()
    project.order("bruce", confirm={"maxPrice": eur("1.00")})
    planned, done = project.plan(), project.reconcile()
    assert planned.plan == done.plan
    assert [result.action for result in done.results] == list(planned.plan.actions)


def test_a_refresh_remembers_phases_and_places_nothing(project: Project) -> None:
    """`status --refresh` notes what changed, and leaves a new manifest alone."""
    project.order()
    project.reconcile()
    project.order("bruce")
    project.advance("30m")
    project.zero()
    project.refresh()
    assert project.record().status == "ACTIVE"
    assert project.writes() == {}
    assert "bruce" not in {record.key for record in project.records().values()}


def test_the_command_line_does_the_same(project: Project) -> None:
    """As processes: plan, reconcile, plan; codes and last lines as documented; one order."""
    project.order()
    planned = project.command("plan", "--detailed-exitcode")
    assert (planned.code, planned.out.splitlines()[-1][:17]) == (2, "Plan: 1 to place ")
    done = project.command("reconcile")
    assert done.code == 0
    again = project.command("reconcile", "--detailed-exitcode")
    assert (again.code, again.out.splitlines()[-1][:19]) == (0, "Reconcile: 0 placed")
    assert len(project.orders()) == 1
    assert project.requests()[CREATE] == 1


def test_a_dry_run_sends_no_write(project: Project) -> None:
    """`reconcile --dry-run` is `plan`: no state file, no order."""
    project.order()
    done = project.command("reconcile", "--dry-run")
    assert done.code == 0
    assert "1 to place" in done.out
    assert project.writes() == {}
    assert not project.state.exists()


def test_an_account_with_the_embedded_simulator_needs_no_secret(project: Project) -> None:
    """`endpoint: simulator` keeps its world beside the state; a second process finds the first one's order."""
    project.account(endpoint="simulator", simulator={"start": "2026-12-01T00:00:00Z"}, iceye={"contractID": CONTRACT})
    project.order()
    project.variables = {}
    assert project.command("reconcile").code == 0
    again = project.command("plan", "--detailed-exitcode")
    assert (again.code, "in sync" in again.out) == (0, True), again.out
    project.state.unlink()
    adopted = project.command("plan")
    assert "1 to adopt" in adopted.out


# The property.

_DEGREES = st.one_of(
    st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    st.sampled_from(
        [(180.0, 90.0), (-180.0, -90.0), (0.0, 0.0), (-0.0, 1e-7), (133.882675, -23.700552), (179.9999999, 89.9999999)]
    ),
)
_MODES = st.sampled_from(["SPOTLIGHT", "Spot Fine", "STRIPMAP", "SCAN_WIDE", "Dwell Precise", "SPOTLIGHT_HIGH_2L"])
_OFFSETS = st.sampled_from(["Z", "+00:00", "+03:00", "-11:30", "+14:00"])
_TEXTS = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Co", "Cn"), blacklist_characters="\u2028\u2029\ufeff"),
    min_size=1,
    max_size=60,
).filter(lambda text: text.strip() and "rc1-" not in text.lower() and len(text.encode()) <= 200)


def _instant(offset_minutes: int, millis: int, zone: str) -> str:
    """Write an instant some minutes after the start in a zone, as people write it."""
    moment = START + timedelta(minutes=offset_minutes, milliseconds=millis)
    if zone == "Z":
        return instant_text(moment)
    sign = -1 if zone[0] == "-" else 1
    shift = sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    local = (moment + shift).replace(tzinfo=None)
    return f"{local.isoformat(timespec='milliseconds')}{zone}"


@st.composite
def _windows(draw: st.DrawFn) -> dict[str, str]:
    start = draw(st.integers(24 * 60 + 1, 12 * 24 * 60))
    width = draw(st.integers(24 * 60, min(14 * 24 * 60 - start, 12 * 24 * 60)))
    millis = draw(st.sampled_from([0, 310, 1, 999]))
    end_millis = millis if width < 14 * 24 * 60 - start else 0
    width += 1 if end_millis < millis else 0
    return {
        "start": _instant(start, millis, draw(_OFFSETS)),
        "end": _instant(min(start + width, 14 * 24 * 60 - 1), end_millis, draw(_OFFSETS)),
    }


def _fits(times: Mapping[str, str]) -> bool:
    from reconciler.model.time import parse_instant

    start, end = parse_instant(times["start"]), parse_instant(times["end"])
    return timedelta(hours=24) <= end - start <= timedelta(days=13)


_ANGLES = st.tuples(st.integers(10, 45), st.integers(10, 45)).map(lambda pair: {"min": min(pair), "max": max(pair)})
_BLOCKS = st.fixed_dictionaries(
    {"imagingMode": _MODES},
    optional={
        "reference": _TEXTS,
        "exclusivity": st.sampled_from(["PRIVATE", "PUBLIC"]),
        "priority": st.sampled_from(["COMMERCIAL", "BACKGROUND"]),
        "sla": st.sampled_from(["SLA_8H", "SLA_3H", "SLA_24H"]),
        "eula": st.sampled_from(["STANDARD", "GOVERNMENT"]),
        "incidenceAngle": _ANGLES,
        "lookSide": st.sampled_from(["LEFT", "RIGHT", "ANY"]),
        "passDirection": st.sampled_from(["ASCENDING", "DESCENDING", "ANY"]),
        "productTypes": st.lists(st.sampled_from(["GRD", "SLC", "QLK", "CSI", "VID-COG"]), min_size=1, unique=True),
        "notifications": st.uuids().map(lambda id_: {"webhook": {"id": str(id_)}}),
    },
)
_ORDERS = st.lists(st.tuples(_DEGREES, _windows().filter(_fits), _BLOCKS), min_size=1, max_size=4)


def _property(examples: list[tuple[tuple[float, float], dict[str, str], dict[str, Any]]], http: httpx.Client) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(start=START, speed=0, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator,
        httpx.HTTPTransport(verify=False) as transport,
    ):
        project = Project(Path(folder), simulator, http, transport=transport)
        for number, (degrees, times, block) in enumerate(examples):
            target = {"type": "Point", "coordinates": list(degrees)}
            others = [f"order-{other}" for other in range(len(examples)) if other != number]
            confirm = {"maxPrice": eur("9999.00"), "alsoOrdered": others}
            project.order(f"order-{number}", target=target, window=times, iceye=block, confirm=confirm)
        first = project.reconcile()
        assert set(outcomes(first).values()) == {OutcomeKind.DONE}, first.plan.findings
        assert len(project.orders()) == len(examples)
        project.zero()
        second = project.reconcile()
        assert (actions(second), {kind for _, kind in findings(second)}) == ([], {FindingKind.IN_SYNC})
        assert project.writes() == {}
        project.lose_state()
        third = project.reconcile()
        assert {kind for kind, _ in actions(third)} == {"adopt"}
        fourth = project.reconcile()
        assert (actions(fourth), {kind for _, kind in findings(fourth)}) == ([], {FindingKind.IN_SYNC})
        assert project.writes() == {}
        assert all(event.kind is not EventKind.INTENT for event in project.journal())


_HEALTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=25, suppress_health_check=_HEALTH)
@given(examples=_ORDERS)
def test_plan_after_apply_is_empty(examples: list[Any], control_client: httpx.Client) -> None:
    """For orders of every kind: placed, in sync, and after a lost state file adopted, in sync, never sent again."""
    _property(examples, control_client)


@pytest.mark.sweep
@settings(max_examples=600, suppress_health_check=_HEALTH)
@given(examples=_ORDERS)
def test_plan_after_apply_is_empty_for_many_orders(examples: list[Any], control_client: httpx.Client) -> None:
    """The same over many more examples."""
    _property(examples, control_client)
