"""Terms both ways: what was ordered compares equal to what ICEYE says of it, and nothing else does."""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.geometry import Point, Polygon
from reconciler.model.ids import AccountName
from reconciler.model.phase import Phase
from reconciler.model.terms import same
from reconciler.model.time import Window
from reconciler.providers.iceye.driver import DRIVER
from reconciler.providers.iceye.parse import read_task
from reconciler.providers.iceye.terms import body, milliseconds, own_text

from .scenario import CONTRACT, REFERENCE, START, TASK_ID, order, task

ACCOUNT = AccountName("iceye-prod")


def observed(**changes):
    return read_task(task(**changes), ACCOUNT, complete=True)


def differences(desired, seen) -> set[str]:
    tolerances = DRIVER.traits.tolerances
    stated = DRIVER.terms(desired)
    return {
        name
        for name, value in stated.items()
        if not same(value, seen.terms.get(name), tolerance=tolerances.get(name, 0.0))
    }


def test_the_create_body_field_by_field():
    """Each parameter goes where the create page has it, in its spelling; what is not stated is not sent."""
    location = {"configID": "c-1", "path": "BUCKET", "subPath": "a/b/"}
    desired = order(
        reference="customer task reference 123-456",
        exclusivity="PRIVATE",
        priority="COMMERCIAL",
        sla="SLA_8H",
        eula="STANDARD",
        incidenceAngle={"min": 10, "max": 45},
        lookSide="ANY",
        passDirection="ASCENDING",
        productTypes=["SLC", "GRD"],
        notifications={"webhook": {"id": "w-1"}},
        deliveries=[{"locations": [location]}],
        imagingDuration=15,
    )
    assert body(desired, contract=CONTRACT, reference=REFERENCE) == {
        "contractID": CONTRACT,
        "pointOfInterest": {"lat": -23.700552, "lon": 133.882675},
        "acquisitionWindow": {"start": "2026-12-04T00:00:00.000Z", "end": "2026-12-06T00:00:00.000Z"},
        "imagingMode": "SPOTLIGHT",
        "reference": f"{REFERENCE} customer task reference 123-456",
        "exclusivity": "PRIVATE",
        "priority": "COMMERCIAL",
        "sla": "SLA_8H",
        "eula": "STANDARD",
        "incidenceAngle": {"min": 10, "max": 45},
        "lookSide": "ANY",
        "passDirection": "ASCENDING",
        "productTypes": ["SLC", "GRD"],
        "notifications": {"webhook": {"id": "w-1"}},
        "deliveries": [{"locations": [location]}],
        "imagingDuration": 15,
    }


def test_the_smallest_create_body():
    """The five required parameters and our reference, nothing more: unknown fields are refused."""
    sent = body(order(), contract=CONTRACT, reference=REFERENCE)
    assert set(sent) == {"contractID", "pointOfInterest", "acquisitionWindow", "imagingMode", "reference"}
    assert sent["reference"] == REFERENCE


def test_an_area_has_no_body():
    """ICEYE takes a point."""
    square = Polygon((((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)),))
    with pytest.raises(ValueError, match="one point"):
        body(order(target=square), contract=CONTRACT, reference=REFERENCE)
    assert "pointOfInterest.lat" not in DRIVER.terms(order(target=square))


def test_an_offset_is_the_same_instant():
    """The create page's own pair: 02:20 at +03:00 is 23:20 in UTC."""
    there = datetime(2026, 12, 30, 2, 20, 11, 315000, tzinfo=timezone(timedelta(hours=3)))
    assert milliseconds(there) == "2026-12-29T23:20:11.315Z"
    times = {"start": "2026-12-04T03:00:00+03:00", "end": "2026-12-05T19:00:00.000-05:00"}
    assert differences(order(), observed(acquisitionWindow=times)) == set()


@pytest.mark.parametrize(
    "echo",
    [
        "2026-12-04T00:00:00.31Z",
        "2026-12-04T00:00:00.310Z",
        "2026-12-04T00:00:00.310000Z",
        "2026-12-04T00:00:00.310000000Z",
    ],
)
def test_the_digits_of_a_second_do_not_matter(echo):
    """Go drops trailing zeros and databases add some; the instant is the same."""
    desired = order(start=START + timedelta(milliseconds=310))
    times = {"start": echo, "end": "2026-12-06T00:00:00.31Z"}
    assert differences(desired, observed(acquisitionWindow=times)) == set()


