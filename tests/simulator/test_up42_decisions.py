"""UP42's studies and quotations: what they show, how they are decided, and by whom else."""

import pytest

from .up42 import PRICE, QUOTES, STUDIES, UNKNOWN, order, spot

QUOTE_KEYS = {
    "id",
    "createdAt",
    "updatedAt",
    "accountId",
    "workspaceId",
    "orderId",
    "creditsPrice",
    "decision",
    "decisionById",
    "decisionByType",
    "decisionAt",
}


def studied(up42, **fields) -> str:
    """Place an order and bring it to an open study."""
    order_id = up42.placed(order(**fields))
    up42.advance("62m")
    return order_id


def test_a_study_offers_texts(up42):
    """A manual study has options of free text, without price or parameters, and is open."""
    study = up42.study(studied(up42))
    assert set(study) == (QUOTE_KEYS - {"creditsPrice"}) | {"type", "options", "decisionOption"}
    assert (study["type"], study["decision"], study["decisionOption"]) == ("MANUAL", "NOT_DECIDED", None)
    assert len(study["options"]) == 3
    for option in study["options"]:
        assert set(option) == {"id", "createdAt", "updatedAt", "studyId", "description"}
        assert option["studyId"] == study["id"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_number_of_options_is_a_switch(up42, number):
    """A manual study has one to three options."""
    up42.switch(studyOptions=number)
    assert len(up42.study(studied(up42))["options"]) == number


def test_an_option_is_chosen_once(up42):
    """A choice names the option, who and when; a second one is write-protected, whatever it names."""
    order_id = studied(up42)
    answer = up42.choose(order_id, 2)
    study = answer.json()
    assert (answer.status_code, study) == (200, up42.study(order_id))
    assert (study["decision"], study["decisionOption"]) == ("ACCEPTED", study["options"][1])
    assert (study["decisionById"], study["decisionByType"]) == (up42.workspace, "USER")
    assert study["decisionAt"] == "2026-12-01T01:02:00.000000Z"
    again = up42.choose(order_id, 2)
    assert (again.status_code, again.json()["title"]) == (405, "Resource (FeasibilityStudy) is write-protected.")
    up42.switch(decidedStatus=409)
    assert up42.choose(order_id, 1).status_code == 409
    assert up42.study(order_id) == study


@pytest.mark.parametrize("status", [404, 400, 422])
def test_an_option_of_another_study(up42, status):
    """A choice of what the study does not offer is refused with a status that nobody saw."""
    up42.switch(wrongOption=status)
    first, second = studied(up42), studied(up42)
    foreign = {"acceptedOptionId": up42.study(second)["options"][0]["id"]}
    assert up42.api("PATCH", f"{STUDIES}/{up42.study(first)['id']}", foreign).status_code == status
    assert up42.study(first)["decision"] == "NOT_DECIDED"


def test_unknown_studies_and_quotes_are_recorded_404s(up42):
    """The two 404s name the resource and the id."""
    bodies = ((STUDIES, {"acceptedOptionId": UNKNOWN}), (QUOTES, {"decision": "ACCEPTED"}))
    titles = [up42.api("PATCH", f"{path}/{UNKNOWN}", body).json()["title"] for path, body in bodies]
    assert titles == [
        f"Resource (FeasibilityStudy) not found with Id='{UNKNOWN}'.",
        f"Resource (Quotation) not found with Id='{UNKNOWN}'.",
    ]


@pytest.mark.parametrize("body", [{}, {"acceptedOptionId": 1}, {"acceptedOptionId": UNKNOWN, "decision": "x"}, []])
def test_a_choice_has_one_form(up42, body):
    """Any other body is a 400: there is no rejecting either."""
    study = up42.study(studied(up42))
    assert up42.api("PATCH", f"{STUDIES}/{study['id']}", body).status_code == 400


@pytest.mark.parametrize(
    ("rewrites", "option", "end", "cloud"),
    [
        (True, 1, "2026-12-30T00:00:00.000Z", 10),
        (True, 2, "2026-12-16T00:00:00.000Z", 10),
        (True, 3, "2026-12-16T00:00:00.000Z", 50),
        (False, 1, "2026-12-16T00:00:00.000Z", 10),
        (False, 3, "2026-12-16T00:00:00.000Z", 10),
    ],
)
def test_an_option_can_rewrite_the_order(up42, rewrites, option, end, cloud):
    """What an accepted option changes shows in the order, or (by switch) does not."""
    up42.switch(optionRewrites=rewrites)
    order_id = studied(up42)
    up42.choose(order_id, option)
    details = up42.order(order_id)["orderDetails"]
    assert (details["acquisitionEnd"], details["maxCloudCover"]) == (end, cloud)


def test_the_old_path_can_still_answer(up42):
    """Studies can be read and decided at their former path only where a switch says so."""
    old = "/v2/tasking/feasibility"
    order_id = studied(up42)
    study = up42.study(order_id)
    choice = {"acceptedOptionId": study["options"][0]["id"]}
    assert up42.api("GET", old).status_code == up42.api("PATCH", f"{old}/{study['id']}", choice).status_code == 404
    up42.switch(oldFeasibilityPath=True)
    assert up42.list_page(old, orderId=order_id) == [study]
    assert up42.api("PATCH", f"{old}/{study['id']}", choice).status_code == 200
    assert up42.study(order_id)["decision"] == "ACCEPTED"


def test_a_quote_is_accepted_once_and_for_good(up42):
    """Accepting takes the credits at once; after it nothing decides again, neither way."""
    before = up42.balance()
    order_id = up42.quoted()
    (quote,) = up42.quotes(order_id)
    assert set(quote) == QUOTE_KEYS
    assert (quote["creditsPrice"], quote["decision"], quote["decisionAt"]) == (PRICE, "NOT_DECIDED", None)
    assert up42.balance() == before
    answer = up42.decide(order_id)
    assert (answer.status_code, answer.json()["decision"]) == (200, "ACCEPTED")
    assert (answer.json()["decisionById"], answer.json()["decisionByType"]) == (up42.workspace, "USER")
    assert up42.balance() == before - PRICE
    for decision in ("ACCEPTED", "REJECTED"):
        again = up42.decide(order_id, decision)
        assert (again.status_code, again.json()["title"]) == (405, "Resource (Quotation) is write-protected.")
    up42.switch(decidedStatus=409)
    assert up42.decide(order_id).status_code == 409
    assert up42.balance() == before - PRICE


@pytest.mark.parametrize("body", [{}, {"decision": "DECLINED"}, {"decision": "ACCEPTED", "price": 1}, []])
def test_a_decision_has_one_form(up42, body):
    """Any other body is a 400 and decides nothing."""
    order_id = up42.quoted(spot())
    assert up42.api("PATCH", f"{QUOTES}/{up42.quotes(order_id)[0]['id']}", body).status_code == 400
    assert up42.quotes(order_id)[0]["decision"] == "NOT_DECIDED"


def test_filters_and_sorts(up42):
    """Both lists narrow down by id, order, workspace and decision, and sort by price."""
    cheap, dear = up42.quoted(spot()), up42.quoted()
    up42.decide(cheap)
    assert [quote["orderId"] for quote in up42.list_page(QUOTES, decision="NOT_DECIDED")] == [dear]
    assert len(up42.list_page(QUOTES, decision=["NOT_DECIDED", "ACCEPTED"])) == 2
    prices = [quote["creditsPrice"] for quote in up42.list_page(QUOTES, sort="creditsPrice,desc")]
    assert prices == [PRICE, 60000]
    (quote,) = up42.quotes(dear)
    assert up42.list_page(QUOTES, id=quote["id"]) == [quote]
    assert up42.list_page(QUOTES, workspaceId=UNKNOWN) == []
    assert len(up42.list_page(STUDIES, decision="ACCEPTED", sort="decisionAt,asc")) == 2
    assert up42.list_page(STUDIES, decision="NOT_DECIDED") == []
    assert up42.api("GET", STUDIES, params={"sort": "creditsPrice,asc"}).status_code == 400
    up42.switch(pageSize=10)
    assert up42.got(QUOTES)["size"] == 10


@pytest.mark.parametrize("status", [405, 409, 422, 400])
def test_quotes_can_expire(up42, status):
    """By switch a quote can be decided for some hours only; it stays in the list as it was."""
    up42.switch(quoteValidHours=24, quoteExpired=status)
    order_id = up42.quoted(spot())
    up42.advance("23h")
    late = up42.quoted(spot())
    up42.advance("1h")
    assert up42.decide(order_id).status_code == status
    assert up42.quotes(order_id)[0]["decision"] == "NOT_DECIDED"
    assert up42.decide(late).status_code == 200
    up42.switch(quoteValidHours=0)
    assert up42.decide(order_id).status_code == 200


def test_somebody_else_decides(up42):
    """Over the control API staff or another user decides; whoever comes later finds it write-protected."""
    order_id = studied(up42)
    path = f"/up42/orders/{order_id}/decision"
    up42.control("POST", path, {"option": 2})
    study = up42.study(order_id)
    assert (study["decisionByType"], study["decisionOption"]) == ("ADMIN", study["options"][1])
    assert up42.choose(order_id).status_code == 405
    up42.advance("1h")
    quote = up42.quotes(order_id)[0]
    up42.control("POST", path, {"quote": quote["id"], "decision": "ACCEPTED", "by": "USER"})
    assert up42.quotes(order_id)[0]["decisionByType"] == "USER"
    assert up42.quotes(order_id)[0]["decisionById"] != up42.workspace
    assert up42.decide(order_id, "REJECTED").status_code == 405
    up42.advance("10m")
    assert up42.state(order_id)[0] == "BEING_FULFILLED"


@pytest.mark.parametrize(
    "body", [{"option": 4}, {"option": "x"}, {"quote": 1, "decision": "ACCEPTED"}, {"by": "MOON"}, {}, []]
)
def test_nonsense_decisions_are_refused(up42, body):
    """Only what an order has can be decided by hand."""
    order_id = studied(up42)
    url = f"{up42.simulator.url}/_sim/up42/orders/{order_id}/decision"
    assert up42.http.post(url, json=body).status_code == 400
    assert up42.study(order_id)["decision"] == "NOT_DECIDED"


def test_two_open_quotes_can_both_be_accepted(up42):
    """Nothing keeps a client from paying twice, and the money tells that it did; collection goes on."""
    before = up42.balance()
    order_id = up42.quoted(spot())
    up42.control("POST", f"/up42/orders/{order_id}/quotes", {"credits": 100})
    assert up42.decide(order_id, quote=0).status_code == up42.decide(order_id, quote=1).status_code == 200
    assert up42.balance() == before - 60100
    up42.advance("10m")
    assert up42.state(order_id)[0] == "BEING_FULFILLED"


@pytest.mark.parametrize("status", ["FULFILLED", "FAILED_PERMANENTLY", "CANCELED"])
def test_nothing_is_decided_after_the_end(up42, status):
    """An order that has ended takes no choice and no price any more."""
    first, second = studied(up42), up42.quoted(spot())
    for order_id, decide in ((first, up42.choose), (second, up42.decide)):
        up42.control("POST", f"/up42/orders/{order_id}", {"status": status})
        assert decide(order_id).status_code == 405
