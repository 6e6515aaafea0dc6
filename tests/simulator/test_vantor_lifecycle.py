"""The life of a Vantor tasking on the simulated clock: every status in every spelling, cancel, and the later end."""

import pytest

from .scenario import at
from .vantor import PRICE, TASKING, UNKNOWN, fast, reasons, request


def seen(vantor, tasking_id: str) -> list[str]:
    """Return the words that a tasking of one day shows, hour by hour after its first, without repeats."""
    words = [vantor.status(tasking_id)]
    for step in ["10m", "50m", *["1h"] * 25]:
        vantor.advance(step)
        words.append(vantor.status(tasking_id))
    return [word for word, before in zip(words, ["", *words], strict=False) if word != before]


def soon(**fields) -> dict:
    """Return a request whose window is the next day, so that its life is short."""
    return request(start_collect_datetime=at(0.01), end_collect_datetime=at(1), **fields)


START = ["INITIAL", "ACCEPTED", "AWAITING-COLLECTION"]
IMAGE = ["IN-PRODUCTION", "DELIVERY-SUCCESS"]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("FULFILLED", [*START, *IMAGE, "AWAITING-COLLECTION", *IMAGE, "FULFILLED"]),
        ("PARTIALLY-FULFILLED", [*START, *IMAGE, "AWAITING-COLLECTION", *IMAGE, "AWAITING-COLLECTION",
                                 "PARTIALLY-FULFILLED"]),
        ("UNFULFILLED", [*START, "UNFULFILLED"]),
        ("DENIED", ["INITIAL", "DENIED"]),
        ("FAILED", [*START, "IN-PRODUCTION", "FAILED"]),
        ("ERROR", [*START, "IN-PRODUCTION", "ERROR"]),
        ("CANCELED", [*START, "CANCELED"]),
        ("REPEATED", [*START, "IN-PRODUCTION", "AWAITING-COLLECTION", *IMAGE, "AWAITING-COLLECTION", *IMAGE,
                      "FULFILLED"]),
        ("PAUSED-BY-MOON", ["INITIAL", "ACCEPTED", "PAUSED-BY-MOON"]),
    ],
)  # fmt: skip
def test_outcomes(vantor, outcome, words):
    """Each documented status is reached in its turn, and stays where it is final."""
    vantor.switch(outcome=outcome)
    assert seen(vantor, vantor.submitted(soon())) == words


@pytest.mark.parametrize(
    ("spelling", "outcome", "words"),
    [
        ("notifications-page", "FULFILLED", {"IN-PRODUCTION", "PARTIAL-DELIVERY", "FULFILLED"}),
        ("notifications-page", "FAILED", {"FAIL"}),
        ("v1", "REPEATED", {"CONTENT_PRODUCTION_FAILURE", "CONTENT_PRODUCTION_SUCCESS", "IN_PRODUCTION"}),
        ("v1", "PARTIALLY-FULFILLED", {"PARTIALLY_FULFILLED", "AWAITING_COLLECTION"}),
        ("lower", "PARTIALLY-FULFILLED", {"initial", "delivery-success", "partially-fulfilled"}),
        ("status-page", "FAILED", {"FAILED"}),
    ],
)
def test_spellings(vantor, spelling, outcome, words):
    """The same statuses are spelled as on each of the pages, in lists and filters too."""
    vantor.switch(spelling=spelling, outcome=outcome)
    tasking_id = vantor.submitted(soon())
    shown = seen(vantor, tasking_id)
    assert words <= set(shown)
    assert [found["tasking_status"] for found in vantor.list_page(filter=f"tasking_status:{shown[-1]}")] == [shown[-1]]


def test_each_step_has_its_own_instant(vantor):
    """A step is dated at its own time; two taskings, one looked at and one left alone, have the same dates."""
    looked_at, left_alone = vantor.submitted(), vantor.submitted()
    vantor.advance("15m")
    assert vantor.tasking(looked_at)["date_modified"] == "2026-12-01t00:10:00z"
    for _ in range(20):
        vantor.advance("18h")
        vantor.tasking(looked_at)
    dates = [vantor.tasking(tasking_id)["date_modified"] for tasking_id in (looked_at, left_alone)]
    assert dates == ["2026-12-12t18:00:00z"] * 2