@pytest.mark.parametrize("echo", ["2026-12-04T00:00:00.309999999Z", "2026-12-04T00:00:00.310499Z"])
def test_less_than_a_millisecond_is_the_same(echo):
    """An echo that a database's arithmetic has moved by less than a half is the same instant."""
    desired = order(start=START + timedelta(milliseconds=310))
    times = {"start": echo, "end": "2026-12-06T00:00:00.31Z"}
    assert differences(desired, observed(acquisitionWindow=times)) == set()


def test_a_moved_window_is_a_difference():
    """A millisecond is the precision that is sent, so it is what is compared."""
    times = {"start": "2026-12-04T00:00:00.001Z", "end": "2026-12-06T00:00:00Z"}
    assert differences(order(), observed(acquisitionWindow=times)) == {"acquisitionWindow.start"}


@pytest.mark.parametrize("times", [None, ..., "soon", {"start": "2023-12-20T15:04:05Z07:00"}, {"start": 5, "end": 6}])
def test_an_unreadable_window_shows_as_a_difference(times):
    """It breaks nothing, and it is not silently in sync: the stated window is observed as nothing."""
    seen = observed(acquisitionWindow=times)
    assert seen.window is None
    assert differences(order(), seen) == {"acquisitionWindow.start", "acquisitionWindow.end"}
    assert any("acquisitionWindow" in remark for remark in seen.remarks)


def test_float32_coordinates():
    """ICEYE declares 32-bit floats: the rounded echo is no difference, a neighboring place is one."""
    assert differences(order(), observed(pointOfInterest={"lat": -23.700552, "lon": 133.88268})) == set()
    moved = observed(pointOfInterest={"lat": -23.7006, "lon": 133.882675})
    assert differences(order(), moved) == {"pointOfInterest.lat"}


def test_defaults_are_no_difference():
    """What the contract filled in was never stated."""
    filled = {"lookSide": "LEFT", "passDirection": "ASCENDING", "productTypes": ["GRD"], "imagingDuration": 15}
    assert differences(order(), observed(incidenceAngle={"min": 10, "max": 45}, **filled)) == set()


def test_missing_fields_are_no_difference():
    """ICEYE's own cancel example leaves out most "required" fields."""
    gone = ("exclusivity", "priority", "incidenceAngle", "eula", "sla", "lookSide", "passDirection", "reference")
    assert differences(order(), observed(**dict.fromkeys(gone, ...))) == set()


@pytest.mark.parametrize(
    ("stated", "echoed", "differs"),
    [
        ({"eula": "STANDARD"}, {"eula": ...}, "eula"),
        ({"priority": "BACKGROUND"}, {}, "priority"),
        ({"exclusivity": "PUBLIC"}, {}, "exclusivity"),
        ({"sla": "SLA_3H"}, {}, "sla"),
        ({"lookSide": "LEFT"}, {"lookSide": "RIGHT"}, "lookSide"),
        ({"passDirection": "ANY"}, {"passDirection": "ASCENDING"}, "passDirection"),
        ({"imagingMode": "SPOTLIGHT_FINE"}, {}, "imagingMode"),
        ({"incidenceAngle": {"min": 20, "max": 30}}, {}, "incidenceAngle.max"),
        (
            {"incidenceAngle": {"min": 20, "max": 40}},
            {"incidenceAngle": {"min": 20.5, "max": 40}},
            "incidenceAngle.min",
        ),
        ({"productTypes": ["GRD"]}, {"productTypes": ["GRD", "SLC"]}, "productTypes"),
        ({"reference": "a"}, {"reference": f"b {REFERENCE}"}, "reference"),
        ({"notifications": {"webhook": {"id": "w"}}}, {}, "notifications.webhook.id"),
        ({"imagingDuration": 10}, {"imagingDuration": 12}, "imagingDuration"),
    ],
)
def test_a_stated_term_that_comes_back_otherwise(stated, echoed, differs):
    """Every stated term is watched, also when it comes back as nothing."""
    assert differences(order(**stated), observed(**echoed)) == {differs}


