"""Vantor's terms both ways, the body field by field, the blocks and the offline rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from reconciler.model.geometry import Point, Polygon
from reconciler.model.phase import Phase
from reconciler.model.provider import Closed, Ready
from reconciler.providers.iceye.settings import IceyeAccount
from reconciler.providers.vantor.driver import DRIVER, account_settings
from reconciler.providers.vantor.rules import phase_of, warnings
from reconciler.providers.vantor.settings import VantorAccount, VantorOrder
from reconciler.providers.vantor.terms import body, settings_of, terms_of

from ..scenario import REFERENCE
from .scenario import BY_KEY, BY_PASSWORD, PUBLIC, RING, SEED, account, order, request_body, secret

JUNE = datetime(2026, 6, 12, tzinfo=UTC)
SEED_BODY = {
    "tasking_tier": "flexView",
    "request_description": "Example Flexview private tasking request",
    "start_collect_datetime": "2026-06-12t00:00:00z",
    "end_collect_datetime": "2026-06-20t00:00:00z",
    "is_private": True,
    "geometry": {
        "type": "Polygon",
        "coordinates": [
            [[-119.253, 40.817], [-119.253, 40.746], [-119.157, 40.746], [-119.157, 40.817], [-119.253, 40.817]]
        ],
    },
    "tasking_details": {"max_gsd": 0.39, "max_cloud_cover": 20},
    "product_details": {"product_type": "view-ready-ortho", "licensing": {"end_use_code": "AGR"}},
    "output_configs": [{"type": "amazon_s3", "bucket": "my-bucket", "prefix": "my-prefix"}],
    "notifications": [{"type": "email", "target": "user@example.com", "level": "FINAL_ONLY"}],
}
"""The vendor's own example, to the letter."""


def test_the_vendors_example():
    """As a manifest it becomes the vendor's own body; the reference is written before its text."""
    example = order(JUNE, block=SEED)
    assert body(example, secret) == SEED_BODY
    sent = body(example, secret, reference=REFERENCE)
    assert sent == {**SEED_BODY, "request_description": f"{REFERENCE} {SEED_BODY['request_description']}"}
    assert type(sent["tasking_details"]["max_cloud_cover"]) is int


def test_without_a_text_of_its_own():
    """The reference alone; a check has none."""
    plain = order(block={name: value for name, value in PUBLIC.items() if name != "request_description"})
    assert body(plain, secret, reference=REFERENCE)["request_description"] == REFERENCE
    assert "request_description" not in body(plain, secret)


OUTPUTS = [
    {"type": "amazon_s3", "bucket": "b", "prefix": "p", "role_arn": "arn:x"},
    {"type": "azure_blob_storage", "container": "c", "prefix": "p", "sas_url": {"env": "SAS"}},
    {"type": "google_cloud_storage", "bucket": "g", "prefix": "p", "service_credentials": {"env": "CREDENTIALS"}},
    {"type": "mgp_order_manager"},
]
NOTICES = [
    {"type": "email", "target": "a@x.test, b@x.test"},
    {
        "type": "sns",
        "target": "arn:t",
        "config": {"requires_message_group_id": True, "requires_message_deduplication_id": False},
    },
    {"type": "http", "target": "https://x.test", "level": "ON_FAIL", "config": {"headers": {"A": {"env": "HOOK"}}}},
]


def test_secrets_stand_in_the_body_alone():
    """Looked up when it is built; neither in terms nor in what is compared, however Vantor shows them."""
    rich = order(output_configs=OUTPUTS, notifications=NOTICES)
    sent = body(rich, secret)
    assert sent["output_configs"][1] == {**OUTPUTS[1], "sas_url": secret(settings_of(rich).output_configs[1].sas_url)}
    assert sent["output_configs"][2]["service_credentials"] == "canary-base64-key=="
    assert sent["notifications"][2]["config"] == {"headers": {"A": "Bearer canary-hook"}}
    assert sent["notifications"][1] == NOTICES[1]
    stated = DRIVER.terms(rich)
    assert "canary" not in str(stated)
    masked = [{name: "***" if name == "sas_url" else value for name, value in each.items()} for each in OUTPUTS[::-1]]
    for echoed in (sent["output_configs"], masked):
        assert terms_of({**sent, "output_configs": echoed})["output_configs"] == stated["output_configs"]
    assert terms_of(sent)["notifications"] == stated["notifications"]


