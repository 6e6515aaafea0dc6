"""A saved plan is read back as it was written, and is stale as soon as another plan would be made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest

from reconciler.model.account import Account, Limits, Policy, Project
from reconciler.model.block import Block
from reconciler.model.errors import ConfigError, Location, StalePlan
from reconciler.model.ids import AccountName
from reconciler.model.money import Money
from reconciler.model.order import Agreement, Manifests
from reconciler.plan import make_plan
from reconciler.plan.inputs import PlanInput
from reconciler.plan.saved import CHANGED, EXPIRY, FORMAT, Saved, read_saved, saved_plan, schema, stale, stated_in

from .case import NOW, OWNER, Case, reference_of

Fields = Mapping[str, Any]

ELSEWHERE = Location(file="moved.yaml", line=99, column=9)
QUOTED = {"of": ["quoted"], "phase": "quoted", "quotes": {"Q1": {}}}
EVERY_ACTION: Fields = {
    "desired": {
        "new": {},
        "found": {},
        "canceled": {"cancel": {}},
        "edited": {"terms": {"end": "later"}},
        "quoted": {},
    },
    "accounts": {
        "one": {
            "editable": ["end"],
            "orders": {
                "T1": {"of": ["found"]},
                "T2": {"of": ["canceled"]},
                "T3": {"of": ["edited"], "terms": {"end": "soon"}},
                "T4": QUOTED,
            },
        }
    },
    "records": {"canceled": {"id": "T2"}, "edited": {"id": "T3", "stated": {"end": "soon"}}, "quoted": {"id": "T4"}},
}
CANCEL: Fields = {
    "desired": {"spot": {"cancel": {}}},
    "accounts": {"one": {"orders": {"T1": {"of": ["spot"]}}}},
    "records": {"spot": {"id": "T1"}},
}


def inputs(fields: Fields) -> PlanInput:
    return Case.model_validate({"reason": "a world of which a plan is saved", **fields}).inputs()


def manifests(seen: PlanInput) -> Manifests:
    """Return manifests that state the orders and the policy of a world."""
    account = Account(
        name=AccountName("one"),
        provider="acme",
        endpoint="https://acme.example",
        settings=Block(),
        source=Location(file="accounts.yaml", line=3, column=3),
    )
    project = Project(
        name="acme", owner=OWNER, policy=seen.policy, source=Location(file="project.yaml", line=1, column=1)
    )
    return Manifests(
        folder="manifests", project=project, accounts=(account,), orders=tuple(wanted.order for wanted in seen.wanted)
    )


def saved(seen: PlanInput, stated: Manifests | None = None, **more: Any) -> Saved:
    return saved_plan(make_plan(seen), seen, stated or manifests(seen), **more)


def changed(of: Saved, **more: Any) -> Saved:
    """Return what a plan's file holds after one of its top fields was edited."""
    return read_saved(json.dumps({**json.loads(of.to_text()), **more}), "plan.json")


def test_it_is_read_back_equal():
    """Written and read, a plan with every kind of action is the same."""
    plan = saved(inputs(EVERY_ACTION), commit="c0ffee")
    assert [action.kind for action in plan.plan.actions] == ["adopt", "cancel", "amend", "confirm", "place"]
    assert read_saved(plan.to_text(), "plan.json") == plan


def test_its_text_fits_its_schema():
    """The schema accepts a plan with every kind of action, and rejects one without a fingerprint."""
    document = json.loads(saved(inputs(EVERY_ACTION)).to_text())
    validator = jsonschema_rs.validator_for(schema())
    validator.validate(document)
    del document["fingerprint"]
    assert not validator.is_valid(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "plan.json is no saved plan: it is no JSON"),
        ("[]", "plan.json is no saved plan: the document: Input should be an object"),
        ("{}", "plan.json is no saved plan: format: Field required"),
        ('{"format": "1"}', "plan.json is no saved plan: fingerprint: Field required"),
        ('{"format": true}', "plan.json is no saved plan: fingerprint: Field required"),
    ],
)
def test_what_is_not_a_saved_plan_is_an_error_of_configuration(text: str, message: str):
    """The error names the file and the first field that is wrong."""
    with pytest.raises(ConfigError) as raised:
        read_saved(text, "plan.json")
    assert str(raised.value) == message


