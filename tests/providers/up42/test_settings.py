"""UP42's manifest blocks, and the rules of orders and accounts that need no connection."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from reconciler.model.errors import ConfigError
from reconciler.model.provider import CancelTerms, Closed, Ready
from reconciler.providers.registry import driver
from reconciler.providers.up42.driver import DRIVER, account_problems, connect, tenant
from reconciler.providers.up42.settings import Up42Account, Up42Order

from ..scenario import NOW
from .scenario import PRODUCT, WORKSPACE, Routes, account, config, connected, lists, order, order_body


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ({}, "name the data product"),
        ({"dataProduct": PRODUCT, "collection": "c"}, "name the data product"),
        ({"dataProduct": PRODUCT, "collection": "c", "product": "p"}, "name the data product"),
        ({"collection": "c"}, "name the data product"),
        ({"product": "p"}, "name the data product"),
        ({"dataProduct": "pneo"}, "dataProduct"),
        ({"dataProduct": PRODUCT, "params": []}, "params"),
        ({"dataProduct": PRODUCT, "param": {}}, "param"),
        ({"dataProduct": PRODUCT, "displayName": " "}, "blank"),
        ({"dataProduct": PRODUCT, "displayName": "two\nlines"}, "control character"),
        ({"dataProduct": PRODUCT, "displayName": "a RC1-b"}, "kept for the reconciler"),
        ({"dataProduct": PRODUCT, "displayName": "x" * 171}, "170 fit"),
        ({"dataProduct": PRODUCT, "tags": ["a,b"]}, "is no tag"),
        ({"dataProduct": PRODUCT, "tags": [" a"]}, "is no tag"),
        ({"dataProduct": PRODUCT, "tags": [""]}, "is no tag"),
        ({"dataProduct": PRODUCT, "tags": ["rc1-x"]}, "kept for the reconciler"),
        ({"dataProduct": PRODUCT, "tags": ["a", "a"]}, "twice"),
        ({"dataProduct": PRODUCT, "tags": [f"t{n}" for n in range(30)]}, "29"),
        ({"dataProduct": PRODUCT, "budgetId": "b"}, "budgetId"),
    ],
)
def test_a_wrong_order_block(block, told):
    """Each mistake is named."""
    with pytest.raises(ValidationError, match=told):
        Up42Order.model_validate(block)


def test_params_are_free():
    """Whatever JSON can hold; only the order form judges them."""
    params = {"a": 1, "b": 0.5, "c": "x", "d": [1, {"e": None}], "f": True}
    assert Up42Order.model_validate({"dataProduct": PRODUCT, "params": params}).params == params


@pytest.mark.parametrize("name", ["geometry", "displayName", "acquisitionStart", "acquisitionEnd"])
def test_params_that_belong_elsewhere(name):
    """The problem begins with the path of the field, so that its line is found."""
    (told,) = DRIVER.problems(order(params={name: "x", "cloudCoverage": 5}))
    assert told.startswith(f"up42.params.{name}: does not belong here: ")
    assert DRIVER.problems(order()) == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"username": None}, "up42.username: is missing"),
        ({"password": None}, "up42.password: is missing"),
        ({"token_url": "http://auth.up42.test/token"}, "up42.tokenUrl: http://auth.up42.test/token is no https"),
        (
            {"region": "sa", "endpoint": "https://api.up42.com"},
            "up42.region: is sa, and https://api.up42.com is that of eu",
        ),
        ({"endpoint": "http://api.up42.test"}, "UP42's is https://api.up42.com"),
        ({"endpoint": "http://api.up42.test", "region": "sa"}, "UP42's is https://api.sa.up42.com"),
    ],
)
def test_a_wrong_account(changes, told):
    """What it lacks, where it would show its password, and regions that do not agree; none of it at the simulator."""
    endpoint = changes.pop("endpoint", account().endpoint)
    wrong = account(settings=account().settings.model_copy(update=changes), endpoint=endpoint)
    (found,) = account_problems(wrong)
    assert told in found
    assert account_problems(replace(wrong, endpoint="simulator")) == ()
    assert account_problems(account()) == ()


@pytest.mark.parametrize(
    "url", ["auth.up42.com/token", "https://a.test/login", "https://u:p@a.test/token", "ftp://a/token"]
)
def test_a_token_address_that_is_none(url):
    """It is written out in the manifest, so it holds no credentials, and ends where OpenID Connect has it end."""
    with pytest.raises(ValidationError):
        Up42Account.model_validate({"tokenUrl": url})


def test_credentials_that_are_missing_at_connecting():
    """They are asked for before anything is sent, and never travel in the clear."""
    with pytest.raises(ConfigError, match=r"up42\.username and up42\.password"):
        connect(account(settings=Up42Account()), config(Routes({})))
    plain = account().settings.model_copy(update={"token_url": "http://auth.up42.test/token"})
    with pytest.raises(ConfigError, match="tokenUrl"):
        connect(account(settings=plain), config(Routes({})))


def test_where_orders_live():
    """Two workspaces of one address are two tenants; nothing of the credentials is told."""
    stated = account(settings=account().settings.model_copy(update={"workspace_id": WORKSPACE.upper()}))
    assert tenant(stated) == f"https://api.up42.test, workspace {WORKSPACE}"
    assert tenant(account()) == "https://api.up42.test, workspace of its user"


def test_when_an_order_can_be_placed():
    """Until its window ends."""
    desired = order()
    end = desired.window.end
    assert DRIVER.readiness(desired, NOW) == Ready(until=end)
    assert DRIVER.readiness(desired, end - timedelta(seconds=1)) == Ready(until=end)
    assert isinstance(DRIVER.readiness(desired, end), Closed)


@pytest.mark.parametrize(
    ("status", "free"),
    [("CREATED", True), ("PLACEMENT_FAILED", True), ("BEING_PLACED", False), ("PLACED", False), ("FULFILLED", False)],
)
def test_when_an_order_can_be_canceled(status, free):
    """Only before UP42 has placed it, and then it is free; afterwards its quotation can be rejected."""
    (seen,) = connected(lists(order_body(status=status))).list(since=None).orders
    terms = DRIVER.cancellation(seen, NOW)
    assert terms == (CancelTerms(percent=0, rule="free until UP42 has placed the order") if free else None)


def test_the_record_of_facts():
    """Placing is free, two terms can be changed, and the driver is found by its name."""
    assert driver("up42") is DRIVER
    assert DRIVER.traits.places_free
    assert DRIVER.traits.editable == {"tags", "budgetId"}


def test_another_providers_block_is_a_fault():
    """Handing UP42 another provider's block is a fault of the program, not of the manifest."""
    with pytest.raises(TypeError, match="not an UP42 order"):
        DRIVER.terms(replace(order(), settings=account().settings))
    with pytest.raises(TypeError, match="not an UP42 account"):
        tenant(account(settings=order().settings))
