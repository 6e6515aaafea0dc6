"""A decision case: a world in a few lines of YAML, and the plan that it must give.

Every field has a default that lets an order through: one account, an open window, a price of 900 EUR under a ceiling of
1000 EUR. A case therefore states only what its reason is about. Unknown fields are errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from reconciler.model.account import Freeze, Limits, OnUnknown, Policy
from reconciler.model.block import Block
from reconciler.model.errors import Location, RefusalKind
from reconciler.model.geometry import Point
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference, part_of, reference_for
from reconciler.model.money import Money
from reconciler.model.offer import FeasibilityOption, Offers, Quote, QuoteState, Study
from reconciler.model.order import (
    Adoption,
    Agreement,
    Cancellation,
    DesiredOrder,
    Listing,
    ObservedOrder,
    OnDelete,
    Siblings,
    Suspension,
)
from reconciler.model.outcome import Outcome, OutcomeKind
from reconciler.model.pause import Pause
from reconciler.model.phase import Phase
from reconciler.model.provider import CancelTerms, Closed, OpensAt, Preflight, Readiness, Ready, Traits
from reconciler.model.record import Absence, Call, Declaration, Declined, Intent, Record
from reconciler.model.sighting import AccountRead
from reconciler.model.terms import TermValue, digest
from reconciler.model.time import Moment, Window, parse_duration, parse_instant
from reconciler.plan.common_attempt import with_current_attempts
from reconciler.plan.identity import recognized
from reconciler.plan.inputs import AccountView, ManifestSource, PlanInput, Wanted
from tests.support.outcomes import ended

OWNER = "acme-eo"
POLICY_SOURCE = Location(file="project.yaml", line=5, column=3)


def _money(value: object) -> object:
    """Read `900 EUR`."""
    if not isinstance(value, str):
        return value
    amount, currency = value.split()
    return Money.parse(amount, currency)


def _instant(value: object) -> object:
    """YAML has read a timestamp already, or left the text."""
    return parse_instant(value) if isinstance(value, str) else value


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


Amount = Annotated[Money, BeforeValidator(_money)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Terms = dict[str, TermValue]

NOW = parse_instant("2026-12-01T00:00:00Z")
UNTIL = parse_instant("2026-12-03T00:00:00Z")
PLAIN: Terms = {"mode": "spot"}


class Piece(BaseModel):
    """A strict piece of a case."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseFreeze(Piece):
    start: Instant
    end: Instant
    reason: str = "holidays"


class CasePolicy(Piece):
    per_order: list[Amount] = Field(default=[], alias="perOrder")
    per_pass: list[Amount] = Field(default=[], alias="perPass")
    per_month: list[Amount] = Field(default=[], alias="perMonth")
    new_orders: int = Field(default=20, alias="newOrdersPerPass")
    cancels: int = Field(default=5, alias="cancelsPerPass")
    allow_empty: bool = Field(default=False, alias="allowEmpty")
    freezes: list[CaseFreeze] = []


class CaseWindow(Piece):
    """Open until an instant, unless it opens later or is closed."""

    until: Instant = UNTIL
    opens: Instant | None = None
    closed: Instant | None = None

    def readiness(self) -> Readiness:
        if self.closed is not None:
            return Closed(self.closed, "the window is too near")
        if self.opens is not None:
            return OpensAt(self.opens, "the window is too far ahead")
        return Ready(self.until)


class CaseSuspend(Piece):
    reason: str = "budget talks"
    until: Instant | None = None


class CaseCancel(Piece):
    reason: str = "no longer needed"
    attempt: int | None = 1
    only: list[str] = []
    max_charge: Amount | None = Field(default=None, alias="maxCharge")
    unbounded: bool = False


class CaseOrder(Piece):
    """`common` says that `attempt` is that of several geometries; `attempts` are those of single ones."""

    account: str = "one"
    attempt: int = 1
    common: bool = False
    attempts: dict[str, int] = {}
    ceiling: Amount | None = Money(100_000, "EUR")
    unpriced: bool = False
    option: str | list[str] = []
    reject: bool = False
    suspend: CaseSuspend | None = None
    cancel: CaseCancel | None = None
    on_delete: OnDelete = Field(default=OnDelete.REPORT, alias="onDelete")
    terms: Terms = PLAIN
    window: CaseWindow = CaseWindow()
    adopt: str | None = None
    moved_from: str | None = Field(default=None, alias="movedFrom")
    also_ordered: list[str] = Field(default=[], alias="alsoOrdered")


