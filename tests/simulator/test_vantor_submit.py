"""Submit, validate and quote at Vantor: what is taken, what is refused and how, private tasking, slots, credits."""

from datetime import UTC, datetime

import pytest

from reconciler.simulator import Simulator

from .scenario import at
from .vantor import DETAILS, EMAIL, PRICE, PRODUCT, QUOTE, S3, SUBMIT, TASKING, Vantor, fast, reasons, request

AZURE = {"type": "azure_blob_storage", "container": "c", "prefix": "p", "sas_url": "https://x/?sig=secret"}
GOOGLE = {"type": "google_cloud_storage", "bucket": "b", "prefix": "p", "service_credentials": "c2VjcmV0"}
CODES = (
    "AGR", "DEM", "DNI", "DPE", "DPP", "EDU", "ENV", "ERM", "FAC", "FGV", "FIN", "HUM", "HYD",
    "LBS", "MAR", "MIN", "NAT", "PIP", "RED", "RUR", "SHL", "SIM", "TEL", "URB", "USG", "VIS",
)  # fmt: skip


def square(degrees: float) -> dict:
    """Return a square at the equator."""
    corners = [[0, 0], [degrees, 0], [degrees, degrees], [0, degrees], [0, 0]]
    return {"type": "Polygon", "coordinates": [corners]}


def other(place: str, value: object) -> dict:
    """Return a request with a member of an object changed (or, None, removed)."""
    name, _, member = place.partition(".")
    changed = {**{"tasking_details": DETAILS, "product_details": PRODUCT}[name], member: value}
    return request(**{name: {key: kept for key, kept in changed.items() if kept is not None}})


def licensed(**facts: object) -> dict:
    return other("product_details.licensing", facts)


def test_submitting_buys(vantor):
    """A submit is a 200 with the sibling's envelope around a tasking with an id of 19 digits."""
    answer = vantor.submit()
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"data", "links", "request_timestamp", "response_timestamp", "request_duration"}
    assert body["links"] == {"request": vantor.simulator.vantor_url + SUBMIT}
    assert body["data"]["tasking_status"] == "INITIAL"
    assert (len(body["data"]["id"]), body["data"]["id"].isdecimal()) == (19, True)
    assert vantor.tasking(body["data"]["id"]) == body["data"]
    assert [told["price"] for told in vantor.control_orders()] == [{"amount": PRICE, "currency": "CREDIT"}]


def test_a_repeated_submit_is_a_second_purchase(vantor):
    """Nothing of a request makes it idempotent."""
    assert vantor.submitted() != vantor.submitted()
    assert [told["text"] for told in vantor.control_orders()] == ["a request", "a request"]


