"""Every switch is documented, refuses what it does not take, and changes what it says."""

from pathlib import Path

import pytest

from .scenario import TASKS, at, order

HERE = Path(__file__).parent


def test_every_switch_is_described_and_tested(scenario):
    """Each switch has a default, a contract section and a meaning, and is turned by a test of its provider."""
    for full_name, facts in scenario.control("GET", "/switches").items():
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
def test_nonsense_is_refused(scenario, wanted):
    """Unknown names and values of another type or outside the choices are 400s that change nothing."""
    before = scenario.control("GET", "/switches")
    answer = scenario.http.post(
        f"{scenario.simulator.url}/_sim/switches",
        json={"iceye.fundsEnforced": False} | wanted if isinstance(wanted, dict) else wanted,
    )
    assert answer.status_code == 400
    assert scenario.control("GET", "/switches") == before


def test_switches_turn_back_one_by_one_or_all(scenario):
    """null turns one back, DELETE all."""
    scenario.switch(listOrder="oldest", retryAfter=True)
    scenario.switch(listOrder=None)
    values = scenario.control("GET", "/switches")
    assert (values["iceye.listOrder"]["value"], values["iceye.retryAfter"]["value"]) == ("newest", True)
    assert scenario.control("DELETE", "/switches")["iceye.retryAfter"]["value"] is False


def test_coordinates(scenario):
    """Coordinates come back with 32 bits, or exactly."""
    task = scenario.created()
    assert task["pointOfInterest"] == {"lat": -23.700552, "lon": 133.88268}
    scenario.switch(coordinates="exact")
    assert scenario.task(task["id"])["pointOfInterest"] == {"lat": -23.700552, "lon": 133.882675}


@pytest.mark.parametrize(
    ("form", "start", "end"),
    [
        ("utc", "2026-12-05T23:20:11.31Z", "2026-12-07T00:00:00Z"),
        ("offset", "2026-12-06T02:20:11.31+03:00", "2026-12-07T00:00:00Z"),
        ("micros", "2026-12-05T23:20:11.310000Z", "2026-12-07T00:00:00.000000Z"),
        ("as-sent", "2026-12-06T02:20:11.310+03:00", "2026-12-07T00:00:00.000Z"),
    ],
)
def test_window_echo(scenario, form, start, end):
    """The same instants are read back in another form."""
    scenario.switch(windowEcho=form)
    window = {"start": "2026-12-06T02:20:11.310+03:00", "end": "2026-12-07T00:00:00.000Z"}
    assert scenario.created(acquisitionWindow=window)["acquisitionWindow"] == {"start": start, "end": end}


@pytest.mark.parametrize(
    ("form", "kept"), [("as-sent", " re\u0301f "), ("trimmed", "re\u0301f"), ("nfc", " r\u00e9f ")]
)
def test_reference(scenario, form, kept):
    """A reference is kept as sent, without surrounding space, or composed."""
    scenario.switch(reference=form)
    task = scenario.created(reference=" re\u0301f ")
    assert task["reference"] == scenario.list_page()[0]["reference"] == kept


def test_created_at_as_in_the_docs(scenario):
    """The docs' impossible timestamps can be made to come true, in all reads."""
    scenario.switch(createdAtForm="go-layout")
    task = scenario.created()
    assert task["createdAt"] == task["updatedAt"] == "2026-12-01T00:00:00Z07:00"
    assert task["acquisitionWindow"]["start"] == at(5)


def test_default_angles_and_sides(scenario):
    """The provider's own defaults differ by page, so each can be had."""
    scenario.switch(defaultAngles="full", defaultLookSide="LEFT", defaultPassDirection="ASCENDING")
    task = scenario.created()
    assert task["incidenceAngle"] == {"min": 10, "max": 45}
    assert (task["lookSide"], task["passDirection"]) == ("LEFT", "ASCENDING")


def test_background_sla(scenario):
    """BACKGROUND is filled in with the contract's SLA, or with 24 h; a stated SLA stays."""
    assert scenario.created(priority="BACKGROUND")["sla"] == "SLA_8H"
    scenario.switch(backgroundSla="SLA_24H")
    assert scenario.created(priority="BACKGROUND")["sla"] == "SLA_24H"
    assert scenario.created(priority="BACKGROUND", sla="SLA_3H")["sla"] == "SLA_3H"
    assert scenario.created()["sla"] == "SLA_8H"


def test_eula_when_unset(scenario):
    """An eula that was not sent is filled in, or left out; one that was sent is shown."""
    scenario.switch(eulaWhenUnset="omitted")
    assert "eula" not in scenario.created()
    assert scenario.created(eula="STANDARD")["eula"] == "STANDARD"


def test_imaging_duration(scenario):
    """imagingDuration is an unknown field, or taken from 1 to 180 seconds."""
    assert scenario.create(imagingDuration=10).status_code == 400
    scenario.switch(imagingDurationAccepted=True)
    assert scenario.created(imagingDuration=10)["imagingDuration"] == 10
    assert scenario.create(imagingDuration=181).status_code == 400


def test_unknown_fields_ignored(scenario):
    """A lax server drops what it does not know, at every depth, and still judges the rest."""
    scenario.switch(unknownFields="ignored")
    body = order(unknown=1, pointOfInterest={"lat": 1, "lon": 2, "alt": 3}, imagingDuration=10)
    task = scenario.api("POST", TASKS, body).json()
    assert task["pointOfInterest"] == {"lat": 1, "lon": 2}
    assert not {"unknown", "imagingDuration"} & set(task)
    assert scenario.create(unknown=1, lookSide="UP").status_code == 400


def test_funds_enforced(scenario):
    """Without enforcement the holds exceed the limit."""
    scenario.contract(spendLimit=1)
    assert scenario.create().status_code == 400
    scenario.switch(fundsEnforced=False)
    assert scenario.create().status_code == 201
    assert scenario.summary() == (0, 143_000)