class CaseStudy(Piece):
    """Options by their ids; one that was chosen was decided for."""

    options: dict[str, str] = {"A": "later dates"}
    chosen: str | None = None
    decided: bool = False
    by: str | None = None

    def study(self) -> Study:
        options = {id_: FeasibilityOption(id_, text) for id_, text in self.options.items()}
        chosen = options[self.chosen] if self.chosen is not None else None
        return Study(
            id="S1",
            options=tuple(options.values()),
            decided=self.decided or chosen is not None,
            chosen=chosen,
            by=self.by,
        )


class CaseQuote(Piece):
    price: Amount = Money(90_000, "EUR")
    state: QuoteState = QuoteState.OPEN
    by: str | None = None


class CaseObserved(Piece):
    """`of` names the attempts whose references it carries: `spot`, `spot@2`; none for a stranger's order."""

    of: list[str] = []
    phase: Phase = Phase.ACTIVE
    status: str | None = None
    terms: Terms = PLAIN
    complete: bool = True
    marked: bool = True
    fragments: list[str] = []
    remarks: list[str] = []
    created: Instant | None = None
    study: CaseStudy | None = None
    quotes: dict[str, CaseQuote] = {}

    def offers(self) -> Offers:
        quotes = tuple(
            Quote(id=id_, price=quote.price, state=quote.state, by=quote.by) for id_, quote in self.quotes.items()
        )
        return Offers(self.study.study() if self.study else None, quotes)


class CaseAccount(Piece):
    """`cancel` is the share of the price in percent, null where nothing can be canceled; `ours` is our clock.

    `identity` is whom its credentials belong to, `stated` whom Git says they do. `seen` is what the last complete
    listing before this pass showed (attempts and ids), at the tenant `seenAt` if that was another one; null if there
    was none. With `suspend` Git sets it aside; `asked` if it was read all the same.
    """

    provider: str = "acme"
    orders: dict[str, CaseObserved] = {}
    singles: dict[str, CaseObserved | None] = {}
    problem: str | None = None
    now: Instant | None = None
    ours: Instant | None = None
    settle: Duration = timedelta(minutes=15)
    on_unknown: OnUnknown = Field(default=OnUnknown.HOLD, alias="onUnknown")
    cancel: int | None = 0
    editable: list[str] = []
    later_only: list[str] = Field(default=[], alias="laterOnly")
    telling: list[str] = []
    place: list[str] = []
    window: list[str] = []
    product: list[str] = []
    list_omits: list[str] = Field(default=[], alias="listOmits")
    unobservable: list[str] = []
    tolerances: dict[str, float] = {}
    free: bool = False
    tenant: str = ""
    seen: dict[str, str] | None = None
    seen_at: str = Field(default="", alias="seenAt")
    suspend: CaseSuspend | None = None
    asked: bool = False
    identity: str = ""
    stated: str | None = None


class CaseMoment(Piece):
    provider: Instant
    ours: Instant


class CaseIntent(Piece):
    """`terms` are those that were sent."""

    at: Instant = parse_instant("2026-11-30T00:00:00Z")
    terms: Terms = PLAIN
    commits: Amount | None = Money(90_000, "EUR")
    tenant: str | None = None


class CaseOutcome(Piece):
    kind: OutcomeKind
    at: Instant = parse_instant("2026-11-30T00:00:01Z")
    message: str = "the provider's words"
    refusal: RefusalKind | None = None
    decided: bool = False


class CaseAbsence(Piece):
    since: Instant
    commit: str | None = None

    def absence(self) -> Absence:
        """Return since when no manifest declares the order."""
        return Absence(since=self.since, declared_in=self.commit)


