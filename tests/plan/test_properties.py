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
from reconciler.plan import make_plan, record_updates, survey
from reconciler.plan.actions import Adopt, Amend, Cancel, Place
from reconciler.plan.findings import FindingKind
from reconciler.plan.gates import committed
from reconciler.plan.planner import PLAN_CODEC
from reconciler.plan.world import World

from .case import Case
from .worlds import cases

steady = settings(derandomize=True, max_examples=200, deadline=None)


def places(world: World) -> list[Place]:
    return [action for action in make_plan(world).actions if isinstance(action, Place)]


def shuffled(world: World, seed: int) -> World:
    """Return the same world with everything in another order."""
    chance = random.Random(seed)

    def mixed(things):
        return chance.sample(list(things), len(things))

    def relisted(listing: Listing) -> Listing:
        return replace(listing, orders=tuple(mixed(listing.orders)))

    return replace(
        world,
        wanted=tuple(mixed(world.wanted)),
        views={name: replace(view, listing=relisted(view.listing)) for name, view in mixed(world.views.items())},
        records=dict(mixed(world.records.items())),
        appraisals=dict(mixed(world.appraisals.items())),
    )


@steady
@given(cases, st.integers(0, 1000))
def test_the_order_of_things_does_not_matter(case: Case, seed: int):
    """The same world gives the same plan and the same notes, in whatever order files, lists and records come."""
    world = case.world()
    other = shuffled(world, seed)
    assert make_plan(other) == make_plan(world)
    assert record_updates(other) == record_updates(world)


@steady
@given(cases)
def test_a_plan_is_data(case: Case):
    """A plan to JSON and back is equal."""
    plan = make_plan(case.world())
    assert PLAN_CODEC.validate_json(PLAN_CODEC.dump_json(plan)) == plan


@steady
@given(cases)
def test_what_is_bound_is_never_placed(case: Case):
    """A reference whose provider order is known is never placed, whatever else is true."""
    world = case.world()
    assert not [p for p in places(world) if p.reference in world.records and world.records[p.reference].bound]


@steady
@given(cases)
def test_what_may_exist_is_never_placed(case: Case):
    """A reference without a clear outcome is placed only where its own account opted into that, and is settled."""
    world = case.world()
    for place in places(world):
        record = world.records.get(place.reference)
        if record is not None and record.unresolved:
            assert may_retry(record, world)


def may_retry(record: Record, world: World) -> bool:
    """Tell whether the rule of the account that the order was sent to lets it be sent again."""
    view = world.views[record.account]
    assert record.intent is not None
    settled = view.now - record.intent.at >= view.limits.settle and record.lookups + 1 >= 3
    return view.limits.on_unknown is OnUnknown.RETRY and settled


@steady
@given(cases)
def test_what_is_there_is_never_placed(case: Case):
    """A reference that any order of any account carries is never placed."""
    world = case.world()
    seen = {r for view in world.views.values() for order in view.listing.orders for r in order.references}
    assert not [place for place in places(world) if place.reference in seen]


@steady
@given(cases)
def test_no_attempt_is_placed_beside_a_live_one(case: Case):
    """An order is not placed while another attempt of it lives, or may live, as far as the records tell."""
    world = case.world()
    for place in places(world):
        bare = place.key.removesuffix("/1")
        others = [r for r in world.records.values() if r.key.removesuffix("/1") == bare]
        others = [r for r in others if r.reference != place.reference and (r.live or r.unresolved)]
        assert all(_has_ended(record, world) for record in others)


def _has_ended(record: Record, world: World) -> bool:
    """Tell whether what was just read says that an order is over."""
    observed = world.observed(record)
    carriers = world.matches(record.reference)
    return observed.phase.ended if observed is not None else bool(carriers)


@steady
@given(cases)
def test_an_incomplete_listing_places_nothing(case: Case):
    """One incomplete listing at any account stops every new order."""
    world = case.world()
    if world.unread is not None:
        assert places(world) == []
        assert survey(world).unpriced == ()


@steady
@given(cases)
def test_every_price_is_agreed_to(case: Case):
    """A placed order has a price within its own ceiling and the policy's, or its being unpriced is agreed to."""
    world = case.world()
    for place in places(world):
        confirm = world.by_reference[place.reference].order.confirm
        if place.commits is None:
            assert confirm.unpriced
            continue
        assert confirm.max_price is not None
        assert confirm.max_price.currency == place.commits.currency
        assert place.commits.minor <= confirm.max_price.minor
        if world.policy.per_order:
            limit = in_currency(world.policy.per_order, place.commits.currency)
            assert limit is not None
            assert place.commits.minor <= limit.minor


@steady
@given(cases)
def test_no_sum_passes_the_policy(case: Case):
    """A plan that is not refused stays within the policy's ceilings and numbers."""
    world = case.world()
    plan = make_plan(world)
    if plan.refusals:
        return
    for amount in committed(plan.actions):
        spent = in_currency(world.spent, amount.currency)
        sums = ((world.policy.per_pass, 0), (world.policy.per_month, spent.minor if spent else 0))
        for limits, before in sums:
            limit = in_currency(limits, amount.currency)
            assert not limits or (limit is not None and before + amount.minor <= limit.minor)
    assert sum(isinstance(a, Place) for a in plan.actions) <= world.policy.new_orders_per_pass
    assert sum(isinstance(a, Cancel) for a in plan.actions) <= world.policy.cancels_per_pass
    live = [record for record in world.records.values() if record.live or record.unresolved]
    assert world.wanted or not live or world.policy.allow_empty


@steady
@given(cases)
def test_a_provider_order_is_acted_on_once(case: Case):
    """No two actions of one plan concern one provider order, or one reference."""
    world = case.world()
    actions = make_plan(world).actions
    references = [action.reference for action in actions]
    assert len(references) == len(set(references))
    adopted = [(world.views[a.account].provider, a.order_id) for a in actions if isinstance(a, Adopt)]
    assert len(adopted) == len(set(adopted))


@steady
@given(cases)
def test_what_has_ended_or_was_not_read_is_not_touched(case: Case):
    """Only an order that was just read and is alive is canceled or amended."""
    world = case.world()
    for action in make_plan(world).actions:
        if isinstance(action, Cancel | Amend):
            observed = world.observed(world.records[action.reference])
            assert observed is not None
            assert not observed.phase.ended


@steady
@given(cases)
def test_every_desired_order_is_spoken_of(case: Case):
    """Each order of the manifests has an action or a finding; nothing is passed over in silence."""
    world = case.world()
    plan = make_plan(world)
    told = {a.key for a in plan.actions} | {f.key for f in plan.findings}
    assert {w.order.key for w in world.wanted} <= told


@steady
@given(cases)
def test_whatever_blocks_names_what_ends_it(case: Case):
    """Every finding but a steady one names the command, or the lines to commit, that end it; so does a refusal."""
    plan = make_plan(case.world())
    quiet = (FindingKind.IN_SYNC, FindingKind.ENDED)
    assert [f for f in plan.findings if f.kind not in quiet and not f.remedy] == []
    assert [r for r in plan.refusals if not r.remedy] == []


@steady
@given(cases)
def test_noting_settles(case: Case):
    """What was noted once is not noted again; only the looking for an order that may exist is counted on."""
    world = case.world()
    noted = {update.record.reference: update.record for update in record_updates(world)}
    after = replace(world, records={**world.records, **noted})
    assert {update.event.kind for update in record_updates(after)} <= {EventKind.LOOKUP}
    if not any(record.unresolved for record in world.records.values()):
        assert record_updates(after) == ()
