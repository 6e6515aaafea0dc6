"""When an order that may exist is believed not to: the settle time gone, and enough complete listings without it."""

from __future__ import annotations

from reconciler.model.account import OnUnknown
from reconciler.model.errors import RefusalKind
from reconciler.model.outcome import Refused
from reconciler.model.record import Record
from reconciler.plan.causes import AccountGone, AccountPointsElsewhere, NoClearAnswer
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import AccountView, PlanInput, Wanted
from reconciler.plan.remedies import Commit, Purpose, resolve_any

LOOKUPS_NEEDED = 3
"""How many complete listings without our order it takes, besides the settle time, to believe that it is not there."""


def settled(record: Record, view: AccountView) -> bool:
    """Tell whether an unresolved order has had the time that its provider may take to show it."""
    return record.intent is not None and view.now - record.intent.at >= view.limits.settle


def refusal_in_doubt(record: Record, view: AccountView | None) -> bool:
    """Tell whether an order may show up although it was refused.

    That a refusal for the order's own sake created nothing is documented; of the others it is inferred, and believed
    when an order would have shown.
    """
    outcome = record.outcome
    if record.bound or not isinstance(outcome, Refused) or outcome.refusal not in _NOT_ITS_OWN:
        return False
    return view is not None and not settled(record, view)


_NOT_ITS_OWN = frozenset(
    {RefusalKind.UNAUTHORIZED, RefusalKind.FORBIDDEN, RefusalKind.NOT_FOUND, RefusalKind.RATE_LIMITED}
)


def same_tenant(record: Record, view: AccountView) -> bool:
    """Tell whether an account still points to where an unresolved order was sent: only there absence means anything."""
    return record.intent is None or record.intent.tenant is None or record.intent.tenant == view.tenant


def judge_unresolved(wanted: Wanted, record: Record, inputs: PlanInput) -> Finding | None:
    """Return the hold of an order that may exist; None when its absence is believed and it may be sent again."""
    assert record.intent is not None, "only an intent makes a record unresolved"
    view = inputs.views.get(record.account)
    if view is None:
        restore = Commit(purpose=Purpose.RESTORE_ACCOUNT)
        return Finding.for_order(wanted, FindingKind.UNRESOLVED, AccountGone(record.account, bound=False), restore)
    if record.intent.tenant is not None and not same_tenant(record, view):
        cause = AccountPointsElsewhere(view.name, record.intent.tenant)
        return Finding.for_order(wanted, FindingKind.UNRESOLVED, cause, Commit(purpose=Purpose.POINT_ACCOUNT_BACK))
    lookups = record.lookups + 1
    early = not settled(record, view) or lookups < LOOKUPS_NEEDED
    if not early and view.limits.on_unknown is OnUnknown.RETRY:
        return None
    doubt = NoClearAnswer(
        sent_at=record.intent.at,
        lookups=lookups,
        lookups_needed=LOOKUPS_NEEDED,
        settle=view.limits.settle if early else None,
    )
    ways = resolve_any(wanted.order.key, wanted.order.attempt)
    return Finding.for_order(wanted, FindingKind.UNRESOLVED, doubt, *ways)