class CaseSource(Piece):
    """Where the manifests are from; `ancestors` are the commits that Git knows something of."""

    owner: str = OWNER
    root: str = "manifests"
    whole: bool = True
    in_git: bool = Field(default=False, alias="inGit")
    commit: str | None = None
    last: str | None = None
    ancestors: dict[str, bool | None] = {}


class CaseRecord(Piece):
    """A record of the attempt that it is listed under; `owner` is whose Project wrote it.

    Its placing call ended with its outcome, by both clocks, unless `answered` says otherwise.
    """

    id: str | None = None
    identity: str | None = None
    account: str = "one"
    provider: str = "acme"
    owner: str = OWNER
    key: str | None = None
    intent: CaseIntent | None = None
    outcome: CaseOutcome | None = None
    answered: CaseMoment | None = None
    repeats: int = 0
    lookups: int = 0
    phase: Phase | None = Phase.ACTIVE
    status: str | None = "ACTIVE"
    stated: Terms = PLAIN
    observed: Terms = PLAIN
    on_delete: OnDelete = Field(default=OnDelete.REPORT, alias="onDelete")
    price: Amount | None = Money(90_000, "EUR")
    declined: Declined | None = None
    cancel_asked: Instant | None = Field(default=None, alias="cancelAsked")
    origin: str | None = None
    root: str | None = None
    commit: str | None = None
    absent: CaseAbsence | None = None


class CasePause(Piece):
    """A pause by somebody; without an account, of all."""

    reason: str
    account: str | None = None

    def pause(self) -> Pause:
        account = AccountName(self.account) if self.account is not None else None
        return Pause(account=account, reason=self.reason, by="somebody", at=NOW)


class CasePreflight(Piece):
    price: Amount | None = Money(90_000, "EUR")
    objections: list[str] = []
    available: Amount | None = None
    unread: str | None = None
    window: CaseWindow | None = None
    binding: bool = False


class Case(Piece):
    """A world and what its plan must hold, listed completely and in the plan's order; what is left out is empty.

    `survey` lists the orders whose price, or whose account's funds, a pass asks for.
    """

    reason: str = Field(min_length=20)
    now: Instant = NOW
    policy: CasePolicy = CasePolicy()
    desired: dict[str, CaseOrder] = {"spot": CaseOrder()}
    accounts: dict[str, CaseAccount] = {"one": CaseAccount()}
    records: dict[str, CaseRecord] = {}
    preflights: dict[str, CasePreflight | None] = {}
    spent: list[Amount] = []
    paused: dict[str, str] = {}
    pauses: list[CasePause] = []
    source: CaseSource | None = None
    actions: list[dict[str, Any]] = []
    findings: list[dict[str, str]] = []
    refusals: list[str] = []
    updates: list[dict[str, Any]] = []
    survey: list[str] = []

    def _views(self, records: Sequence[Record]) -> Iterator[AccountView]:
        for name, account in self.accounts.items():
            yield _recognized(name, account, records, self.now)

    def inputs(self) -> PlanInput:
        """Build the world that the case describes."""
        wanted = tuple(_wanted(key, order) for key, order in self.desired.items())
        records = [_record(name, record) for name, record in self.records.items()]
        inputs = PlanInput(
            wanted=wanted,
            views={view.name: view for view in self._views(records)},
            records={record.reference: record for record in records},
            policy=_policy(self.policy),
            now=self.now,
            spent=tuple(self.spent),
            paused={OrderKey(key): why for key, why in self.paused.items()},
            pauses=[pause.pause() for pause in self.pauses],
            reads={AccountName(name): _read(name, a) for name, a in self.accounts.items() if a.seen is not None},
            sightings=_sightings(self.accounts),
            **_source(self.source),
        )
        inputs = with_current_attempts(inputs)
        given = {w.reference: self.preflights.get(w.order.key, CasePreflight()) for w in inputs.wanted}
        return replace(inputs, preflights={r: _preflight(a) for r, a in given.items() if a is not None})


def _recognized(name: str, account: CaseAccount, records: Sequence[Record], now: datetime) -> AccountView:
    view = replace(_view(name, account, now), identity=account.identity)
    mine = [record for record in records if record.account == name]
    return recognized(view, mine, account.stated) if view.listing.complete else view


