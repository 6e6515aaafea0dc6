"""What holds for every plan of every world."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.account import OnUnknown
from reconciler.model.journal import EventKind
from reconciler.model.money import in_currency
from reconciler.model.order import Listing
from reconciler.model.record import Record
from reconciler.plan import make_plan, survey, updates_from
from reconciler.plan.actions import Adopt, Amend, Cancel, Place
from reconciler.plan.findings import FindingKind
from reconciler.plan.gates import committed
from reconciler.plan.inputs import PlanInput
from reconciler.plan.planner import PLAN_CODEC
from reconciler.render.phrases import remedy

from .case import Case
from .inputs import cases

steady = settings(derandomize=True, max_examples=200, deadline=None)


def places(inputs: PlanInput) -> list[Place]:
    return [action for action in make_plan(inputs).actions if isinstance(action, Place)]


def shuffled(inputs: PlanInput, seed: int) -> PlanInput:
    """Return the same world with everything in another order."""
    chance = random.Random(seed)

    def mixed(things):
        return chance.sample(list(things), len(things))

    def relisted(listing: Listing) -> Listing:
        return replace(listing, orders=tuple(mixed(listing.orders)))

    return replace(
        inputs,
        wanted=tuple(mixed(inputs.wanted)),
        views={name: replace(view, listing=relisted(view.listing)) for name, view in mixed(inputs.views.items())},
        records=dict(mixed(inputs.records.items())),
        preflights=dict(mixed(inputs.preflights.items())),
    )


@steady
@given(cases, st.integers(0, 1000))
def test_the_order_of_things_does_not_matter(case: Case, seed: int):
    """The same world gives the same plan and the same notes, in whatever order files, lists and records come."""
    inputs = case.inputs()
    other = shuffled(inputs, seed)
    assert make_plan(other) == make_plan(inputs)
    assert updates_from(other) == updates_from(inputs)


@steady
@given(cases)
def test_a_plan_is_data(case: Case):
    """A plan to JSON and back is equal."""
    plan = make_plan(case.inputs())
    assert PLAN_CODEC.validate_json(PLAN_CODEC.dump_json(plan)) == plan


@steady
@given(cases)
def test_what_is_bound_is_never_placed(case: Case):
    """A reference whose provider order is known is never placed, whatever else is true."""
    inputs = case.inputs()
    assert not [p for p in places(inputs) if p.reference in inputs.records and inputs.records[p.reference].bound]


@steady
@given(cases)
def test_what_may_exist_is_never_placed(case: Case):
    """A reference without a clear outcome is placed only where its own account opted into that, and is settled."""
    inputs = case.inputs()
    for place in places(inputs):
        record = inputs.records.get(place.reference)
        if record is not None and record.unresolved:
            assert may_retry(record, inputs)


def may_retry(record: Record, inputs: PlanInput) -> bool:
    """Tell whether the rule of the account that the order was sent to lets it be sent again."""
    view = inputs.views[record.account]
    assert record.intent is not None
    settled = view.now - record.intent.at >= view.limits.settle and record.lookups + 1 >= 3
    return view.limits.on_unknown is OnUnknown.RETRY and settled


@steady
@given(cases)
def test_what_is_there_is_never_placed(case: Case):
    """A reference that any order of any account carries is never placed."""
    inputs = case.inputs()
    seen = {r for view in inputs.views.values() for order in view.listing.orders for r in order.references}
    assert not [place for place in places(inputs) if place.reference in seen]


@steady
@given(cases)
def test_no_attempt_is_placed_beside_a_live_one(case: Case):
    """An order is not placed while another attempt of it lives, or may live, as far as the records tell."""
    inputs = case.inputs()
    for place in places(inputs):
        bare = place.key.removesuffix("/1")
        others = [r for r in inputs.records.values() if r.key.removesuffix("/1") == bare]
        others = [r for r in others if r.reference != place.reference and (r.live or r.unresolved)]
        assert all(_has_ended(record, inputs) for record in others)


def _has_ended(record: Record, inputs: PlanInput) -> bool:
    """Tell whether what was just read says that an order is over."""
    observed = inputs.observed(record)
    carriers = inputs.matches(record.reference)
    return observed.phase.ended if observed is not None else bool(carriers)


@steady
@given(cases)
def test_an_incomplete_listing_places_nothing(case: Case):
    """One incomplete listing at any account stops every new order."""
    inputs = case.inputs()
    if inputs.unread is not None:
        assert places(inputs) == []
        assert survey(inputs).unpriced == ()


@steady
@given(cases)
def test_every_price_is_agreed_to(case: Case):
    """A placed order has a price within its own ceiling and the policy's, or its being unpriced is agreed to."""
    inputs = case.inputs()
    for place in places(inputs):
        confirm = inputs.by_reference[place.reference].order.confirm
        if place.commits is None:
            assert confirm.unpriced
            continue
        assert confirm.max_price is not None
        assert confirm.max_price.currency == place.commits.currency
        assert place.commits.minor <= confirm.max_price.minor
        if inputs.policy.per_order:
            limit = in_currency(inputs.policy.per_order, place.commits.currency)
            assert limit is not None
            assert place.commits.minor <= limit.minor


