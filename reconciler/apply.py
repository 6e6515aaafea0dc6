"""Carry a plan out: intent, one request, outcome, for one action of one order at a time.

Knows nothing of how the plan was made. Within an account new orders start slowly (1, 2, 4, 8 at once), so that what is
wrong with all of them is met by the first. Accounts run side by side.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar, assert_never

from reconciler.model.errors import ProviderError, RefusalKind, Refused, Unknown
from reconciler.model.ids import AccountName, ProviderOrderId, Reference
from reconciler.model.money import Money
from reconciler.model.offer import ChooseOption
from reconciler.model.order import ObservedOrder, OnDelete
from reconciler.model.outcome import ASKED, Outcome, OutcomeKind, outcome_of
from reconciler.model.record import Call, Intent, Record
from reconciler.model.terms import Terms, digest
from reconciler.plan.actions import Action, Adopt, Amend, Cancel, Confirm, Place, Result, change_of
from reconciler.plan.world import Wanted, World
from reconciler.providers.base import OrderWriter
from reconciler.providers.pool import pool
from reconciler.state.event import Change, Event, EventKind
from reconciler.state.spending import LABEL
from reconciler.state.store import StateStore

_T = TypeVar("_T")
LARGEST_BATCH = 8
_STOPPED = "not started: the run was asked to stop"
_ACCOUNT_WIDE = frozenset(
    {RefusalKind.FUNDS, RefusalKind.UNAUTHORIZED, RefusalKind.FORBIDDEN, RefusalKind.RATE_LIMITED}
)


@dataclass(slots=True)
class Desk:
    """What carrying out needs: whom to call, where to write, who asked. `stop` set means: start nothing new."""

    writers: Mapping[AccountName, OrderWriter]
    store: StateStore
    world: World
    plan_id: str
    commit: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    tell: Callable[[str], None] = lambda _text: None
    in_flight: dict[Reference, Record] = field(default_factory=dict)
    guard: threading.RLock = field(default_factory=threading.RLock)

    def wanted(self, reference: Reference) -> Wanted | None:
        """Return the desired order behind a reference, if Git still states it."""
        return self.world.by_reference.get(reference)

    def event(self, kind: EventKind, record: Record, at: datetime, detail: Mapping[str, str | int | None]) -> Event:
        """Return a journal line that says which plan and commit it came from."""
        return Event(kind, at, record.key, record.reference, self.plan_id, self.commit, dict(detail))


def apply(actions: Sequence[Action], desk: Desk) -> tuple[Result, ...]:
    """Carry actions out and return how each ended, in the plan's order. A failure of one never hides another."""
    accounts = {action.account for action in actions}
    with pool(len(accounts)) as threads, _abandoning(desk):
        mine = [[a for a in actions if a.account == account] for account in sorted(accounts)]
        futures = [threads.submit(_run_account, share, desk) for share in mine]
        results = [result for share in _all_of(futures) for result in share]
    order = {id(action): number for number, action in enumerate(actions)}
    return tuple(sorted(results, key=lambda result: order[id(result.action)]))


@contextmanager
def _abandoning(desk: Desk) -> Iterator[None]:
    """When we are made to leave in the middle, the journal holds `unknown` for what was on its way."""
    try:
        yield
    except BaseException:
        desk.stop.set()
        with desk.guard:
            for record in list(desk.in_flight.values()):
                at = desk.writers[record.account].now()
                _settle(record, Outcome(OutcomeKind.UNKNOWN, at, "the run was ended before the answer came"), desk)
        raise


def _all_of(futures: Sequence[Future[_T]]) -> list[_T]:
    """Wait for all, so that what flies is recorded even where something else fails; then raise the first failure."""
    failures = [error for future in futures if (error := future.exception()) is not None]
    if failures:
        raise failures[0]
    return [future.result() for future in futures]


def _run_account(actions: Sequence[Action], desk: Desk) -> list[Result]:
    results = _adopt_all([action for action in actions if isinstance(action, Adopt)], desk)
    results += [_run(action, desk) for action in actions if isinstance(action, Cancel | Amend | Confirm)]
    return results + _place_slowly([action for action in actions if isinstance(action, Place)], desk)


