"""Create: what a task is born as, and everything that is refused."""

from datetime import timedelta

import pytest

from .scenario import CONTRACT, OTHER_CONTRACT, START, TASKS, at, order, window


def refusal(scenario, **fields):
    answer = scenario.create(**fields)
    assert scenario.control("GET", "/orders") == []
    return answer.status_code, answer.json()["message"]


def test_least_request_is_filled_with_defaults(scenario):
    """A task is born RECEIVED, with contract defaults, the mode's performant angles, and 32-bit coordinates."""
    answer = scenario.create()
    assert answer.status_code == 201
    task = answer.json()
    assert task.pop("id")
    assert task == {
        "contractID": CONTRACT,
        "pointOfInterest": {"lat": -23.700552, "lon": 133.88268},
        "acquisitionWindow": window(5, 7),
        "createdAt": "2026-12-01T00:00:00Z",
        "updatedAt": "2026-12-01T00:00:00Z",
        "imagingMode": "SPOTLIGHT",
        "status": "RECEIVED",
        "exclusivity": "PRIVATE",
        "priority": "COMMERCIAL",
        "sla": "SLA_8H",
        "eula": "STANDARD",
        "incidenceAngle": {"min": 20, "max": 40},
        "lookSide": "ANY",
        "passDirection": "ANY",
        "productTypes": ["GRD", "SLC", "QLK"],
        "productsAvailableInSeconds": 28_800,
    }


def test_full_request_comes_back(scenario):
    """Every optional field is taken and shown again, deliveries with an id and a status."""
    place = scenario.control("GET", f"/iceye/contracts/{CONTRACT}")["deliveryLocations"][1]
    location = {"configID": place["configID"], "path": "DOC-EXAMPLE-BUCKET2", "subPath": "folder3/folder4/"}
    sent = order(
        reference="customer task reference 123-456",
        exclusivity="PUBLIC",
        priority="BACKGROUND",
        sla="SLA_24H",
        eula="GOVERNMENT",
        incidenceAngle={"min": 10, "max": 45},
        lookSide="LEFT",
        passDirection="ASCENDING",
        productTypes=["SICD"],
        notifications={"webhook": {"id": OTHER_CONTRACT}},
        deliveries=[{"locations": [location]}],
    )
    task = scenario.api("POST", TASKS, sent).json()
    delivery = task["deliveries"][0]
    assert (delivery["locations"], delivery["status"]) == ([location], "pending")
    assert delivery["id"]
    same = sent.keys() - {"deliveries", "pointOfInterest"}
    assert {name: task[name] for name in same} == {name: sent[name] for name in same}