def test_what_the_manifest_leaves_open_is_no_term():
    """So nothing that Vantor fills in is drift."""
    bare = order(block={"tasking_tier": "flexView", "product_details": PUBLIC["product_details"]})
    assert set(DRIVER.terms(bare)) == {
        *("tasking_tier", "start_collect_datetime", "end_collect_datetime", "geometry"),
        *("product_details.product_type", "product_details.licensing.end_use_code"),
    }


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"start_collect_datetime": "2026-12-12 00:00:00Z", "end_collect_datetime": "2026-12-20T01:00:00+01:00"},
        {"start_collect_datetime": "2026-12-12T00:00:00.000+00:00"},
        {"geometry": {"type": "Polygon", "coordinates": [[list(place) for place in RING[3::-1]]]}},
        {"geometry": {"type": "Polygon", "coordinates": [[[*place, 0.0] for place in (*RING[2:], *RING[1:3])]]}},
        {"tasking_details": {"max_gsd": 0.39, "max_cloud_cover": 20.0, "max_off_nadir_angle": 30}},
        {"notifications": [{"type": "email", "target": "user@example.com"}]},
        {"request_description": f"{SEED['request_description']} {REFERENCE.upper()}"},
        {"product_details": {**SEED["product_details"], "product_option": "Pan_or_Any_Bundle"}},
    ],
    ids=str,
)
def test_the_same_however_it_is_written(changes):
    """Instants, rings, numbers and defaults are compared by what they mean."""
    stated = DRIVER.terms(order())
    seen = terms_of(request_body(**changes))
    assert {name: seen.get(name) for name in stated} == stated


@pytest.mark.parametrize(
    ("term", "changes"),
    [
        ("tasking_tier", {"tasking_tier": "FLEX"}),
        ("end_collect_datetime", {"end_collect_datetime": "2026-12-21t00:00:00z"}),
        ("geometry", {"geometry": {"type": "Polygon", "coordinates": [[list(place) for place in RING[:3]]]}}),
        ("tasking_details.max_gsd", {"tasking_details": {"max_gsd": 0.4, "max_cloud_cover": 20}}),
        ("is_private", {"is_private": True}),
        ("output_configs", {"output_configs": [{"type": "amazon_s3", "bucket": "other", "prefix": "my-prefix"}]}),
        ("notifications", {"notifications": []}),
        ("request_description", {"request_description": "another"}),
    ],
)
def test_a_term_that_differs(term, changes):
    """Each shows, and alone."""
    stated = DRIVER.terms(order(is_private=False))
    seen = terms_of(request_body(**changes))
    assert [name for name in stated if seen.get(name) != stated[name]] == [term]


def test_every_term_may_be_left_out():
    """No page shows an answer of version 2: a missing field means nothing."""
    rich = order(
        block=SEED,
        output_configs=OUTPUTS,
        tasking_details={"max_gsd": 1, "others": {"x": 1}},
        product_details={**SEED["product_details"], "others": {"acomp": "none"}},
    )
    traits, stated = DRIVER.traits, DRIVER.terms(rich)
    assert set(stated) <= traits.optional | traits.unobservable
    assert stated["product_details.others"] == '{"acomp": "none"}'
    assert body(rich, secret)["tasking_details"] == {"max_gsd": 1, "x": 1}


def test_only_the_end_of_flexview_can_be_changed():
    """A reserved slot's end has a name of its own."""
    assert "end_collect_datetime" in DRIVER.terms(order())
    assert not set(DRIVER.terms(order(tasking_tier="fastView"))) & DRIVER.traits.editable


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tasking_tier": "assured"}, "'flexView' or 'fastView'"),
        ({"product_details": {"product_type": "1B", "licensing": {"end_use_code": "AGR"}}}, "'view-ready-ortho' or"),
        ({"product_details": {"product_type": "map-ready", "licensing": {"end_use_code": "XXX"}}}, "'AGR', 'DEM'"),
        ({"product_details": {"product_type": "map-ready", "licensing": {"end_use_code": "OTH"}}}, "is required with"),
        (
            {
                "product_details": {
                    "product_type": "map-ready",
                    "licensing": {"end_use_code": "AGR", "end_use_description": "x"},
                }
            },
            "belongs to no other code",
        ),
        ({"output_configs": [{"type": "download", "format": "zip"}]}, "'azure_blob_storage', 'google_cloud_storage'"),
        ({"output_configs": [{**OUTPUTS[1], "sas_url": "https://secret"}]}, "a secret never stands in a manifest"),
        ({"output_configs": []}, "at least 1"),
        ({"notifications": [{"type": "fax", "target": "x"}]}, "'email', 'sns', 'http'"),
        ({"notifications": [{"type": "email", "target": "x", "level": "ALWAYS"}]}, "'ON_FAIL'"),
        ({"request_description": f"{REFERENCE}"}, "rc1-"),
        ({"request_description": "x" * 231}, "230 fit"),
        ({"request_description": " "}, "leave"),
        ({"request_description": "a\nb"}, "control character"),
        ({"tasking_details": {"max_cloud_cover": 101}}, "100"),
        ({"tasking_details": {"others": {"max_gsd": 1}}}, "write it beside"),
        ({"tasking_details": {"gsd": 1}}, "Extra inputs"),
        ({"is_private": "yes"}, "boolean"),
    ],
)
def test_a_block_that_is_wrong(changes, told):
    """The message holds the allowed values."""
    with pytest.raises(ValidationError) as caught:
        VantorOrder.model_validate({**PUBLIC, **changes})
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ({"username": {"env": "A"}}, "together"),
        ({**BY_KEY, **BY_PASSWORD}, "either"),
        ({"paths": {"get": "/x"}}, "exactly one `{id}`"),
        ({"paths": {"submit": "/x/{id}"}}, "no `{id}`"),
        ({"paths": {"submit": "/x/quote"}}, "end like a quote"),
        ({"paths": {"quote": "/tasking/v2/tasking/vantor"}}, "must say `quote`"),
        ({"paths": {"list": "x"}}, "no path"),
        ({"paths": {"list": "/a/../b"}}, "no path"),
        ({"paths": {"get": "/a/{id}?x=1"}}, "no path"),
    ],
)
def test_an_account_that_is_wrong(block, told):
    """Schemes are not mixed, and no path can make a purchase look like a quote."""
    with pytest.raises(ValidationError) as caught:
        VantorAccount.model_validate(block)
    assert told in str(caught.value)


