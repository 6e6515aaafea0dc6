"""The life of an UP42 order on the simulated clock: every status and sub-status, in time and out of it."""

import pytest

from .scenario import at
from .up42 import ORDERS, QUOTES, STUDIES, optical, order, radar, spot

WAITING = ("PLACED", "QUOTATION_WAITING_RESPONSE")


def seen(up42, order_id: str, *steps: str) -> list[tuple[str, str | None]]:
    """Return the states that an order shows now and after each step of time, without repeats."""
    states = [up42.state(order_id)]
    for step in steps:
        up42.advance(step)
        if up42.state(order_id) != states[-1]:
            states.append(up42.state(order_id))
    return states


def test_an_order_waits_for_two_decisions_and_is_fulfilled(up42):
    """The whole way: study, choice, quotation, acceptance, collection; each state begins at its own instant."""
    order_id = up42.placed()
    assert seen(up42, order_id, "59s", "1s", "59s", "1s", "59m", "1m", "9d") == [
        ("CREATED", None),
        ("BEING_PLACED", None),
        ("PLACED", "FEASIBILITY_WAITING_UPLOAD"),
        ("PLACED", "FEASIBILITY_WAITING_RESPONSE"),
    ]
    assert up42.order(order_id)["updatedAt"] == "2026-12-01T01:02:00.000000Z"
    up42.choose(order_id)
    assert seen(up42, order_id, "1h", "9d") == [("PLACED", "QUOTATION_WAITING_UPLOAD"), WAITING]
    up42.decide(order_id)
    assert seen(up42, order_id, "10m", "40d") == [
        ("PLACED", "QUOTATION_ACCEPTED"),
        ("BEING_FULFILLED", "QUOTATION_ACCEPTED"),
        ("FULFILLED", "QUOTATION_ACCEPTED"),
    ]


def test_an_automatic_study_needs_no_choice(up42):
    """A study of the kind AUTO is accepted at its creation, has no options, and leads straight to the quotation."""
    order_id = up42.placed(spot())
    assert seen(up42, order_id, "1m", "1m", "1h") == [
        ("CREATED", None),
        ("BEING_PLACED", None),
        ("PLACED", "QUOTATION_WAITING_UPLOAD"),
        WAITING,
    ]
    study = up42.study(order_id)
    assert (study["type"], study["options"], study["decision"]) == ("AUTO", [], "ACCEPTED")
    assert (study["decisionOption"], study["decisionByType"]) == (None, None)
    assert study["decisionAt"] == study["createdAt"]


def test_an_order_without_study_and_quotation_goes_by_itself(up42):
    """What needs neither is active soon, shows no subStatus, and is charged when it is fulfilled."""
    before = up42.balance()
    order_id = up42.placed(radar())
    assert seen(up42, order_id, "2m", "10m") == [("CREATED", None), ("PLACED", None), ("BEING_FULFILLED", None)]
    assert (up42.list_page(STUDIES), up42.list_page(QUOTES)) == ([], [])
    assert up42.balance() == before
    up42.advance("20d")
    assert up42.state(order_id) == ("FULFILLED", None)
    assert up42.balance() == before - 45000


@pytest.mark.parametrize(
    ("study", "quotation", "states"),
    [
        ("none", "none", [("PLACED", None), ("BEING_FULFILLED", None)]),
        ("none", "required", [("PLACED", "QUOTATION_WAITING_UPLOAD"), WAITING]),
        ("AUTO", "none", [("PLACED", None), ("BEING_FULFILLED", None)]),
        ("AUTO", "required", [("PLACED", "QUOTATION_WAITING_UPLOAD"), WAITING]),
        ("MANUAL", "none", [("PLACED", "FEASIBILITY_WAITING_UPLOAD"), ("PLACED", "FEASIBILITY_WAITING_RESPONSE")]),
    ],
)
def test_studies_and_quotations_can_be_turned(up42, study, quotation, states):
    """Whatever a product says, orders can be made to have a study of one kind, a quotation, or neither."""
    up42.switch(study=study, quotation=quotation)
    order_id = up42.placed(radar())
    up42.advance("2m")
    assert seen(up42, order_id, "1h", "9m") == states


def test_a_study_without_quotation_leads_to_collection(up42):
    """After the choice, what has no quotation becomes active."""
    up42.switch(study="MANUAL", quotation="none")
    order_id = up42.placed(radar())
    up42.advance("62m")
    up42.choose(order_id)
    up42.advance("10m")
    assert up42.state(order_id)[0] == "BEING_FULFILLED"