def test_a_wrong_field_is_named_by_its_path():
    """An action of an unknown kind is reported with its place in the document."""
    document = json.loads(saved(inputs({})).to_text())
    document["plan"]["actions"][0]["kind"] = "destroy"
    with pytest.raises(ConfigError, match=r"plan\.json is no saved plan: plan\.actions\.0: .*'destroy'"):
        read_saved(json.dumps(document), "plan.json")


@pytest.mark.parametrize("other", [FORMAT - 1, FORMAT + 1])
def test_a_plan_of_another_format_is_stale(other: int):
    """An older or newer format is never carried out, even if its fields could be read."""
    text = saved(inputs({})).to_text().replace(f'"format": {FORMAT}', f'"format": {other}')
    with pytest.raises(
        StalePlan, match=f"^plan.json has format {other}, and this version applies format {FORMAT}: plan again"
    ):
        read_saved(text, "plan.json")


def test_a_plan_that_would_be_made_again_is_not_stale():
    """The same world gives the same fingerprint, up to the last instant before expiry."""
    before, later = inputs({}), inputs({"now": NOW + EXPIRY - timedelta(seconds=1)})
    assert stale(saved(before), saved(later)) == ()


@pytest.mark.parametrize("expiry", [EXPIRY, timedelta(hours=1)])
def test_a_plan_expires_at_its_instant(expiry: timedelta):
    """A plan is stale from the end of its validity on, 24 hours by default."""
    plan = saved(inputs({}), expiry=expiry)
    assert plan.expires_at == NOW + expiry
    assert stale(plan, saved(inputs({"now": NOW + expiry}))) == (
        f"it has expired at {NOW + expiry:%Y-%m-%dT%H:%M:%SZ}",
    )


def test_a_fingerprint_that_was_edited_is_stale():
    """A fingerprint that is not the plan's own is reported, although nothing else differs."""
    plan = saved(inputs({}))
    modified = ("the plan file was modified after it was written (fingerprint mismatch)",)
    assert stale(changed(plan, fingerprint="0" * 16), plan) == modified
    assert stale(changed(plan, expires_at="2030-01-01T00:00:00Z"), plan) == modified
    assert stale(changed(plan, fingerprint="0" * 16, seal="0" * 16), plan) == modified


