"""From an observed order to what a manifest states: nothing stated differs, nothing is lost without a word."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from reconciler.manifest.strict_yaml import YamlFile
from reconciler.manifest.writing import order_text
from reconciler.model.account import Account
from reconciler.model.block import Block
from reconciler.model.draft import DEFAULT, Draft
from reconciler.model.errors import Location, UnclearError
from reconciler.model.geojson import target_in
from reconciler.model.geometry import Point, Polygon
from reconciler.model.ids import AccountName, OrderKey
from reconciler.model.money import Money
from reconciler.model.offer import FeasibilityOption, Offers, Quote, QuoteState, Study
from reconciler.model.order import Agreement, DesiredOrder, ObservedOrder
from reconciler.model.terms import same
from reconciler.providers.base import Driver
from reconciler.providers.iceye.driver import DRIVER as ICEYE
from reconciler.providers.iceye.parse import read_task
from reconciler.providers.iceye.terms import body as task_body
from reconciler.providers.up42.driver import DRIVER as UP42
from reconciler.providers.up42.parse import read_order
from reconciler.providers.up42.terms import ANSWERED
from reconciler.providers.up42.terms import body as order_body
from reconciler.providers.vantor.driver import DRIVER as VANTOR
from reconciler.providers.vantor.parse import read_order as read_request

from .scenario import CONTRACT, REFERENCE, START, order, task
from .test_iceye_terms import blocks, strict_server
from .up42 import scenario as up42
from .up42 import test_terms as up42_terms
from .vantor import scenario as vantor

ACCOUNT = AccountName("some-account")
DRIVERS = (ICEYE, UP42, VANTOR)
DRIVER_OF = {driver.name: driver for driver in DRIVERS}
SOMEBODY = Account(
    name=ACCOUNT, provider="some", endpoint="simulator", settings=Block(), source=Location(file="a.yaml")
)
relaxed = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def to_draft(driver: Driver, observed: ObservedOrder) -> Draft:
    """Return the draft, which there must be; its manifest states what was observed, or says what it does not state."""
    draft = driver.draft(observed)
    assert isinstance(draft, Draft), draft
    stated = driver.terms(desired(driver, draft))
    tolerances = driver.traits.tolerances
    for name, value in stated.items():
        assert same(value, observed.terms.get(name), tolerance=tolerances.get(name, 0.0)), name
    told = tuple(comment.field for comment in draft.comments)
    unsaid = {name for name in observed.terms.keys() - stated.keys() if not name.startswith(told)}
    assert unsaid <= ({"tags"} if observed.terms.get("tags") == "" else set())
    return draft


def desired(driver: Driver, draft: Draft) -> DesiredOrder:
    """Return what the manifest would be read as."""
    block = driver.order_settings.model_validate_json(to_json(draft.block))
    return DesiredOrder(
        key=OrderKey("x"),
        account=ACCOUNT,
        provider=driver.name,
        attempt=1,
        window=draft.window,
        target=draft.target,
        settings=block,
        source=Location(file="x.yaml"),
        confirm=draft.confirm,
    )


def comments(draft: Draft) -> dict[str, object]:
    """Return the comments' values by their fields."""
    return {comment.field: comment.value for comment in draft.comments}


def observed_task(**changes: object) -> ObservedOrder:
    """Return a task that somebody else ordered."""
    return read_task(task(**{"reference": "by hand", **changes}), ACCOUNT, complete=True)


def observed_order(details: Mapping[str, object] | None = None, **changes: object) -> ObservedOrder:
    """Return an order at UP42 that somebody else placed."""
    shown = up42.order_body(details, **{"displayName": "by hand", "tags": None, **changes})
    return read_order(shown, ACCOUNT, Offers())


def observed_request(**changes: object) -> ObservedOrder:
    """Return a request at Vantor that somebody else submitted."""
    return read_request(vantor.request_body(**{"request_description": "by hand", **changes}), ACCOUNT)


@relaxed
@given(block=blocks, lon=st.floats(-180, 180), lat=st.floats(-90, 90), short_floats=st.booleans())
def test_every_task_of_iceye_comes_back(block, lon, lat, short_floats):
    """Whatever was ordered, and whatever the contract filled in."""
    sent = task_body(order(target=Point(lon, lat), **block), contract=CONTRACT, reference=REFERENCE)
    to_draft(ICEYE, read_task(strict_server(sent, short_floats=short_floats, micros=True), ACCOUNT, complete=True))