def test_a_check_differs_by_one_parameter(vantor):
    """validation_only=true answers the settings filled in and buys nothing; any other word buys."""
    answer = vantor.validate()
    assert answer.status_code == 200
    checked = answer.json()["data"]
    assert "id" not in checked
    assert "tasking_status" not in checked
    assert (checked["is_private"], checked["notifications"][0]["level"]) == (False, "FINAL_ONLY")
    assert vantor.control_orders() == []
    for word in ("True", "1", "false"):
        assert "id" in vantor.submit(validation_only=word).json()["data"]
    assert len(vantor.control_orders()) == 3


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (request(tasking_tier=None), "tasking_tier"),
        (request(tasking_tier="assured"), "tasking_tier"),
        (request(tasking_tier="flexview"), "tasking_tier"),
        (request(request_description=7), "request_description"),
        (request(request_description="x" * 256), "request_description"),
        ({**request(), "request_description": None}, "request_description"),
        (request(start_collect_datetime=None), "start_collect_datetime"),
        (request(start_collect_datetime="now"), "start_collect_datetime"),
        (request(start_collect_datetime="2026-12-06"), "start_collect_datetime"),
        (request(start_collect_datetime="2026-12-06T00:00:00"), "start_collect_datetime"),
        (request(start_collect_datetime="2026-13-06T00:00:00Z"), "start_collect_datetime"),
        (request(end_collect_datetime=at(5)), "end_collect_datetime"),
        (request(start_collect_datetime=at(-3), end_collect_datetime=at(-1)), "end_collect_datetime"),
        (request(is_private="true"), "is_private"),
        (request(geometry=None), "geometry"),
        (request(geometry={"type": "Point", "coordinates": [0, 0]}), "geometry"),
        (request(geometry={"type": "Polygon", "coordinates": []}), "geometry"),
        (request(geometry={"type": "Polygon", "coordinates": [[[0], [1], [1], [0]]]}), "geometry"),
        (request(geometry={"type": "Polygon", "coordinates": [[["0", 0]] * 4]}), "geometry"),
        (request(geometry={"type": "Polygon", "coordinates": [[[0, 0], [0.1, 0], [0.1, 0.1], [0, 0.1]]]}), "geometry"),
        (request(geometry={"type": "Polygon", "coordinates": [[[0, 90], [1, 91], [1, 90], [0, 90]]]}), "geometry"),
        (other("tasking_details.max_gsd", 0), "tasking_details.max_gsd"),
        (other("tasking_details.max_gsd", True), "tasking_details.max_gsd"),
        (other("tasking_details.max_cloud_cover", "20"), "tasking_details.max_cloud_cover"),
        (other("tasking_details.max_cloud_cover", 101), "tasking_details.max_cloud_cover"),
        (other("tasking_details.color", "red"), "tasking_details.color"),
        (request(product_details=None), "product_details"),
        (other("product_details.product_type", None), "product_details.product_type"),
        (other("product_details.product_type", "OR2A"), "product_details.product_type"),
        (other("product_details.licensing", None), "product_details.licensing"),
        (licensed(end_use_code="XXX"), "product_details.licensing.end_use_code"),
        (licensed(end_use_code="OTH"), "product_details.licensing.end_use_description"),
        (licensed(end_use_code="AGR", end_use_description="x"), "product_details.licensing.end_use_description"),
        (licensed(end_use_code="OTH", end_use_description="x" * 51), "product_details.licensing.end_use_description"),
        (request(output_configs=None), "output_configs"),
        (request(output_configs=[]), "output_configs"),
        (request(output_configs=[{"type": "ftp"}]), "output_configs.0"),
        (request(output_configs=[{**S3, "bucket": ""}]), "output_configs.0.amazon_s3.bucket"),
        (request(output_configs=[{**AZURE, "sas_url": 1}]), "output_configs.0.azure_blob_storage.sas_url"),
        (request(output_configs=[{"type": "download", "format": "zip"}]), "output_configs"),
        (request(notifications=[{**EMAIL, "type": "fax"}]), "notifications.0"),
        (request(notifications=[{**EMAIL, "level": "ALWAYS"}]), "notifications.0.email.level"),
        (request(notifications=[{"type": "email"}]), "notifications.0.email.target"),
        (
            request(notifications=[{"type": "sns", "target": "arn", "config": {"requires_message_group_id": True}}]),
            "notifications.0.sns.config.requires_message_deduplication_id",
        ),
        (request(color="red"), "color"),
    ],
)
def test_what_does_not_hold_is_a_400(vantor, body, place):
    """A field that does not hold is named in the documented error, for a check and a quote as for a purchase."""
    for answer in (vantor.submit(body), vantor.validate(body), vantor.api("POST", QUOTE, body)):
        assert (answer.status_code, answer.json()["error"]["error_code"]) == (400, "bad_request")
        assert [reason for reason in reasons(answer) if reason.startswith(place)]
    assert vantor.control_orders() == []


def test_all_that_is_wrong_is_told_at_once(vantor):
    """Every reason has a message of its own."""
    body = {**licensed(end_use_code="OTH"), "output_configs": [{"type": "mgp_order_manager"}]}
    assert len(reasons(vantor.submit({**body, "end_collect_datetime": at(4)}))) == 3


