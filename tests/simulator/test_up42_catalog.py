"""UP42's glossary, order forms, approvals and EULAs."""

import pytest

from .up42 import UNKNOWN, order, product

PROVIDER_KEYS = {"name", "title", "description", "roles"}


def test_collections_need_no_token(up42):
    """The glossary is public, has a page even where it has no items, and its keys are those that the SDK unpacks."""
    answer = up42.http.get(f"{up42.simulator.up42_url}/v2/collections")
    assert answer.status_code == 200
    body = answer.json()
    assert body["totalPages"] == 1
    assert {collection["type"] for collection in body["content"]} == {"ARCHIVE", "TASKING"}
    for collection in body["content"]:
        assert all(set(provider) == PROVIDER_KEYS for provider in collection["providers"])
        assert set(collection["metadata"]) == {"productType", "resolutionClass", "resolutionValue"}
    nothing = up42.got("/v2/collections", integrations="MANUAL_REQUEST_REQUIRED")
    assert (nothing["content"], nothing["totalPages"]) == ([], 1)


def test_collections_by_type_and_integration(up42):
    """The glossary can be asked for one type, and for what has an integration."""
    tasking = up42.list_page("/v2/collections", type="TASKING")
    assert [collection["name"] for collection in tasking] == [
        "phr-tasking",
        "pneo-tasking",
        "blacksky-tasking",
        "radar-tasking",
    ]
    approval = up42.list_page("/v2/collections", integrations="ACCESS_APPROVAL_REQUIRED")
    assert [collection["name"] for collection in approval] == ["pneo-tasking"]


def test_one_collection(up42):
    """A collection is had by its name; a 404 of the glossary has a form of its own."""
    found = up42.got("/v2/collections/pneo-tasking")
    orderable, console_only = found["dataProducts"]
    assert orderable["id"] == product("pneo-tasking")
    assert up42.got(f"/v2/eulas/{orderable['eulaId']}")["isAccepted"] is True
    assert "id" not in console_only
    answer = up42.api("GET", "/v2/collections/none")
    assert (answer.status_code, answer.json()) == (
        404,
        {"code": 404, "message": "Collection with name none not found", "details": {}},
    )


def test_the_form_of_an_optical_product(up42):
    """The order form is the recorded one: what it requires, allows, bounds and defaults."""
    form = up42.got(f"/orders/schema/{product('phr-tasking')}")
    assert form["$schema"] == "https://json-schema.org/draft-07/schema"
    assert form["additionalProperties"] is False
    assert {"geometry", "displayName", "acquisitionStart", "acquisitionEnd"} <= set(form["required"])
    assert form["properties"]["cloudCoverage"] == {"type": "integer", "minimum": 5, "maximum": 20}
    modes = [choice["const"] for choice in form["properties"]["acquisitionMode"]["anyOf"]]
    assert modes == ["mono", "stereo", "tristereo"]
    assert form["definitions"]["projection"] == {"default": "4326"}
    assert form["allOf"][1]["then"]["definitions"]["maxBH"] == {"default": 0.35}


def test_the_forms_of_point_products(up42):
    """Other products want a point; one has a default cloud cover of 30, one has the parameters of radar."""
    spot = up42.got(f"/orders/schema/{product('blacksky-tasking')}")
    assert spot["properties"]["geometry"] == {"allOf": [{"$ref": "#/definitions/Point"}]}
    assert spot["definitions"]["cloudCoverage"] == {"default": 30}
    radar = up42.got(f"/orders/schema/{product('radar-tasking')}")
    assert "polarization" in radar["required"]
    answer = up42.api("GET", f"/orders/schema/{UNKNOWN}")
    assert (answer.status_code, answer.json()["title"]) == (404, "Resource does not exist.")


def test_eulas(up42):
    """EULAs are listed and had by id, with the facts that the SDK reads."""
    (eula,) = up42.list_page("/v2/eulas")
    assert eula == up42.got(f"/v2/eulas/{eula['id']}")
    assert {"currentDocumentId", "currentDocumentUrl", "isAccepted", "acceptedAt", "title"} <= set(eula)
    assert up42.api("GET", f"/v2/eulas/{UNKNOWN}").status_code == 404
    control = f"{up42.simulator.url}/_sim/up42/eulas"
    assert up42.http.put(f"{control}/{UNKNOWN}", json={"isAccepted": False}).status_code == 404
    assert up42.http.put(f"{control}/{eula['id']}", json={"isAccepted": "no"}).status_code == 400


@pytest.mark.parametrize("missing", ["access", "eula"])
def test_placing_without_approval(up42, missing):
    """Without access or an accepted EULA a placement gets a 403, a 400, or by switch a success with errors."""
    (eula,) = up42.list_page("/v2/eulas")
    if missing == "access":
        up42.control("PUT", "/up42/access", {"pneo-tasking": False})
    else:
        up42.control("PUT", f"/up42/eulas/{eula['id']}", {"isAccepted": False})
        assert up42.got(f"/v2/eulas/{eula['id']}")["isAccepted"] is False
    body = order(dataProduct=product("pneo-tasking"))
    assert up42.place(body).status_code == 403
    up42.switch(missingApproval="400")
    assert up42.place(body).status_code == 400
    up42.switch(missingApproval="errors")
    answer = up42.place(body)
    assert (answer.status_code, answer.json()["results"]) == (201, [])
    assert [error["index"] for error in answer.json()["errors"]] == [0]
    assert up42.placed(), "other products are free"
    up42.control("PUT", "/up42/access", {"pneo-tasking": True})
    up42.control("PUT", f"/up42/eulas/{eula['id']}", {"isAccepted": True})
    assert up42.placed(body)


@pytest.mark.parametrize("wanted", [{"nowhere": True}, {"pneo-tasking": 1}, []])
def test_nonsense_access_is_refused(up42, wanted):
    """Access is granted to collections that exist, by true or false."""
    assert up42.http.put(f"{up42.simulator.url}/_sim/up42/access", json=wanted).status_code == 400
