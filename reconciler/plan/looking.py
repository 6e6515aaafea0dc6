"""Whether an order was looked for wherever it may be: only then does its absence mean that it can be placed.

Its own account must have been read completely in this pass. Of another one it is enough that it was once, since the
state file is the one that it is: what was sent since then is on record.
"""

from __future__ import annotations

from reconciler.model.record import Record
from reconciler.plan.causes import AccountSuspended, NotLookedForEverywhere, SeenElsewhere
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import AccountView, PlanInput, Wanted
from reconciler.plan.remedies import Ask, Commit, Purpose, Step, Wait


def not_looked_for(wanted: Wanted, record: Record | None, inputs: PlanInput) -> Finding | None:
    """Return why nothing is concluded from an order's absence; None if it was looked for everywhere."""
    own = [wanted.order.account, *([record.account] if record is not None else [])]
    for view in [inputs.views[name] for name in own if name in inputs.views]:
        if view.set_aside:
            return suspended(wanted, view)
    unread = [view for view in inputs.unread_views if view.name in own or not inputs.was_read(view)]
    if unread:
        cause = NotLookedForEverywhere("; ".join(f"{view.name}: {view.listing.problem}" for view in unread))
        strangers = [view for view in unread if view.stranger]
        ways = ways_to_read(strangers[0]) if strangers else (READ_AGAIN,)
        aside = tuple(_suspend(view) for view in unread)
        return Finding.for_order(wanted, FindingKind.UNREAD, cause, *ways, aside)
    if not inputs.unread_views:
        return None
    seen = [r for r in (*wanted.earlier, wanted.reference, *wanted.later) if r in inputs.sightings]
    if not seen:
        return None
    account, order_id = inputs.sightings[seen[0]]
    return Finding.for_order(wanted, FindingKind.UNREAD, SeenElsewhere(order_id, account), READ_AGAIN)


def suspended(wanted: Wanted, view: AccountView) -> Finding:
    """Return the finding of an order at an account that Git sets aside."""
    return Finding.for_order(wanted, FindingKind.WAITING, suspension(view), _resume(view))


def suspended_record(record: Record, view: AccountView, wanted: Wanted | None) -> Finding:
    """Return the same of an order that was sent there."""
    return Finding.for_record(record, FindingKind.WAITING, suspension(view), _resume(view), wanted=wanted)


def suspension(view: AccountView) -> AccountSuspended:
    """Return why an account is left alone."""
    assert view.suspend is not None, "only Git sets an account aside"
    return AccountSuspended(account=view.name, reason=view.suspend.reason, until=view.suspend.until)


def ways_to_read(view: AccountView) -> tuple[Step, ...]:
    """Return what lets an account be read again."""
    if not view.stranger:
        return (READ_AGAIN,)
    stated = Commit(purpose=Purpose.STATE_TENANT, location=view.source, lines=f"tenant: {view.identity}")
    return Ask(purpose=Purpose.PUT_CREDENTIALS_BACK), stated


READ_AGAIN = Wait(purpose=Purpose.PROVIDER_RESPONDS)


def _suspend(view: AccountView) -> Commit:
    return Commit(purpose=Purpose.SUSPEND_ACCOUNT, location=view.source, lines="suspend: {reason: TEXT}")


def _resume(view: AccountView) -> Commit:
    return Commit(purpose=Purpose.REMOVE_ACCOUNT_SUSPEND, location=view.source)
