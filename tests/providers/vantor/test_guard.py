"""What a dry run may send to Vantor, what is asked before ordering, logging in, and secrets, which are never shown."""

from __future__ import annotations

import logging
import traceback
from urllib.parse import parse_qsl

import httpx
import pytest

from reconciler.model.errors import ConfigError, NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.geometry import Point
from reconciler.model.ids import ProviderOrderId
from reconciler.model.money import Money
from reconciler.model.offer import Quote, QuoteState
from reconciler.providers.base import ProductFile, Request
from reconciler.providers.transport import HarmfulRequest
from reconciler.providers.vantor.driver import DRIVER
from reconciler.providers.vantor.guard import is_safe
from reconciler.providers.vantor.settings import Paths

from ..scenario import REFERENCE, TOKEN, Time, answer, token_answer
from .scenario import (
    BY_KEY,
    BY_PASSWORD,
    ENDPOINT,
    GET,
    KEY,
    LIST,
    LOGIN,
    ORDER_ID,
    QUOTE,
    SAS,
    SECRETS,
    SEED,
    SUBMIT,
    TOKEN_URL,
    Routes,
    account,
    config,
    connected,
    enveloped,
    office,
    order,
    quoted,
    refused,
    request_body,
)
from .test_outcomes import CALLS
from .test_terms import NOTICES, OUTPUTS

ID = ProviderOrderId(ORDER_ID)
POST = f"{ENDPOINT}/tasking/v2/tasking/vantor"
CHECK = f"{POST}?validation_only=true"


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("GET", f"{ENDPOINT}/tasking/v2/tasking", True),
        ("POST", CHECK, True),
        ("POST", "http://127.0.0.1:8000/vantor/api/tasking/v2/tasking/vantor?validation_only=true", True),
        ("POST", f"{POST}/quote", True),
        ("POST", POST, False),
        ("POST", f"{POST}?", False),
        ("POST", f"{POST}?validation_only=false", False),
        ("POST", f"{POST}?validation_only=True", False),
        ("POST", f"{POST}?validation_only=true&validation_only=false", False),
        ("POST", f"{POST}?validation_only=true&x=1", False),
        ("POST", f"{POST}?x=1&validation_only=true", False),
        ("POST", f"{POST}?Validation_only=true", False),
        ("POST", f"{POST}?validation_only=true%20", False),
        ("POST", f"{POST}#?validation_only=true", False),
        ("POST", f"{POST}/?validation_only=true", False),
        ("POST", f"{POST}/{ORDER_ID}/cancel?validation_only=true", False),
        ("POST", f"{POST}/quote?x=1", False),
        ("POST", f"{ENDPOINT}/tasking/v2/tasking/{ORDER_ID}/cancel", False),
        ("POST", f"{ENDPOINT}/other?/tasking/v2/tasking/vantor/quote", False),
        ("PATCH", f"{POST}/{ORDER_ID}", False),
        ("PUT", CHECK, False),
        ("DELETE", f"{POST}/{ORDER_ID}", False),
        ("post", CHECK, False),
    ],
)
def test_what_is_safe(method, url, allowed):
    """Reading, quoting, and the one POST whose whole query makes it a check."""
    assert is_safe(Request(method, url)) is allowed


def test_what_is_safe_follows_the_accounts_paths():
    """A purchase at another path is none of the checks, nor is the check at the default one."""
    paths = Paths(submit="/v3/order", quote="/v3/usage-estimate")
    for url, allowed in (("order", False), ("order?validation_only=true", True), ("usage-estimate", True)):
        assert is_safe(Request("POST", f"{ENDPOINT}/v3/{url}"), paths) is allowed
    assert not is_safe(Request("POST", CHECK), paths)
    routes = Routes({"POST /v3/order": enveloped(request_body()), "POST /v3/usage-estimate": quoted()})
    block = {**BY_KEY, "paths": {"submit": "/v3/order", "quote": "/v3/usage-estimate"}}
    orders = connected(routes, block=block, read_only=True)
    assert orders.preflight(order()).price == Money(127800, "credits")
    with pytest.raises(HarmfulRequest):
        orders.place(order(), REFERENCE)
    assert len(routes.sent) == 2