ONE_OF_TWO: Fields = {"desired": {"spot": {}, "other": {}}}
EDIT: Fields = {
    "desired": {"spot": {"terms": {"end": "later"}}},
    "accounts": {"one": {"editable": ["end"], "orders": {"T1": {"of": ["spot"], "terms": {"end": "soon"}}}}},
    "records": {"spot": {"id": "T1", "stated": {"end": "soon"}}},
}
NOT_SENT: Fields = {"records": {"spot": {"intent": {}, "outcome": {"kind": "not sent"}}}}
OTHER_EDIT: Fields = {**EDIT, "desired": {"spot": {"terms": {"end": "last"}}}}
UNPRICED: Fields = {"desired": {"spot": {"unpriced": True}}}
CAUSES: dict[str, tuple[Fields, Fields, list[str]]] = {
    "its price rose": (
        {},
        {"preflights": {"spot": {"price": "950 EUR"}}},
        ["spot: commits EUR 950.00 now, and EUR 900.00 in the plan"],
    ),
    "its price is not known any more": (
        UNPRICED,
        {**UNPRICED, "preflights": {"spot": {"price": None}}},
        ["spot: commits nothing now, and EUR 900.00 in the plan"],
    ),
    "its price is known now": (
        {**UNPRICED, "preflights": {"spot": {"price": None}}},
        UNPRICED,
        ["spot: commits EUR 900.00 now, and nothing in the plan"],
    ),
    "a cancellation is charged now": (
        {**CANCEL, "desired": {"spot": {"cancel": {"maxCharge": "100 EUR"}}}},
        {
            **CANCEL,
            "desired": {"spot": {"cancel": {"maxCharge": "100 EUR"}}},
            "accounts": {"one": {"cancel": 10, "orders": {"T1": {"of": ["spot"]}}}},
        },
        ["spot: commits EUR 90.00 now, and nothing in the plan"],
    ),
    "one of two is held now": (
        ONE_OF_TWO,
        {**ONE_OF_TWO, "preflights": {"spot": {"price": "2000 EUR"}}},
        ["spot: to place it is not due any more"],
    ),
    "one of two was held": (
        {**ONE_OF_TWO, "preflights": {"spot": {"price": "2000 EUR"}}},
        ONE_OF_TWO,
        ["spot: to place it is due now, and was not"],
    ),
    "it was placed by another run": (
        {},
        {"accounts": {"one": {"orders": {"T1": {"of": ["spot"]}}}}},
        ["spot: to place it is not due any more", "spot: to adopt it is due now, and was not"],
    ),
    "another change is due": (
        EDIT,
        OTHER_EDIT,
        ["spot: what is to be done about it was changed (changes.0.stated: later -> last)"],
    ),
    "the order was changed at its provider": (
        CANCEL,
        {**CANCEL, "accounts": {"one": {"orders": {"T1": {"of": ["spot"], "terms": {"mode": "scan"}}}}}},
        ["spot: the state file, or its provider, holds it otherwise than when the plan was made"],
    ),
    "its provider refused a change meanwhile": (
        CANCEL,
        {
            **CANCEL,
            "records": {"spot": {"id": "T1", "declined": {"kind": "answer", "answer": "accept", "about": "Q1"}}},
        },
        ["spot: the state file, or its provider, holds it otherwise than when the plan was made"],
    ),
    "it was sent meanwhile": (
        {},
        NOT_SENT,
        ["spot: the state file, or its provider, holds it otherwise than when the plan was made"],
    ),
    "it was sent once more, with another outcome": (
        NOT_SENT,
        {"records": {"spot": {"intent": {}, "outcome": {"kind": "refused", "refusal": "funds"}}}},
        ["spot: the state file, or its provider, holds it otherwise than when the plan was made"],
    ),
}


@pytest.mark.parametrize(("before", "now", "causes"), CAUSES.values(), ids=CAUSES)
def test_what_would_be_done_otherwise_makes_a_plan_stale(before: Fields, now: Fields, causes: list[str]):
    """Each cause names its order, in the order of the plan, and says what differs."""
    stated = manifests(inputs(before))
    assert list(stale(saved(inputs(before), stated), saved(inputs(now), stated))) == causes


def test_an_order_that_another_pass_sent_makes_a_plan_stale():
    """The record names the plan that sent the order last, although its outcome is the same."""
    before = inputs(NOT_SENT)
    ((reference, record),) = before.records.items()
    assert record.intent is not None
    sent = replace(record, intent=replace(record.intent, plan_id="plan-2"))
    causes = stale(saved(before), saved(replace(before, records={reference: sent})))
    assert causes == ("spot: the state file, or its provider, holds it otherwise than when the plan was made",)


@pytest.mark.parametrize(
    "now",
    [
        {**CANCEL, "accounts": {"one": {"orders": {"T1": {"of": ["spot"], "phase": "placed", "remarks": ["new"]}}}}},
        {**CANCEL, "records": {"spot": {"id": "T1", "phase": "placed", "status": "PLACED", "lookups": 3}}},
        {**CANCEL, "now": NOW + timedelta(hours=1)},
    ],
)
def test_what_a_pass_without_actions_learns_makes_no_plan_stale(now: Fields):
    """Neither another status nor what the state remembers of it changes what was approved."""
    assert stale(saved(inputs(CANCEL)), saved(inputs(now))) == ()


