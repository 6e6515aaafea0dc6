"""What a Vantor tasking looks like when it is read back: names, dates, defaults, secrets, and what is left out."""

import pytest

from .vantor import DETAILS, EMAIL, POLYGON, PRODUCT, S3, TASKING, fast, request

SECRETS = [
    {"type": "azure_blob_storage", "container": "c", "prefix": "p", "sas_url": "secret"},
    {"type": "google_cloud_storage", "bucket": "b", "prefix": "p", "service_credentials": "secret"},
]


def test_a_tasking_shows_what_was_sent_and_defaults(vantor):
    """A tasking shows its fields, the defaults of what was left out, and the server's own fields."""
    shown = vantor.tasking(vantor.submitted(request(tasking_details={"max_gsd": 0.5})))
    assert shown == {
        "id": shown["id"],
        "tasking_tier": "flexView",
        "request_description": "a request",
        "start_collect_datetime": "2026-12-06t00:00:00z",
        "end_collect_datetime": "2026-12-16t00:00:00z",
        "is_private": False,
        "geometry": POLYGON,
        "tasking_details": {"max_cloud_cover": 15, "max_gsd": 0.5},
        "product_details": {"product_option": "Pan_or_Any_Bundle", **PRODUCT},
        "output_configs": [S3],
        "notifications": [{"level": "FINAL_ONLY", **EMAIL}],
        "tasking_status": "INITIAL",
        "status_details": None,
        "date_created": "2026-12-01t00:00:00z",
        "date_modified": "2026-12-01t00:00:00z",
        "user_id": shown["user_id"],
    }
    assert vantor.list_page() == [shown]


def test_the_product_option_depends_on_the_tier(vantor):
    """What is filled in for product_option differs from tier to tier; a stated one stays."""
    options = [
        vantor.tasking(vantor.submitted(body))["product_details"]["product_option"]
        for body in (request(), fast(), request(product_details={**PRODUCT, "product_option": "mine"}))
    ]
    assert options[0] != options[1]
    assert options[2] == "mine"


def test_defaults_are_a_switch(vantor):
    """A server may show nothing but what was sent."""
    vantor.switch(defaultsFilled=False)
    shown = vantor.tasking(vantor.submitted(request(notifications=None, tasking_details=None)))
    assert not {"is_private", "tasking_details", "notifications"} & set(shown)
    assert shown["product_details"] == PRODUCT


@pytest.mark.parametrize(
    ("form", "start", "created"),
    [
        ("lower", "2026-12-05t23:20:11.31z", "2026-12-01t00:00:00z"),
        ("upper", "2026-12-05T23:20:11.31Z", "2026-12-01T00:00:00Z"),
        ("space", "2026-12-05 23:20:11.31Z", "2026-12-01 00:00:00Z"),
        ("offset", "2026-12-05T23:20:11.310+00:00", "2026-12-01T00:00:00.000+00:00"),
        ("as-sent", "2026-12-06 02:20:11.310+03:00", "2026-12-01T00:00:00Z"),
    ],
)
def test_dates_come_back_in_a_form_of_their_own(vantor, form, start, created):
    """The same instants are read back in another form."""
    vantor.switch(dateEcho=form)
    shown = vantor.tasking(vantor.submitted(request(start_collect_datetime="2026-12-06 02:20:11.310+03:00")))
    assert (shown["start_collect_datetime"], shown["date_created"]) == (start, created)


@pytest.mark.parametrize(
    "start",
    [
        "2026-12-06t00:00:00z",
        "2026-12-06T00:00:00Z",
        "2026-12-06 00:00:00Z",
        "2026-12-06 00:00:00.000z",
        "2026-12-06t02:00:00+02:00",
    ],
)
def test_every_form_of_a_date_is_taken(vantor, start):
    """Either case of t and z, a space, fractions and offsets mean the same instant."""
    vantor.submitted(request(start_collect_datetime=start))
    assert vantor.control_orders()[0]["window"][0] == "2026-12-06T00:00:00Z"


def test_descriptions_can_be_missing(vantor):
    """A description is read back everywhere, by get only, or nowhere; control always knows it."""
    tasking_id = vantor.submitted()
    found = {}
    for form in ("shown", "get", "absent"):
        vantor.switch(descriptionEcho=form)
        (listed,) = vantor.list_page()
        found[form] = ("request_description" in vantor.tasking(tasking_id), "request_description" in listed)
    assert found == {"shown": (True, True), "get": (True, False), "absent": (False, False)}
    assert "request_description" not in vantor.submit().json()["data"]
    assert {told["text"] for told in vantor.control_orders()} == {"a request"}


def test_geometries_can_be_turned(vantor):
    """The same ring can come back the other way round, from another vertex on."""
    vantor.switch(geometryEcho="turned")
    (ring,) = vantor.tasking(vantor.submitted())["geometry"]["coordinates"]
    (sent,) = POLYGON["coordinates"]
    assert ring != sent
    assert ring[0] == ring[-1] != sent[0]
    assert ring[1:] == [*sent[2::-1], sent[3]]


@pytest.mark.parametrize("form", ["masked", "dropped", "echoed"])
def test_secrets_are_not_told(vantor, form):
    """Secrets of outputs come back masked, left out, or (by switch) as sent; the rest is as it was sent."""
    vantor.switch(secretEcho=form)
    shown = vantor.tasking(vantor.submitted(request(output_configs=SECRETS)))["output_configs"]
    masked = {"masked": ["********"] * 2, "dropped": [None] * 2, "echoed": ["secret"] * 2}[form]
    assert [shown[0].get("sas_url"), shown[1].get("service_credentials")] == masked
    assert (shown[0]["container"], shown[1]["bucket"], shown[0]["prefix"]) == ("c", "b", "p")


def test_names_and_forms_are_switches(vantor):
    """Id and status have other names, an id is a number beyond 2^53, and data lies beside the links."""
    vantor.switch(idName="tasking_id", idForm="number", statusName="status", envelope="bare")
    answer = vantor.submit().json()
    assert answer["tasking_id"] >= 10**18 > 2**53
    assert (answer["status"], "data" in answer, "links" in answer) == ("INITIAL", False, True)
    assert not {"id", "tasking_status"} & set(answer)
    assert vantor.api("GET", f"{TASKING}/{answer['tasking_id']}").json()["tasking_id"] == answer["tasking_id"]
    page = vantor.page(filter="status:INIT")
    assert [shown["tasking_id"] for shown in page["taskings"]] == [answer["tasking_id"]]
    assert vantor.api("GET", TASKING, params={"filter": "tasking_status:INIT"}).status_code == 400


def test_details_read_back_as_sent(vantor):
    """Numbers keep their values."""
    assert vantor.tasking(vantor.submitted())["tasking_details"] == DETAILS
