"""The ICEYE blocks of a manifest: every parameter of the create page, and nothing that it does not take."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from reconciler.providers.iceye.driver import DRIVER
from reconciler.providers.iceye.settings import MODES, IceyeAccount, IceyeOrder

from .scenario import CONTRACT, account, order

# The table of the create page, as it stands there, and the mode that the API has got since.
GUIDE = [
    ("Strip", "STRIPMAP"),
    ("Spot", "SPOTLIGHT"),
    ("Spot Extended Area", "SPOTLIGHT_EXTENDED_AREA"),
    ("Spot Fine", "SPOTLIGHT_FINE"),
    ("Scan", "SCAN"),
    ("Dwell", "SPOTLIGHT_EXTENDED_DWELL"),
    ("Dwell Fine", "SPOTLIGHT_EXTENDED_DWELL_FINE"),
    ("Dwell Precise", "SPOTLIGHT_EXTENDED_DWELL_PRECISE"),
    ("Scan Wide", "SCAN_WIDE"),
]


def block(**fields):
    return IceyeOrder.model_validate({"imagingMode": "SPOTLIGHT", **fields})


@pytest.mark.parametrize(("name", "mode"), GUIDE)
def test_a_mode_by_its_guide_name(name, mode):
    """The product guide's names are taken in any case and become the API's."""
    assert {block(imagingMode=text).imaging_mode for text in (name, name.lower(), name.upper(), mode)} == {mode}


@pytest.mark.parametrize("mode", ["SPOTLIGHT_FINE_2L", "SPOTLIGHT_PRECISE_1L", "SOMETHING_NEW_3"])
def test_a_mode_that_is_not_in_the_table(mode):
    """The API's mode is a plain string, so a new upper-case word is let through: the contract decides."""
    assert block(imagingMode=mode).imaging_mode == mode


@pytest.mark.parametrize("mode", ["Spott", "spotlight", "Spot Light", "", "SPOT-FINE", "SPOTLIGHT ", 7])
def test_an_unknown_mode(mode):
    """A name that is neither is an error that lists the known ones."""
    with pytest.raises(ValidationError) as caught:
        block(imagingMode=mode)
    if isinstance(mode, str):
        assert all(name in str(caught.value) for name in MODES)


def test_every_parameter_of_the_create_page():
    """The page's own examples are valid, and they stay as they were written."""
    location = {"configID": "XXXXXX-XXXXXX-XXXXXX", "path": "DOC-EXAMPLE-BUCKET1", "subPath": "folder1/folder2/"}
    written = {
        "imagingMode": "SPOTLIGHT",
        "reference": "customer task reference 123-456",
        "exclusivity": "PRIVATE",
        "priority": "COMMERCIAL",
        "sla": "SLA_8H",
        "eula": "STANDARD",
        "incidenceAngle": {"min": 10, "max": 45},
        "lookSide": "ANY",
        "passDirection": "ASCENDING",
        "productTypes": ["GRD", "SLC-COG"],
        "notifications": {"webhook": {"id": "XXXXXX-XXXXXX-XXXXXX"}},
        "deliveries": [{"locations": [location, {"configID": "X", "path": "DOC-EXAMPLE-BUCKET2"}]}],
        "imagingDuration": 15,
    }
    assert IceyeOrder.model_validate(written).model_dump(by_alias=True, exclude_none=True) == written


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("exclusivity", "private"),
        ("exclusivity", "SECRET"),
        ("priority", "URGENT"),
        ("sla", "8h"),
        ("eula", "NONE"),
        ("lookSide", "UP"),
        ("passDirection", "NORTH"),
        ("incidenceAngle", {"min": 9, "max": 45}),
        ("incidenceAngle", {"min": 10, "max": 46}),
        ("incidenceAngle", {"min": 30, "max": 20}),
        ("incidenceAngle", {"min": 20.5, "max": 30}),
        ("incidenceAngle", {"min": "20", "max": 30}),
        ("incidenceAngle", {"min": 20}),
        ("productTypes", []),
        ("productTypes", ["GRD", "GRD"]),
        ("productTypes", ["TIFF"]),
        ("productTypes", "GRD"),
        ("notifications", {}),
        ("notifications", {"webhook": {"id": ""}}),
        ("deliveries", []),
        ("deliveries", [{"locations": []}]),
        ("deliveries", [{"locations": [{"configID": "X"}]}]),
        ("deliveries", [{"locations": [{"configID": "X", "path": "p", "subpath": "s"}]}]),
        ("imagingDuration", 0),
        ("imagingDuration", 181),
        ("imagingDuration", 1.5),
        ("imagingDuration", True),
        ("reference", ""),
        ("reference", "   "),
        ("reference", "two\nlines"),
        ("reference", "x rc1-abcdefghij234567abcd"),
        ("reference", "RC1-x"),
        ("contractID", CONTRACT),
        ("pointOfInterest", {"lat": 0, "lon": 0}),
        ("look_side", "ANY"),
    ],
)
def test_what_is_not_valid(field, value):
    """Wrong words, wrong numbers, quoted numbers and unknown fields are errors at that field."""
    with pytest.raises(ValidationError) as caught:
        block(**{field: value})
    assert all(error["loc"][0] == field for error in caught.value.errors())