def test_a_repeated_request_creates_a_second_task(scenario):
    """There is no idempotency: the same body twice is two tasks and twice the money on hold."""
    first, second = scenario.created(reference="same"), scenario.created(reference="same")
    assert first["id"] != second["id"]
    assert scenario.summary() == (0, 2 * 143_000)


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"unknown": 1}, "unknown"),
        ({"id": OTHER_CONTRACT}, "id"),
        ({"contractID": None}, "contractID"),
        ({"contractID": "not-a-uuid"}, "contractID"),
        ({"contractID": CONTRACT.replace("-", "")}, "contractID"),
        ({"pointOfInterest": None}, "pointOfInterest"),
        ({"pointOfInterest": {"lat": 1}}, "pointOfInterest.lon"),
        ({"pointOfInterest": {"lat": 1, "lon": 2, "alt": 3}}, "pointOfInterest.alt"),
        ({"pointOfInterest": {"lat": "1", "lon": 2}}, "pointOfInterest.lat"),
        ({"pointOfInterest": {"lat": 90.5, "lon": 2}}, "pointOfInterest.lat"),
        ({"pointOfInterest": {"lat": 0, "lon": 181}}, "pointOfInterest.lon"),
        ({"acquisitionWindow": None}, "acquisitionWindow"),
        ({"acquisitionWindow": {"start": at(5)}}, "acquisitionWindow.end"),
        ({"acquisitionWindow": {"start": "2026-12-06", "end": at(8)}}, "acquisitionWindow.start"),
        ({"acquisitionWindow": {"start": "2026-12-06T00:00:00", "end": at(8)}}, "acquisitionWindow.start"),
        ({"acquisitionWindow": {"start": "2026-12-06 00:00:00Z", "end": at(8)}}, "acquisitionWindow.start"),
        (
            {"acquisitionWindow": {"start": "2023-12-20T15:04:05Z07:00", "end": at(8)}},
            "acquisitionWindow.start",
        ),
        ({"acquisitionWindow": {"start": 1796515200, "end": at(8)}}, "acquisitionWindow.start"),
        ({"imagingMode": None}, "imagingMode"),
        ({"imagingMode": 1}, "imagingMode"),
        ({"reference": "x" * 257}, "reference"),
        ({"reference": 7}, "reference"),
        ({"exclusivity": "SECRET"}, "exclusivity"),
        ({"priority": "commercial"}, "priority"),
        ({"eula": "NONE"}, "eula"),
        ({"sla": 8}, "sla"),
        ({"incidenceAngle": {"min": 20.5, "max": 30}}, "incidenceAngle.min"),
        ({"incidenceAngle": {"min": 9, "max": 30}}, "incidenceAngle.min"),
        ({"incidenceAngle": {"min": 20, "max": 46}}, "incidenceAngle.max"),
        ({"incidenceAngle": {"min": 20}}, "incidenceAngle.max"),
        ({"incidenceAngle": {"min": 30, "max": 20}}, "incidenceAngle"),
        ({"lookSide": "UP"}, "lookSide"),
        ({"passDirection": "LEFT"}, "passDirection"),
        ({"productTypes": ["JPEG"]}, "productTypes.0"),
        ({"productTypes": "GRD"}, "productTypes"),
        ({"notifications": {"webhook": {"id": "x"}}}, "notifications.webhook.id"),
        ({"notifications": {}}, "notifications.webhook"),
        ({"deliveries": [{"locations": []}]}, "deliveries.0.locations"),
        ({"deliveries": [{"locations": [{"path": "p"}]}]}, "deliveries.0.locations.0.configID"),
        ({"imagingDuration": 10}, "imagingDuration"),
    ],
)
def test_wrong_shapes_are_400(scenario, fields, part):
    """A field that is unknown, missing, of another type or out of range is named in a 400."""
    status, message = refusal(scenario, **fields)
    assert status == 400
    assert message.startswith(f"invalid request: {part}:")


def test_null_is_no_value(scenario):
    """The schemas know no null, so a null optional field is a 400 and not an absent one."""
    answer = scenario.api("POST", TASKS, {**order(), "reference": None})
    assert (answer.status_code, answer.json()["code"]) == (400, "ERR_BAD_REQUEST")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b'{"pointOfInterest": NaN}', b"\xff"])
def test_bodies_that_are_no_object_are_400(scenario, content):
    """An empty, broken or non-object body is a 400."""
    headers = {"Content-Type": "application/json"}
    assert scenario.api("POST", TASKS, content=content, headers=headers).status_code == 400