@pytest.mark.parametrize(
    ("stated", "echoed"),
    [
        ({"productTypes": ["SLC", "GRD"]}, {"productTypes": ["GRD", "SLC"]}),
        ({"incidenceAngle": {"min": 20, "max": 40}}, {"incidenceAngle": {"min": 20.0, "max": 40.0}}),
        ({"reference": " two  words "}, {"reference": f"two  words {REFERENCE}"}),
        ({"reference": "Zu\u0308rich"}, {"reference": f"Z\u00fcrich {REFERENCE.upper()}"}),
        ({"notifications": {"webhook": {"id": "ABC-1"}}}, {"notifications": {"webhook": {"id": "abc-1"}}}),
        ({"imagingDuration": 15}, {"imagingDuration": 15.0}),
    ],
)
def test_the_same_in_another_spelling(stated, echoed):
    """Order in a set, whole floats, trimmed blanks, Unicode's two forms and the case of ids do not matter."""
    assert differences(order(**stated), observed(**echoed)) == set()


def test_deliveries_are_a_set():
    """Order, grouping, the server's own fields and a slash at the end do not matter; another place does."""
    one = {"configID": "c-1", "path": "A", "subPath": "x/y/"}
    two = {"configID": "c-2", "path": "B"}
    desired = order(deliveries=[{"locations": [one, two]}])
    echo = [
        {"id": "", "status": "pending", "locations": [{**two, "configID": "C-2", "subPath": ""}]},
        {"id": TASK_ID, "status": "success", "locations": [{**one, "subPath": "x/y"}]},
    ]
    assert differences(desired, observed(deliveries=echo)) == set()
    assert differences(desired, observed(deliveries=echo[:1])) == {"deliveries"}


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (f"customer {REFERENCE}", "customer"),
        (f"{REFERENCE} customer", "customer"),
        (f"ref-123 {REFERENCE}", "ref-123"),
        (REFERENCE, None),
        (f"  {REFERENCE.upper()}  ", None),
        ("customer", "customer"),
        (f"x{REFERENCE}", f"x{REFERENCE}"),
        ("", None),
        (None, None),
    ],
)
def test_our_reference_is_cut_out(text, own):
    """The user's own text is what remains; a token that is only part of a word is not ours."""
    assert own_text(text) == own


def test_an_odd_created_at():
    """The create page shows a timestamp that is none: it costs that fact, not the order."""
    seen = observed(createdAt="2023-12-20T15:04:05Z07:00")
    assert seen.created_at is None
    assert "ICEYE's createdAt is no timestamp" in seen.remarks
    assert observed().created_at == datetime(2026, 11, 28, 11, 4, 28, 372434, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("RECEIVED", Phase.PLACED),
        ("ACTIVE", Phase.ACTIVE),
        ("FULFILLED", Phase.DELIVERING),
        ("DONE", Phase.FULFILLED),
        ("REJECTED", Phase.REJECTED),
        ("FAILED", Phase.FAILED),
        ("CANCELED", Phase.CANCELED),
        ("CANCELLED", Phase.UNRECOGNIZED),
        ("received", Phase.UNRECOGNIZED),
        ("", Phase.UNRECOGNIZED),
        (..., Phase.UNRECOGNIZED),
        (7, Phase.UNRECOGNIZED),
    ],
)
def test_phases(status, phase):
    """ICEYE's seven words, and everything else as alive and not recognized."""
    assert observed(status=status).phase is phase


def test_unknown_fields_are_ignored():
    """New fields appear without a new version."""
    assert observed(azimuth={"a": [1]}, status="ACTIVE").phase is Phase.ACTIVE


def float32(value: float) -> float:
    return struct.unpack("f", struct.pack("f", value))[0]