def _read(name: str, account: CaseAccount) -> AccountRead:
    return AccountRead(account=AccountName(name), tenant=account.seen_at or account.tenant, complete_at=NOW)


def _sightings(accounts: Mapping[str, CaseAccount]) -> dict[Reference, tuple[AccountName, ProviderOrderId]]:
    unread = [(name, a.seen) for name, a in accounts.items() if a.problem is not None and a.seen is not None]
    return {
        reference_of(attempt): (AccountName(name), ProviderOrderId(id_))
        for name, seen in unread
        for attempt, id_ in seen.items()
    }


def _source(given: CaseSource | None) -> dict[str, Any]:
    if given is None:
        return {}
    source = ManifestSource(
        owner=given.owner, root=given.root, whole=given.whole, in_git=given.in_git, commit=given.commit
    )
    return {"source": source, "last_commit": given.last, "ancestors": given.ancestors}


def load(path: Path) -> Case:
    """Read one case; an error names its file."""
    try:
        return Case.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValueError as e:
        raise ValueError(f"{path}: {e}") from e


def reference_of(attempt: str, owner: str = OWNER) -> Reference:
    """Return the reference of `spot` (its first attempt) or `spot@2`."""
    key, _, number = attempt.partition("@")
    return reference_for(owner, OrderKey(key), int(number or 1))


def _manifest(key: str) -> Location:
    """Return where an order is stated; the geometries of one manifest share it."""
    name, several, _ = key.partition("/")
    return Location(file=f"{name}.yaml" if several else "orders.yaml", line=10, column=5)


def _wanted(key: str, order: CaseOrder) -> Wanted:
    part = part_of(OrderKey(key))
    cancel = _cancellation(order.cancel) if order.cancel else None
    desired = DesiredOrder(
        key=OrderKey(key),
        account=AccountName(order.account),
        provider="acme",
        attempt=order.attempt,
        window=Window(UNTIL, UNTIL + timedelta(days=2)),
        target=Point(13.4, 52.5),
        settings=Block(),
        source=_manifest(key),
        confirm=Agreement(
            max_price=order.ceiling,
            unpriced=order.unpriced,
            options=_options(order.option),
            reject_quote=order.reject,
            also_ordered=tuple(order.also_ordered),
        ),
        suspend=Suspension(order.suspend.reason, order.suspend.until) if order.suspend else None,
        cancel=cancel if cancel is not None and (not cancel.only or part in cancel.only) else None,
        on_delete=order.on_delete,
        adopt=Adoption(ProviderOrderId(order.adopt)) if order.adopt else None,
        moved_from=OrderKey(order.moved_from) if order.moved_from else None,
        siblings=Siblings(attempts=order.attempts, cancel=cancel if cancel and cancel.only else None) if part else None,
        common_attempt=order.attempt if order.common else None,
    )
    return Wanted(
        order=desired,
        owner=OWNER,
        reference=desired.reference(OWNER),
        terms=order.terms,
        readiness=order.window.readiness(),
    )


