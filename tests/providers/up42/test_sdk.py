"""UP42's own SDK drives our simulator, and what it orders beside us stays somebody else's.

A client that we did not write judges the simulator: whatever the SDK asks for and reads, the simulator takes and gives
(contracts/up42.md section 14).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from reconciler.connect import connected
from reconciler.simulator import Simulator
from tests.support.project import START, actions, at, findings
from tests.support.up42 import ACCOUNT, PARAMS, PASSWORD, PLACE, SQUARE, USERNAME, Up42Project

LOGIN = "/realms/public/protocol/openid-connect"
NEEDED = "needs UP42's own SDK: pip install up42-py"
OPTICAL = {**PARAMS, "acquisitionStart": at(5), "acquisitionEnd": at(15)}

pytestmark = pytest.mark.filterwarnings("ignore:Unable to extract filename from URL:UserWarning")


@pytest.fixture
def scenario(
    tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport
) -> Iterator[Up42Project]:
    """A folder of ours and an empty workspace at the simulator, whose clock stands still."""
    with Simulator(start=START, speed=0) as simulator:
        yield Up42Project(tmp_path, simulator, control_client, transport=plain_transport)


@pytest.fixture
def sdk(scenario: Up42Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The SDK, logged in as the account's user. It takes no base URL, so the functions that make its URLs give way."""
    monkeypatch.setenv("UP42_DISABLE_VERSION_CHECK", "true")  # it would ask the package index at its import
    up42 = pytest.importorskip("up42", reason=NEEDED)
    login = scenario.simulator.up42_auth_url + LOGIN
    monkeypatch.setattr(up42.host, "endpoint", lambda path: scenario.simulator.up42_url + path)
    monkeypatch.setattr(up42.host, "token_endpoint", lambda: f"{login}/token")
    monkeypatch.setattr(up42.host, "user_info_endpoint", lambda: f"{login}/userinfo")
    up42.authenticate(username=USERNAME, password=PASSWORD)
    yield up42
    up42.base.workspace.session.close()
    up42.utils.ImageFile.session.close()


def template(sdk, collection="phr-tasking", params=OPTICAL, geometries=(SQUARE,), **more):
    """Return the SDK's own form of an order, which asks for an estimate when it is made."""
    found = next(each for each in sdk.ProductGlossary.get_collections() if each.name == collection)
    features = [{"type": "Feature", "properties": {}, "geometry": geometry} for geometry in geometries]
    return sdk.BatchOrderTemplate(
        data_product_id=found.data_products[0].id,
        display_name="by the SDK",
        features={"type": "FeatureCollection", "features": features},
        params=params,
        **more,
    )


def placed(sdk, **changes):
    """Place one order with the SDK."""
    (reference,) = template(sdk, **changes).place()
    return reference.order


def later(sdk, scenario, by):
    """Move the clock, and log in again: the SDK does not notice that its token has aged."""
    scenario.advance(by)
    sdk.authenticate(username=USERNAME, password=PASSWORD)


def refused(error):
    """Return the status that the SDK was refused with."""
    return error.value.response.status_code


def test_the_sdk_reads_what_can_be_ordered(sdk, scenario):
    """Login, workspace, collections, a data product's form, and an estimate with its unit."""
    collections = {each.name: each for each in sdk.ProductGlossary.get_collections(sdk.CollectionType.TASKING)}
    assert {"phr-tasking", "pneo-tasking", "blacksky-tasking", "radar-tasking"} == collections.keys()
    (product, by_console) = collections["pneo-tasking"].data_products
    assert product.schema["required"][:2] == ["geometry", "displayName"]
    assert by_console.schema is None
    estimate = template(sdk).estimate
    assert (estimate.credits, estimate.unit, len(estimate.items)) == (pytest.approx(137_000, rel=0.01), "SQ_KM", 1)
    assert scenario.writes() == {}