def strict_server(sent: dict, *, short_floats: bool, micros: bool) -> dict:
    """Return the task that a server would hold: what was sent, defaults filled in, its own spelling of the rest."""
    made = {**task(), **json.loads(json.dumps(sent))}
    if short_floats:
        made["pointOfInterest"] = {name: float32(value) for name, value in sent["pointOfInterest"].items()}
    if micros:
        made["acquisitionWindow"] = {
            name: value.replace("Z", "000+00:00") for name, value in sent["acquisitionWindow"].items()
        }
    made["productTypes"] = sorted(made.get("productTypes", ["GRD", "SLC", "QLK"]))
    made["deliveries"] = [{"id": TASK_ID, "status": "pending", **one} for one in made.get("deliveries", [])][::-1]
    return made


texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40).filter(
    lambda text: text.strip() and "rc1-" not in text.lower()
)
names = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z-]{0,20}", fullmatch=True)
locations = st.fixed_dictionaries({"configID": names, "path": names}, optional={"subPath": names})
angles = st.tuples(st.integers(10, 45), st.integers(10, 45)).map(lambda pair: {"min": min(pair), "max": max(pair)})
products = st.lists(
    st.sampled_from(["GRD", "GRD-COG", "SLC", "SLC-COG", "QLK", "SICD", "SIDD", "CSI", "VID"]), min_size=1, unique=True
)
blocks = st.fixed_dictionaries(
    {"imagingMode": st.sampled_from(["Spot", "SPOTLIGHT", "strip", "SCAN_WIDE", "SPOTLIGHT_FINE_2L"])},
    optional={
        "reference": texts,
        "exclusivity": st.sampled_from(["PRIVATE", "PUBLIC"]),
        "priority": st.sampled_from(["BACKGROUND", "COMMERCIAL"]),
        "sla": st.sampled_from(["SLA_3H", "SLA_8H", "SLA_24H"]),
        "eula": st.sampled_from(["STANDARD", "GOVERNMENT", "MULTI"]),
        "incidenceAngle": angles,
        "lookSide": st.sampled_from(["LEFT", "RIGHT", "ANY"]),
        "passDirection": st.sampled_from(["ASCENDING", "DESCENDING", "ANY"]),
        "productTypes": products,
        "notifications": names.map(lambda name: {"webhook": {"id": name}}),
        "deliveries": st.lists(
            st.lists(locations, min_size=1, max_size=3).map(lambda at: {"locations": at}), min_size=1, max_size=3
        ),
        "imagingDuration": st.integers(1, 180),
    },
)
# A busy machine is no counterexample.
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
starts = st.timedeltas(timedelta(0), timedelta(days=1500)).map(lambda later: START + later)


@relaxed
@given(
    block=blocks,
    start=starts,
    hours=st.floats(24, 300),
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    short_floats=st.booleans(),
    micros=st.booleans(),
)
def test_what_was_ordered_is_in_sync(block, start, hours, lon, lat, short_floats, micros):
    """No order that ICEYE holds as it was sent shows a difference, whatever the contract fills in."""
    desired = order(start=start, hours=hours, target=Point(lon, lat), **block)
    sent = body(desired, contract=CONTRACT, reference=REFERENCE)
    seen = read_task(strict_server(sent, short_floats=short_floats, micros=micros), ACCOUNT, complete=True)
    assert differences(desired, seen) == set()
    assert seen.references == {REFERENCE}
    assert seen.remarks == ()
    assert abs(seen.window.start - start) < timedelta(milliseconds=1)
    assert len(sent["reference"].encode()) <= 256


@relaxed
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
    st.sampled_from(sorted(task())),
)
def test_one_odd_field_never_loses_an_order(value, field):
    """Whatever stands in one field but the id, the order is read: at worst that field is missing."""
    if field in ("id", "reference"):
        return
    seen = read_task(task(**{field: value}), ACCOUNT, complete=True)
    assert (seen.id, seen.references) == (TASK_ID, {REFERENCE})


def test_windows_are_kept_to_the_microsecond():
    """Only the comparison is in milliseconds; the window itself stays as ICEYE reports it."""
    times = {"start": "2026-12-04T00:00:00.000001Z", "end": "2026-12-06T00:00:00Z"}
    seen = observed(acquisitionWindow=times)
    assert seen.window == Window(START + timedelta(microseconds=1), START + timedelta(days=2))
    assert differences(order(), seen) == set()