def test_a_window_that_closes_sooner_makes_no_plan_stale():
    """The last instant that helps is checked again before the order is sent; it is not part of the fingerprint."""
    sooner = inputs({"desired": {"spot": {"window": {"until": NOW + timedelta(hours=2)}}}})
    assert stale(saved(inputs({})), saved(sooner)) == ()


def test_the_basis_names_every_order_that_the_plan_acts_on():
    """An order without an action is not part of the plan's basis."""
    plan = saved(inputs({**ONE_OF_TWO, "preflights": {"spot": {"price": "2000 EUR"}}}))
    assert list(plan.basis) == [reference_of("other")]


def other_policy(stated: Manifests) -> Manifests:
    return replace(stated, project=replace(stated.project, policy=Policy(new_orders_per_pass=7)))


def other_owner(stated: Manifests) -> Manifests:
    return replace(stated, project=replace(stated.project, owner="acme-old"))


def other_endpoint(stated: Manifests) -> Manifests:
    return replace(stated, accounts=(replace(stated.accounts[0], endpoint="https://other.example"),))


def other_limits(stated: Manifests) -> Manifests:
    return replace(stated, accounts=(replace(stated.accounts[0], limits=Limits(settle=timedelta(hours=1))),))


def no_account(stated: Manifests) -> Manifests:
    return replace(stated, accounts=())


def other_ceiling(stated: Manifests) -> Manifests:
    return replace(stated, orders=(replace(stated.orders[0], confirm=Agreement(max_price=Money(999_900, "EUR"))),))


def another_attempt(stated: Manifests) -> Manifests:
    return replace(stated, orders=(replace(stated.orders[0], attempt=2),))


def another_order(stated: Manifests) -> Manifests:
    return replace(stated, orders=(*stated.orders, *manifests(inputs({"desired": {"other": {}}})).orders))


EDITS = [
    other_policy,
    other_owner,
    other_endpoint,
    other_limits,
    no_account,
    other_ceiling,
    another_attempt,
    another_order,
]


@pytest.mark.parametrize("edit", EDITS)
def test_manifests_that_state_something_else_make_a_plan_stale(edit: Callable[[Manifests], Manifests]):
    """Whatever is edited in Git, the plan is stale, although the same would be done."""
    seen = inputs({})
    assert stale(saved(seen), saved(seen, edit(manifests(seen)))) == (CHANGED,)


def test_where_a_line_is_does_not_matter():
    """Manifests that state the same in other files, lines and order have the same digest."""
    stated = another_order(manifests(inputs({})))
    account = replace(stated.accounts[0], name=AccountName("two"))
    stated = replace(stated, accounts=(*stated.accounts, account))
    policy = replace(stated.project.policy, source=ELSEWHERE)
    moved = Manifests(
        folder="elsewhere",
        project=replace(stated.project, policy=policy, source=ELSEWHERE),
        accounts=tuple(
            replace(each, source=ELSEWHERE, places={"endpoint": ELSEWHERE}) for each in reversed(stated.accounts)
        ),
        orders=tuple(replace(each, source=ELSEWHERE) for each in reversed(stated.orders)),
        files=9,
    )
    assert stated_in(moved) == stated_in(stated)
    assert stated_in(no_account(moved)) != stated_in(stated)


def test_where_the_line_of_a_new_order_is_does_not_matter():
    """A place carries the location of its order, which is not part of the fingerprint."""
    seen = inputs({})
    (wanted,) = seen.wanted
    moved = replace(seen, wanted=(replace(wanted, order=replace(wanted.order, source=ELSEWHERE)),))
    assert make_plan(moved).actions != make_plan(seen).actions
    assert stale(saved(seen), saved(moved)) == ()