@steady
@given(cases)
def test_no_sum_passes_the_policy(case: Case):
    """A plan that is not refused stays within the policy's ceilings and numbers."""
    inputs = case.inputs()
    plan = make_plan(inputs)
    if plan.refusals:
        return
    for amount in committed(plan.actions):
        spent = in_currency(inputs.spent, amount.currency)
        sums = ((inputs.policy.per_pass, 0), (inputs.policy.per_month, spent.minor if spent else 0))
        for limits, before in sums:
            limit = in_currency(limits, amount.currency)
            assert not limits or (limit is not None and before + amount.minor <= limit.minor)
    assert sum(isinstance(a, Place) for a in plan.actions) <= inputs.policy.new_orders_per_pass
    assert sum(isinstance(a, Cancel) for a in plan.actions) <= inputs.policy.cancels_per_pass
    live = [record for record in inputs.records.values() if record.live or record.unresolved]
    assert inputs.wanted or not live or inputs.policy.allow_empty


@steady
@given(cases)
def test_a_provider_order_is_acted_on_once(case: Case):
    """No two actions of one plan concern one provider order, or one reference."""
    inputs = case.inputs()
    actions = make_plan(inputs).actions
    references = [action.reference for action in actions]
    assert len(references) == len(set(references))
    adopted = [(inputs.views[a.account].provider, a.order_id) for a in actions if isinstance(a, Adopt)]
    assert len(adopted) == len(set(adopted))


@steady
@given(cases)
def test_what_has_ended_or_was_not_read_is_not_touched(case: Case):
    """Only an order that was just read and is alive is canceled or amended."""
    inputs = case.inputs()
    for action in make_plan(inputs).actions:
        if isinstance(action, Cancel | Amend):
            observed = inputs.observed(inputs.records[action.reference])
            assert observed is not None
            assert not observed.phase.ended


@steady
@given(cases)
def test_every_desired_order_is_spoken_of(case: Case):
    """Each order of the manifests has an action or a finding; nothing is passed over in silence."""
    inputs = case.inputs()
    plan = make_plan(inputs)
    told = {a.key for a in plan.actions} | {f.key for f in plan.findings}
    assert {w.order.key for w in inputs.wanted} <= told


@steady
@given(cases)
def test_whatever_blocks_names_what_ends_it(case: Case):
    """Every finding but a steady one names the command, or the lines to commit, that end it; so does a refusal."""
    plan = make_plan(case.inputs())
    quiet = (FindingKind.IN_SYNC, FindingKind.ENDED)
    assert [f for f in plan.findings if f.kind not in quiet and not remedy(f)] == []
    assert [r for r in plan.refusals if not remedy(r)] == []


@steady
@given(cases)
def test_noting_settles(case: Case):
    """What was noted once is not noted again; only the looking for an order that may exist is counted on."""
    inputs = case.inputs()
    noted = {update.record.reference: update.record for update in updates_from(inputs)}
    after = replace(inputs, records={**inputs.records, **noted})
    assert {update.event.kind for update in updates_from(after)} <= {EventKind.LOOKUP}
    if not any(record.unresolved for record in inputs.records.values()):
        assert updates_from(after) == ()
