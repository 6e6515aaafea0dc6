"""When an order that may exist is believed not to: the settle time gone, and enough complete listings without it."""

from __future__ import annotations

from reconciler.model.account import OnUnknown
from reconciler.model.errors import RefusalKind
from reconciler.model.ids import OrderKey
from reconciler.model.outcome import Refused
from reconciler.model.record import Record
from reconciler.plan.causes import AccountGone, AccountPointsElsewhere, NoClearAnswer
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import AccountView, PlanInput, Wanted
from reconciler.plan.remedies import Commit, Purpose, Step, Wait, adopt, resolve

LOOKUPS_NEEDED = 3
"""How many complete listings without our order it takes, besides the settle time, to believe that it is not there."""


def may_exist(record: Record, view: AccountView | None) -> bool:
    """Tell whether an order that is bound to no id may exist: its placing call had no clear answer, or a refusal lied.

    That a refusal for the order's own sake created nothing is documented; of the others it is inferred, and believed
    when an order would have shown. The account's `view` is None if nobody has read it.
    """
    if record.unresolved:
        return True
    outcome = record.outcome
    if record.bound or not isinstance(outcome, Refused) or outcome.refusal not in _NOT_ITS_OWN:
        return False
    return view is None or not view.settled(record)


_NOT_ITS_OWN = frozenset(
    {RefusalKind.UNAUTHORIZED, RefusalKind.FORBIDDEN, RefusalKind.NOT_FOUND, RefusalKind.RATE_LIMITED}
)


def same_tenant(record: Record, view: AccountView) -> bool:
    """Tell whether an account still points to where an unresolved order was sent: only there absence means anything."""
    return record.intent is None or record.intent.tenant is None or record.intent.tenant == view.tenant


def too_early(record: Record, view: AccountView) -> bool:
    """Tell whether nobody can say yet that an order was not created: it may still show in a listing.

    The view's own listing counts as one more.
    """
    if not may_exist(record, view):
        return False
    return not view.settled(record) or (record.unresolved and record.lookups + (not view.lags) < LOOKUPS_NEEDED)


def ways_out_of(
    record: Record, view: AccountView | None, *, key: OrderKey | None = None, earlier: bool = False
) -> tuple[Step, ...]:
    """Return the ways out of the doubt about an order that may exist; `view` is None if its account is gone.

    `key` is the name that Git gives it now. That nothing was created can be said once the order would have shown;
    before that only by somebody who knows more than the provider's list.
    """
    key = key or record.key
    if view is None:
        how = f"--not-created --without {record.account} --reason TEXT"
        past = resolve(key, record.attempt, how, Purpose.RESOLVE_PAST, earlier=earlier)
        return Commit(purpose=Purpose.RESTORE_ACCOUNT), past
    flags, purpose = "--not-created", Purpose.RESOLVE
    shows = Wait(purpose=Purpose.SHOWS_UP)
    if too_early(record, view):
        flags, purpose = "--not-created --early", Purpose.RESOLVE_EARLY
        left = view.time_left(record)
        shows = Wait(purpose=Purpose.SETTLES, until=view.now + left) if left else Wait(purpose=Purpose.LOOKED_FOR_AGAIN)
    not_created = resolve(key, record.attempt, f"{flags} --reason TEXT", purpose, earlier=earlier)
    return shows, adopt(key, record.attempt, earlier=earlier), not_created


def judge_unresolved(wanted: Wanted, record: Record, inputs: PlanInput) -> Finding | None:
    """Return the hold of an order that may exist; None when its absence is believed and it may be sent again."""
    assert record.intent is not None, "only an intent makes a record unresolved"
    view = inputs.views.get(record.account)
    if view is None:
        gone = AccountGone(record.account, bound=False)
        return Finding.for_order(wanted, FindingKind.UNRESOLVED, gone, *ways_out_of(record, None, key=wanted.order.key))
    if record.intent.tenant is not None and not same_tenant(record, view):
        cause = AccountPointsElsewhere(view.name, record.intent.tenant)
        return Finding.for_order(wanted, FindingKind.UNRESOLVED, cause, Commit(purpose=Purpose.POINT_ACCOUNT_BACK))
    early = too_early(record, view)
    if not early and view.limits.on_unknown is OnUnknown.RETRY and not record.repeats:
        return None
    doubt = NoClearAnswer(
        sent_at=record.intent.at,
        lookups=record.lookups + (not view.lags),
        lookups_needed=LOOKUPS_NEEDED,
        settle=view.limits.settle if early else None,
        lags=view.lags,
    )
    return Finding.for_order(wanted, FindingKind.UNRESOLVED, doubt, *ways_out_of(record, view, key=wanted.order.key))