@pytest.mark.parametrize("call", CALLS)
def test_a_read_only_run_cannot_spend(call):
    """The guard stops the request below everything else, and loudly; asking passes it, by key and by password."""
    for block in (BY_KEY, BY_PASSWORD):
        routes = office(request_body())
        orders = connected(routes, block=block, read_only=True)
        assert orders.preflight(order()).objections == ()
        assert orders.list(since=None).complete
        with pytest.raises(HarmfulRequest, match="nothing was sent"):
            CALLS[call][1](orders)
        assert routes.spent == []


def test_the_check_and_the_purchase_are_one_parameter_apart():
    """The same body but for the reference, the same path, and nothing else in the query."""
    routes = office()
    orders = connected(routes)
    orders.preflight(order())
    orders.place(order(), REFERENCE)
    check, bought = routes.asked(SUBMIT)
    assert str(check.url) == f"{bought.url}?validation_only=true"
    assert check.content == bought.content.replace(f"{REFERENCE} ".encode(), b"")


@pytest.mark.parametrize(
    ("quote", "price"),
    [
        (quoted(), Money(127800, "credits")),
        (quoted(12.345, "Credits"), Money(1235, "credits")),
        (enveloped({"usage_estimate": [{"units": "credits", "quantity": n} for n in (1, 2)]}), Money(300, "credits")),
        (
            enveloped({"usage_estimate": [{"units": "credits", "quantity": n, "billable": n > 1} for n in (1, 2)]}),
            Money(200, "credits"),
        ),
        (quoted(63.9, "sqkm"), None),
        (quoted("12"), None),
        (quoted(-1), None),
        (quoted(True), None),
        (quoted(billable=False), None),
        (enveloped({"usage_estimate": [{"units": "credits", "quantity": 1}, {"units": "sqkm", "quantity": 2}]}), None),
        (enveloped({"usage_estimate": []}), None),
        (enveloped({"quotation": {"total": 5}}), None),
        (refused(404), None),
        (refused(400), None),
        (httpx.Response(404, html="no"), None),
    ],
)
def test_a_quote(quote, price):
    """Credits are a price; any other unit or form is none, and the order waits for `unpriced`. No funds are told."""
    preflight = connected(office(**{QUOTE: quote})).preflight(order())
    assert (preflight.price, preflight.objections, preflight.unread, preflight.available) == (price, (), None, None)
    assert preflight.readiness == DRIVER.readiness(order(), Time().now())


@pytest.mark.parametrize("quote", [answer(500), httpx.ReadTimeout("x"), refused(429), refused(401), answer(200, [])])
def test_a_quote_that_was_not_learned(quote):
    """It may be told next time: nothing is placed until then."""
    assert connected(office(**{QUOTE: quote})).preflight(order()).unread


@pytest.mark.parametrize("status", [400, 403, 413, 422])
def test_an_order_that_the_check_refuses(status):
    """Its reasons are objections; no quote is asked."""
    routes = office(**{SUBMIT: refused(status, "too small", "too late")})
    (told,) = connected(routes).preflight(order()).objections
    assert "too small; too late" in told
    assert routes.asked(QUOTE) == []


@pytest.mark.parametrize("check", [refused(401), refused(404), refused(429), answer(500), httpx.ReadTimeout("x")])
def test_a_check_that_did_not_happen(check):
    """Nothing is learned of the order."""
    preflight = connected(office(**{SUBMIT: check})).preflight(order())
    assert preflight.unread
    assert preflight.objections == ()


def test_private_tasking_is_objected_to_before_anything_is_bought():
    """The check tells, with whom to ask."""
    routes = office(**{SUBMIT: refused(403, "Not authorized.")})
    (told,) = connected(routes).preflight(order(block=SEED)).objections
    assert "ask your Vantor sales representative" in told
    assert routes.spent == []