def test_paces_are_switches(up42):
    """Each wait has its own length, for orders placed from then on."""
    up42.switch(placingMinutes=0, studyMinutes=5, quoteMinutes=6, activationMinutes=7)
    order_id = up42.placed()
    assert up42.state(order_id) == ("PLACED", "FEASIBILITY_WAITING_UPLOAD")
    up42.advance("5m")
    up42.choose(order_id)
    up42.advance("6m")
    up42.decide(order_id)
    assert seen(up42, order_id, "6m", "1m")[-1] == ("BEING_FULFILLED", "QUOTATION_ACCEPTED")


@pytest.mark.parametrize(
    ("outcome", "at_first", "at_last"),
    [
        ("FULFILLED", "BEING_FULFILLED", "FULFILLED"),
        ("FAILED_PERMANENTLY", "BEING_FULFILLED", "FAILED_PERMANENTLY"),
        ("CANCELED", "BEING_FULFILLED", "CANCELED"),
        ("DELIVERY_TROUBLE", "BEING_FULFILLED", "FULFILLED"),
        ("FAILED", "FAILED", "FAILED"),
        ("PAUSED_BY_MOON", "PAUSED_BY_MOON", "PAUSED_BY_MOON"),
    ],
)
@pytest.mark.parametrize("existing", [False, True])
def test_outcomes(up42, outcome, at_first, at_last, existing):
    """An outcome can be set for coming orders or for one that exists."""
    if not existing:
        up42.switch(outcome=outcome)
    order_id = up42.accepted(spot())
    if existing:
        up42.control("POST", f"/up42/orders/{order_id}", {"outcome": outcome})
    up42.advance("10m")
    assert up42.state(order_id)[0] == at_first
    up42.advance("40d")
    assert up42.state(order_id)[0] == at_last


def test_trouble_passes_through_all_three_states(up42):
    """Delivery trouble lasts for its time in each of three states, with all assets there, before the end."""
    up42.switch(outcome="DELIVERY_TROUBLE", repairMinutes=30, captures=1)
    order_id = up42.accepted(spot())
    up42.control("POST", "/clock", {"set": at(9.99)})
    up42.headers = {}
    assert [status for status, _ in seen(up42, order_id, *["30m"] * 4)] == [
        "BEING_FULFILLED",
        "DELIVERY_INITIALIZATION_FAILED",
        "DOWNLOAD_FAILED",
        "DOWNLOADED",
        "FULFILLED",
    ]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("PLACEMENT_FAILED", ["PLACEMENT_FAILED"]),
        ("PLACEMENT_REPAIRED", ["PLACEMENT_FAILED", "BEING_PLACED", "PLACED"]),
        ("PLACEMENT_LOST", ["PLACEMENT_FAILED", "FAILED_PERMANENTLY"]),
    ],
)
def test_placing_can_fail(up42, outcome, words):
    """A placement that fails stays so, is repaired by UP42, or is lost."""
    up42.switch(outcome=outcome)
    order_id = up42.placed()
    shown = [status for status, _ in seen(up42, order_id, "1m", "1m", "1h", "1m")]
    assert shown == ["CREATED", "BEING_PLACED", *words]


@pytest.mark.parametrize(
    ("form", "while_collecting", "while_created"),
    [
        ("followed", "QUOTATION_ACCEPTED", None),
        ("stale", "FEASIBILITY_WAITING_UPLOAD", None),
        ("absent", None, None),
    ],
)
def test_sub_statuses_can_lie(up42, form, while_collecting, while_created):
    """A subStatus follows, stays at FEASIBILITY_WAITING_UPLOAD as once recorded, or is never shown."""
    up42.switch(subStatus=form)
    created = up42.placed()
    assert up42.state(created) == ("CREATED", while_created)
    order_id = up42.placed(spot())
    up42.advance("2h")
    up42.decide(order_id)
    up42.advance("10m")
    assert up42.state(order_id) == ("BEING_FULFILLED", while_collecting)
    found = [shown["id"] for shown in up42.list_page(subStatus="FEASIBILITY_WAITING_UPLOAD")]
    assert (order_id in found) == (form == "stale")