@pytest.mark.parametrize(
    ("text", "fits"), [("x" * 231, True), ("x" * 232, False), ("ä" * 115, True), ("ä" * 116, False)]
)
def test_room_for_the_reference(text, fits):
    """With a blank and our 24 characters the field stays within 256, counted in bytes and in characters."""
    if fits:
        assert len(f"{block(reference=text).reference} rc1-{'a' * 20}".encode()) <= 256
    else:
        with pytest.raises(ValidationError, match="231 fit"):
            block(reference=text)


@pytest.mark.parametrize("contract", ["", "7d4c", CONTRACT + "0", CONTRACT.replace("-", ""), 7])
def test_a_contract_is_a_uuid(contract):
    """A shortened contract id is found before it is sent."""
    with pytest.raises(ValidationError):
        IceyeAccount.model_validate({"contractID": contract})


def test_what_an_account_needs():
    """Credentials and an https address, but at the simulator neither."""
    bare = IceyeAccount.model_validate({"contractID": CONTRACT})
    assert DRIVER.account_problems(account()) == ()
    assert DRIVER.account_problems(account(settings=bare, endpoint="simulator")) == ()
    assert DRIVER.account_problems(account(endpoint="http://127.0.0.1:8000/iceye/api")) == ()
    missing = DRIVER.account_problems(account(settings=bare))
    assert [problem.partition(":")[0] for problem in missing] == [
        "iceye.tokenUrl",
        "iceye.clientId",
        "iceye.clientSecret",
    ]
    for endpoint in ("http://platform.iceye.com/api", "platform.iceye.com", "Simulator", "https://", "http://[::1"):
        (problem,) = DRIVER.account_problems(account(endpoint=endpoint))
        assert "https" in problem


def test_the_simulated_account():
    """The simulator is told which contract must exist."""
    simulated = DRIVER.simulated(account(endpoint="simulator"))
    assert (simulated.path, simulated.contracts) == ("/iceye/api", (CONTRACT,))
    assert simulated.token_path == "/iceye/oauth/v1/token"


@pytest.mark.parametrize("model", [IceyeAccount, IceyeOrder])
def test_the_schema_describes_every_field(model):
    """Editors show what a field means; ICEYE's spelling is the manifest's."""
    schema = model.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        for name, field in part["properties"].items():
            assert field.get("description"), name
            assert "_" not in name


def test_the_schema_of_modes_takes_what_the_block_takes():
    """An editor marks no mode as wrong that the program accepts, and offers the names of both kinds."""
    options = IceyeOrder.model_json_schema()["properties"]["imagingMode"]["anyOf"]
    offered, *patterns = (option.get("enum") or option["pattern"] for option in options)
    assert {name for row in GUIDE for name in row} <= set(offered)
    for text in ("spot fine", "SPOT", "SPOTLIGHT_FINE_1L", "scan wide"):
        assert any(re.search(pattern, text) for pattern in patterns)
    for text in ("Spott", "spotlight"):
        assert not any(re.search(pattern, text) for pattern in patterns)


def test_the_traits():
    """Nothing can be edited; what a list leaves out is known by the names that the terms use."""
    traits = DRIVER.traits
    assert traits.editable == frozenset()
    stated = DRIVER.terms(
        order(notifications={"webhook": {"id": "w"}}, deliveries=[{"locations": [{"configID": "c", "path": "p"}]}])
    )
    assert traits.list_omits <= set(stated)
    assert set(traits.tolerances) <= set(stated)
