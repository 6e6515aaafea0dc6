"""Plan after apply is empty at UP42 too: at every stage of an order's life, under every switch, for every product."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.simulator import Simulator
from reconciler.simulator.switches import SwitchValue
from tests.simulator.up42 import product
from tests.support.in_sync import placed_and_found_again, quiet
from tests.support.project import Project, actions, credits_of, finding, outcomes, window
from tests.support.provider import START, UP42
from tests.sweeps.actions_at_up42 import POSITIONS

CEILING = credits_of(100_000_000)
SQUARE = {"type": "Polygon", "coordinates": [[[13.0, 52.0], [13.1, 52.0], [13.1, 52.1], [13.0, 52.1], [13.0, 52.0]]]}
OPTICAL = {
    "acquisitionMode": "mono",
    "cloudCoverage": 10,
    "incidenceAngle": 20,
    "geometricProcessing": "ortho",
    "spectralProcessing": "bundle",
    "pixelCoding": "12bits",
    "radiometricProcessing": "reflectance",
    "deliveredAs": "geotiff",
}


@pytest.fixture
def project(tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport) -> Iterator[Project]:
    """A folder of manifests with one account at UP42, whose orders get a study with options."""
    with Simulator(start=START, speed=0) as simulator:
        made = Project(tmp_path, simulator, control_client, transport=plain_transport, provider=UP42)
        made.switch(study="MANUAL")
        yield made


def test_a_second_pass_only_reads_at_every_stage(project: Project) -> None:
    """Placed, offered, quoted, active, fulfilled: what waits is told, and nothing is sent for it again."""
    block = {"tags": ["late", "b"]}
    project.order(up42=block)
    quiet(project)
    stages = [project.record().phase]
    (order,) = project.orders()
    confirm: dict[str, Any] = {"feasibility": {"optionId": str(uuid5(UUID(order["id"]), "option 2"))}}
    for step, agreed in (("2h", {}), ("0h", confirm), ("70m", confirm), ("0h", {**confirm, "maxPrice": CEILING})):
        project.advance(step)
        project.order(up42=block, confirm=agreed)
        quiet(project)
        stages.append(project.record().phase)
    for days in (8, 9, 14):
        project.set_clock(days)
        quiet(project)
        stages.append(project.record().phase)
    told = list(map(str, stages))
    assert told == ["placed", "offered", "placed", "quoted", "active", "active", "active", "fulfilled"]
    assert [quote["decision"] for quote in project.orders()[0]["quotes"]] == ["ACCEPTED"]


def test_trouble_in_delivery_is_waited_for(project: Project) -> None:
    """The three odd words of a delivery are followed by reads alone."""
    project.switch(outcome="DELIVERY_TROUBLE", study="none")
    project.order(confirm={"maxPrice": CEILING})
    project.reconcile()
    project.advance("2h")
    project.reconcile()
    project.set_clock(11.67)
    shown = []
    for _ in range(4):
        quiet(project)
        shown.append((project.record().status or "").partition("/")[0])
        project.advance("1h")
    assert shown == ["DELIVERY_INITIALIZATION_FAILED", "DOWNLOAD_FAILED", "DOWNLOADED", "FULFILLED"]
    assert finding(project.plan()).kind is FindingKind.ENDED


def test_an_order_that_no_quote_follows_needs_a_ceiling(project: Project) -> None:
    """Radar is delivered and charged without a quotation: its estimate is agreed to before it is placed."""
    radar = {
        "dataProduct": product("radar-tasking"),
        "params": {"acquisitionMode": "spotlight", "polarization": "VV"},
    }
    for confirm in ({}, {"maxPrice": credits_of(44_999)}):
        project.order(up42=radar, confirm=confirm)
        report = project.reconcile()
        assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)
    project.order(up42=radar, confirm={"maxPrice": credits_of(45_000)})
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}
    assert str(project.record().price) == "45,000 credits"


_SWITCHED = [(name, value) for name, values in POSITIONS.items() for value in values]


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        pytest.param(name, value, marks=() if value == POSITIONS[name][1] else pytest.mark.sweep)
        for name, value in _SWITCHED
    ],
    ids=str,
)
def test_whatever_the_contract_leaves_open_a_second_pass_is_quiet(
    project: Project, switch: str, value: SwitchValue
) -> None:
    """Under each position of each switch: placed, its option chosen, its quote accepted, its state file lost."""
    project.switch(**{switch: value})
    spec: dict[str, Any] = {"up42": {"tags": ["late"], "displayName": "text" if value == "as-tags" else "Ünïcode text"}}
    project.order(**spec)
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}
    for wait in ("11m", "60m", "65m"):
        project.advance(wait)
        (order,) = project.orders_of()
        options = order["study"]["options"] if order["study"] else ()
        chosen = {"feasibility": {"optionId": options[-1]["id"]}} if options else {}
        project.order(**spec, confirm={"maxPrice": CEILING, **chosen})
        quiet(project)
    project.lose_state()
    project.reconcile()
    quiet(project)
    assert len(project.orders_of()) == 1
    assert finding(project.plan()).kind in (FindingKind.IN_SYNC, FindingKind.ENDED)


# The property.

_SHORT = st.text(st.characters(whitelist_categories=("Lu", "Ll", "Nd"), whitelist_characters=".-_/:"), min_size=1)
_TAGS = st.lists(_SHORT.map(lambda text: text[:20]), max_size=4, unique=True)
_NAMES = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp"), blacklist_characters="\ufeff"),
    min_size=1,
    max_size=60,
).filter(lambda text: text.strip() and "rc1-" not in text.lower())
_OPTICAL_PARAMS = st.fixed_dictionaries(
    {
        **{name: st.just(value) for name, value in OPTICAL.items()},
        "acquisitionMode": st.sampled_from(["mono", "stereo", "tristereo"]),
        "cloudCoverage": st.integers(5, 20),
        "incidenceAngle": st.integers(5, 50),
    },
    optional={
        "minBH": st.sampled_from([0.2, 0.25, 0.8]),
        "maxBH": st.sampled_from([0.35, 0.7]),
        "projection": st.just("4326"),
        "extraDescription": st.sampled_from(["", "two lines", "12"]),
    },
)
_SPOT_PARAMS = st.fixed_dictionaries(
    {"acquisitionMode": st.sampled_from(["standard", "priority"])}, optional={"cloudCoverage": st.integers(30, 100)}
)
_RADAR_PARAMS = st.fixed_dictionaries(
    {"acquisitionMode": st.sampled_from(["spotlight", "stripmap"]), "polarization": st.sampled_from(["VV", "HH"])},
    optional={
        "sceneSize": st.sampled_from(["5x5", "10x10"]),
        "looks": st.sampled_from(["1", "3"]),
        "resolution": st.sampled_from(["0.5", "1"]),
        "priority": st.sampled_from(["standard", "urgent"]),
    },
)
_POINTS = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(lambda p: {"type": "Point", "coordinates": list(p)})


@st.composite
def _polygons(draw: st.DrawFn) -> dict[str, Any]:
    west, south = draw(st.floats(-179, 178)), draw(st.floats(-80, 79))
    width, height = draw(st.sampled_from([0.01, 0.1, 0.5])), draw(st.sampled_from([0.01, 0.1]))
    ring = [[west, south], [west + width, south], [west + width, south + height], [west, south + height]]
    turn = draw(st.integers(0, 3))
    ring = ring[turn:] + ring[:turn]
    ring = ring[::-1] if draw(st.booleans()) else ring
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _orders_of(collection: str, params: st.SearchStrategy[Any], places: st.SearchStrategy[Any]) -> Any:
    by_id = st.just({"dataProduct": product(collection)})
    by_name = st.just({"collection": collection, "product": collection})
    names = st.fixed_dictionaries({}, optional={"displayName": _NAMES, "tags": _TAGS})
    days = st.tuples(st.integers(2, 20), st.integers(1, 30)).map(lambda d: window(d[0], d[0] + d[1]))
    return st.tuples(st.one_of(by_id, by_name), params, places, names, days).map(
        lambda drawn: {"up42": {**drawn[0], "params": drawn[1], **drawn[3]}, "target": drawn[2], "window": drawn[4]}
    )


_ORDERS = st.lists(
    st.one_of(
        _orders_of("phr-tasking", _OPTICAL_PARAMS, _polygons()),
        _orders_of("pneo-tasking", _OPTICAL_PARAMS, _polygons()),
        _orders_of("blacksky-tasking", _SPOT_PARAMS, _POINTS),
        _orders_of("radar-tasking", _RADAR_PARAMS, _POINTS),
    ),
    min_size=1,
    max_size=4,
)


def _property(examples: list[dict[str, Any]], switches: dict[str, SwitchValue], http: httpx.Client) -> None:
    specs = [{**spec, "confirm": {"maxPrice": CEILING}} for spec in examples]
    placed_and_found_again(UP42, specs, switches, http)


_SHOWN = ("answerNames", "windowEcho", "geometryCrs", "suffix", "displayNameTrimmed", "sizeMaximum", "createStatus")
_SWITCHES = st.fixed_dictionaries({}, optional={name: st.sampled_from(POSITIONS[name]) for name in _SHOWN})
_HEALTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=25, suppress_health_check=_HEALTH)
@given(examples=_ORDERS, switches=_SWITCHES)
def test_plan_after_apply_is_empty(
    examples: list[Any], switches: dict[str, SwitchValue], control_client: httpx.Client
) -> None:
    """For orders of every product: placed, in sync, and after a lost state file adopted, in sync, never sent again."""
    _property(examples, switches, control_client)


@pytest.mark.sweep
@settings(max_examples=400, suppress_health_check=_HEALTH)
@given(examples=_ORDERS, switches=_SWITCHES)
def test_plan_after_apply_is_empty_for_many_orders(
    examples: list[Any], switches: dict[str, SwitchValue], control_client: httpx.Client
) -> None:
    """The same over many more examples."""
    _property(examples, switches, control_client)


def test_every_switch_is_tried_in_more_than_one_position() -> None:
    """What a switch can be turned to and what is tried are told by the simulator itself."""
    assert {name: len(set(map(str, values))) > 1 for name, values in POSITIONS.items()} == dict.fromkeys(
        POSITIONS, True
    )