@pytest.mark.parametrize(
    ("leads_to", "states"),
    [
        ("stays", [("PLACED", "QUOTATION_REJECTED")]),
        ("quoted-again", [("PLACED", "QUOTATION_REJECTED"), WAITING]),
        ("FAILED_PERMANENTLY", [("PLACED", "QUOTATION_REJECTED"), ("FAILED_PERMANENTLY", "QUOTATION_REJECTED")]),
        ("CANCELED", [("PLACED", "QUOTATION_REJECTED"), ("CANCELED", "QUOTATION_REJECTED")]),
    ],
)
def test_what_follows_a_rejection_is_a_switch(up42, leads_to, states):
    """A rejected quote costs nothing and leads nowhere, to another quote, or to the end of the order."""
    before = up42.balance()
    up42.switch(afterRejection=leads_to)
    order_id = up42.quoted(spot())
    assert up42.decide(order_id, "REJECTED").json()["decision"] == "REJECTED"
    assert seen(up42, order_id, "59m", "1m", "9d") == states
    assert up42.balance() == before
    decisions = [quote["decision"] for quote in up42.quotes(order_id)]
    assert decisions == ["REJECTED", "NOT_DECIDED"][: 1 + (leads_to == "quoted-again")]


def test_a_second_quote_can_be_accepted(up42):
    """The quote that follows a rejection is another one, and is decided like the first."""
    up42.switch(afterRejection="quoted-again")
    order_id = up42.quoted(spot())
    up42.decide(order_id, "REJECTED")
    up42.advance("1h")
    first, second = up42.quotes(order_id)
    assert (first["id"] != second["id"], first["creditsPrice"]) == (True, second["creditsPrice"])
    assert up42.decide(order_id).status_code == 200
    up42.advance("10m")
    assert up42.state(order_id)[0] == "BEING_FULFILLED"


def test_a_window_that_has_passed_is_collected_after_all(up42):
    """An order that is accepted after its window ends within hours, not in the past."""
    order_id = up42.quoted(order(params=optical(acquisitionStart=at(0.01), acquisitionEnd=at(0.02))))
    up42.control("POST", "/clock", {"advance": "60d"})
    up42.headers = {}
    up42.decide(order_id)
    assert seen(up42, order_id, "10m", "2h")[-1][0] == "FULFILLED"


def test_the_life_does_not_depend_on_who_looks(up42):
    """Two orders of one moment, one looked at every hour and one only at the end, have the same dates."""
    looked_at, left_alone = up42.placed(radar()), up42.placed(radar())
    for _ in range(20):
        up42.advance("13h")
        up42.order(looked_at)
    dates = [up42.order(order_id)["updatedAt"] for order_id in (looked_at, left_alone)]
    assert dates[0] == dates[1] > "2026-12-06"


def test_control_brings_studies_and_quotes_by_hand(up42):
    """UP42's staff can upload a study or a quote at any time, also a second open quote."""
    order_id = up42.placed()
    path = f"/up42/orders/{order_id}"
    up42.control("POST", f"{path}/study", {"options": ["Later.", {"description": "Cloudy.", "changes": {}}]})
    assert up42.state(order_id) == ("PLACED", "FEASIBILITY_WAITING_RESPONSE")
    assert [option["description"] for option in up42.study(order_id)["options"]] == ["Later.", "Cloudy."]
    up42.choose(order_id, 2)
    up42.control("POST", f"{path}/quotes", {"credits": 7})
    up42.control("POST", f"{path}/quotes", {})
    assert [quote["creditsPrice"] for quote in up42.quotes(order_id)] == [7, 137_178]
    assert up42.state(order_id) == WAITING
    url = f"{up42.simulator.url}/_sim{path}"
    for what, body in (("study", {}), ("quotes", {"credits": -1}), ("quotes", {"credits": "1"}), ("quotes", [])):
        assert up42.http.post(f"{url}/{what}", json=body).status_code == 400


@pytest.mark.parametrize("options", [1, [], [1], [{"description": "x"}], [{"description": "x", "changes": 1}]])
def test_nonsense_options_are_refused(up42, options):
    """An option is a text, or a description with changes of parameters."""
    order_id = up42.placed()
    url = f"{up42.simulator.url}/_sim/up42/orders/{order_id}/study"
    assert up42.http.post(url, json={"options": options}).status_code == 400
    assert up42.list_page(STUDIES) == []


def test_the_price_of_a_quote_can_be_set(up42):
    """A quote differs from the estimate by a percentage, or is set for one order before it is uploaded."""
    up42.switch(quotePercent=150)
    dear, cheap = up42.placed(spot()), up42.placed(spot())
    up42.control("POST", f"/up42/orders/{cheap}", {"credits": 5})
    up42.advance("2h")
    assert [up42.quotes(order_id)[0]["creditsPrice"] for order_id in (dear, cheap)] == [90000, 5]
    assert "credits" not in str(up42.order(dear)).lower()
    assert up42.api("GET", f"{ORDERS}/{dear}").status_code == 200