def _place_slowly(actions: Sequence[Place], desk: Desk) -> list[Result]:
    """Place in growing batches; trouble that others would meet too holds back the rest for a later pass."""
    results: list[Result] = []
    size, rest = 1, list(actions)
    largest = min(LARGEST_BATCH, desk.world.views[rest[0].account].limits.concurrency) if rest else size
    while rest:
        batch, rest = rest[:size], rest[size:]
        with pool(len(batch)) as threads:
            results += _all_of([threads.submit(_run, action, desk) for action in batch])
        if any(_troubling(result.outcome) for result in results[-len(batch) :]):
            return results + [_not_started(a, desk, "held back after the trouble above; a later pass") for a in rest]
        size = min(size * 2, largest)
    return results


def _troubling(outcome: Outcome) -> bool:
    match outcome.kind:
        case OutcomeKind.DONE:
            return False
        case OutcomeKind.REFUSED:
            return outcome.refusal in _ACCOUNT_WIDE
        case OutcomeKind.NOT_SENT | OutcomeKind.UNKNOWN:
            return True
        case _ as never:
            assert_never(never)


def _not_started(action: Action, desk: Desk, why: str) -> Result:
    return Result(action, Outcome(OutcomeKind.NOT_SENT, desk.writers[action.account].now(), why))


def _run(action: Place | Confirm | Cancel | Amend, desk: Desk) -> Result:
    """Carry one action out, unless the run was asked to stop."""
    if desk.stop.is_set():
        return _not_started(action, desk, _STOPPED)
    desk.tell(f"{action.kind} {action.key}")
    with _stopping(desk):
        return _carry_out(action, desk)


@contextmanager
def _stopping(desk: Desk) -> Iterator[None]:
    """After a failure of our own, such as a full disk, nothing new is started anywhere."""
    try:
        yield
    except BaseException:
        desk.stop.set()
        raise


def _carry_out(action: Place | Confirm | Cancel | Amend, desk: Desk) -> Result:
    """Carry one action out. Whatever a provider answers ends as an outcome."""
    match action:
        case Place():
            return Result(action, _place(action, desk))
        case Confirm():
            return Result(action, _confirm(action, desk))
        case Cancel():
            return Result(action, _cancel(action, desk))
        case Amend():
            return Result(action, _amend(action, desk))
        case _ as never:
            assert_never(never)


def _place(action: Place, desk: Desk) -> Outcome:
    """The protocol's steps 4 to 8: the moment checked, the intent written, one request, the outcome written."""
    writer, wanted = desk.writers[action.account], desk.wanted(action.reference)
    assert wanted is not None, "a plan places only what Git states"
    if unready := _unready(writer, desk):
        return unready
    now = writer.now()
    if now >= action.until:
        return Outcome(OutcomeKind.NOT_SENT, now, "its window has closed since the plan was made")
    record = _intend(action, wanted, now, desk)
    with _flying(record, desk):
        try:
            observed = writer.place(wanted.order, action.reference)
        except ProviderError as e:
            return _settle(record, outcome_of(e, writer.now()), desk)
        if observed.references and action.reference not in observed.references:
            text = f"the answer was about order {observed.id}, which carries another reference"
            return _settle(record, Outcome(OutcomeKind.UNKNOWN, writer.now(), text), desk)
        return _settle(_seen(record, observed), _done(writer, observed.id), desk)


def _unready(writer: OrderWriter, desk: Desk) -> Outcome | None:
    """Renew credentials, which may take long; return why nothing may be sent after it, None where it may."""
    try:
        writer.authenticate()
    except ProviderError as e:
        return Outcome(OutcomeKind.NOT_SENT, writer.now(), str(e))
    return Outcome(OutcomeKind.NOT_SENT, writer.now(), _STOPPED) if desk.stop.is_set() else None