def test_what_an_account_lacks():
    """Each message has the lines to write; the simulator needs none of it."""
    assert DRIVER.account_problems(account()) == ()
    assert DRIVER.account_problems(account({}, endpoint="simulator")) == ()
    (missing,) = DRIVER.account_problems(account({}))
    assert "apiKey: {env: NAME}" in missing
    clear = account({**BY_PASSWORD, "tokenUrl": "http://account.vantor.test/token"}, endpoint="http://x.test")
    assert [told.partition(":")[0] for told in DRIVER.account_problems(clear)] == ["endpoint", "vantor.tokenUrl"]
    assert "canary" not in DRIVER.tenant(account())


def test_another_providers_blocks():
    """A fault of the program, told loudly."""
    iceye = IceyeAccount.model_validate({"contractID": "7d4c1f0e-6a53-4c0b-9f6e-2f1f3f5a9b11"})
    with pytest.raises(TypeError):
        account_settings(account(endpoint="x", settings=iceye))


def test_a_point_is_refused():
    """WorldView takes areas."""
    (told,) = DRIVER.problems(order(target=Point(1, 2)))
    assert told.startswith("target: Vantor takes an area")
    assert DRIVER.problems(order()) == ()


SMALL = Polygon((((0.0, 0.0), (0.01, 0.0), (0.01, 0.01), (0.0, 0.0)),))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"target": SMALL}, ["target"]),
        ({"target": Polygon((tuple((-119.2 + n / 1e4, 40.7) for n in range(1001)),))}, ["target", "target"]),
        ({"days": 400}, ["window"]),
        ({"days": 0.005}, ["window"]),
        (
            {"tasking_details": {"max_cloud_cover": 60, "max_off_nadir_angle": 50}},
            ["vantor.tasking_details.max_cloud_cover", "vantor.tasking_details.max_off_nadir_angle"],
        ),
        (
            {
                "product_details": {
                    "product_type": "map-ready",
                    "licensing": {"end_use_code": "OTH", "end_use_description": "x"},
                }
            },
            ["end use OTH is reviewed by hand, which may delay acceptance much"],
        ),
    ],
)
def test_ranges_of_version_1_are_warnings(changes, told):
    """None of them refuses the order."""
    made = order(**changes)
    assert [warning.partition(":")[0] for warning in warnings(made)] == told
    assert DRIVER.problems(made) == ()


@pytest.mark.parametrize(
    ("words", "phase"),
    [
        (("INITIAL", "initial"), Phase.PLACED),
        (("ACCEPTED", "AWAITING-COLLECTION", "AWAITING_COLLECTION", "awaiting-collection"), Phase.ACTIVE),
        (("IN-PRODUCTION", "DELIVERY-SUCCESS", "PARTIAL-DELIVERY", "CONTENT_PRODUCTION_SUCCESS"), Phase.DELIVERING),
        (("CONTENT_PRODUCTION_FAILURE",), Phase.DELIVERING),
        (("FULFILLED",), Phase.FULFILLED),
        (("PARTIALLY-FULFILLED", "PARTIALLY_FULFILLED"), Phase.PARTIAL),
        (("UNFULFILLED",), Phase.EXPIRED),
        (("DENIED",), Phase.REJECTED),
        (("CANCELED", "CANCELLED"), Phase.CANCELED),
        (("FAILED", "FAIL", "ERROR"), Phase.FAILED),
        (("ON-HOLD", "", "DONE"), Phase.UNRECOGNIZED),
    ],
)
def test_the_spellings_of_both_pages(words, phase):
    """One word of ours each; one that no page knows is alive."""
    assert {phase_of(word) for word in words} == {phase}
    assert not Phase.UNRECOGNIZED.ended


def test_when_it_can_be_placed():
    """Until its window begins."""
    made = order()
    begin = made.window.start
    assert DRIVER.readiness(made, begin - timedelta(seconds=1)) == Ready(until=begin)
    assert isinstance(DRIVER.readiness(made, begin), Closed)