@pytest.mark.parametrize(
    "body",
    [
        request(request_description=None, is_private=None, tasking_details=None, notifications=None),
        licensed(end_use_code="OTH", end_use_description="x" * 50),
        other("product_details.dra", "none"),
        request(output_configs=[{**S3, "role_arn": "arn"}, AZURE, GOOGLE]),
        request(
            notifications=[
                {**EMAIL, "level": "INTERMEDIATE"},
                {"type": "http", "target": "https://x", "config": {"headers": {"a": "b"}}},
                {
                    "type": "sns",
                    "target": "arn",
                    "config": {"requires_message_group_id": True, "requires_message_deduplication_id": False},
                },
            ]
        ),
        request(request_description="x" * 255),
        request(tasking_details={"max_off_nadir_angle": 30, "min_sun_elevation_angle": 15}),
        fast(),
    ],
)
def test_what_holds(vantor, body):
    """What may be left out may be left out, and every variant of outputs and notifications is taken."""
    assert vantor.control_orders() == []
    vantor.submitted(body)
    assert vantor.control_orders()[0]["body"] == body


def test_end_use_codes(vantor):
    """Each of the documented codes but OTH is taken without a description."""
    assert {vantor.validate(licensed(end_use_code=code)).status_code for code in CODES} == {200}


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"tasking_tier": NaN}', b""])
def test_a_body_that_is_no_object(vantor, content):
    """Bytes that are no JSON object are a 400."""
    assert vantor.api("POST", SUBMIT, content=content).status_code == 400


def test_a_body_that_is_too_large(vantor):
    """More bytes than the gateway takes are its 413 with a bare message."""
    vantor.switch(bodyMaximum=1000)
    answer = vantor.submit(request(request_description="x" * 1000))
    assert answer.status_code == 413
    assert "Request Entity Too Large" in answer.json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        request(start_collect_datetime="2026-12-01T00:04:59Z"),
        request(end_collect_datetime="2026-12-06T00:09:59Z"),
        request(end_collect_datetime="2027-12-06T00:00:01Z"),
        other("tasking_details.max_cloud_cover", 14),
        other("tasking_details.max_cloud_cover", 51),
        other("tasking_details.max_off_nadir_angle", 46),
        request(geometry=square(0.06)),
        request(geometry=square(0.3)),
        request(geometry={"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 0.01], [0, 0.01], [0, 0]]]}),
        request(
            geometry={"type": "Polygon", "coordinates": [[*[[i / 10**4, 0] for i in range(999)], [0.1, 0.1], [0, 0]]]}
        ),
    ],
)
def test_limits_of_version_one(vantor, body):
    """The ranges that only version 1 documents are a switch."""
    assert vantor.submit(body).status_code == 400
    vantor.switch(limits="none")
    assert vantor.submit(body).status_code == 200


def test_demand(vantor):
    """A high demand raises the least area and the price."""
    assert vantor.submit(request(geometry=square(0.066))).status_code == 200
    vantor.switch(demand="high")
    assert vantor.submit(request(geometry=square(0.066))).status_code == 400
    vantor.switch(limits="none")
    assert vantor.quote()["usage_estimate"][0]["quantity"] == 2553


def test_outputs_are_switches(vantor):
    """Outputs may be left out, and the ones of other APIs may be offered."""
    vantor.switch(outputsRequired=False, outputTypes="all")
    vantor.submitted(request(output_configs=None))
    vantor.submitted(request(output_configs=[{"type": "download", "format": "tar"}, {"type": "mgp_order_manager"}]))


def test_unknown_fields_ignored(vantor):
    """A lax server drops what it does not know, at every depth, and still judges the rest."""
    vantor.switch(unknownFields="ignored")
    body = request(color="red", tasking_details={**DETAILS, "x": 1}, output_configs=[S3, {**AZURE, "y": {"z": 1}}])
    shown = vantor.tasking(vantor.submitted(body))
    assert "color" not in shown
    assert set(shown["tasking_details"]) == set(DETAILS)
    assert "y" not in shown["output_configs"][1]
    assert shown["output_configs"][0] == S3
    wrong = vantor.submit({**body, "tasking_tier": "fast"})
    assert [reason.partition(":")[0] for reason in reasons(wrong)] == ["tasking_tier"]