def test_what_is_judged_without_asking():
    """A point is refused; an area beyond version 1's ranges is warned of, and asked about."""
    routes = office()
    assert connected(routes).preflight(order(target=Point(1, 2))).objections
    assert routes.sent == []
    assert connected(routes).preflight(order(days=400)).objections == ()
    (warning,) = DRIVER.warnings(order(days=400))
    assert warning.startswith("window: is 400d wide")


def test_a_secret_that_is_not_there():
    """Nothing is asked, and nothing sent."""

    def missing(reference):
        if reference.env == "SAS":
            raise ConfigError("environment variable SAS is not set")
        return SECRETS[reference.env]

    routes, rich = office(), order(output_configs=OUTPUTS)
    orders = connected(routes, secret=missing)
    assert orders.preflight(rich).objections == ("environment variable SAS is not set",)
    with pytest.raises(NotSentError, match="SAS is not set"):
        orders.place(rich, REFERENCE)
    assert routes.sent == []


def test_logging_in_by_password():
    """With the client's name in the form; renewed by the refresh token, and anew when that holds no more."""
    tokens = [token_answer(n, expires_in=7199, refresh_token=f"r-{n}", refresh_expires_in=43199) for n in "abcd"]
    dead = answer(400, {"error": "invalid_grant", "error_description": "Token is not active"})
    routes, time = (
        Routes({f"POST {LOGIN}": [*tokens[:2], dead, *tokens[2:]], LIST: enveloped({"taskings": []})}),
        Time(),
    )
    orders = connected(routes, time, BY_PASSWORD)
    for passed in (7000, 14000, 100_000):
        time.passed = passed
        orders.prepare()
    forms = [dict(parse_qsl(request.content.decode())) for request in routes.asked(f"POST {LOGIN}")]
    named = {"username": "canary@vantor.test", "password": "canary pass+word"}
    by_password = {"grant_type": "password", **named, "client_id": "mgp", "scope": "openid"}
    renewed = [{"grant_type": "refresh_token", "refresh_token": f"r-{n}", "client_id": "mgp"} for n in "ab"]
    assert forms == [by_password, *renewed, by_password, by_password]
    orders.list(since=None)
    assert routes.sent[-1].headers["authorization"] == "Bearer d"
    assert str(routes.sent[0].url) == TOKEN_URL


def test_a_token_that_is_taken_back():
    """A read logs in once more, by password; with a key it is refused at once."""
    for block, logins, reads in ((BY_PASSWORD, 2, 2), (BY_KEY, 0, 1)):
        routes = office(request_body(), **{GET: [answer(401, {"message": "Unauthorized"}), enveloped(request_body())]})
        orders = connected(routes, block=block)
        if block is BY_PASSWORD:
            assert orders.get(ID) is not None
        else:
            with pytest.raises(RefusedError, match="a key lives 180 days") as caught:
                orders.get(ID)
            assert caught.value.kind is RefusalKind.UNAUTHORIZED
        assert (len(routes.asked(f"POST {LOGIN}")), len(routes.asked(GET))) == (logins, reads)


def test_the_simulator_is_given_no_credentials():
    """An account at the simulator reads no secret of its own, by key or by password."""

    def never(reference):
        raise AssertionError("a secret was read")

    for block, header in ((BY_KEY, "maxar-api-key"), ({}, "maxar-api-key"), (BY_PASSWORD, "authorization")):
        routes = office()
        simulated = account(block, endpoint="simulator")
        orders = DRIVER.connect(simulated, config(routes, token_url=f"http://127.0.0.1:1{LOGIN}", secret=never))
        orders.prepare()
        orders.list(since=None)
        assert header in routes.sent[-1].headers
    with pytest.raises(ConfigError, match="start it first"):
        DRIVER.connect(simulated, config(routes, secret=never))


