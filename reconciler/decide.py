"""What a person decides about one order: resolve and forget, each after a look at the providers that could contradict.

Beside the pass, not in it: a pass never decides these things, and these commands never send anything but reads.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.connect import Runtime, connected
from reconciler.model.account import Account
from reconciler.model.errors import ConfigError, NotSentError, ProviderError, RefusedError
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.journal import Decided, DecisionKind, Entry, Forgotten, JournalEvent
from reconciler.model.order import DesiredOrder, Manifests, ObservedOrder
from reconciler.model.outcome import Done, NotSent, OutcomeKind
from reconciler.model.record import Declaration, Record
from reconciler.model.time import seconds_text
from reconciler.observe import Tell, view_accounts
from reconciler.plan.common_attempt import at_current_attempt
from reconciler.plan.inputs import AccountView
from reconciler.plan.last_pass import DOCUMENT, PassSnapshot
from reconciler.plan.settle import LOOKUPS_NEEDED, may_exist, same_tenant, too_early
from reconciler.providers.base import OrderReader
from reconciler.providers.registry import driver
from reconciler.state.event import Change
from reconciler.state.store import StateStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The order that is decided about: its reference, what Git states of it, and what the state file knows."""

    key: OrderKey
    reference: Reference
    attempt: int
    order: DesiredOrder | None
    record: Record | None


