"""Plan after apply is empty at Vantor too: at every stage of an order's life, under every switch, for every tier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.outcome import OutcomeKind
from reconciler.model.phase import Phase
from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import remedy
from reconciler.simulator import Simulator
from reconciler.simulator.switches import SwitchValue
from tests.support.in_sync import placed_and_found_again, quiet
from tests.support.project import Project, actions, credits_of, finding, outcomes, window
from tests.support.provider import START, VANTOR, area
from tests.sweeps.actions_at_vantor import POSITIONS, PRICED, block_of, price_agreed

CHARGE = credits_of(10_000)
FAST = {"vantor": {"tasking_tier": "fastView"}, "window": window(6, 6.25), "target": area(2.0)}


@pytest.fixture
def project(tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport) -> Iterator[Project]:
    """A folder of manifests with one account at Vantor, beside an order of somebody else."""
    with Simulator(start=START, speed=0) as simulator:
        made = Project(tmp_path, simulator, control_client, transport=plain_transport, provider=VANTOR)
        made.place_by_hand(None)
        yield made


def test_a_second_pass_only_reads_at_every_stage(project: Project) -> None:
    """Placed, extended, collected, delivered, fulfilled: each is told, and nothing is sent for it again."""
    project.order()
    quiet(project)
    project.order(window=window(5, 16))
    assert actions(project.reconcile()) == [("amend", "alice")]
    quiet(project)
    stages = [project.record().phase]
    for days in (0.01, 9, 8.36, 12, 15, 17):
        project.set_clock(days)
        quiet(project)
        stages.append(project.record().phase)
    assert stages[0] is Phase.PLACED
    assert stages[-1] is Phase.FULFILLED
    assert {Phase.ACTIVE, Phase.DELIVERING} <= set(stages)


_BLOCKS: Mapping[tuple[str, SwitchValue], dict[str, Any]] = {
    ("outputsRequired", False): {"output_configs": None},
    ("outputTypes", "all"): {"output_configs": [{"type": "mgp_order_manager"}]},
    ("privateEntitled", True): {"is_private": True},
    ("unknownFields", "ignored"): {"tasking_details": {"others": {"unknown": 1}}},
    ("limits", "none"): {"tasking_details": {"max_cloud_cover": 90}},
    ("descriptionTooLong", "cut"): {"request_description": "a text of ours"},
}
"""What an order states by which a position is noticed."""
_BESIDES: Mapping[tuple[str, SwitchValue], dict[str, SwitchValue]] = {
    ("descriptionTooLong", "cut"): {"descriptionMaximum": 24},
    ("visibilityWhere", "both"): {"visibilitySeconds": 600},
}
_WORLDS = 8
_EVERYDAY = [
    {name: POSITIONS[name][1] for number, name in enumerate(POSITIONS) if number % _WORLDS == scenario}
    for scenario in range(_WORLDS)
]
"""Each switch in another position than its default, in one of a few worlds; neighbors never in the same."""
_SWITCHED = [{name: value} for name, values in POSITIONS.items() for value in values]


@pytest.mark.parametrize(
    "turned",
    [*_EVERYDAY, *(pytest.param(turned, marks=pytest.mark.sweep) for turned in _SWITCHED)],
    ids=lambda turned: "-".join(map(str, *turned.items())) if len(turned) == 1 else f"{len(turned)} switches",
)
def test_whatever_the_contract_leaves_open_a_second_pass_is_quiet(
    project: Project, turned: dict[str, SwitchValue]
) -> None:
    """Under each position of each switch: placed, extended, canceled, its state file lost; one order each."""
    block: dict[str, Any] = {}
    for position in list(turned.items()):
        turned = {**_BESIDES.get(position, {}), **turned}
        block |= _BLOCKS.get(position, {})
    project.switch(**turned)
    project.block = block_of(turned)
    project.account()
    project.account("vantor-two", contract=VANTOR.other_tenant)
    project.fault("status", "GET", "/tasking/v2/tasking", status=429)
    confirm = price_agreed(turned)
    spec: dict[str, Any] = {"vantor": block, "confirm": confirm}
    project.order("alice", **spec)
    project.order("bruce", **FAST, account="vantor-two", confirm=confirm)
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE, "bruce": OutcomeKind.DONE}
    quiet(project)
    project.order("alice", **spec, window=window(5, 16))
    for wait in ("11m", "60m"):
        project.advance(wait)
        quiet(project)
    project.order(
        "bruce", **FAST, confirm=confirm, account="vantor-two", cancel={"reason": "late", "maxCharge": CHARGE}
    )
    quiet(project)
    project.advance("11m")
    project.lose_state()
    report = project.reconcile()
    assert {kind for kind, _ in actions(report)} <= {"adopt", "cancel"}, report.plan
    quiet(project)
    assert [len(project.orders_of(key)) for key in ("alice", "bruce")] == [1, 1]


@pytest.mark.parametrize("echo", ["absent", "get"])
def test_after_a_lost_state_nothing_is_ordered_twice_whatever_is_shown(project: Project, echo: str) -> None:
    """Where no text is shown a person is asked, once; what a person has named is in sync from then on."""
    project.switch(descriptionEcho=echo)
    project.order()
    project.reconcile()
    project.lose_state()
    report = project.reconcile()
    (order,) = project.orders_of()
    if echo == "get":
        assert actions(report) == [("adopt", "alice")]
    else:
        assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)
        assert order["id"] in remedy(finding(report))
        with project.deciding() as decision:
            decision.adopt(order["id"])
    quiet(project)
    assert finding(project.plan()).kind is FindingKind.IN_SYNC
    assert len(project.orders_of()) == 1


@pytest.mark.parametrize("form", POSITIONS["idForm"], ids=str)
def test_dates_in_any_spelling_and_long_ids_survive_a_round_trip(project: Project, form: SwitchValue) -> None:
    """19 digits, sent as text or as a number beyond 2^53, are kept to the last; small letters and spaces are dates."""
    project.switch(idForm=form)
    project.order()
    project.reconcile()
    (order,) = project.orders_of()
    assert (project.record().order_id, len(order["id"])) == (order["id"], 19)
    assert order["body"]["start_collect_datetime"] == "2026-12-06t00:00:00z"
    for date in POSITIONS["dateEcho"]:
        project.switch(dateEcho=date)
        project.lose_state()
        quiet(project)
        told = finding(project.plan())
        assert (told.kind, told.differences, told.subject.order_id) == (FindingKind.IN_SYNC, (), order["id"])
    assert len(project.orders_of()) == 1


# The property.

_TEXTS = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp"), blacklist_characters="\ufeff")
)
_DESCRIPTIONS = _TEXTS.map(lambda text: text[:60]).filter(lambda text: text.strip() and "rc1-" not in text.lower())
_NAMES = st.sampled_from(["a", "a/b", "a/b/", "/a", "ä b"])
_OUTPUTS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("amazon_s3"), "bucket": _NAMES, "prefix": _NAMES},
        optional={"role_arn": st.just("arn:aws:iam::1:role/x")},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("azure_blob_storage"),
            "container": _NAMES,
            "prefix": _NAMES,
            "sas_url": st.just({"env": "SIM_SAS_URL"}),
        }
    ),
)
_LEVELS = {"level": st.sampled_from(["FINAL_ONLY", "INTERMEDIATE", "INITIAL_FINAL", "ON_FAIL"])}
_NOTICES = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("email"), "target": st.sampled_from(["a@b.c", "a@b.c, d@e.f"])}, optional=_LEVELS
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("http"),
            "target": st.just("https://example.org/"),
            "config": st.just({"headers": {"X-Key": {"env": "SIM_HOOK"}}}),
        },
        optional=_LEVELS,
    ),
)
_BLOCK = st.fixed_dictionaries(
    {
        "tasking_tier": st.sampled_from(["flexView", "fastView"]),
        "product_details": st.fixed_dictionaries(
            {
                "product_type": st.sampled_from(["system-ready", "view-ready", "view-ready-ortho", "map-ready"]),
                "licensing": st.sampled_from(
                    [{"end_use_code": "AGR"}, {"end_use_code": "OTH", "end_use_description": "it is"}]
                ),
            },
            optional={"product_option": st.just("Pan_or_3_Band_PanSharpen")},
        ),
        "output_configs": st.lists(_OUTPUTS, min_size=1, max_size=3),
    },
    optional={
        "request_description": _DESCRIPTIONS,
        "is_private": st.booleans(),
        "notifications": st.lists(_NOTICES, min_size=1, max_size=3),
        "tasking_details": st.fixed_dictionaries(
            {},
            optional={
                "max_gsd": st.sampled_from([0.3, 0.39, 1]),
                "max_cloud_cover": st.floats(15, 50),
                "max_off_nadir_angle": st.integers(5, 45),
                "min_sun_elevation_angle": st.floats(0, 90),
            },
        ),
    },
)


@st.composite
def _areas(draw: st.DrawFn) -> dict[str, Any]:
    """Rings that begin anywhere and run either way."""
    ring = area(draw(st.floats(-179, 178)), draw(st.floats(-35, 35)))["coordinates"][0][:4]
    turn = draw(st.integers(0, 3))
    ring = ring[turn:] + ring[:turn]
    ring = ring[::-1] if draw(st.booleans()) else ring
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


_ORDERS = st.lists(
    st.fixed_dictionaries(
        {
            "vantor": _BLOCK,
            "target": _areas(),
            "window": st.tuples(st.integers(2, 20), st.sampled_from([0.25, 1, 30])).map(
                lambda days: window(days[0], days[0] + days[1])
            ),
            "confirm": st.just(PRICED),
        }
    ),
    min_size=1,
    max_size=4,
)
_SHOWN = (
    *("createStatus", "submitAnswer", "envelope", "idName", "idForm", "statusName", "spelling", "dateEcho"),
    *("geometryEcho", "defaultsFilled", "secretEcho", "pageSize", "limitMaximum", "nextPage", "tokenParameter"),
    *("endToken", "defaultSort", "filter"),
)
_SWITCHES = st.fixed_dictionaries(
    {"privateEntitled": st.just(True), "descriptionEcho": st.sampled_from(["shown", "get"])},
    optional={name: st.sampled_from(POSITIONS[name]) for name in _SHOWN},
)
_HEALTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=10, suppress_health_check=_HEALTH)
@given(specs=_ORDERS, switches=_SWITCHES)
def test_plan_after_apply_is_empty(
    specs: list[Any], switches: dict[str, SwitchValue], control_client: httpx.Client
) -> None:
    """For orders of every kind: placed, in sync, and after a lost state file adopted, in sync, never sent again."""
    placed_and_found_again(VANTOR, specs, switches, control_client)


@pytest.mark.sweep
@settings(max_examples=400, suppress_health_check=_HEALTH)
@given(specs=_ORDERS, switches=_SWITCHES)
def test_plan_after_apply_is_empty_for_many_orders(
    specs: list[Any], switches: dict[str, SwitchValue], control_client: httpx.Client
) -> None:
    """The same over many more examples."""
    placed_and_found_again(VANTOR, specs, switches, control_client)


def test_every_switch_is_tried_in_more_than_one_position() -> None:
    """What a switch can be turned to and what is tried are told by the simulator itself."""
    assert {name: len(set(map(str, values))) > 1 for name, values in POSITIONS.items()} == dict.fromkeys(
        POSITIONS, True
    )