def test_bodies_must_be_declared_as_json(scenario):
    """The same bytes under another content type are a 400."""
    answer = scenario.api("POST", TASKS, content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.json()["message"] == "invalid request: Content-Type must be application/json"


def test_references_of_256_characters_pass(scenario):
    """The limit counts characters, not bytes, and keeps spaces."""
    text = " " + "ä" * 254 + " "
    assert scenario.created(reference=text)["reference"] == text


@pytest.mark.parametrize(
    ("priority", "start", "end", "part"),
    [
        ("COMMERCIAL", 0.5, 2, None),
        ("COMMERCIAL", 0.499, 2, "at least 12 h ahead"),
        ("COMMERCIAL", -1, 2, "at least 12 h ahead"),
        ("BACKGROUND", 1, 2, None),
        ("BACKGROUND", 0.999, 2, "at least 24 h ahead"),
        ("COMMERCIAL", 12, 14, None),
        ("COMMERCIAL", 12, 14.001, "within 14 days"),
        ("COMMERCIAL", 5, 6, None),
        ("COMMERCIAL", 5, 5.999, "24 h wide"),
        ("COMMERCIAL", 7, 5, "24 h wide"),
    ],
)
def test_window_rules(scenario, priority, start, end, part):
    """A window starts 12 h (BACKGROUND 24 h) ahead, ends within 14 days, and is 24 h wide; bounds included."""
    answer = scenario.create(priority=priority, acquisitionWindow=window(start, end))
    if part is None:
        assert answer.status_code == 201
    else:
        assert answer.status_code == 400
        assert part in answer.json()["message"]


def test_window_rules_follow_the_simulated_clock(scenario):
    """A window that was good becomes too soon as simulated time passes."""
    assert scenario.create().status_code == 201
    scenario.advance("109h")
    assert "12 h ahead" in scenario.create().json()["message"]


def test_the_contract_s_default_priority_decides_the_notice(scenario):
    """Where the contract defaults to BACKGROUND, a silent request needs 24 h."""
    scenario.contract(priority={"default": "BACKGROUND"})
    assert "24 h ahead for BACKGROUND" in refusal(scenario, acquisitionWindow=window(0.75, 2))[1]


@pytest.mark.parametrize(
    "fields",
    [
        {"imagingMode": "SCAN"},
        {"imagingMode": "NEVER_HEARD_OF"},
        {"priority": "BACKGROUND"},
        {"exclusivity": "PUBLIC"},
        {"eula": "MULTI"},
        {"sla": "SLA_1H"},
        {"productTypes": ["VID"]},
        {"deliveries": [{"locations": [{"configID": OTHER_CONTRACT, "path": "DOC-EXAMPLE-BUCKET1"}]}]},
    ],
)
def test_values_outside_the_contract_are_400(scenario, fields):
    """A mode, value, product or delivery path that the contract does not name is not allowed."""
    scenario.contract(
        imagingModes={"allowed": ["SPOTLIGHT"]},
        priority={"allowed": ["COMMERCIAL"]},
        exclusivity={"allowed": ["PRIVATE"]},
        productTypes={"allowed": ["GRD"], "default": ["GRD"]},
    )
    status, message = refusal(scenario, **fields)
    assert status == 400
    assert message.startswith("could not create task: ")


def test_a_mode_that_only_the_contract_knows_passes(scenario):
    """Modes are plain strings: what the contract allows, the API takes."""
    scenario.contract(imagingModes={"allowed": ["SPOTLIGHT_NEW"]})
    assert scenario.created(imagingMode="SPOTLIGHT_NEW")["incidenceAngle"] == {"min": 20, "max": 40}


def test_defaults_come_from_the_contract(scenario):
    """A single allowed value is the default; among several, a missing default makes the field required."""
    scenario.contract(eula={"allowed": ["GOVERNMENT"], "default": None}, sla={"default": "SLA_3H"})
    task = scenario.created()
    assert (task["eula"], task["sla"]) == ("GOVERNMENT", "SLA_3H")
    scenario.contract(exclusivity={"default": None})
    assert scenario.create().json()["message"].startswith("could not create task: exclusivity is missing")


@pytest.mark.parametrize("edge", ["start", "end"])
def test_inactive_contract_is_the_create_page_s_422(scenario, edge):
    """Before the contract's start and after its end, the error body is the documented one."""
    other = START + (timedelta(seconds=1) if edge == "start" else -timedelta(seconds=1))
    scenario.contract(**{edge: other.isoformat()})
    answer = scenario.create()
    assert answer.status_code == 422
    assert answer.json() == {
        "code": "ERR_INVALID_CONTRACT",
        "message": "could not create task: invalid model: invalid contract",
    }


def test_insufficient_funds_is_the_create_page_s_400(scenario):
    """The last task that fits is taken; the next is refused with the documented body."""
    scenario.contract(spendLimit=2 * 143_000)
    scenario.created()
    scenario.created()
    answer = scenario.create()
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "ERR_INSUFFICIENT_FUNDS",
        "message": "could not create task: insufficient funds",
    }
    assert scenario.summary() == (0, 286_000)