def test_a_clock_set_back_shows_the_beginning(vantor):
    """Before its own submission a tasking is not to be read; control tells it as INITIAL, and can end it."""
    tasking_id = vantor.submitted()
    vantor.advance("-1h")
    assert vantor.api("GET", f"{TASKING}/{tasking_id}").status_code == 404
    assert vantor.control_orders()[0]["status"] == "INITIAL"
    vantor.edit(tasking_id, status="FAILED")
    vantor.advance("1h")
    assert vantor.status(tasking_id) == "FAILED"


def test_paces_are_switches(vantor):
    """Each wait has its own length, for taskings submitted from then on, as has the number of images."""
    vantor.switch(acceptMinutes=1, scheduleMinutes=2, productionMinutes=3, captures=1)
    tasking_id = vantor.submitted(soon())
    words = []
    for step in ("59s", "1s", "2m", "12h6m", "3m", "3m"):
        vantor.advance(step)
        words.append(vantor.status(tasking_id))
    assert words == ["INITIAL", "ACCEPTED", "AWAITING-COLLECTION", *IMAGE, "FULFILLED"]


def test_delivered_shares(vantor):
    """What is delivered is told in percent, and charged when the tasking ends; the rest is released."""
    vantor.switch(outcome="PARTIALLY-FULFILLED")
    tasking_id = vantor.submitted(soon())
    vantor.advance("10h")
    assert vantor.tasking(tasking_id)["status_details"] == "Delivered for 33 % of the area."
    assert vantor.account()["held"] == PRICE
    vantor.advance("14h")
    (told,) = vantor.control_orders()
    assert (told["status"], told["delivered"], told["charged"]) == ("PARTIALLY-FULFILLED", 66, 843)
    assert vantor.account() == {"private": False, "credits": 10_000_000 - 843, "spent": 843, "held": 0}


@pytest.mark.parametrize(
    ("outcome", "spent"), [("FULFILLED", PRICE), ("UNFULFILLED", 0), ("DENIED", 0), ("FAILED", 0), ("PAUSED", 0)]
)
def test_charges(vantor, outcome, spent):
    """Only what is delivered is charged; an unknown status holds the credits for ever."""
    vantor.switch(outcome=outcome)
    vantor.submitted()
    vantor.advance("30d")
    held = PRICE if outcome == "PAUSED" else 0
    assert (vantor.account()["spent"], vantor.account()["held"]) == (spent, held)


def test_cancel_is_asynchronous(vantor):
    """A cancel only begins; CANCELED with its reason is what a later read shows, and it costs nothing."""
    tasking_id = vantor.submitted()
    answer = vantor.cancel(tasking_id, {"reason": "not needed"})
    assert (answer.status_code, answer.json()["data"]["tasking_status"]) == (200, "INITIAL")
    assert vantor.control_orders()[0]["canceling"] is True
    vantor.advance("9m")
    assert vantor.status(tasking_id) == "INITIAL"
    vantor.advance("1m")
    shown = vantor.tasking(tasking_id)
    assert (shown["tasking_status"], shown["status_details"]) == ("CANCELED", "not needed")
    vantor.advance("30d")
    assert vantor.status(tasking_id) == "CANCELED"
    assert vantor.account()["credits"] == 10_000_000


def test_the_wait_for_a_cancel_is_a_switch(vantor):
    """A cancel can be done at once, or take so long that the tasking is fulfilled before."""
    vantor.switch(cancelMinutes=0)
    assert vantor.cancel(vantor.submitted()).json()["data"]["tasking_status"] == "CANCELED"
    vantor.switch(cancelMinutes=60 * 24)
    tasking_id = vantor.submitted(soon())
    vantor.advance("10h")
    assert vantor.cancel(tasking_id).status_code == 200
    vantor.advance("30h")
    assert vantor.status(tasking_id) == "FULFILLED"
    assert vantor.account()["spent"] == PRICE


def test_a_cancel_can_come_to_nothing(vantor):
    """By switch a cancel is taken and forgotten."""
    vantor.switch(cancelOutcome="ignored")
    tasking_id = vantor.submitted()
    assert vantor.cancel(tasking_id).status_code == 200
    vantor.advance("30d")
    assert vantor.status(tasking_id) == "FULFILLED"


def test_a_cancel_can_have_a_fee(vantor):
    """A share of the reserved credits is kept, or what is delivered where that is more."""
    vantor.switch(cancelFeePercent=10)
    early, late = vantor.submitted(soon()), vantor.submitted(soon())
    vantor.cancel(early)
    vantor.advance("10h")
    vantor.cancel(late)
    vantor.advance("10m")
    assert [told["charged"] for told in vantor.control_orders()] == [128, 639]