@contextmanager
def _flying(record: Record, desk: Desk) -> Iterator[None]:
    """Keep the record where `_abandoning` finds it; a bug of ours in the middle is an unknown outcome as well."""
    desk.in_flight[record.reference] = record
    try:
        yield
    except BaseException as e:
        at = desk.writers[record.account].now()
        _settle(record, Outcome(OutcomeKind.UNKNOWN, at, f"the program failed in the middle: {type(e).__name__}"), desk)
        raise
    finally:
        desk.in_flight.pop(record.reference, None)


def _intend(action: Place, wanted: Wanted, now: datetime, desk: Desk) -> Record:
    """Write the intent durably and return the record that it made."""
    order = wanted.order
    intent = Intent(
        Call.PLACE,
        now,
        action.digest,
        desk.plan_id,
        action.commits,
        action.ceiling,
        desk.commit,
        desk.world.views[order.account].tenant,
    )
    record = Record(
        action.reference,
        order.key,
        order.attempt,
        order.account,
        order.provider,
        intent=intent,
        stated=dict(wanted.terms),
        on_delete=order.on_delete,
        price=action.commits,
    )
    detail = _intent_detail(Call.PLACE, action.commits, action.ceiling)
    detail["unpriced"] = True if action.commits is None and not action.free else None
    _write(record, EventKind.INTENT, now, detail | _whose(record, desk), desk)
    return record


def _whose(record: Record, desk: Desk) -> dict[str, str | int | None]:
    """Return what budgets are told apart by: no manifest may speak of the order when somebody adds up."""
    wanted = desk.wanted(record.reference)
    labels = wanted.order.labels if wanted is not None else {}
    return {"account": record.account, "attempt": record.attempt, **{LABEL + name: labels[name] for name in labels}}


def _intent_detail(call: Call, commits: Money | None, ceiling: Money | None = None) -> dict[str, str | int | None]:
    return {
        "call": call,
        "minor": commits.minor if commits else None,
        "currency": commits.currency if commits else None,
        "ceiling": str(ceiling) if ceiling else None,
    }


def _settle(record: Record, outcome: Outcome, desk: Desk) -> Outcome:
    """Write how the placing call ended, before anything else is done."""
    order_id = outcome.order_id if outcome.kind is OutcomeKind.DONE else None
    settled = replace(record, outcome=outcome, order_id=order_id)
    with desk.guard:
        _write(settled, EventKind.OUTCOME, outcome.at, _outcome_detail(Call.PLACE, outcome, settled), desk)
        desk.in_flight.pop(record.reference, None)
    return outcome


def _outcome_detail(call: Call, outcome: Outcome, record: Record) -> dict[str, str | int | None]:
    return {
        "call": call,
        "outcome": outcome.kind,
        "message": outcome.message or None,
        "orderId": outcome.order_id,
        "status": record.status if outcome.kind is OutcomeKind.DONE else None,
    }


def _write(record: Record, kind: EventKind, at: datetime, detail: Mapping[str, str | int | None], desk: Desk) -> None:
    desk.store.write(Change(desk.event(kind, record, at, detail), record))


def _done(writer: OrderWriter, order_id: ProviderOrderId) -> Outcome:
    return Outcome(OutcomeKind.DONE, writer.now(), order_id=order_id)


def _seen(record: Record, observed: ObservedOrder) -> Record:
    """Return the record with what a provider has just answered."""
    return replace(
        record,
        phase=observed.phase,
        status=observed.status,
        observed={**record.observed, **observed.terms},
        created_at=observed.created_at or record.created_at,
    )


def _adopt_all(actions: Sequence[Adopt], desk: Desk) -> list[Result]:
    """Bind the orders that were found by their references, in one write. Nothing is sent."""
    if desk.stop.is_set():
        return [_not_started(action, desk, _STOPPED) for action in actions]
    if actions:
        desk.tell(f"adopting {len(actions)} order{'s' * (len(actions) > 1)} of {actions[0].account}")
    adopted = [_adopted(action, desk) for action in actions]
    with _stopping(desk):
        desk.store.write(*(change for _, change in adopted))
    return [result for result, _ in adopted]