def test_the_sdk_goes_the_whole_way(sdk, scenario, tmp_path):
    """Place, list, choose, accept, deliver, search, download: each answer is one that the SDK can read."""
    order = placed(sdk, tags=["harbor"])
    assert (order.status, order.tags, order.type) == ("CREATED", ["harbor"], "TASKING")
    listed = sdk.Order.all(order_type="TASKING", tags=["harbor"], display_name="by the", ids=[order.id])
    assert [each.id for each in listed] == [order.id]

    later(sdk, scenario, "2h")
    (study,) = sdk.FeasibilityStudy.all(order_id=order.id, decision=["NOT_DECIDED"])
    study.accept(study.options[1]["id"])
    study.save()
    assert (study.decision, study.decision_option.id) == ("ACCEPTED", study.options[1]["id"])

    later(sdk, scenario, "2h")
    assert sdk.Order.get(order.id).details.sub_status == "QUOTATION_WAITING_RESPONSE"
    (quotation,) = sdk.Quotation.all(order_id=order.id, decision=["NOT_DECIDED"])
    quotation.accept()
    quotation.save()
    assert (quotation.decision, quotation.credits_price) == ("ACCEPTED", 137_178)

    later(sdk, scenario, "20d")
    order = sdk.Order.get(order.id)
    order.track(report_time=0)
    assert order.is_fulfilled
    assert sdk.OrderCoverage.get(order.id).covered.percentage == 100
    wanted = {"op": "=", "args": [{"property": "up42-order:id"}, order.id]}
    items = list(sdk.stac_client().search(filter=wanted, filter_lang="cql2-json", method="POST").items())
    assert [item.up42.order_id for item in items] == [order.id] * 2
    assert [asset.file.download(tmp_path).stat().st_size for asset in items[0].assets.values()] == [250_001]


def test_the_sdk_is_refused_a_second_decision(sdk, scenario):
    """What is decided is write-protected: 405 for the study and for the quotation, the SDK's HTTPError for both."""
    order = placed(sdk)
    later(sdk, scenario, "2h")
    (study,) = sdk.FeasibilityStudy.all(order_id=order.id)
    study.accept(study.options[0]["id"])
    study.save()
    with pytest.raises(OSError, match="write-protected") as error:
        study.save()
    assert refused(error) == 405
    later(sdk, scenario, "2h")
    (quotation,) = sdk.Quotation.all(order_id=order.id)
    quotation.reject()
    quotation.save()
    quotation.accept()
    with pytest.raises(OSError, match="write-protected") as error:
        quotation.save()
    assert refused(error) == 405


def test_the_sdk_changes_tags_and_cancels(sdk, scenario):
    """Tags are replaced whole; cancel works until the order is placed, and what is not there is a 404."""
    order = placed(sdk, tags=["a"])
    assert sdk.Order.update(order.id, tags=["b", "c"]).tags == ["b", "c"]
    assert order.cancel().status == "CANCELED"
    assert sdk.Order.get(order.id).status == "CANCELED"
    kept = placed(sdk)
    later(sdk, scenario, "1h")
    with pytest.raises(OSError, match="write-protected") as error:
        kept.cancel()
    assert refused(error) == 405
    with pytest.raises(OSError, match="404"):
        sdk.Order.get("00000000-0000-4000-8000-000000000000")


def test_the_sdk_orders_several_geometries_at_once(sdk, scenario):
    """Each becomes an order with its number behind the name."""
    references = template(sdk, geometries=(SQUARE, SQUARE)).place()
    assert [reference.order.display_name for reference in references] == ["by the SDK 1", "by the SDK 2"]


def test_what_the_sdk_orders_beside_us_is_seen_and_never_touched(sdk, scenario):
    """Its order is in our listing, is nobody's of ours, and no pass of ours sends anything about it at any stage."""
    theirs = placed(sdk, tags=["theirs"])
    scenario.order(confirm={"maxPrice": {"amount": "1000000", "currency": "credits"}})
    assert actions(scenario.reconcile()) == [("place", "berlin")]
    with connected(scenario.read().accounts, scenario.environment(), read_only=True) as readers:
        listing = readers[ACCOUNT].list(since=None)
    assert {order.id for order in listing.orders if not order.references} == {theirs.id}
    (before,) = [each["body"] for each in scenario.orders() if each["id"] == theirs.id]
    for passing in ("0s", "2h", "1h", "1h", "20d"):
        later(sdk, scenario, passing)
        scenario.zero()
        report = scenario.reconcile()
        assert {key for key, _ in (*actions(report), *findings(report))} == {"berlin"}
        assert all(theirs.id not in name for name in scenario.requests())
        assert PLACE not in scenario.requests()
        shown = next(each for each in scenario.orders() if each["id"] == theirs.id)
        assert (shown["body"], shown["tags"], shown["quotes"]) == (before, ["theirs"], [])
    (listed,) = [each for each in sdk.Order.all() if each.id == theirs.id]
    assert listed.details.sub_status == "FEASIBILITY_WAITING_RESPONSE"
