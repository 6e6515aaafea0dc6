"""Scenes, products, and files that can really be downloaded."""

import pytest

from .scenario import CONTRACT, TASKS, Scenario, at


def finished(scenario: Scenario, status: str = "DONE", **fields) -> dict:
    task = scenario.created(**fields)
    scenario.control("POST", f"/iceye/tasks/{task['id']}", {"status": status})
    return task


def products(scenario: Scenario, task: dict, suffix: str = ""):
    return scenario.api("GET", f"{TASKS}/{task['id']}/products{suffix}")


def address(scenario: Scenario, task: dict) -> str:
    return products(scenario, task).json()["data"][0]["assets"]["grd"]["href"]


def test_scene_of_a_planned_task(scenario):
    """A scene has an imaging time inside the window, decided sides, and its incidence angle as a string."""
    task = scenario.created()
    scenario.advance("20m")
    scene = scenario.api("GET", f"{TASKS}/{task['id']}/scene").json()
    assert set(scene) == {"imagingTime", "duration", "lookSide", "passDirection", "incidenceAngle"}
    assert at(5) < scene["imagingTime"]["start"] < scene["imagingTime"]["end"] < at(7)
    assert (scene["duration"], scene["incidenceAngle"]) == (10, "30.00")
    assert (scene["lookSide"], scene["passDirection"]) == ("LEFT", "ASCENDING")


def test_scene_moves_until_it_is_taken(scenario):
    """Planned values change from hour to hour, and are frozen once the image is taken."""
    task = scenario.created()
    scenario.advance("1d")
    starts = set()
    for _ in range(3):
        scenario.advance("1h")
        starts.add(scenario.api("GET", f"{TASKS}/{task['id']}/scene").json()["imagingTime"]["start"])
    assert len(starts) == 3
    scenario.advance("7d")
    last = scenario.api("GET", f"{TASKS}/{task['id']}/scene").json()
    scenario.advance("1d")
    assert scenario.api("GET", f"{TASKS}/{task['id']}/scene").json() == last


@pytest.mark.parametrize("status", [404, 400, 409])
def test_scene_of_another_status_is_a_switch(scenario, status):
    """There is no scene before ACTIVE nor after a cancel; its error status is unknown."""
    scenario.switch(sceneUnavailable=status)
    task = scenario.created()
    answer = scenario.api("GET", f"{TASKS}/{task['id']}/scene")
    assert (answer.status_code, answer.json()["code"]) == (status, "ERR_SCENE_UNAVAILABLE")
    scenario.cancel(task["id"])
    assert scenario.api("GET", f"{TASKS}/{task['id']}/scene").status_code == status


def test_products_begin_with_fulfilled(scenario):
    """Products are 404 before FULFILLED, some of them at FULFILLED, all at DONE."""
    task = scenario.created()
    assert products(scenario, task).status_code == 404
    path = f"/iceye/tasks/{task['id']}"
    scenario.control("POST", path, {"status": "FULFILLED"})
    assert [item["properties"]["productType"] for item in products(scenario, task).json()["data"]] == [
        "GRD",
        "QLK",
    ]
    assert products(scenario, task, "/SLC").status_code == 404
    scenario.control("POST", path, {"status": "DONE"})
    assert len(products(scenario, task).json()["data"]) == 3
    (slc,) = products(scenario, task, "/SLC").json()["data"]
    assert slc["type"] == "Feature"
    assert products(scenario, task, "/VID").status_code == 404


@pytest.mark.parametrize(("form", "end"), [("empty", ""), ("missing", "absent"), ("null", None)])
def test_the_end_of_products_is_a_switch(scenario, form, end):
    """The products example ends with an empty cursor, other pages with none."""
    scenario.switch(productsEndCursor=form)
    assert products(scenario, finished(scenario)).json().get("cursor", "absent") == end


def test_every_product_downloads(scenario):
    """Every asset has a file of the promised size behind its address, without a token, the same each time."""
    types = ["GRD", "SLC", "QLK", "SICD", "SIDD", "CSI", "VID", "GRD-COG"]
    for item in products(scenario, finished(scenario, productTypes=types)).json()["data"]:
        (asset,) = item["assets"].values()
        first, second = scenario.http.get(asset["href"]), scenario.http.get(asset["href"])
        assert first.status_code == 200
        assert first.headers["content-length"] == str(asset["file:size"])
        assert first.headers["content-type"] == asset["type"]
        assert len(first.content) == asset["file:size"]
        assert first.content == second.content
        assert first.headers["etag"] == second.headers["etag"]


@pytest.mark.parametrize(
    ("wanted", "status", "bounds"),
    [
        ("bytes=0-9", 206, (0, 10)),
        ("bytes=100-", 206, (100, 300_000)),
        ("bytes=-5", 206, (299_995, 300_000)),
        ("bytes=299999-400000", 206, (299_999, 300_000)),
        ("bytes=300000-", 416, (0, 0)),
        ("bytes=9-3", 416, (0, 0)),
        ("bytes=-", 200, (0, 300_000)),
        ("bytes=0-1,5-6", 200, (0, 300_000)),
        ("lines=1-2", 200, (0, 300_000)),
    ],
)
def test_ranges(scenario, wanted, status, bounds):
    """One satisfiable range is a 206, an impossible one a 416, and anything else the whole file."""
    url = address(scenario, finished(scenario))
    whole = scenario.http.get(url).content
    answer = scenario.http.get(url, headers={"Range": wanted})
    begin, end = bounds
    assert (answer.status_code, answer.content) == (status, whole[begin:end])
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/300000"


def test_a_changed_file_is_sent_whole(scenario):
    """A range under another ETag is ignored, so that two halves never mix."""
    url = address(scenario, finished(scenario))
    etag = scenario.http.get(url).headers["etag"]
    assert scenario.http.get(url, headers={"Range": "bytes=5-", "If-Range": etag}).status_code == 206
    assert scenario.http.get(url, headers={"Range": "bytes=5-", "If-Range": '"other"'}).status_code == 200


def test_addresses_expire_and_cannot_be_forged(scenario):
    """An address is good for a simulated hour, and for its own file only."""
    url = address(scenario, finished(scenario))
    scenario.advance("59m59s")
    assert scenario.http.get(url).status_code == 200
    scenario.advance("1s")
    assert scenario.http.get(url).status_code == 403
    fresh = address(scenario, finished(scenario))
    assert scenario.http.get(fresh.replace("/GRD/", "/SLC/")).status_code == 403
    assert scenario.http.get(fresh.partition("?")[0]).status_code == 403


def test_products_of_nobody(scenario):
    """Products and scene of an unknown task are 404."""
    for suffix in ("products", "products/GRD", "scene"):
        assert scenario.api("GET", f"{TASKS}/{CONTRACT}/{suffix}").status_code == 404
