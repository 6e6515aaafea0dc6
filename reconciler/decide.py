"""What a person decides about one order: resolve and forget, each after a look at the providers that could contradict.

Beside the pass, not in it: a pass never decides these things, and these commands never send anything but reads.
"""

from __future__ import annotations

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
from reconciler.observe import Tell
from reconciler.plan.common_attempt import at_current_attempt
from reconciler.plan.last_pass import DOCUMENT, PassSnapshot
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
    """A decision about to be made: about what, where, and who asks."""

    manifests: Manifests
    store: StateStore
    env: Runtime
    about: Subject
    commit: str | None
    tell: Tell

    def adopt(self, order_id: str) -> str:
        """Bind the order to a provider's order id that a person names; the provider must know it."""
        account = self._account()
        with connected(self._accounts(account), self.env, read_only=True, orders=self.manifests.orders) as readers:
            reader = readers[account]
            observed = _existing(reader, ProviderOrderId(order_id))
            now = reader.now()
        if observed is None:
            raise ConfigError(f"account {account} knows no order {order_id}: nothing was changed")
        self._unclaimed(observed, account)
        outcome = Done(at=now, message="adopted by a person", order_id=observed.id)
        bound = self._record(account).bound_to(observed, outcome)
        self._write(bound, now, Decided(decision=DecisionKind.ADOPT, order_id=observed.id))
        strange = "" if self.about.reference in observed.references else " (it does not carry our reference)"
        return f"{self.about.key} is bound to {observed.id}, {observed.status}{strange}."

    def not_created(self, reason: str) -> str:
        """Book the placing call as not having created anything, after one more complete look for it."""
        record = self.about.record
        if record is None or record.bound or record.intent is None or _clear(record):
            raise ConfigError(f"{self.about.key} has nothing to resolve: `reconciler status` shows how it stands")
        self._same_place(record, self._accounts(record.account)[0])
        now = self._look_once_more()
        outcome = NotSent(at=now, message=f"decided by a person: {reason}")
        self._write(record.settled(outcome), now, Decided(decision=DecisionKind.NOT_CREATED, reason=reason))
        return (
            f"{self.about.key}: sent {seconds_text(record.intent.at)}; {record.lookups + 1} complete listings of all "
            "accounts did not show it. Booked as not created; the next reconcile may place it."
        )

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
        if record.unresolved:
            raise ConfigError(
                f"attempt {record.attempt} of {record.key} may exist; forgotten, it could be ordered once more. Settle "
                f"it: reconciler resolve {record.key} --attempt {record.attempt} --adopt ID, or "
                "--not-created --reason TEXT"
            )
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

    def _same_place(self, record: Record, account: Account) -> None:
        """Refuse to look in another place than the one it was sent to."""
        sent_to = record.intent.tenant if record.intent is not None else None
        if sent_to is not None and sent_to != driver(account.provider).tenant(account):
            raise ConfigError(
                f"{record.key} was sent to {sent_to}, where account {account.name} no longer points: put it back first"
            )

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

    def _look_once_more(self) -> datetime:
        """List every account completely; raises where one cannot be read, or where the order is there after all."""
        now = self.env.now()
        with connected(self.manifests.accounts, self.env, read_only=True, orders=self.manifests.orders) as readers:
            for account, reader in readers.items():
                self.tell(f"looking for {self.about.key} at {account}")
                now = max(now, _absent(reader, self.about.reference))
        return now

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


def _absent(reader: OrderReader, reference: Reference) -> datetime:
    listing = reader.list(since=None)
    if listing.problem is not None:
        raise ProviderError(f"not every order could be listed: {listing.problem}. Nothing was decided; try again.")
    found = [order for order in listing.orders if reference in order.references]
    if found:
        ids = ", ".join(order.id for order in found)
        raise ConfigError(f"it exists: {ids}. Nothing was decided; the next reconcile adopts it.")
    return listing.read_at