@relaxed
@given(
    name=up42_terms.NAMES,
    tags=st.lists(up42_terms.TAG, unique=True, max_size=5),
    wanted=st.dictionaries(st.sampled_from([*ANSWERED, "deliveredAs"]), up42_terms.VALUES, max_size=6),
    place=st.one_of(up42_terms.rings(), st.builds(Point, st.floats(-180, 180), st.floats(-90, 90))),
    seed=st.integers(0, 99),
)
def test_every_order_at_up42_comes_back(name, tags, wanted, place, seed):
    """However UP42 writes it."""
    made = up42.order(target=place, displayName=name, tags=tags, params=wanted)
    echo = up42_terms.echo(order_body(made, product=up42.PRODUCT, reference=REFERENCE), random.Random(seed))
    to_draft(UP42, read_order(up42.order_body(**echo), ACCOUNT, Offers()))


def test_a_task_with_everything():
    """In ICEYE's own order; defaults that ICEYE documents are comments."""
    place = {"configID": "c-1", "path": "BUCKET", "subPath": "a/b/"}
    draft = to_draft(
        ICEYE,
        observed_task(
            priority="BACKGROUND",
            sla="SLA_8H",
            incidenceAngle={"min": 20, "max": 40},
            lookSide="ANY",
            passDirection="DESCENDING",
            productTypes=["SLC", "GRD"],
            notifications={"webhook": {"id": "w-1"}},
            deliveries=[{"id": "d", "status": "pending", "locations": [place]}],
            imagingDuration=15,
        ),
    )
    assert draft.text == "by hand"
    assert list(draft.block)[:4] == ["imagingMode", "reference", "exclusivity", "priority"]
    assert draft.block["deliveries"] == [{"locations": [place]}]
    assert comments(draft) == {
        "sla": "SLA_8H",
        "incidenceAngle": {"min": 20, "max": 40},
        "lookSide": "ANY",
        "imagingDuration": 15,
    }
    assert {comment.why for comment in draft.comments} == {DEFAULT}


def test_angles_that_are_no_default_are_stated():
    """Only the mode's own range, or the whole of 10 to 45, was filled in."""
    draft = to_draft(ICEYE, observed_task(incidenceAngle={"min": 20, "max": 39}))
    assert draft.block["incidenceAngle"] == {"min": 20, "max": 39}
    assert "incidenceAngle" in comments(to_draft(ICEYE, observed_task(incidenceAngle={"min": 10, "max": 45})))


def test_what_a_manifest_cannot_state_is_a_comment():
    """A new word of the provider's is told, and the rest is written."""
    draft = to_draft(ICEYE, observed_task(lookSide="BOTH", reference="rc1-mine"))
    assert comments(draft)["lookSide"] == "BOTH"
    assert "lookSide" not in draft.block
    assert "kept for the reconciler" in next(c.why for c in draft.comments if c.field == "reference")


@pytest.mark.parametrize(
    ("driver", "observed", "told"),
    [
        (ICEYE, observed_task(acquisitionWindow=None), "no acquisition window"),
        (ICEYE, observed_task(pointOfInterest={"lat": 1}), "no target"),
        (ICEYE, observed_task(imagingMode=None), "imagingMode: is not told by the provider"),
        (ICEYE, observed_task(imagingMode="new mode"), "imagingMode: 'new mode' is no imaging mode"),
        (UP42, observed_order({"acquisitionEnd": ...}), "no acquisition window"),
        (UP42, observed_order({"geometry": {"type": "LineString", "coordinates": []}}), "no target"),
        (UP42, observed_order(dataProductId=...), "dataProduct: is not told"),
        (VANTOR, observed_request(geometry=...), "no target"),
        (VANTOR, observed_request(tasking_tier=...), "tasking_tier: is not told"),
        (VANTOR, observed_request(product_details={"product_type": "view-ready"}), "product_details: Field required"),
    ],
)
def test_an_order_that_cannot_be_written(driver, observed, told):
    """What a manifest has to state and the provider does not tell is named."""
    why = driver.draft(observed)
    assert isinstance(why, str)
    assert told in why