@pytest.mark.parametrize(
    ("block", "secrets"),
    [
        ({}, SECRETS),
        (BY_KEY, {"VANTOR_KEY": "schlüssel"}),
        ({**BY_PASSWORD, "tokenUrl": "http://account.vantor.test/token"}, SECRETS),
    ],
)
def test_credentials_that_cannot_be_used(block, secrets):
    """No connection is made, and the message shows none of them."""
    with pytest.raises(ConfigError) as caught:
        connected(office(), block=block, secret=lambda named: secrets[named.env])
    assert not [canary for canary in (*SECRETS.values(), "schlüssel") if canary in str(caught.value)]


CANARIES = (*SECRETS.values(), "canary%40vantor.test", "canary+pass%2Bword", TOKEN, "r-canary", "canary/sas", "canary-")
RICH = order(output_configs=OUTPUTS, notifications=NOTICES)


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (BY_KEY, f"you sent {KEY}"),
        (BY_PASSWORD, f"{TOKEN} r-canary {SECRETS['VANTOR_USER']} {SECRETS['VANTOR_PASSWORD']}"),
        (BY_PASSWORD, "password=canary+pass%2Bword&username=canary%40vantor.test"),
        (BY_KEY, f"sas_url {SAS} or {SECRETS['CREDENTIALS']} cannot be used, nor {SECRETS['HOOK']}"),
    ],
    ids=["key", "password", "form", "body"],
)
@pytest.mark.parametrize("status", [400, 401, 500])
def test_no_secret_in_an_error(block, said, status):
    """Not even a provider that repeats what it was sent can make a message show a secret; those of a body neither."""
    trouble = refused(status, said)
    token = token_answer(expires_in=7199, refresh_token="r-canary", refresh_expires_in=43199)
    routes = Routes({**dict.fromkeys((SUBMIT, QUOTE, LIST, GET), trouble), f"POST {LOGIN}": token})
    orders = connected(routes, block=block)
    texts = [str(orders.preflight(RICH)), str(orders.list(since=None).problem), repr(orders), repr(orders._session)]
    for call in (lambda: orders.place(RICH, REFERENCE), lambda: orders.get(ID)):
        with pytest.raises(ProviderError) as caught:
            call()
        texts.append("".join(traceback.format_exception(caught.value)))
    assert not [canary for canary in CANARIES if canary in "".join(texts)]


def test_a_signed_address_escaped_in_json():
    """As Go and PHP write it."""
    escaped = SAS.replace("/", "\\/"), SAS.replace("&", "\\u0026"), SAS.replace("/", "\\/").replace("&", "\\u0026")
    for body in (f'{{"error": {{"error_messages": ["bad: {text}"]}}}}' for text in escaped):
        routes = office(**{SUBMIT: httpx.Response(400, text=body, headers={"content-type": "application/json"})})
        with pytest.raises((RefusedError, UnclearError)) as caught:
            connected(routes).place(RICH, REFERENCE)
        assert "canary" not in str(caught.value)


def test_no_secret_in_a_log(caplog):
    """At the most talkative level, logs hold methods and paths."""
    caplog.set_level(logging.DEBUG)
    orders = connected(office(request_body()), block=BY_PASSWORD)
    orders.preflight(RICH)
    orders.list(since=None)
    assert any("answered HTTP 200" in record.getMessage() for record in caplog.records)
    assert not [canary for canary in CANARIES if canary in caplog.text]


def test_what_vantor_does_not_have(tmp_path):
    """No catalog, no quotes to accept, no files to fetch: they are delivered."""
    orders = connected(office(request_body()))
    assert (orders.catalog(), orders.products(ID), orders.details(ID)) == ((), (), {})
    quote = Quote(id="q", price=Money(1, "credits"), state=QuoteState.OPEN)
    assert orders.preflight_quote(orders.get(ID), quote).objections
    with pytest.raises(RefusedError, match="output_configs"):
        orders.download(ProductFile(name="a", kind="b", url="c"), tmp_path / "a", lambda done, whole: None)
    told = connected(office(request_body(status_details="Delivered for 50 % of the area.")))
    assert told.details(ID) == {"status_details": "Delivered for 50 % of the area."}
    assert connected(office()).details(ID) == {}