def _adopted(action: Adopt, desk: Desk) -> tuple[Result, Change]:
    observed = next(o for o in desk.world.matches(action.reference) if o.id == action.order_id)
    now = desk.writers[action.account].now()
    known = desk.world.records.get(action.reference) or _found(action, desk)
    how = f"found by {action.found_by}"
    outcome = Outcome(OutcomeKind.DONE, now, how, action.order_id)
    bound = replace(_seen(known, observed), account=action.account, order_id=action.order_id, outcome=outcome)
    detail = {"orderId": action.order_id, "status": action.status, "how": how}
    return Result(action, outcome), Change(desk.event(EventKind.BOUND, bound, now, detail), bound)


def _found(action: Adopt, desk: Desk) -> Record:
    """Start a record for an order that the state file does not know (lost state, another runner's order)."""
    wanted = desk.wanted(action.reference)
    return Record(
        action.reference,
        action.key,
        action.attempt,
        action.account,
        desk.world.views[action.account].provider,
        stated=dict(wanted.terms) if wanted is not None else {},
        on_delete=wanted.order.on_delete if wanted is not None else OnDelete.REPORT,
    )


def _confirm(action: Confirm, desk: Desk) -> Outcome:
    """Answer an offer. The quote is named in the intent: asked again after a doubt, it is still accepted only once."""
    writer, decision = desk.writers[action.account], action.decision
    about = {"option": decision.option.id} if isinstance(decision, ChooseOption) else {"quote": decision.quote_id}
    detail = {**_intent_detail(Call.CONFIRM, action.commits, action.ceiling), "answer": decision.kind, **about}
    return _change(action, Call.CONFIRM, detail, lambda observed: writer.confirm(observed, decision), desk)


def _cancel(action: Cancel, desk: Desk) -> Outcome:
    writer = desk.writers[action.account]
    detail = {**_intent_detail(Call.CANCEL, action.commits), "reason": action.reason}
    return _change(action, Call.CANCEL, detail, lambda observed: writer.cancel(observed, action.reason), desk)


def _declined(error: ProviderError) -> bool:
    """Tell whether giving the same answer again is pointless: it was refused for its own sake, or conflicts."""
    match error:
        case Refused(kind=kind):
            return kind is RefusalKind.INVALID
        case Unknown(status=status):
            return status == 409
        case _:
            return False


def _amend(action: Amend, desk: Desk) -> Outcome:
    writer = desk.writers[action.account]
    changes: Terms = {d.term: d.stated for d in action.changes if d.stated is not None}
    detail = {**_intent_detail(Call.AMEND, None), "terms": digest(changes)}
    return _change(action, Call.AMEND, detail, lambda observed: writer.amend(observed, changes), desk, changes)


def _change(
    action: Confirm | Cancel | Amend,
    call: Call,
    detail: Mapping[str, str | int | None],
    send: Callable[[ObservedOrder], ObservedOrder],
    desk: Desk,
    stated: Terms | None = None,
) -> Outcome:
    """Change a bound order: journaled like a placing call, but repeatable, since its id is known and can be re-read."""
    writer, record = desk.writers[action.account], desk.world.records[action.reference]
    observed = desk.world.observed(record)
    assert observed is not None, "a plan changes only what it has read"
    if unready := _unready(writer, desk):
        return unready
    _write(record, EventKind.INTENT, writer.now(), {**detail, **_whose(record, desk)}, desk)
    try:
        after = send(observed)
    except ProviderError as e:
        outcome = outcome_of(e, writer.now())
        if _declined(e):
            record = replace(record, declined=change_of(action, observed.status))
    else:
        outcome = _done(writer, after.id)
        if isinstance(action, Cancel) and not after.phase.ended:
            outcome = replace(outcome, message=ASKED)
        record = replace(_seen(record, after), stated={**record.stated, **(stated or {})})
        if isinstance(action, Confirm) and action.commits is not None:
            record = replace(record, price=action.commits)
        if isinstance(action, Cancel):
            record = replace(record, cancel_asked_at=outcome.at if outcome.message else None)
    told = _outcome_detail(call, outcome, record) | ({"quote": detail["quote"]} if "quote" in detail else {})
    _write(record, EventKind.OUTCOME, outcome.at, told, desk)
    return outcome