@pytest.mark.parametrize("status", [409, 400, 404, 405])
def test_a_cancel_too_late_or_twice(vantor, status):
    """A cancel of what has ended or is being canceled is refused with a status that nobody documented."""
    vantor.switch(cancelWrongState=status)
    tasking_id = vantor.submitted()
    assert vantor.cancel(tasking_id).status_code == 200
    assert vantor.cancel(tasking_id).status_code == status
    ended = vantor.submitted()
    for word in ("FULFILLED", "PARTIALLY-FULFILLED", "UNFULFILLED", "DENIED", "CANCELED", "FAILED", "ERROR"):
        vantor.edit(ended, status=word)
        assert vantor.cancel(ended).status_code == status
        assert vantor.status(ended) == word
    assert vantor.cancel(UNKNOWN).status_code == 404
    for body in ([], {"reason": 1}, {"why": "x"}):
        assert vantor.cancel(vantor.submitted(), body).status_code == 400


def test_fast_view_can_have_a_cutoff(vantor):
    """From some hours before its start a fastView tasking cannot be canceled; flexView can."""
    vantor.switch(fastViewCutoffHours=24)
    quick, slow = vantor.submitted(fast()), vantor.submitted()
    vantor.advance("4d")
    assert vantor.cancel(quick).status_code == 409
    assert vantor.cancel(slow).status_code == 200
    early = vantor.submitted(fast(7, 7.25))
    assert vantor.cancel(early).status_code == 200


def test_the_end_can_be_extended(vantor):
    """A PATCH moves a flexView tasking's end, in any form of date, and what waits for the end waits longer."""
    vantor.switch(outcome="UNFULFILLED")
    tasking_id = vantor.submitted()
    before = vantor.tasking(tasking_id)
    vantor.advance("1h")
    answer = vantor.extend(tasking_id, "2026-12-26 02:00:00+02:00")
    assert answer.status_code == 200
    shown = answer.json()["data"]
    assert shown == vantor.tasking(tasking_id)
    assert {name for name in shown if shown[name] != before[name]} == {
        "end_collect_datetime",
        "date_modified",
        "tasking_status",
    }
    assert shown["end_collect_datetime"] == "2026-12-26t00:00:00z"
    vantor.advance("24d")
    assert vantor.status(tasking_id) == "AWAITING-COLLECTION"
    vantor.advance("23h")
    assert vantor.status(tasking_id) == "UNFULFILLED"
    assert len(vantor.control_orders()) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"end_collect_datetime": at(14)},
        {"end_collect_datetime": at(15)},
        {"end_collect_datetime": at(4)},
        {"end_collect_datetime": at(371)},
        {"end_collect_datetime": "later"},
        {"end_collect_datetime": at(20), "is_private": True},
        {"request_description": "x"},
        {},
        [],
    ],
)
def test_nothing_else_can_be_changed(vantor, body):
    """An end that is no later or too late, and any other field, are a 400 that changes nothing."""
    tasking_id = vantor.submitted()
    before = vantor.tasking(tasking_id)
    answer = vantor.api("PATCH", f"{TASKING}/{tasking_id}", body)
    assert answer.status_code == 400
    assert reasons(answer)
    assert vantor.tasking(tasking_id) == before
    assert vantor.extend(UNKNOWN, at(20)).status_code == 404


def test_shortening_is_a_switch(vantor):
    """A lax server takes an earlier end too, but none before the start."""
    vantor.switch(shortening="accepted")
    tasking_id = vantor.submitted()
    assert vantor.extend(tasking_id, at(10)).json()["data"]["end_collect_datetime"] == "2026-12-11t00:00:00z"
    assert vantor.extend(tasking_id, at(5)).status_code == 400


@pytest.mark.parametrize("status", [405, 400, 403])
def test_fast_view_cannot_be_extended(vantor, status):
    """A fastView tasking is immutable, which is told by a status that nobody documented."""
    vantor.switch(extendFastView=status)
    assert vantor.extend(vantor.submitted(fast()), at(20)).status_code == status


@pytest.mark.parametrize("status", [409, 400, 404, 405])
def test_an_extension_too_late(vantor, status):
    """What has ended or is being canceled cannot be extended; by switch neither what is in production."""
    vantor.switch(extendWrongState=status)
    tasking_id = vantor.submitted()
    vantor.edit(tasking_id, status="IN-PRODUCTION")
    assert vantor.extend(tasking_id, at(20)).status_code == 200
    vantor.switch(extendUntil="production")
    assert vantor.extend(tasking_id, at(21)).status_code == status
    vantor.edit(tasking_id, status="FULFILLED")
    assert vantor.extend(tasking_id, at(22)).status_code == status
    other = vantor.submitted()
    vantor.cancel(other)
    assert vantor.extend(other, at(20)).status_code == status


