"""Worlds for properties: any mixture of desired orders, accounts, provider orders and records, likely or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

from reconciler.model.account import OnUnknown
from reconciler.model.errors import RefusalKind
from reconciler.model.money import Money
from reconciler.model.order import OnDelete
from reconciler.model.outcome import OutcomeKind
from reconciler.model.phase import Phase

from .case import (
    NOW,
    OWNER,
    Case,
    CaseAccount,
    CaseCancel,
    CaseIntent,
    CaseObserved,
    CaseOrder,
    CaseOutcome,
    CasePolicy,
    CasePreflight,
    CaseRecord,
    CaseSuspend,
    CaseWindow,
)

T = TypeVar("T")

ACCOUNTS = ("one", "two")
IDS = ("T1", "T2", "T3")
ATTEMPTS = tuple(f"{key}@{attempt}" for key in ("north", "north/2", "south", "west") for attempt in (1, 2, 3))
TERMS = ({"mode": "spot"}, {"mode": "scan"}, {"mode": "spot", "end": "later"}, {})
AMOUNTS = (0, 1, 89_999, 90_000, 100_000, 180_000)
INSTANTS = (NOW - timedelta(days=2), NOW - timedelta(minutes=1), NOW, NOW + timedelta(days=1))


class Dice:
    """Throws for everything that a world is made of. A seed gives the same world for ever."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        # What a provider holds is the same through whichever of its accounts it is seen.
        self._held = {provider: {id_: self.observed() for id_ in IDS} for provider in ("acme", "other")}

    def one(self, things: Sequence[T]) -> T:
        return self._random.choice(things)

    def some(self, things: Sequence[T], most: int) -> list[T]:
        return self._random.sample(things, self._random.randint(0, min(most, len(things))))

    def maybe(self, thing: Callable[[], T], chance: float = 0.5) -> T | None:
        return thing() if self._random.random() < chance else None

    def money(self) -> Money:
        return Money(self.one(AMOUNTS), self.one(("EUR", "EUR", "EUR", "USD")))

    def limits(self) -> list[Money]:
        return [Money(self.one(AMOUNTS), currency) for currency in self.some(("EUR", "USD"), 2)]

    def case(self) -> Case:
        # A target of one geometry is `north`, of several `north/1` and so on, never both at once.
        keys = self.some((*self.one((("north",), ("north/1", "north/2"))), "south", "west"), 4)
        return _made(
            Case,
            reason="any world at all, likely or not",
            policy=self.maybe(self.policy) or CasePolicy(),
            desired={key: self.order(several="/" in key) for key in keys},
            accounts={name: self.account() for name in ACCOUNTS},
            records={attempt: self.record() for attempt in self.some(ATTEMPTS, 4)},
            preflights={key: self.maybe(self.preflight, 0.8) for key in self.some(keys, 2)},
            spent=self.maybe(self.limits) or [],
        )

    def policy(self) -> CasePolicy:
        return _made(
            CasePolicy,
            per_order=self.maybe(self.limits, 0.3) or [],
            per_pass=self.maybe(self.limits, 0.3) or [],
            per_month=self.maybe(self.limits, 0.3) or [],
            new_orders=self.one((0, 1, 2, 20)),
            cancels=self.one((0, 1, 5)),
            allow_empty=self.one((False, True)),
        )

    def order(self, *, several: bool) -> CaseOrder:
        return _made(
            CaseOrder,
            account=self.one(("one", "one", "two")),
            attempt=self.one((1, 1, 2, 3)),
            common=several and self.one((False, True)),
            ceiling=self.one((Money(100_000, "EUR"), self.money(), None)),
            unpriced=self.one((False, False, True)),
            suspend=self.maybe(lambda: CaseSuspend(until=self.maybe(self.instant)), 0.1),
            cancel=self.maybe(self.cancel, 0.2),
            on_delete=self.one(tuple(OnDelete)),
            terms=self.one(TERMS),
            window=self.maybe(self.window, 0.3) or CaseWindow(),
        )

    def cancel(self) -> CaseCancel:
        return _made(CaseCancel, attempt=self.one((1, 2, 3)), max_charge=self.maybe(self.money))

    def window(self) -> CaseWindow:
        return CaseWindow(closed=self.maybe(self.instant), opens=self.maybe(self.instant))

    def instant(self) -> object:
        return self.one(INSTANTS)

    def observed(self) -> CaseObserved:
        return CaseObserved(
            of=self.some(ATTEMPTS, 1) if self.maybe(lambda: 1, 0.9) else self.some(ATTEMPTS, 2),
            phase=self.one(tuple(Phase)),
            terms=self.one(TERMS),
            complete=self.one((False, True)),
        )

    def account(self) -> CaseAccount:
        provider = self.one(("acme", "acme", "other"))
        held = self._held[provider]
        return _made(
            CaseAccount,
            provider=provider,
            orders={id_: held[id_] for id_ in self.some(IDS, 3)},
            singles={id_: self.one((held[id_], None)) for id_ in self.some(IDS, 2)},
            problem=self.maybe(lambda: "page 2 timed out", 0.1),
            on_unknown=self.one(tuple(OnUnknown)),
            cancel=self.one((None, 0, 0, 10, 100)),
            editable=self.one(([], ["end"], ["mode"])),
            unobservable=self.one(([], ["end"])),
            list_omits=self.one(([], ["mode"])),
        )

    def record(self) -> CaseRecord:
        return _made(
            CaseRecord,
            id=self.maybe(lambda: self.one(IDS)),
            account=self.one(("one", "one", "one", "two", "gone")),
            owner=self.one((OWNER, OWNER, OWNER, "acme-old")),
            intent=self.maybe(lambda: CaseIntent(at=self.instant(), terms=self.one(TERMS)), 0.8),
            outcome=self.maybe(self.outcome, 0.7),
            lookups=self.one((0, 1, 2, 3)),
            phase=self.maybe(lambda: self.one(tuple(Phase)), 0.8),
            stated=self.one(TERMS),
            observed=self.one(TERMS),
            on_delete=self.one(tuple(OnDelete)),
            price=self.maybe(self.money),
        )

    def outcome(self) -> CaseOutcome:
        refusal = self.maybe(lambda: self.one(tuple(RefusalKind)))
        return CaseOutcome(kind=self.one(tuple(OutcomeKind)), at=self.instant(), refusal=refusal)

    def preflight(self) -> CasePreflight:
        return _made(
            CasePreflight,
            price=self.one((Money(90_000, "EUR"), self.money(), None)),
            objections=self.one(([], [], [], ["not in the contract"])),
            available=self.maybe(self.money, 0.3),
            unread=self.maybe(lambda: "timed out", 0.1),
            window=self.maybe(self.window, 0.2),
        )


def _made(kind: type[T], **fields: object) -> T:
    """Build a piece of a case by its Python names; YAML has other names for some."""
    assert fields.keys() <= kind.model_fields.keys()
    whole = {name: field.get_default(call_default_factory=True) for name, field in kind.model_fields.items()}
    return kind.model_construct(**(whole | fields))


cases = st.integers(0, 10**9).map(lambda seed: Dice(seed).case())
"""Any case at all."""
