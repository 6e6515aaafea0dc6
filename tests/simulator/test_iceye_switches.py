"""Every switch is documented, refuses what it does not take, and changes what it says."""

from pathlib import Path

import pytest

from .world import TASKS, at, order

HERE = Path(__file__).parent


def test_every_switch_is_described_and_tested(world):
    """Each switch has a default, a contract section and a meaning, and is turned by a test of its provider."""
    for full_name, facts in world.control("GET", "/switches").items():
        provider, name = full_name.split(".")
        sources = "".join(path.read_text() for path in HERE.glob(f"test_{provider}_*.py"))
        assert facts["value"] == facts["default"]
        assert facts["contract"]
        assert facts["means"]
        assert f"{name}=" in sources, full_name


@pytest.mark.parametrize(
    "wanted",
    [
        {"iceye.noSuchSwitch": 1},
        {"iceye.listOrder": "sideways"},
        {"iceye.retryAfter": 1},
        {"iceye.visibilitySeconds": True},
        {"iceye.visibilitySeconds": -1},
        {"iceye.cancelWrongState": "400"},
        {"iceye.outcome": 7},
        [],
    ],
)
def test_nonsense_is_refused(world, wanted):
    """Unknown names and values of another type or outside the choices are 400s that change nothing."""
    before = world.control("GET", "/switches")
    answer = world.http.post(
        f"{world.simulator.url}/_sim/switches",
        json={"iceye.fundsEnforced": False} | wanted if isinstance(wanted, dict) else wanted,
    )
    assert answer.status_code == 400
    assert world.control("GET", "/switches") == before


def test_switches_turn_back_one_by_one_or_all(world):
    """null turns one back, DELETE all."""
    world.switch(listOrder="oldest", retryAfter=True)
    world.switch(listOrder=None)
    values = world.control("GET", "/switches")
    assert (values["iceye.listOrder"]["value"], values["iceye.retryAfter"]["value"]) == ("newest", True)
    assert world.control("DELETE", "/switches")["iceye.retryAfter"]["value"] is False


def test_coordinates(world):
    """Coordinates come back with 32 bits, or exactly."""
    task = world.created()
    assert task["pointOfInterest"] == {"lat": -23.700552, "lon": 133.88268}
    world.switch(coordinates="exact")
    assert world.task(task["id"])["pointOfInterest"] == {"lat": -23.700552, "lon": 133.882675}


@pytest.mark.parametrize(
    ("form", "start", "end"),
    [
        ("utc", "2026-12-05T23:20:11.31Z", "2026-12-07T00:00:00Z"),
        ("offset", "2026-12-06T02:20:11.31+03:00", "2026-12-07T00:00:00Z"),
        ("micros", "2026-12-05T23:20:11.310000Z", "2026-12-07T00:00:00.000000Z"),
        ("as-sent", "2026-12-06T02:20:11.310+03:00", "2026-12-07T00:00:00.000Z"),
    ],
)
def test_window_echo(world, form, start, end):
    """The same instants are read back in another form."""
    world.switch(windowEcho=form)
    window = {"start": "2026-12-06T02:20:11.310+03:00", "end": "2026-12-07T00:00:00.000Z"}
    assert world.created(acquisitionWindow=window)["acquisitionWindow"] == {"start": start, "end": end}


@pytest.mark.parametrize(
    ("form", "kept"), [("as-sent", " re\u0301f "), ("trimmed", "re\u0301f"), ("nfc", " r\u00e9f ")]
)
def test_reference(world, form, kept):
    """A reference is kept as sent, without surrounding space, or composed."""
    world.switch(reference=form)
    task = world.created(reference=" re\u0301f ")
    assert task["reference"] == world.listed()[0]["reference"] == kept


def test_created_at_as_in_the_docs(world):
    """The docs' impossible timestamps can be made to come true, in all reads."""
    world.switch(createdAtForm="go-layout")
    task = world.created()
    assert task["createdAt"] == task["updatedAt"] == "2026-12-01T00:00:00Z07:00"
    assert task["acquisitionWindow"]["start"] == at(5)


def test_default_angles_and_sides(world):
    """The provider's own defaults differ by page, so each can be had."""
    world.switch(defaultAngles="full", defaultLookSide="LEFT", defaultPassDirection="ASCENDING")
    task = world.created()
    assert task["incidenceAngle"] == {"min": 10, "max": 45}
    assert (task["lookSide"], task["passDirection"]) == ("LEFT", "ASCENDING")


def test_background_sla(world):
    """BACKGROUND is filled in with the contract's SLA, or with 24 h; a stated SLA stays."""
    assert world.created(priority="BACKGROUND")["sla"] == "SLA_8H"
    world.switch(backgroundSla="SLA_24H")
    assert world.created(priority="BACKGROUND")["sla"] == "SLA_24H"
    assert world.created(priority="BACKGROUND", sla="SLA_3H")["sla"] == "SLA_3H"
    assert world.created()["sla"] == "SLA_8H"


def test_eula_when_unset(world):
    """An eula that was not sent is filled in, or left out; one that was sent is shown."""
    world.switch(eulaWhenUnset="omitted")
    assert "eula" not in world.created()
    assert world.created(eula="STANDARD")["eula"] == "STANDARD"


def test_imaging_duration(world):
    """imagingDuration is an unknown field, or taken from 1 to 180 seconds."""
    assert world.create(imagingDuration=10).status_code == 400
    world.switch(imagingDurationAccepted=True)
    assert world.created(imagingDuration=10)["imagingDuration"] == 10
    assert world.create(imagingDuration=181).status_code == 400


def test_unknown_fields_ignored(world):
    """A lax server drops what it does not know, at every depth, and still judges the rest."""
    world.switch(unknownFields="ignored")
    body = order(unknown=1, pointOfInterest={"lat": 1, "lon": 2, "alt": 3}, imagingDuration=10)
    task = world.api("POST", TASKS, body).json()
    assert task["pointOfInterest"] == {"lat": 1, "lon": 2}
    assert not {"unknown", "imagingDuration"} & set(task)
    assert world.create(unknown=1, lookSide="UP").status_code == 400


def test_funds_enforced(world):
    """Without enforcement the holds exceed the limit."""
    world.contract(spendLimit=1)
    assert world.create().status_code == 400
    world.switch(fundsEnforced=False)
    assert world.create().status_code == 201
    assert world.summary() == (0, 143_000)
