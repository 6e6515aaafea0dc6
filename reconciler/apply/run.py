"""A plan's actions, account by account, and how fast.

Within an account new orders start slowly (1, 2, 4, 8 at once), so that what is wrong with all of them is met by the
first. Accounts run side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar, assert_never

from reconciler.apply.adopt import adopt_all
from reconciler.apply.change import amend, cancel, confirm
from reconciler.apply.context import CHANGED, STOPPED, ApplyContext, not_started, stopping
from reconciler.apply.place import place, settle
from reconciler.model.errors import RefusalKind
from reconciler.model.outcome import Done, NotSent, Outcome, Refused, Unknown
from reconciler.plan.actions import Action, Adopt, Amend, Cancel, Confirm, Place, Result
from reconciler.providers.pool import pool

_T = TypeVar("_T")
LARGEST_BATCH = 8
_ACCOUNT_WIDE = frozenset(
    {RefusalKind.FUNDS, RefusalKind.UNAUTHORIZED, RefusalKind.FORBIDDEN, RefusalKind.RATE_LIMITED}
)


def apply(actions: Sequence[Action], context: ApplyContext) -> tuple[Result, ...]:
    """Carry actions out and return how each ended, in the plan's order. A failure of one never hides another."""
    accounts = {action.account for action in actions}
    with pool(len(accounts)) as threads, _abandoning(context):
        mine = [[a for a in actions if a.account == account] for account in sorted(accounts)]
        futures = [threads.submit(_run_account, share, context) for share in mine]
        results = [result for share in _all_of(futures) for result in share]
    order = {id(action): number for number, action in enumerate(actions)}
    return tuple(sorted(results, key=lambda result: order[id(result.action)]))


@contextmanager
def _abandoning(context: ApplyContext) -> Iterator[None]:
    """When we are made to leave in the middle, the journal holds `unknown` for what was on its way."""
    try:
        yield
    except BaseException:
        context.broken.set()
        with context.guard:
            for record in list(context.in_flight.values()):
                at = context.writers[record.account].now()
                settle(
                    record,
                    Unknown(at=at, message="the run was ended before the answer came"),
                    context,
                )
        raise


def _all_of(futures: Sequence[Future[_T]]) -> list[_T]:
    """Wait for all, so that what flies is recorded even where something else fails; then raise the first failure."""
    failures = [error for future in futures if (error := future.exception()) is not None]
    if failures:
        raise failures[0]
    return [future.result() for future in futures]


def _run_account(actions: Sequence[Action], context: ApplyContext) -> list[Result]:
    results = adopt_all([action for action in actions if isinstance(action, Adopt)], context)
    results += [_run(action, context) for action in actions if isinstance(action, Cancel | Amend | Confirm)]
    return results + _place_slowly([action for action in actions if isinstance(action, Place)], context)


def _place_slowly(actions: Sequence[Place], context: ApplyContext) -> list[Result]:
    """Place in growing batches; trouble that others would meet too holds back the rest for a later pass."""
    results: list[Result] = []
    size, rest = 1, list(actions)
    largest = min(LARGEST_BATCH, context.inputs.views[rest[0].account].limits.concurrency) if rest else size
    while rest:
        batch, rest = rest[:size], rest[size:]
        with pool(len(batch)) as threads:
            results += _all_of([threads.submit(_run, action, context) for action in batch])
        last = results[-len(batch) :]
        if any(result.again for result in last):
            return results + [not_started(a, context, CHANGED, again=True) for a in rest]
        if any(_troubling(result.outcome) for result in last):
            return results + [not_started(a, context, "held back after the trouble above; a later pass") for a in rest]
        size = min(size * 2, largest)
    return results


def _troubling(outcome: Outcome) -> bool:
    match outcome:
        case Done():
            return False
        case Refused(refusal=refusal):
            return refusal in _ACCOUNT_WIDE
        case NotSent() | Unknown():
            return True
        case _ as never:
            assert_never(never)


def _run(action: Place | Confirm | Cancel | Amend, context: ApplyContext) -> Result:
    """Carry one action out, unless the run was asked to stop."""
    if context.stopped:
        return not_started(action, context, STOPPED)
    context.tell(f"{action.kind} {action.key}")
    with stopping(context):
        return _carry_out(action, context)


def _carry_out(action: Place | Confirm | Cancel | Amend, context: ApplyContext) -> Result:
    """Carry one action out. Whatever a provider answers ends as an outcome."""
    match action:
        case Place():
            return Result(action, place(action, context))
        case Confirm():
            return Result(action, confirm(action, context))
        case Cancel():
            return Result(action, cancel(action, context))
        case Amend():
            return Result(action, amend(action, context))
        case _ as never:
            assert_never(never)
