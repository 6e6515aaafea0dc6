"""The ledger: what the journal's intents have bound. One rule for the policy's month and for `status --spend`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from reconciler.model.ids import AccountName, OrderKey, Reference
from reconciler.model.journal import Bound, Decided, DecisionKind, Entry, EventKind, Intended, Settled
from reconciler.model.money import Money
from reconciler.model.outcome import OutcomeKind
from reconciler.model.record import Call

SPENDING_KINDS = (EventKind.INTENT, EventKind.OUTCOME, EventKind.BOUND, EventKind.DECISION)
"""The kinds of events that the rule reads."""
_NOTHING_BOUND = (OutcomeKind.REFUSED, OutcomeKind.NOT_SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What one intent has bound: `money` is None if the order was sent without a price, as agreed.

    `sure` is False while it is unknown whether the call took effect. `account` and `labels` are those of the order when
    it was sent; `account` is None if an older version wrote the intent.
    """

    at: datetime
    key: OrderKey
    reference: Reference
    call: Call
    money: Money | None
    account: AccountName | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    sure: bool = False


class _Which(NamedTuple):
    """Which spending an event is about. `resent` numbers a call that was sent again after a doubt, 0 for the latest."""

    reference: Reference
    call: Call
    quote: str | None = None
    resent: int = 0


_Bound = dict[_Which, tuple[Entry, Intended]]


def spendings(entries: Iterable[Entry]) -> tuple[Spending, ...]:
    """Return what the journal's intents have bound and no outcome of the same call has taken back.

    An intent without an outcome, or with an unknown one, counts: it may have been spent. An outcome is about its own
    call only: a refused amendment does not reduce what placing the order has bound. A call that is sent again after
    a doubt may have spent twice; a quote is accepted only once, however often it is accepted again.
    """
    latest: _Bound = {}
    resent: _Bound = {}
    sure: set[int] = set()
    for entry in entries:
        match entry.event:
            case Intended() as intended:
                _intend(entry, intended, latest, resent)
            case Settled(outcome=outcome, call=call, quote=quote):
                _settle(_Which(entry.reference, call, quote), outcome, latest, sure)
            case Bound():
                _settle(_Which(entry.reference, Call.PLACE), OutcomeKind.DONE, latest, sure)
            case Decided(decision=decision):
                outcome = OutcomeKind.DONE if decision is DecisionKind.ADOPT else OutcomeKind.NOT_SENT
                _settle(_Which(entry.reference, Call.PLACE), outcome, latest, sure)
            case _:
                pass
    found = {**resent, **latest}.values()
    return tuple([_spending(entry, intended, sure=entry.seq in sure) for entry, intended in found])


def _intend(entry: Entry, intended: Intended, latest: _Bound, resent: _Bound) -> None:
    which = _Which(entry.reference, intended.call, intended.quote)
    if (before := latest.pop(which, None)) is not None:
        resent[which if intended.call is Call.CONFIRM else which._replace(resent=entry.seq)] = before
    if intended.commits is not None or intended.unpriced:
        latest[which] = entry, intended


def _settle(which: _Which, outcome: OutcomeKind, latest: _Bound, sure: set[int]) -> None:
    if outcome in _NOTHING_BOUND:
        latest.pop(which, None)
    elif outcome is OutcomeKind.DONE and which in latest:
        sure.add(latest[which][0].seq)


def _spending(entry: Entry, intended: Intended, *, sure: bool) -> Spending:
    return Spending(
        at=entry.at,
        key=entry.key,
        reference=entry.reference,
        call=intended.call,
        money=intended.commits,
        account=intended.account,
        labels=intended.labels or {},
        sure=sure,
    )
