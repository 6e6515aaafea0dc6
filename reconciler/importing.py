"""Write manifests of orders that a provider holds already, and bind them. Asks nothing of the provider but reads.

What is written is proved first: read back by the loader beside the folder, it must give the planner one adoption, and
once it is bound nothing to do and nothing that differs. What does not is left out and said. Files land before the
state: after a crash in between, the next pass finds each order by the id that its manifest names.
"""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from pathlib import Path

from reconciler.connect import Runtime, connected
from reconciler.desired import read
from reconciler.manifest.writing import order_text
from reconciler.model.account import Account
from reconciler.model.errors import ConfigError, ManifestError, ProviderError
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference, reference_for
from reconciler.model.journal import Bound, Entry
from reconciler.model.order import DesiredOrder, Manifests, ObservedOrder
from reconciler.model.outcome import Done
from reconciler.model.record import Declaration, Record
from reconciler.observe import Tell, view_accounts, want
from reconciler.plan import survey
from reconciler.plan.actions import Adopt
from reconciler.plan.assessments import Assessment, NeedsFunds, NeedsPrice
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import AccountView, PlanInput, Wanted
from reconciler.providers.base import OrderReader
from reconciler.providers.pool import pool
from reconciler.providers.registry import driver
from reconciler.render.phrases import message
from reconciler.state.event import Change
from reconciler.state.store import StateStore

