"""Promise number one over whole lives: passes, edits, lost answers, lost state files, and never two orders."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.account import OnUnknown
from reconciler.model.errors import RefusalKind
from reconciler.model.ids import AccountName, ProviderOrderId, Reference
from reconciler.model.order import Listing, ObservedOrder
from reconciler.model.outcome import Done, NotSent, Outcome, Refused, Unknown
from reconciler.model.phase import Phase
from reconciler.model.record import Call, Intent, Record
from reconciler.plan import Plan, make_plan, updates_from
from reconciler.plan.actions import Adopt, Amend, Cancel, Place
from reconciler.plan.inputs import PlanInput, Wanted

from .case import NOW, Case, CaseAccount, CaseOrder

KEYS = ("north", "south", "west")


@dataclass
class Life:
    """A provider, a state file and a folder of manifests that live on between passes.

    Only what the planner decides is carried out, by the protocol: intent, then the call, then the outcome.
    """

    orders: dict[str, CaseOrder] = field(default_factory=lambda: {key: CaseOrder() for key in KEYS})
    on_unknown: OnUnknown = OnUnknown.HOLD
    now: datetime = NOW
    held: dict[ProviderOrderId, ObservedOrder] = field(default_factory=dict)
    records: dict[Reference, Record] = field(default_factory=dict)
    ordered: Counter[Reference] = field(default_factory=Counter)
    keys: dict[Reference, str] = field(default_factory=dict)
    delay: timedelta = timedelta()
    shown_at: dict[ProviderOrderId, datetime] = field(default_factory=dict)
    fault: str = ""
    unread: bool = False

    def inputs(self) -> PlanInput:
        """Return what the next pass sees; every account sees the same contract."""
        accounts = {name: CaseAccount(onUnknown=self.on_unknown) for name in ("one", "two")}
        inputs = Case(reason="a pass in a longer life", now=self.now, desired=self.orders, accounts=accounts).inputs()
        problem = "page 2 timed out" if self.unread else None
        views = {
            name: replace(
                view,
                listing=Listing(
                    orders=self._listed_orders(name), since=None, read_at=self.now, pages=1, problem=problem
                ),
            )
            for name, view in inputs.views.items()
        }
        return replace(inputs, views=views, records=dict(self.records))

    def _listed_orders(self, account: AccountName) -> tuple[ObservedOrder, ...]:
        shown = [order for order in self.held.values() if self.shown_at[order.id] <= self.now]
        everything = tuple(replace(order, account=account) for order in shown)
        return everything[::2] if self.unread else everything

    def one_pass(self) -> Plan:
        """Plan, remember, carry out; a fault strikes every call of this pass."""
        inputs = self.inputs()
        plan = make_plan(inputs)
        for update in updates_from(inputs):
            self.records[update.record.reference] = update.record
        for action in plan.actions if not plan.refusals else ():
            match action:
                case Place():
                    self._place(action, inputs.by_reference[action.reference])
                case Adopt():
                    self._adopt(action, inputs)
                case Cancel():
                    self._end(action.order_id, Phase.CANCELED)
                case Amend():
                    raise AssertionError("nothing is editable here")
        self.now += timedelta(minutes=10)
        return plan

    def _place(self, action: Place, wanted: Wanted) -> None:
        intent = Intent(call=Call.PLACE, at=self.now, digest=action.digest, plan_id="plan", commits=action.commits)
        order, before = wanted.order, self.records.get(action.reference)
        record = Record(
            reference=action.reference,
            key=order.key,
            attempt=order.attempt,
            account=order.account,
            provider="acme",
            intent=intent,
            repeats=before.repeats + 1 if before is not None and before.unresolved else 0,
            stated=wanted.terms,
        )
        self.records[action.reference] = record
        id_ = ProviderOrderId(f"T{len(self.held) + 1}")
        if self.fault in ("", "answer lost", "died after"):
            self.held[id_] = ObservedOrder(
                id=id_,
                account=order.account,
                references=frozenset({action.reference}),
                phase=Phase.ACTIVE,
                status="ACTIVE",
                terms=dict(wanted.terms),
            )
            self.shown_at[id_] = self.now + self.delay
            self.ordered[action.reference] += 1
            self.keys[action.reference] = order.key
        outcome = self._outcome(id_)
        if outcome is not None:
            settled = record.settled(outcome, ours=self.now)
            self.records[action.reference] = replace(settled, price=action.commits)

    def _outcome(self, id_: ProviderOrderId) -> Outcome | None:
        match self.fault:
            case "":
                return Done(at=self.now, order_id=id_)
            case "refused":
                return Refused(at=self.now, refusal=RefusalKind.RATE_LIMITED)
            case "not sent":
                return NotSent(at=self.now)
            case "answer lost" | "request lost":
                return Unknown(at=self.now)
            case _:
                return None

    def _adopt(self, action: Adopt, inputs: PlanInput) -> None:
        wanted = inputs.by_reference.get(action.reference)
        known = self.records.get(action.reference) or Record(
            reference=action.reference,
            key=action.key,
            attempt=action.attempt,
            account=action.account,
            provider="acme",
            stated=wanted.terms if wanted else {},
        )
        done = Done(at=self.now, order_id=action.order_id)
        self.records[action.reference] = replace(
            known, order_id=action.order_id, account=action.account, outcome=done, phase=Phase.ACTIVE, status="ACTIVE"
        )

    def _end(self, id_: ProviderOrderId, phase: Phase) -> None:
        self.held[id_] = replace(self.held[id_], phase=phase, status=phase.upper())

    def end_some(self, chance: Random) -> None:
        """Let the provider finish one of its orders."""
        if self.held:
            self._end(chance.choice(list(self.held)), chance.choice([Phase.FULFILLED, Phase.FAILED, Phase.REJECTED]))

    def edit(self, key: str, **changes: object) -> None:
        """Commit an edit of one order."""
        self.orders[key] = self.orders[key].model_copy(update=changes)

    def check(self) -> None:
        """Each reference was ordered at most once, and no order lives in two attempts."""
        assert not [reference for reference, count in self.ordered.items() if count > 1]
        alive = Counter(self.keys[r] for o in self.held.values() if not o.phase.ended for r in o.references)
        assert not [key for key, count in alive.items() if count > 1]


FAULTS = ("", "", "", "answer lost", "request lost", "died after", "died before", "refused", "not sent")


def live(seed: int, *, loses_state: bool, on_unknown: OnUnknown) -> Life:
    """Live through thirty passes with edits and faults between them, looking at the promise after each."""
    chance = Random(seed)
    # A provider may show a new order late, but within the settle time. Without a state file nobody could wait for it.
    life = Life(on_unknown=on_unknown, delay=timedelta() if loses_state else timedelta(minutes=14))
    for _ in range(30):
        life.fault, life.unread = chance.choice(FAULTS), chance.random() < 0.15
        life.one_pass()
        life.check()
        key = chance.choice(KEYS)
        attempt = life.orders.get(key, CaseOrder()).attempt
        match chance.choice(["nothing", "nothing", "end", "raise", "lower", "account", "terms", "remove", "lose"]):
            case "end":
                life.end_some(chance)
            case "raise" if key in life.orders:
                life.edit(key, attempt=min(attempt + 1, 4))
            case "lower" if key in life.orders and not loses_state:
                life.edit(key, attempt=max(attempt - 1, 1))
            case "account" if key in life.orders:
                life.edit(key, account=chance.choice(["one", "two"]))
            case "terms" if key in life.orders:
                life.edit(key, terms={"mode": chance.choice(["spot", "scan"])})
            case "remove" if not loses_state and len(life.orders) > 1:
                life.orders.pop(key, None)
            case "lose" if loses_state:
                life.records = {}
            case _:
                life.orders.setdefault(key, CaseOrder(attempt=attempt))
    return life


@pytest.mark.parametrize("on_unknown", OnUnknown)
@pytest.mark.parametrize("loses_state", [False, True], ids=["state kept", "state lost"])
@settings(derandomize=True, max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_life_of_trouble_never_orders_twice(seed: int, loses_state: bool, on_unknown: OnUnknown):
    """Whatever is lost or edited, no reference is ordered twice and no order lives in two attempts."""
    live(seed, loses_state=loses_state, on_unknown=on_unknown)


def test_lives_do_order():
    """The lives above are no idle ones: orders are placed, adopted, canceled and placed anew."""
    lives = [live(seed, loses_state=False, on_unknown=OnUnknown.RETRY) for seed in range(20)]
    assert sum(sum(life.ordered.values()) for life in lives) > 60
    assert any(order.phase is Phase.CANCELED for life in lives for order in life.held.values())


@pytest.mark.parametrize("fault", ["", "answer lost", "died after", "refused", "not sent"])
def test_a_pass_after_a_pass_is_empty(fault: str):
    """After placing (and, where an answer was lost, adopting) the next plan does nothing."""
    life = Life(fault=fault)
    life.one_pass()
    life.fault = ""
    life.one_pass()
    life.one_pass()  # what was refused for too many requests waits for its settle time first
    plan = life.one_pass()
    assert (plan.actions, plan.refusals) == ((), ())
    assert sum(life.ordered.values()) == len(KEYS)
    assert {str(finding.kind) for finding in plan.findings} == {"in sync"}


def test_a_lost_state_file_orders_nothing():
    """A pass after a lost state file adopts everything and sends nothing; the pass after that does nothing."""
    life = Life()
    life.one_pass()
    life.records = {}
    assert {action.kind for action in life.one_pass().actions} == {"adopt"}
    assert life.one_pass().actions == ()
    life.check()


def test_an_unchanged_state_teaches_nothing():
    """When everything is in sync, a pass finds nothing worth writing down."""
    life = Life()
    life.one_pass()
    life.one_pass()
    assert updates_from(life.inputs()) == ()


def test_a_request_that_was_lost_is_held_until_somebody_decides():
    """By default nothing is sent again for an unknown outcome, pass after pass."""
    life = Life(fault="request lost")
    life.one_pass()
    life.fault = ""
    for _ in range(10):
        assert life.one_pass().actions == ()


def test_a_request_that_was_lost_is_sent_again_where_opted_into():
    """With `onUnknown: retry` the same reference is sent again after the settle time and three empty listings."""
    life = Life(fault="request lost", on_unknown=OnUnknown.RETRY)
    first = life.one_pass()
    life.fault = ""
    plans = [life.one_pass() for _ in range(4)]
    assert [len(plan.actions) for plan in plans] == [0, 0, 3, 0]
    assert {a.reference for a in plans[2].actions} == {a.reference for a in first.actions}
    life.check()