def subject(manifests: Manifests, store: StateStore, key: str, attempt: int | None) -> Subject:
    """Find the order by its name; raises `ConfigError` where neither Git nor the state file knows it."""
    order = next((o for o in manifests.orders if o.key == key), None)
    records = store.records_of(OrderKey(key)) or (store.records_of(order.origin) if order is not None else ())
    if order is None and not records:
        raise ConfigError(f"no order {key} in {manifests.folder} or in the state; `reconciler status` lists them")
    owner = manifests.project.owner
    if order is not None:
        order = at_current_attempt(order, owner, {record.reference: record for record in records})
    chosen = attempt or (order.attempt if order is not None else records[0].attempt)
    record = next((r for r in records if r.attempt == chosen), None)
    if record is None and order is None:
        raise ConfigError(f"order {key} has no attempt {chosen} in the state")
    if record is not None:
        return Subject(key=OrderKey(key), reference=record.reference, attempt=chosen, order=order, record=record)
    assert order is not None, "there is a record where Git states no order"
    return Subject(
        key=OrderKey(key),
        reference=order.reference(owner, chosen),
        attempt=chosen,
        order=order,
        record=record,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision about to be made: about what, where, and who asks (`by`, a user of this machine)."""

    manifests: Manifests
    store: StateStore
    env: Runtime
    about: Subject
    commit: str | None
    tell: Tell
    by: str

    def adopt(self, order_id: str) -> str:
        """Bind the order to a provider's order id that a person names; the provider must know it."""
        account = self._account()
        with connected(self._accounts(account), self.env, read_only=True, orders=self.manifests.orders) as readers:
            reader = readers[account]
            observed = _existing(reader, ProviderOrderId(order_id))
            identity, now = reader.identity(), reader.now()
        if observed is None:
            raise ConfigError(f"account {account} knows no order {order_id}: nothing was changed")
        self._unclaimed(observed, account)
        outcome = Done(at=now, message="adopted by a person", order_id=observed.id, decided=True)
        bound = self._record(account).bound_to(observed, outcome, identity=identity)
        self._write(bound, now, Decided(decision=DecisionKind.ADOPT, order_id=observed.id, by=self.by))
        strange = "" if self.about.reference in observed.references else " (it does not carry our reference)"
        return f"{self.about.key} is bound to {observed.id}, {observed.status}{strange}."

    def not_created(self, reason: str, *, early: bool = False, without: Collection[AccountName] = ()) -> str:
        """Book the placing call as not having created anything, after one more complete look for it.

        Raises `ConfigError` if it may still show, unless it is decided `early`. The accounts `without` are not looked
        at: where the order's own is one, only the person knows.
        """
        record = self.about.record
        if record is None or record.bound or record.intent is None or _clear(record):
            raise ConfigError(f"{self.about.key} has nothing to resolve: `reconciler status` shows how it stands")
        self._check_names(without)
        if record.account not in without:
            self._accounts(record.account)
        elif not early and any(account.name == record.account for account in self.manifests.accounts):
            told = f"account {record.account}, where it was sent to, is still in {self.manifests.folder}"
            raise ConfigError(f"{told}: leave --without away, or add --early if you know that nothing was created")
        views = self._look_once_more(record, without)
        own = views.get(record.account)
        if own is not None and too_early(record, own) and not early:
            raise ConfigError(_wait_for(record, own))
        now = own.now if own is not None else self._last_known(record.key)
        outcome = NotSent(at=now, message=f"decided by a person: {reason}")
        event = Decided(
            decision=DecisionKind.NOT_CREATED,
            reason=reason,
            early=early,
            without=tuple(sorted(without)),
            by=self.by,
        )
        self._write(record.settled(outcome, ours=self.env.now()), now, event)
        return f"{self.about.key}: {_seen(record, own)}. Booked as not created; the next reconcile may place it."

    def _check_names(self, without: Collection[AccountName]) -> None:
        known = {account.name for account in self.manifests.accounts}
        known |= {record.account for record in self.store.records().values()}
        if unknown := sorted(set(without) - known):
            told = f"no account {unknown[0]} in {self.manifests.folder} or in the state"
            raise ConfigError(f"{told}: nothing was decided")

    def forget(self) -> str:
        """Drop the record; nothing is sent, and an order that lives is not touched."""
        record, order = self.about.record, self.about.order
        if record is None:
            raise ConfigError(f"the state does not know attempt {self.about.attempt} of {self.about.key}")
        if order is not None and order.attempt == record.attempt:
            raise ConfigError(
                f"{order.source} still states {order.key}, attempt {order.attempt}: remove the manifest first, "
                "or raise its attempt to order again"
            )
        if may_exist(record, None):
            raise ConfigError(
                f"attempt {record.attempt} of {record.key} may exist; forgotten, it could be ordered once more. Settle "
                f"it: reconciler resolve {record.key} --attempt {record.attempt} --adopt ID, or "
                "--not-created --reason TEXT"
            )
        if record.bound:
            self.store.sighted(self.manifests.project.owner, record)
        event = Forgotten(attempt=record.attempt, order_id=record.order_id, status=record.status)
        self.store.write(Change(self._entry(record, self._last_known(record.key), event), None))
        self._judged_anew()
        return f"{record.key}, attempt {record.attempt}, is forgotten; order {record.order_id or '-'} was not touched."

    def _last_known(self, key: OrderKey) -> datetime:
        """Return the latest instant of the providers' clock that the state file knows of: no provider is asked."""
        last = PassSnapshot.from_text(self.store.document(DOCUMENT))
        return max([*([last.at] if last is not None else []), *(event.at for event in self.store.journal(key))])

    def _account(self) -> AccountName:
        about = self.about
        if about.record is not None:
            return about.record.account
        assert about.order is not None, "a subject has a record or an order"
        return about.order.account

    def _accounts(self, name: AccountName) -> tuple[Account, ...]:
        found = tuple(a for a in self.manifests.accounts if a.name == name)
        if not found:
            raise ConfigError(f"account {name} is no longer in {self.manifests.folder}: restore it first")
        return found

    def _unclaimed(self, observed: ObservedOrder, account: str) -> None:
        for other in self.store.records().values():
            if other.order_id == observed.id and other.reference != self.about.reference:
                raise ConfigError(f"order {observed.id} at {account} belongs to {other.key} already")

    def _record(self, account: str) -> Record:
        about = self.about
        if about.record is not None:
            return about.record
        order = about.order
        assert order is not None, "a subject has a record or an order"
        terms = driver(order.provider).terms(order)
        record = Record(
            reference=about.reference,
            key=about.key,
            attempt=about.attempt,
            account=order.account,
            provider=order.provider,
        )
        declared = Declaration(origin=order.origin, owner=self.manifests.project.owner)
        return record.stated_as(terms, on_delete=order.on_delete, declared=declared)

    def _look_once_more(self, record: Record, without: Collection[AccountName]) -> Mapping[AccountName, AccountView]:
        """Read every account but those; raises where one cannot be read, or where the order is there after all."""
        asked = tuple(account for account in self.manifests.accounts if account.name not in without)
        with connected(asked, self.env, read_only=True, orders=self.manifests.orders) as readers:
            views = view_accounts(asked, readers, self.store.records(), [record.reference], self.tell, self.env.now)
        for name, view in views.items():
            _check_absent(record, name, view)
        return views

    def _write(self, record: Record, at: datetime, event: Decided) -> None:
        self.store.write(Change(self._entry(record, at, event), record))
        self._judged_anew()

    def _entry(self, record: Record, at: datetime, event: JournalEvent) -> Entry:
        return Entry(at=at, key=record.key, reference=record.reference, commit=self.commit, event=event)

    def _judged_anew(self) -> None:
        """Take what the last pass said of the order out of `status`: it was said before this decision."""
        last = PassSnapshot.from_text(self.store.document(DOCUMENT))
        if last is not None:
            self.store.put_document(DOCUMENT, last.without(self.about.key).to_text())


def _existing(reader: OrderReader, order_id: ProviderOrderId) -> ObservedOrder | None:
    """Read the order that a person names; an id that the provider finds malformed is one that does not exist."""
    try:
        return reader.get(order_id)
    except (RefusedError, NotSentError):
        return None


def _clear(record: Record) -> bool:
    """Tell whether a placing call ended clearly; a lasting refusal may be opened again by a person."""
    return record.outcome is not None and record.outcome.kind is OutcomeKind.NOT_SENT


def _check_absent(record: Record, account: AccountName, view: AccountView) -> None:
    """Raise if an account could not be read, is not where the order was sent to, or shows the order."""
    if account == record.account and not same_tenant(record, view):
        sent_to = record.intent.tenant if record.intent is not None else None
        told = f"{record.key} was sent to {sent_to}, where account {account} no longer points: put it back first"
        raise ConfigError(told)
    if (problem := view.listing.problem) is not None:
        past = f"If {account} is gone for good, add --without {account}"
        raise ProviderError(f"{account} could not be listed: {problem}. Nothing was decided; try again. {past}.")
    if found := [order.id for order in view.listing.orders if record.reference in order.references]:
        raise ConfigError(f"it exists: {', '.join(found)}. Nothing was decided; the next reconcile adopts it.")


def _wait_for(record: Record, view: AccountView) -> str:
    """Say until when an order may show, and what a person who knows better can do."""
    until = f"It may show until {seconds_text(view.now + view.time_left(record))}"
    listed = record.lookups + (not view.lags)
    if not view.time_left(record):
        until = f"{listed} of {LOOKUPS_NEEDED} complete listings did not show it: run reconcile again, then decide"
    early = "If its provider has told you that there is none, add --early"
    return f"{record.key} may exist, and ordered again it could be there twice. {until}. Nothing was decided. {early}."


def _seen(record: Record, own: AccountView | None) -> str:
    """Say what a decision rests on."""
    sent = f"sent {seconds_text(record.intent.at)}" if record.intent is not None else "never sent"
    if own is None:
        return f"{sent}; its account {record.account} was not looked at"
    count = record.lookups + 1
    return f"{sent}; {count} complete listing{'s' * (count > 1)} of {record.account} did not show it"
