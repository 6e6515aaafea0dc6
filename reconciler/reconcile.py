"""One pass: manifests, records and providers in; a plan out; carried out where that is asked for.

`plan`, `reconcile` and `status --refresh` are the same pass with more or less of its end. The pass knows nothing of
when it runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.apply import ApplyContext, apply
from reconciler.connect import Runtime, connected
from reconciler.model.account import Account
from reconciler.model.checkout import Checkout
from reconciler.model.errors import StalePlan
from reconciler.model.ids import AccountName, OrderKey, Reference
from reconciler.model.journal import Entry, JournalEvent, ManifestChanged
from reconciler.model.order import Manifests, OnDelete
from reconciler.model.record import Record
from reconciler.observe import Tell, preflight, set_aside, show_details, unasked, view_accounts, want
from reconciler.plan import Plan, Survey, make_plan, survey, updates_from
from reconciler.plan.actions import Action, Adopt, Amend, Result
from reconciler.plan.clocks import DOCUMENT as CLOCKS
from reconciler.plan.clocks import Clocks, believed
from reconciler.plan.common_attempt import at_current_attempt, with_current_attempts
from reconciler.plan.declaring import DOCUMENT as DECLARING
from reconciler.plan.declaring import DeclaringCommits
from reconciler.plan.findings import FindingKind
from reconciler.plan.inputs import AccountView, ManifestSource, PlanInput
from reconciler.plan.last_pass import DOCUMENT, FindingChange, PassSnapshot, compared, dated
from reconciler.plan.record_updates import RecordUpdate
from reconciler.plan.saved import CHANGED, EXPIRY, Saved, saved_plan, stale, stated_in
from reconciler.providers.base import OrderWriter
from reconciler.render.phrases import message
from reconciler.state.event import Change
from reconciler.state.reader import StateReader
from reconciler.state.store import StateStore, open_reader, open_store

_PLAN_AGAIN = "Plan again, and have that approved"


class Mode(StrEnum):
    """How far a pass goes."""

    PLAN = "plan"
    """Read and plan; write nothing, neither at a provider nor in the state file."""
    REFRESH = "refresh"
    """Read, and remember what was read."""
    RECONCILE = "reconcile"
    """Read, plan, remember and carry out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a pass found and did. `saved` is its plan as it is written down for approval, where that was asked for.

    `approved` if nothing else could be done than what was. `inputs` is what the plan was made of.
    """

    mode: Mode
    plan: Plan
    results: tuple[Result, ...] = ()
    saved: Saved | None = None
    inputs: PlanInput | None = None
    approved: bool = False

    @property
    def again(self) -> bool:
        """Tell whether something was not sent because it has to be planned anew."""
        return any(result.again for result in self.results)

    @property
    def unread(self) -> bool:
        """Tell whether some provider could not be read completely."""
        return any(finding.kind is FindingKind.UNREAD for finding in self.plan.findings)


@dataclass(frozen=True, slots=True)
class Approval:
    """What was approved: a plan that was written down, a fingerprint, or both. Nothing else is done than that."""

    saved: Saved | None = None
    fingerprint: str | None = None

    def covers(self, manifests: Manifests) -> bool:
        """Tell whether the saved plan was made of these manifests; a fingerprint alone cannot tell."""
        return self.saved is None or self.saved.stated == stated_in(manifests)

    def stale(self, fresh: Saved, state: StateReader) -> tuple[str, ...]:
        """Return why what would be done now is not what was approved; nothing where it is."""
        if self.saved is not None and state.carried_out(self.saved.plan.id):
            return ("it was carried out already",)
        causes = stale(self.saved, fresh) if self.saved is not None else ()
        if self.fingerprint not in (None, fresh.fingerprint):
            causes = (*causes, f"the fingerprint is {fresh.fingerprint} now, and {self.fingerprint} was expected")
        return causes


@dataclass(slots=True, kw_only=True)
class Pass:
    """One pass over one folder; `stop` set means: start nothing new.

    `reread` reads the manifests from their files alone, where `manifests` may come from a cache: whatever is carried
    out, or shown as about to be, was read that way. With an `approval` only what was approved is done; with an `expiry`
    the report holds the plan as it is written down, valid for that long. The accounts in `resting` are left alone, for
    the reason that is given: they are not even connected, and count as not read. For the orders in `paused` nothing is
    sent. `checkout` is where the manifests are from; `changed` tells whether they are others by now, and is asked
    before each call: what is left is then to be planned anew.
    """

    manifests: Manifests
    env: Runtime
    mode: Mode
    reread: Callable[[], Manifests] | None = None
    commit: str | None = None
    checkout: Checkout | None = None
    lock_timeout: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)
    tell: Tell = lambda _text: None
    approval: Approval | None = None
    expiry: timedelta | None = None
    resting: Mapping[AccountName, str] = field(default_factory=dict)
    paused: Mapping[OrderKey, str] = field(default_factory=dict)
    changed: Callable[[], bool] = lambda: False

    def run(self) -> Report:
        """Run the pass. Raises `StateError`, `ConfigError`, `StalePlan`; what a provider does ends in the report."""
        if self.approval is not None and self.approval.saved is not None and self.reread is not None:
            return replace(self, manifests=self.reread(), reread=None).run()
        self._compare_manifests()
        read_only = self.mode is not Mode.RECONCILE
        # Once: a suspension may end while this pass is at work, and then nobody has connected the account.
        awake = [account for account in self.manifests.accounts if self._is_awake(account)]
        opened = connected(awake, self.env, read_only=read_only, orders=self.manifests.orders)
        with self._state() as state, opened as writers:
            inputs, surveyed = self._priced(self._inputs(state, writers), writers)
            last = PassSnapshot.from_text(state.document(DOCUMENT))
            plan = dated(make_plan(inputs, surveyed), last, inputs)
            updates = updates_from(inputs) if isinstance(state, StateStore) else ()
            reviewed = self.reread() if self.reread is not None and _uses_manifests(plan, updates) else self.manifests
            if reviewed == self.manifests:
                report = self._carry(plan, inputs, writers, state, last, updates)
                return replace(report, inputs=inputs, approved=self.approval is not None)
        return replace(self, manifests=reviewed, reread=None).run()

    def _compare_manifests(self) -> None:
        """Raise `StalePlan` if the saved plan was made of other manifests.

        Comes before accounts are opened: an account that nobody approved must not receive a request or a credential.
        """
        if self.approval is not None and not self.approval.covers(self.manifests):
            raise _stale_plan(CHANGED)

    def _carry(
        self,
        plan: Plan,
        inputs: PlanInput,
        writers: Mapping[AccountName, OrderWriter],
        state: StateReader,
        last: PassSnapshot | None,
        updates: Sequence[RecordUpdate],
    ) -> Report:
        """Follow the plan if it is the approved one; raises `StalePlan`. What was not read is nobody's change."""
        if self.approval is None and self.expiry is None:
            return Report(
                mode=self.mode,
                plan=plan,
                results=self._follow(plan, inputs, writers, state, last=last, updates=updates),
            )
        saved = saved_plan(plan, inputs, self.manifests, expiry=self.expiry or EXPIRY, commit=self.commit)
        causes = self.approval.stale(saved, state) if self.approval is not None else ()
        if causes and inputs.unread is not None:
            return Report(mode=self.mode, plan=plan, saved=saved)
        if causes:
            raise _stale_plan(*causes)
        if self.approval is not None and self.approval.saved is not None:
            plan = replace(plan, id=self.approval.saved.plan.id)
        return Report(
            mode=self.mode,
            plan=plan,
            results=self._follow(plan, inputs, writers, state, last=last, updates=updates),
            saved=saved,
        )

    def _follow(
        self,
        plan: Plan,
        inputs: PlanInput,
        writers: Mapping[AccountName, OrderWriter],
        state: StateReader,
        *,
        last: PassSnapshot | None,
        updates: Sequence[RecordUpdate],
    ) -> tuple[Result, ...]:
        """Remember what was learned and carry out what was planned, as far as the mode goes."""
        if not isinstance(state, StateStore):
            return ()
        state.write(*map(self._change(inputs, plan.id), updates))
        known = Clocks.from_text(state.document(CLOCKS))
        if (clocks := known.updated(inputs.views)) != known:
            state.put_document(CLOCKS, clocks.to_text())
        state.saw(self.manifests.project.owner, inputs.complete_reads())
        self._remember_commit(state)
        self._remember(state, plan, writers, last=last)
        return self._apply(plan, inputs, writers, state) if self.mode is Mode.RECONCILE else ()

    @contextmanager
    def _state(self) -> Iterator[StateReader]:
        if self.mode is Mode.PLAN:
            with open_reader(self.env.state) as reader:
                yield reader
        else:
            with open_store(self.env.state, lock_timeout=self.lock_timeout) as store:
                yield store

    def _is_awake(self, account: Account) -> bool:
        """Tell whether an account is asked: it does not rest, and Git sets it not aside (by our clock)."""
        aside = account.suspend is not None and account.suspend.holds_at(self.env.now())
        return account.name not in self.resting and not aside

    def _asked(self, writers: Mapping[AccountName, OrderWriter]) -> tuple[Account, ...]:
        return tuple(account for account in self.manifests.accounts if account.name in writers)

    def _inputs(self, state: StateReader, writers: Mapping[AccountName, OrderWriter]) -> PlanInput:
        """Read everything once: records, then each account's orders."""
        records = state.records()
        owner = self.manifests.project.owner
        current = (at_current_attempt(order, owner, records) for order in self.manifests.orders)
        orders = {order.reference(owner): order for order in current}
        seen = view_accounts(self._asked(writers), writers, records, orders, self.tell, self.env.now)
        views = believed(seen, Clocks.from_text(state.document(CLOCKS)))
        now, ours = self._clock(views.values()), self.env.now()
        for account in self.manifests.accounts:
            if account.name in self.resting:
                views[account.name] = unasked(account, now, ours, self.resting[account.name])
            elif account.name not in writers:
                views[account.name] = set_aside(account, now, ours)
        unread = [view.name for view in views.values() if view.listing.problem is not None]
        commit, ancestors = self._history(state, records)
        inputs = PlanInput(
            source=self._source(),
            last_commit=commit,
            ancestors=ancestors,
            wanted=want(orders, owner, {view.name: view.now for view in views.values()}),
            views=views,
            records=records,
            policy=self.manifests.project.policy,
            now=now,
            spent=state.committed(_month_of(min(self._clocks(views.values())))),
            paused=self.paused,
            pauses=state.pauses(),
            reads=state.reads(owner),
            sightings=state.sightings(owner, unread) if unread else {},
        )
        return with_current_attempts(inputs)

    def _source(self) -> ManifestSource | None:
        if (found := self.checkout) is None:
            return None
        return ManifestSource(
            owner=self.manifests.project.owner,
            root=found.root,
            whole=found.whole,
            in_git=found.commit is not None,
            commit=found.clean_commit,
        )

    def _history(
        self, state: StateReader, records: Mapping[Reference, Record]
    ) -> tuple[str | None, Mapping[str, bool | None]]:
        """Return the commit of the last pass over this folder, and which declaring commits are ancestors of ours."""
        if self.checkout is None or self.checkout.commit is None:
            return None, {}
        last = DeclaringCommits.from_text(state.document(DECLARING)).of(self._where)
        known = {record.absent.declared_in for record in records.values() if record.absent is not None} | {last}
        declared = {order.key for order in self.manifests.orders}
        missing = any(r.live and r.on_delete is OnDelete.CANCEL and r.key not in declared for r in records.values())
        commits = sorted(commit for commit in known if commit is not None) if missing else ()
        return last, {commit: self.checkout.is_ancestor(commit) for commit in commits}

    @property
    def _where(self) -> str:
        root = self.checkout.root if self.checkout is not None else ""
        return f"{self.manifests.project.owner} {root}"

    def _remember_commit(self, state: StateStore) -> None:
        """Keep the commit that was read, for the pass that misses a manifest of it."""
        commit = self.checkout.clean_commit if self.checkout is not None and self.checkout.whole else None
        known = DeclaringCommits.from_text(state.document(DECLARING))
        if commit is not None and known.of(self._where) != commit:
            state.put_document(DECLARING, known.with_commit(self._where, commit).to_text())

    def _clock(self, views: Collection[AccountView]) -> datetime:
        """Return the providers' time, the latest."""
        return max(self._clocks(views))

    def _clocks(self, views: Collection[AccountView]) -> Sequence[datetime]:
        """Return the providers' times. Who has not answered shows our own, which counts where nobody has."""
        read = [view for view in views if view.listing.problem is None] or views
        return [view.now for view in read] or [self.env.now()]

    def _priced(self, inputs: PlanInput, writers: Mapping[AccountName, OrderWriter]) -> tuple[PlanInput, Survey]:
        """Ask prices, only for what would be placed."""
        surveyed = survey(inputs)
        prices = preflight(surveyed, self._asked(writers), writers, self.tell, self.env.monotonic)
        return replace(inputs, preflights=prices) if prices else inputs, surveyed

    def _apply(
        self, plan: Plan, inputs: PlanInput, writers: Mapping[AccountName, OrderWriter], store: StateStore
    ) -> tuple[Result, ...]:
        actions = allowed(plan)
        if not actions:
            return ()
        context = ApplyContext(
            writers=writers,
            store=store,
            inputs=replace(inputs, records=store.records()),
            plan_id=plan.id,
            now=self.env.now,
            monotonic=self.env.monotonic,
            changed=self.changed,
            commit=self.commit,
            stop=self.stop,
            tell=self.tell,
        )
        return apply(actions, context)

    def _change(self, inputs: PlanInput, plan_id: str) -> Callable[[RecordUpdate], Change]:
        def change(update: RecordUpdate) -> Change:
            record = update.record
            at = inputs.views[record.account].now if record.account in inputs.views else inputs.now
            return Change(self._entry(update.event, at, record.key, record.reference, plan_id=plan_id), record)

        return change

    def _remember(
        self, store: StateStore, plan: Plan, writers: Mapping[AccountName, OrderWriter], *, last: PassSnapshot | None
    ) -> None:
        """Keep for `status`, which asks no provider, what this pass knows; a refresh adds what live orders tell."""
        snapshot, turns = compared(plan, last)
        if self.mode is Mode.REFRESH:
            details = show_details(store.records().values(), writers, self.tell)
            snapshot = replace(snapshot, details=details)
        store.put_document(DOCUMENT, snapshot.to_text(), *self._entries(turns, plan))

    def _entries(self, turns: Iterable[FindingChange], plan: Plan) -> Iterator[Entry]:
        for turn in turns:
            finding = turn.finding
            if (reference := finding.subject.reference) is not None:  # what an older version remembered names none
                yield self._entry(turn.event(message(finding)), plan.at, finding.key, reference, plan_id=plan.id)

    def _entry(self, event: JournalEvent, at: datetime, key: OrderKey, reference: Reference, *, plan_id: str) -> Entry:
        return Entry(at=at, key=key, reference=reference, plan_id=plan_id, commit=self.commit, event=event)


def _uses_manifests(plan: Plan, updates: Iterable[RecordUpdate]) -> bool:
    """Tell whether something is done, or kept on record, because of what manifests state, or no longer do."""
    return bool(plan.actions) or any(isinstance(update.event, ManifestChanged) for update in updates)


def _stale_plan(*causes: str) -> StalePlan:
    return StalePlan(f"the plan is not carried out, and nothing was sent: {'; '.join(causes)}. {_PLAN_AGAIN}")


def allowed(plan: Plan) -> tuple[Action, ...]:
    """Return the actions that may be carried out: with a refusal, only those that neither spend nor cancel."""
    if not plan.refusals:
        return plan.actions
    return tuple(action for action in plan.actions if isinstance(action, Adopt | Amend))


def _month_of(now: datetime) -> datetime:
    """Return the first instant of the calendar month (UTC) that an instant lies in."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