def test_an_order_at_up42_with_everything():
    """Numbers and texts as the order forms want them; defaults of the forms and what is never shown are comments."""
    details = {"acquisitionMode": "stereo", "minBH": "0.4", "maxBH": 0.6, "resolution": 0.5, "maxCloudCover": "12"}
    draft = to_draft(UP42, observed_order(details, tags=["b", "a"], budgetId=up42.BUDGET_ID))
    assert draft.block == {
        "dataProduct": up42.PRODUCT,
        "displayName": "by hand",
        "tags": ["a", "b"],
        "budgetId": up42.BUDGET_ID,
        "params": {
            "acquisitionMode": "stereo",
            "cloudCoverage": 12,
            "incidenceAngle": 20,
            "maxBH": 0.6,
            "geometricProcessing": "ortho",
            "pixelCoding": "12bits",
            "resolution": "0.5",
        },
    }
    assert list(draft.block["params"])[:3] == ["acquisitionMode", "cloudCoverage", "incidenceAngle"]
    told = comments(draft)
    assert (told.pop("params"), told) == (None, {"params.minBH": 0.4, "params.projection": "4326"})


def test_clouds_at_a_point():
    """The form of a point fills in 30 percent; over an area that is somebody's wish."""
    point = {"geometry": {"type": "Point", "coordinates": [13.0, 52.0]}, "maxCloudCover": 30}
    assert comments(to_draft(UP42, observed_order(point)))["params.cloudCoverage"] == 30
    assert to_draft(UP42, observed_order({"maxCloudCover": 30})).block["params"]["cloudCoverage"] == 30


def test_what_was_agreed_to_is_agreed_to():
    """The option that was chosen, and the price that was accepted as the ceiling; an open quote is nobody's word."""
    option, credits = FeasibilityOption("o-1", "Two weeks longer."), Money(100_00, "credits")
    quotes = (
        Quote(id="q-1", price=credits, state=QuoteState.ACCEPTED),
        Quote(id="q-2", price=Money(1, "credits"), state=QuoteState.OPEN),
    )
    offers = Offers(Study(id="s-1", options=(option,), decided=True, chosen=option), quotes)
    seen = read_order(up42.order_body(displayName="by hand", tags=None), ACCOUNT, offers)
    assert to_draft(UP42, seen).confirm == Agreement(max_price=credits, options=("o-1",))
    assert to_draft(UP42, observed_order()).confirm == Agreement()


def test_too_many_tags_are_a_comment():
    """A list that cannot be stated is not watched, and that is said."""
    draft = to_draft(UP42, observed_order(tags=[f"tag {number}" for number in range(30)]))
    assert "tags" in comments(draft)
    assert "tags" not in draft.block