def test_long_descriptions(vantor):
    """A description beyond the maximum is refused, or loses its end."""
    vantor.switch(descriptionMaximum=10)
    assert vantor.submit(request(request_description="x" * 11)).status_code == 400
    vantor.switch(descriptionTooLong="cut")
    vantor.submitted(request(request_description="0123456789rc1"))
    assert vantor.control_orders()[0]["text"] == "0123456789"


@pytest.mark.parametrize("status", [201, 202])
def test_the_status_of_a_success_is_a_switch(vantor, status):
    """A taken request may be answered with another success; a check is not."""
    vantor.switch(createStatus=status)
    assert vantor.submit().status_code == status
    assert vantor.validate().status_code == 200


def test_the_answer_may_be_an_id_alone(vantor):
    """Submitting may answer nothing but the id."""
    vantor.switch(submitAnswer="id")
    assert set(vantor.submit().json()["data"]) == {"id"}


def test_private_tasking_needs_a_right(vantor):
    """is_private is a 403 without the right, for a check too; false needs none."""
    private = request(is_private=True)
    for answer in (vantor.submit(private), vantor.validate(private)):
        assert (answer.status_code, answer.json()["error"]["error_code"]) == (403, "forbidden")
        assert "private tasking" in reasons(answer)[0]
    vantor.submitted(request(is_private=False))
    assert vantor.account(private=True)["private"] is True
    assert vantor.tasking(vantor.submitted(private))["is_private"] is True
    assert vantor.submit(fast(is_private=True)).status_code == 200
    vantor.switch(privateEntitled=True)
    assert vantor.account(private=False)["private"] is False
    assert vantor.submit(private).status_code == 403
    assert vantor.account(private=None)["private"] is True
    assert vantor.submit(private).status_code == 200


def test_a_quote_is_in_credits(vantor):
    """A quote tells credits in the sibling's usage_estimate, and submits nothing."""
    (estimate,) = vantor.quote()["usage_estimate"]
    assert estimate == {
        "pipeline_id": "imagery/view-ready-ortho",
        "units": "credits",
        "quantity": PRICE,
        "product_id": "flexView",
        "date_reported": "2026-12-01T00:00:00Z",
        "description": "Tasking flexView, view-ready-ortho",
        "billable": True,
    }
    assert vantor.quote(fast())["usage_estimate"][0]["quantity"] == 3191
    assert vantor.control_orders() == []


def test_the_form_of_a_quote_is_a_switch(vantor):
    """A quote may tell an area, or have a form that nobody documented."""
    vantor.switch(quoteUnits="sqkm")
    assert vantor.quote()["usage_estimate"][0]["units"] == "sqkm"
    assert vantor.quote()["usage_estimate"][0]["quantity"] == 63.81
    vantor.switch(quoteUnits="other")
    assert vantor.quote() == {"quotation": {"total": PRICE, "area": 63.81}}


def test_the_path_of_a_quote_is_a_switch(vantor):
    """A quote answers at one of two paths."""
    paths = (QUOTE, f"{TASKING}/quote")
    for place, statuses in (("vantor", [200, 404]), ("plain", [404, 200])):
        vantor.switch(quotePath=place)
        assert [vantor.api("POST", path, request()).status_code for path in paths] == statuses


def test_the_documented_request(http):
    """The request of the private tasking tutorial, at its time, is a 403 without the right and bought with it."""
    body = request(
        request_description="Example Flexview private tasking request",
        start_collect_datetime="2026-06-12t00:00:00z",
        end_collect_datetime="2026-06-20t00:00:00z",
        is_private=True,
        notifications=[{**EMAIL, "level": "FINAL_ONLY"}],
    )
    with Simulator(start=datetime(2026, 6, 1, tzinfo=UTC), speed=0) as simulator:
        vantor = Vantor(simulator, http)
        assert vantor.submit(body).status_code == 403
        vantor.switch(privateEntitled=True, defaultsFilled=False)
        shown = vantor.tasking(vantor.submitted(body))
    assert {name: shown[name] for name in body} == body