_LONGEST_NAME = 63
_QUIET = frozenset({FindingKind.IN_SYNC, FindingKind.ENDED, FindingKind.HELD})
"""What may be said of an order that was just imported: offers that wait for a person are held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which orders to import, and to where: those that are named, else all that live (with `ended`, the others too)."""

    account: str
    into: Path
    ids: tuple[str, ...] = ()
    ended: bool = False
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An order with its manifest and the record that binds it."""

    key: OrderKey
    observed: ObservedOrder
    path: Path
    text: str
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An order that was not imported, and why; `failed` where it should have been."""

    order_id: str
    status: str
    why: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """What an import comes to. `ended` counts the orders that nobody asked for because they have ended."""

    view: AccountView
    written: tuple[Written, ...]
    left: tuple[Left, ...]
    ended: int = 0

    @property
    def failed(self) -> int:
        """How many orders should have been imported and were not."""
        return sum(left.failed for left in self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    key: OrderKey
    observed: ObservedOrder
    path: Path
    text: str


@dataclass(kw_only=True)
class Importer:
    """One import: the folder as it was read, what the state knows, and what is wished."""

    folder: Path
    manifests: Manifests
    records: Mapping[Reference, Record]
    env: Runtime
    wish: Wish
    tell: Tell
    left: list[Left] = field(default_factory=list, init=False)

    def prepare(self) -> Imports:
        """Read the account once and prove what would be written. Writes nothing.

        Raises `ConfigError`, and `ProviderError` where not every order could be listed.
        """
        self._check_place()
        account = self._account
        with connected([account], self.env, read_only=True) as readers:
            view = view_accounts([account], readers, {}, (), self.tell, self.env.now)[account.name]
            if view.listing.problem is not None:
                told = f"not every order could be listed: {view.listing.problem}"
                raise ProviderError(f"{told}. Nothing was written; try again.")
            chosen, ended = self._chosen(view)
            free = self._free(self._whole(self._free(chosen), readers[account.name]))
        candidates = self._drafted(free, view)
        orders = self._read_back(candidates)
        written = self._proved([each for each in candidates if each.key in orders], orders, view)
        return Imports(view=view, written=written, left=tuple(self.left), ended=ended)

    @cached_property
    def _account(self) -> Account:
        accounts = {account.name: account for account in self.manifests.accounts}
        found = accounts.get(AccountName(self.wish.account))
        if found is None:
            known = ", ".join(sorted(accounts)) or "none"
            raise ConfigError(f"there is no account {self.wish.account!r} in {self.manifests.folder}: {known}")
        return found

    def _check_place(self) -> None:
        """Refuse a folder whose manifests no pass over the manifest folder would read."""
        folder, into = self.folder.resolve(), self.wish.into.resolve()
        if not folder.is_dir():
            raise ConfigError(f"{self.folder} is one file: name the folder of manifests with --manifests")
        if not into.is_relative_to(folder) or any(part.startswith(".") for part in into.relative_to(folder).parts):
            raise ConfigError(
                f"no pass over {self.folder} would read {self.wish.into}: name a folder inside of it, without a dot in "
                "front, with --into"
            )
        if into.exists() and not into.is_dir():
            raise ConfigError(f"{self.wish.into} is a file: name a folder with --into")

    def _chosen(self, view: AccountView) -> tuple[list[ObservedOrder], int]:
        """Return the orders that are asked for, the oldest first, and how many are not because they have ended."""
        listed = sorted(view.listing.orders, key=lambda o: (o.created_at.timestamp() if o.created_at else 0.0, o.id))
        if self.wish.ids:
            unknown = set(self.wish.ids) - {order.id for order in listed}
            self.left += [
                Left(order_id=each, status="-", why="the account does not list it", failed=True)
                for each in sorted(unknown)
            ]
            return [order for order in listed if order.id in self.wish.ids], 0
        wanted = [order for order in listed if self.wish.ended or not order.phase.ended]
        return wanted, len(listed) - len(wanted)

    def _free(self, orders: Iterable[ObservedOrder]) -> list[ObservedOrder]:
        """Return the orders that nobody's manifest stands for."""
        told = [(order, self._claim(order)) for order in orders]
        self.left += [Left(order_id=order.id, status=order.status, why=why) for order, why in told if why]
        return [order for order, why in told if not why]

    def _claim(self, order: ObservedOrder) -> str:
        """Return whose order it is, empty where nobody's mark is on it."""
        if (key := self._bound.get(order.id)) is not None:
            return f"belongs to {key} already" if key in self._stated else f"belongs to {key}: restore its manifest"
        for key in sorted({self._known[reference] for reference in order.references if reference in self._known}):
            restore = "" if key in self._stated else "restore its manifest, and "
            return f"belongs to {key}: {restore}the next reconcile adopts it"
        if order.references:
            return "carries the reference of another owner"
        if not order.marked and not self.wish.ids:
            return "shows no text that tells whose it is: if it is yours, import it by its id"
        return ""

    @cached_property
    def _stated(self) -> frozenset[OrderKey]:
        return frozenset([order.key for order in self.manifests.orders])

    @cached_property
    def _bound(self) -> Mapping[ProviderOrderId, OrderKey]:
        """The orders of this provider that a record, or a manifest by its `adopt`, is bound to."""
        provider = self._account.provider
        named = {o.adopt.order_id: o.key for o in self.manifests.orders if o.adopt and o.provider == provider}
        return named | {r.order_id: r.key for r in self.records.values() if r.order_id and r.provider == provider}

    @cached_property
    def _known(self) -> Mapping[Reference, OrderKey]:
        owner = self.manifests.project.owner
        stated = {o.reference(owner, n): o.key for o in self.manifests.orders for n in range(1, o.attempt + 1)}
        return stated | {record.reference: record.key for record in self.records.values()}

    def _whole(self, orders: Iterable[ObservedOrder], reader: OrderReader) -> list[ObservedOrder]:
        """Read singly what the list shows in part."""

        def single(order: ObservedOrder) -> ObservedOrder | Left:
            if order.complete:
                return order
            try:
                found, why = reader.get(order.id), "the provider knows it no more"
            except ProviderError as e:
                found, why = None, f"could not be read: {e}"
            return found or Left(order_id=order.id, status=order.status, why=why, failed=True)

        self.tell(f"reading orders of {self._account.name}")
        with pool(self._account.limits.concurrency) as threads:
            read_ones = list(threads.map(single, orders))
        self.left += [each for each in read_ones if isinstance(each, Left)]
        return [each for each in read_ones if isinstance(each, ObservedOrder)]

    def _drafted(self, orders: Iterable[ObservedOrder], view: AccountView) -> list[_Candidate]:
        provider, schema, taken = driver(self._account.provider), self._schema(), self._taken()
        carried = {reference for order in view.listing.orders for reference in order.references}
        found = []
        for observed in orders:
            draft = provider.draft(observed)
            if isinstance(draft, str):
                self._fail(observed, f"cannot be written: {draft}")
                continue
            text = _slug(draft.text or "") or _slug(f"{provider.name}-{observed.id[:8]}")
            key = next(key for key in _names(self.wish.prefix + text) if self._is_free(key, taken, carried))
            taken.add(key)
            path = self.wish.into / f"{key}.yaml"
            written = order_text(key, draft, account=self._account, order_id=observed.id, schema=schema)
            found.append(_Candidate(key=key, observed=observed, path=path, text=written))
        return found

    def _fail(self, order: ObservedOrder, why: str) -> None:
        self.left.append(Left(order_id=order.id, status=order.status, why=why, failed=True))

    def _schema(self) -> str | None:
        """Return where the folder keeps its JSON Schema, as seen from the new files."""
        schema = self.folder / ".schema" / "manifest.json"
        return os.path.relpath(schema.resolve(), self.wish.into.resolve()) if schema.exists() else None

    def _taken(self) -> set[str]:
        """Return the names that a reference was made of, now or before."""
        stated = [name for order in self.manifests.orders for name in (order.key, order.origin)]
        return {name.partition("/")[0] for name in (*stated, *(record.key for record in self.records.values()))}

    def _is_free(self, key: OrderKey, taken: Container[str], carried: Container[Reference]) -> bool:
        if key in taken or (self.wish.into / f"{key}.yaml").exists():
            return False
        return reference_for(self.manifests.project.owner, key, 1) not in carried

    def _read_back(self, candidates: Sequence[_Candidate]) -> dict[OrderKey, DesiredOrder]:
        """Read what would be written together with the folder; what the loader refuses is left out."""
        with tempfile.TemporaryDirectory() as name:
            place = Path(name).resolve()
            texts = {place / f"{each.key}.yaml": each for each in candidates}
            for path, each in texts.items():
                path.write_text(each.text, encoding="utf-8", errors="backslashreplace")
            while texts:
                try:
                    orders = read([self.folder, *texts]).orders
                    return {order.key: order for order in orders if place / f"{order.key}.yaml" in texts}
                except ManifestError as e:
                    told = _by_file(e)
                    if not told.keys() & texts.keys():
                        raise
                for path in told.keys() & texts.keys():
                    self._fail(texts.pop(path).observed, f"cannot be written: {told[path]}")
        return {}

    def _proved(
        self, candidates: Sequence[_Candidate], orders: Mapping[OrderKey, DesiredOrder], view: AccountView
    ) -> tuple[Written, ...]:
        """Plan with each new order, before and after it is bound; return those that leave nothing to do."""
        owner, whole = self.manifests.project.owner, {each.observed.id: each.observed for each in candidates}
        listing = replace(view.listing, orders=tuple([whole.get(order.id, order) for order in view.listing.orders]))
        stated = {orders[each.key].reference(owner): orders[each.key] for each in candidates}
        wanted = want(stated, owner, {view.name: view.now})
        inputs = PlanInput(
            wanted=wanted,
            views={view.name: replace(view, listing=listing)},
            records=self.records,
            policy=self.manifests.project.policy,
            now=view.now,
        )
        records = [_record(w, each.observed, view) for w, each in zip(wanted, candidates, strict=True)]
        bound = replace(inputs, records={**self.records, **{record.reference: record for record in records}})
        found = []
        for each, record, before, after in zip(
            candidates, records, survey(inputs).assessments, survey(bound).assessments, strict=True
        ):
            adopted = len(before) == 1 and isinstance(before[0], Adopt) and before[0].order_id == each.observed.id
            loud = [v for v in after if not (isinstance(v, Finding) and v.kind in _QUIET)]
            if adopted and not loud:
                found.append(
                    Written(key=each.key, observed=each.observed, path=each.path, text=each.text, record=record)
                )
            else:
                self._fail(each.observed, "; ".join(map(_said, loud if adopted else before)))
        return tuple(found)


def write(imports: Imports, store: StateStore, commit: Callable[[], str | None], tell: Tell) -> None:
    """Write the manifests, each whole or not at all, and then bind the orders in one write.

    Raises `ConfigError` where a file has come to be there since.
    """
    if not imports.written:
        return
    tell(f"writing {len(imports.written)} manifests")
    for each in imports.written:
        _land(each.path, each.text)
    at, git = imports.view.now, commit()
    changes = []
    for each in imports.written:
        record, order = each.record, each.observed
        event = Bound(order_id=order.id, status=order.status, how="imported")
        entry = Entry(at=at, key=record.key, reference=record.reference, commit=git, event=event)
        changes.append(Change(entry, record))
    store.write(*changes)


def _land(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    try:
        os.link(new, path)
    except FileExistsError as e:
        raise ConfigError(f"{path} exists by now and was not overwritten: run the import again") from e
    finally:
        new.unlink()


def _record(wanted: Wanted, observed: ObservedOrder, view: AccountView) -> Record:
    order, now = wanted.order, view.now
    record = Record(
        reference=wanted.reference, key=order.key, attempt=order.attempt, account=view.name, provider=view.provider
    )
    declared = Declaration(origin=order.origin, owner=wanted.owner)
    stated = record.stated_as(wanted.terms, on_delete=order.on_delete, declared=declared)
    bound = stated.bound_to(observed, Done(at=now, message="imported", order_id=observed.id), identity=view.identity)
    return bound.observed_as(observed, seen_at=now)


def _said(assessment: Assessment) -> str:
    """Say what a plan would make of an order that should leave it nothing to do."""
    match assessment:
        case Finding():
            return "; ".join((f"{assessment.kind}: {message(assessment)}", *map(str, assessment.differences)))
        case NeedsPrice() | NeedsFunds():
            return "a plan would accept its open quote, at the price that was accepted before"
        case _:
            return f"a plan would {assessment.kind} it"


def _by_file(error: ManifestError) -> dict[Path, str]:
    """Return what is wrong with each file, by its resolved path."""
    found: dict[Path, list[str]] = {}
    for problem in error.problems:
        found.setdefault(Path(problem.location.file).resolve(), []).append(problem.message)
    return {path: "; ".join(messages) for path, messages in found.items()}


def _slug(text: str) -> str:
    """Return what of a text can stand in a name."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _names(text: str) -> Iterator[OrderKey]:
    """Yield a name, and then others like it."""
    yield OrderKey(text[:_LONGEST_NAME].strip("-"))
    for number in count(2):
        suffix = f"-{number}"
        yield OrderKey(text[: _LONGEST_NAME - len(suffix)].strip("-") + suffix)