def test_where_one_tasking_answers_is_a_switch(vantor):
    """Get, extend and cancel answer below tasking, below tasking/vantor, or at both."""
    tasking_id = vantor.submitted()
    plain, longer = f"{TASKING}/{tasking_id}", f"{TASKING}/vantor/{tasking_id}"
    for paths, expected in (("both", (200, 200)), ("plain", (200, 404)), ("vantor", (404, 200))):
        vantor.switch(paths=paths)
        assert tuple(vantor.api("GET", path).status_code for path in (plain, longer)) == expected
    vantor.switch(paths="vantor")
    assert vantor.extend(tasking_id, at(20)).status_code == vantor.cancel(tasking_id).status_code == 404
    assert vantor.api("PATCH", longer, {"end_collect_datetime": at(20)}).status_code == 200
    assert vantor.api("POST", f"{longer}/cancel").status_code == 200


def test_a_person_can_edit_and_delete(vantor):
    """Over the control API a tasking changes as by Vantor's staff, and can vanish without a trace."""
    tasking_id = vantor.submitted()
    vantor.advance("1m")
    vantor.edit(tasking_id, request_description="theirs", end_collect_datetime=at(30), tasking_details={"max_gsd": 0.5})
    shown = vantor.tasking(tasking_id)
    assert (shown["request_description"], shown["end_collect_datetime"]) == ("theirs", "2026-12-31t00:00:00z")
    assert shown["tasking_details"] == {"max_gsd": 0.5, "max_cloud_cover": 20}
    assert shown["date_modified"] == "2026-12-01t00:01:00z"
    told = vantor.edit(tasking_id, status="NEWLY-INVENTED", details="why")
    assert (told["status"], told["text"]) == ("NEWLY-INVENTED", "theirs")
    vantor.advance("30d")
    shown = vantor.tasking(tasking_id)
    assert (shown["tasking_status"], shown["status_details"]) == ("NEWLY-INVENTED", "why")
    vantor.control("DELETE", f"/vantor/orders/{tasking_id}")
    assert (vantor.list_page(), vantor.control_orders()) == ([], [])
    assert vantor.http.delete(f"{vantor.simulator.url}/_sim/vantor/orders/{tasking_id}").status_code == 404


def test_the_outcome_of_one_tasking_can_be_set(vantor):
    """How a tasking will end is set by hand as well."""
    tasking_id = vantor.submitted()
    vantor.edit(tasking_id, outcome="UNFULFILLED")
    vantor.advance("16d")
    assert vantor.status(tasking_id) == "UNFULFILLED"


@pytest.mark.parametrize(
    "edit", [{"color": "red"}, {"end_collect_datetime": "x"}, {"status": ""}, {"status": None}, {"tasking_details": 5}]
)
def test_nonsense_edits_are_refused(vantor, edit):
    """An edit that means nothing is a 400 and leaves the tasking alone."""
    tasking_id = vantor.submitted()
    before = vantor.tasking(tasking_id)
    assert vantor.http.post(f"{vantor.simulator.url}/_sim/vantor/orders/{tasking_id}", json=edit).status_code == 400
    assert vantor.tasking(tasking_id) == before


def test_control_tells_every_tasking(vantor):
    """A tasking is told with its description, status, window, price, account, and the body as it was received."""
    body = request(request_description="field rc1-abc")
    tasking_id = vantor.submitted(body)
    vantor.advance("30m")
    vantor.extend(tasking_id, at(20))
    assert vantor.control_orders() == [
        {
            "provider": "vantor",
            "id": tasking_id,
            "text": "field rc1-abc",
            "status": "ACCEPTED",
            "canceling": False,
            "delivered": 0,
            "created": "2026-12-01T00:00:00Z",
            "updated": "2026-12-01T00:30:00Z",
            "window": ["2026-12-06T00:00:00Z", "2026-12-21T00:00:00Z"],
            "price": {"amount": PRICE, "currency": "CREDIT"},
            "charged": None,
            "account": "default",
            "user": vantor.tasking(tasking_id)["user_id"],
            "body": body,
        }
    ]