def test_credits_are_reserved(vantor):
    """Submitting reserves the price at once, and is refused for what the account cannot pay."""
    vantor.account(credits=2 * PRICE - 1)
    vantor.submitted()
    assert vantor.account() == {"private": False, "credits": PRICE - 1, "spent": 0, "held": PRICE}
    assert vantor.submit().status_code == 403
    for status in (402, 400):
        vantor.switch(insufficientCredits=status)
        assert vantor.submit().status_code == status
    assert vantor.validate().status_code == 200
    assert len(vantor.control_orders()) == 1
    vantor.switch(creditsEnforced=False)
    vantor.submitted()
    assert vantor.account()["credits"] == -1


@pytest.mark.parametrize("facts", [{"credits": -1}, {"credits": "1"}, {"private": "yes"}, {"age": 1}, []])
def test_nonsense_accounts_are_refused(vantor, facts):
    """An account's facts that mean nothing are a 400."""
    assert vantor.http.put(f"{vantor.simulator.url}/_sim/vantor/accounts/default", json=facts).status_code == 400
    assert vantor.control("GET", "/vantor/accounts/default")["credits"] == 10_000_000


def test_any_slot_is_free_by_default(vantor):
    """Without a schedule fastView takes any window, also one that is taken."""
    assert vantor.submit(fast(5.1, 5.2)).status_code == vantor.submit(fast(5.1, 5.2)).status_code == 200


def test_a_slot_that_is_not_free_is_a_400_with_others(vantor):
    """With slots of six hours another window is a 400, for a check too, and what it offers is taken."""
    vantor.switch(slots="six-hours")
    for answer in (vantor.submit(fast(5.1, 5.35)), vantor.validate(fast(5.1, 5.35))):
        assert answer.status_code == 400
        assert answer.json()["error"]["alternative_reservation_times"] == [
            {"start_collect_datetime": f"2026-12-06t{start}:00:00z", "end_collect_datetime": f"2026-12-06t{end}:00:00z"}
            for start, end in (("00", "06"), ("06", "12"), ("12", "18"))
        ]
    first = answer.json()["error"]["alternative_reservation_times"][0]
    taken = vantor.submitted({**fast(), **first})
    again = vantor.submit({**fast(), **first})
    assert again.status_code == 400
    assert first not in again.json()["error"]["alternative_reservation_times"]
    assert vantor.submit(request()).status_code == 200
    vantor.edit(taken, status="CANCELED")
    assert vantor.submit({**fast(), **first}).status_code == 200


def test_slots_are_listed_by_control(vantor):
    """Listed slots are the only ones; those that have begun are not offered."""
    slots = [{"start": at(0.001), "end": at(0.25)}, {"start": "2026-12-06 02:00:00+02:00", "end": at(5.25)}]
    vantor.control("PUT", "/vantor/slots", {"slots": slots})
    answer = vantor.submit(fast(6, 6.25))
    (offered,) = answer.json()["error"]["alternative_reservation_times"]
    assert offered["start_collect_datetime"] == "2026-12-06t00:00:00z"
    vantor.submitted({**fast(), **offered})
    vantor.control("PUT", "/vantor/slots", {"slots": []})
    assert vantor.submit(fast(7, 7.25)).json()["error"]["alternative_reservation_times"] == []
    vantor.control("PUT", "/vantor/slots", {"slots": None})
    assert vantor.submit(fast(7, 7.25)).status_code == 200
    for nonsense in ({}, {"slots": [{}]}, {"slots": [{"start": "x", "end": at(1)}]}, []):
        assert vantor.http.put(f"{vantor.simulator.url}/_sim/vantor/slots", json=nonsense).status_code == 400


def test_the_form_of_other_slots_is_a_switch(vantor):
    """Other slots are told as text, or not at all."""
    vantor.switch(slots="six-hours", slotsForm="messages", dateEcho="space")
    told = reasons(vantor.submit(fast(5.1, 5.35)))
    assert told[1] == "Available: 2026-12-06 00:00:00Z to 2026-12-06 06:00:00Z"
    assert len(told) == 4
    vantor.switch(slotsForm="none")
    assert set(vantor.submit(fast(5.1, 5.35)).json()["error"]) == {"error_code", "error_type", "error_messages"}