def _options(given: str | list[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _cancellation(cancel: CaseCancel) -> Cancellation:
    return Cancellation(
        reason=cancel.reason,
        attempt=cancel.attempt,
        max_charge=cancel.max_charge,
        unbounded=cancel.unbounded,
        only=tuple(cancel.only),
    )


def _policy(policy: CasePolicy) -> Policy:
    return Policy(
        per_order=tuple(policy.per_order),
        per_pass=tuple(policy.per_pass),
        per_month=tuple(policy.per_month),
        new_orders_per_pass=policy.new_orders,
        cancels_per_pass=policy.cancels,
        allow_empty=policy.allow_empty,
        freezes=tuple(Freeze(Window(each.start, each.end), each.reason) for each in policy.freezes),
        source=POLICY_SOURCE,
    )


def _view(name: str, account: CaseAccount, now: datetime) -> AccountView:
    clock = account.now or now
    percent = account.cancel

    def cancellation(_order: ObservedOrder, _at: datetime) -> CancelTerms | None:
        return None if percent is None else CancelTerms(percent=percent, rule=f"the {percent} % band")

    return AccountView(
        name=AccountName(name),
        provider=account.provider,
        traits=Traits(
            reference_limit=100,
            editable=frozenset(account.editable),
            cancelable=frozenset(Phase) if percent is not None else frozenset(),
            list_omits=frozenset(account.list_omits),
            unobservable=frozenset(account.unobservable),
            tolerances=account.tolerances,
            places_free=account.free,
            later_only=frozenset(account.later_only),
            telling=frozenset(account.telling),
            place=frozenset(account.place),
            window=tuple(account.window),
            product=frozenset(account.product),
        ),
        limits=Limits(settle=account.settle, on_unknown=account.on_unknown),
        now=clock,
        ours=account.ours or clock,
        listing=Listing(
            orders=tuple(_observed(id_, name, o) for id_, o in account.orders.items()),
            since=None,
            read_at=clock,
            pages=1,
            problem="suspended in Git" if account.suspend is not None and not account.asked else account.problem,
        ),
        cancellation=cancellation,
        singles={ProviderOrderId(id_): _observed(id_, name, o) if o else None for id_, o in account.singles.items()},
        tenant=account.tenant,
        source=Location(file=f"accounts/{name}.yaml", line=5, column=3),
        suspend=Suspension(account.suspend.reason, account.suspend.until) if account.suspend is not None else None,
        set_aside=account.suspend is not None and not account.asked,
    )


def _observed(id_: str, account: str, order: CaseObserved) -> ObservedOrder:
    return ObservedOrder(
        id=ProviderOrderId(id_),
        account=AccountName(account),
        references=frozenset(map(reference_of, order.of)),
        phase=order.phase,
        status=order.status or order.phase.upper(),
        terms=order.terms,
        created_at=order.created,
        complete=order.complete,
        marked=order.marked,
        fragments=frozenset(order.fragments),
        remarks=tuple(order.remarks),
        offers=order.offers(),
    )


def _record(name: str, record: CaseRecord) -> Record:
    key, _, attempt = name.partition("@")
    placed = record.id is not None
    return Record(
        reference=reference_of(name, record.owner),
        key=OrderKey(record.key or key),
        attempt=int(attempt or 1),
        account=AccountName(record.account),
        provider=record.provider,
        identity=record.identity,
        order_id=ProviderOrderId(record.id) if record.id is not None else None,
        intent=_intent(record.intent) if record.intent else None,
        outcome=_outcome(record.outcome) if record.outcome else None,
        answered=_answered(record),
        repeats=record.repeats,
        lookups=record.lookups,
        phase=record.phase if placed else None,
        status=record.status if placed else None,
        stated=record.stated,
        observed=record.observed if placed else {},
        on_delete=record.on_delete,
        price=record.price,
        declined=record.declined,
        cancel_asked_at=record.cancel_asked,
        declared=_declaration(record),
        absent=record.absent.absence() if record.absent is not None else None,
    )


def _declaration(record: CaseRecord) -> Declaration | None:
    """Return who declared an order; None as an older version left it."""
    if record.origin is None and record.root is None and record.commit is None:
        return None
    origin = OrderKey(record.origin or record.key or "spot")
    return Declaration(origin=origin, owner=record.owner, root=record.root, commit=record.commit)


def _intent(intent: CaseIntent) -> Intent:
    return Intent(
        call=Call.PLACE,
        at=intent.at,
        digest=digest(intent.terms),
        plan_id="plan-1",
        commits=intent.commits,
        tenant=intent.tenant,
    )


def _answered(record: CaseRecord) -> Moment | None:
    if record.answered is not None:
        return Moment(record.answered.provider, record.answered.ours)
    ends = [each.at for each in (record.outcome, record.intent) if each is not None]
    return Moment(max(ends), max(ends)) if ends else None


def _outcome(outcome: CaseOutcome) -> Outcome:
    return ended(outcome.kind, outcome.at, outcome.message, refusal=outcome.refusal, decided=outcome.decided)


def _preflight(given: CasePreflight) -> Preflight:
    return Preflight(
        price=given.price,
        objections=tuple(given.objections),
        available=given.available,
        readiness=given.window.readiness() if given.window else None,
        unread=given.unread,
        binding=given.binding,
    )