SECRET = "https://store.test/?sig=canary"
OUTPUTS = [
    {"type": "azure_blob_storage", "container": "c", "prefix": "p", "sas_url": SECRET},
    {"type": "google_cloud_storage", "bucket": "b", "prefix": "p"},
    {"type": "amazon_s3", "bucket": "b", "prefix": "p", "role_arn": "arn:x"},
]
NOTICES = [
    {"type": "email", "target": "a@x.test", "level": "FINAL_ONLY"},
    {
        "type": "http",
        "target": "https://x.test",
        "level": "ON_FAIL",
        "config": {"headers": {"X-Key": SECRET}, "token": SECRET},
    },
]
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(["x" * 5000, "a: b # c\nd", "rc1-x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
OBSERVERS = {
    "iceye": (observed_task, sorted(set(task()) - {"id"})),
    "up42": (observed_order, sorted(set(up42.order_body()) - {"id"})),
    "up42 details": (lambda **odd: observed_order(odd), sorted(up42.order_body()["orderDetails"])),
    "vantor": (observed_request, sorted(set(vantor.request_body()) - {"id"})),
    "vantor product": (
        lambda **odd: observed_request(product_details={**vantor.SEED["product_details"], **odd}),
        ["product_type", "licensing", "product_option", "other"],
    ),
    "vantor output": (
        lambda **odd: observed_request(output_configs=[{**OUTPUTS[0], **odd}]),
        ["type", "container", "prefix", "sas_url", "other"],
    ),
    "vantor notice": (
        lambda **odd: observed_request(notifications=[{**NOTICES[1], **odd}]),
        ["type", "target", "level", "config"],
    ),
}


@pytest.mark.parametrize("observer", OBSERVERS)
@relaxed
@given(data=st.data())
def test_one_odd_field_is_never_the_end_of_an_import(observer, data):
    """Whatever stands in a field, the order is drafted and written, or there is a reason: nothing breaks."""
    observe, fields = OBSERVERS[observer]
    try:
        observed = observe(**{data.draw(st.sampled_from(fields)): data.draw(ODD)})
    except UnclearError:  # the listing itself says that such an order cannot be read
        return
    draft = DRIVER_OF[observer.split()[0]].draft(observed)
    if isinstance(draft, Draft):
        text = order_text("x", draft, account=SOMEBODY, order_id=observed.id, schema=None)
        file = YamlFile(text, "x.yaml")
        assert [document.value["kind"] for document in file] == ["TaskingOrder"] or file.problems
        text.encode()


def test_credentials_are_named_and_never_written():
    """However an answer shows them, each is a variable that somebody has to set."""
    draft = to_draft(VANTOR, observed_request(output_configs=OUTPUTS, notifications=NOTICES))
    azure, google, amazon = draft.block["output_configs"]
    assert azure["sas_url"] == {"env": "VANTOR_SAS_URL"}
    assert google["service_credentials"] == {"env": "VANTOR_SERVICE_CREDENTIALS"}
    assert amazon == OUTPUTS[2]
    assert draft.block["notifications"][1]["config"] == {"headers": {"X-Key": {"env": "VANTOR_X_KEY"}}}
    assert "canary" not in repr(draft)
    assert {"VANTOR_SAS_URL", "VANTOR_SERVICE_CREDENTIALS", "VANTOR_X_KEY"} <= comments(draft).keys()


def test_a_request_with_defaults_filled_in():
    """What the contract calls filled in is a comment; private tasking is stated."""
    product = {"product_type": "view-ready", "licensing": {"end_use_code": "AGR"}, "dra": "auto"}
    draft = to_draft(
        VANTOR,
        observed_request(tasking_details={"max_cloud_cover": 15.0}, notifications=NOTICES[:1], product_details=product),
    )
    told = comments(draft)
    assert (told["is_private"], told["tasking_details.max_cloud_cover"]) == (False, 15)
    assert (told["notifications.level"], told["product_details.others"]) == ("FINAL_ONLY", ["dra"])
    assert "tasking_details" not in draft.block
    assert to_draft(VANTOR, observed_request(is_private=True)).block["is_private"] is True


def test_an_output_that_has_no_name_in_a_manifest():
    """Places of delivery are stated all or not at all: some of them would be drift."""
    outputs = [{"type": "download", "format": "zip"}, OUTPUTS[2]]
    assert "output_configs" in comments(to_draft(VANTOR, observed_request(output_configs=outputs)))


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_windows_are_kept_to_the_microsecond(driver):
    """As the provider reports them."""
    begins, ends = "2026-12-04T00:00:00.000001Z", "2026-12-06T00:00:00Z"
    observed = {
        "iceye": lambda: observed_task(acquisitionWindow={"start": begins, "end": ends}),
        "up42": lambda: observed_order({"acquisitionStart": begins, "acquisitionEnd": ends}),
        "vantor": lambda: observed_request(start_collect_datetime=begins, end_collect_datetime=ends),
    }[driver.name]()
    assert to_draft(driver, observed).window.start == START + timedelta(microseconds=1)


RING = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
CLOSED = Polygon((((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)),))


@pytest.mark.parametrize(
    ("geometry", "target"),
    [
        ({"type": "Point", "coordinates": [1, -0.00000001, 99]}, Point(1.0, 0.0)),
        ({"type": "Polygon", "coordinates": [RING]}, CLOSED),
        ({"type": "MultiPolygon", "coordinates": [[[*RING, RING[0]]]], "crs": {}}, CLOSED),
        ({"type": "MultiPolygon", "coordinates": [[RING], [RING]]}, None),
        ({"type": "Polygon", "coordinates": []}, None),
        ({"type": "Polygon", "coordinates": [[]]}, None),
        ({"type": "Point", "coordinates": [True, 1]}, None),
        ({"type": "Point", "coordinates": "1 2"}, None),
        ({"type": "Point"}, None),
        (None, None),
    ],
)
def test_geometries_as_providers_write_them(geometry, target):
    """Heights are left out, rings are closed, digits past the sixth are dropped."""
    assert target_in(geometry) == target
