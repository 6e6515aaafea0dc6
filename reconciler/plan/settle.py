"""When an order that may exist is believed not to: the settle time gone, and enough complete listings without it."""

from __future__ import annotations

from reconciler.model.account import OnUnknown
from reconciler.model.errors import RefusalKind
from reconciler.model.ids import OrderKey
from reconciler.model.record import Record
from reconciler.model.time import duration_text, seconds_text
from reconciler.plan.about import about_new
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import AccountView, PlanInput, Wanted

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
    if record.bound or outcome is None or outcome.refusal not in _NOT_ITS_OWN:
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
        message = f"may exist at account {record.account}, which is no longer in the manifests"
        return about_new(wanted, FindingKind.UNRESOLVED, message, f"restore the account {record.account}")
    if not same_tenant(record, view):
        message = f"may exist at {record.intent.tenant}, where account {view.name} no longer points"
        remedy = f"put account {view.name} back until this is settled; another contract is another account"
        return about_new(wanted, FindingKind.UNRESOLVED, message, remedy)
    lookups = record.lookups + 1
    seen = f"{lookups} complete listing{'s' * (lookups > 1)} did not show it"
    story = f"sent {seconds_text(record.intent.at)}, no clear answer; {seen}"
    remedies = resolve_remedies(wanted.order.key, wanted.order.attempt)
    if not settled(record, view) or lookups < LOOKUPS_NEEDED:
        rest = f"settles after {duration_text(view.limits.settle)} and {LOOKUPS_NEEDED} listings"
        return about_new(wanted, FindingKind.UNRESOLVED, f"{story} ({rest})", remedies)
    if view.limits.on_unknown is OnUnknown.RETRY:
        return None
    return about_new(wanted, FindingKind.UNRESOLVED, story, remedies)


def resolve_remedies(key: OrderKey, attempt: int) -> str:
    """Return the three ways out of a doubt."""
    which = f"{key} --attempt {attempt}" if attempt > 1 else key
    return (
        f"it resolves itself when the order shows up; or: reconciler resolve {which} --adopt ID; "
        f"or: reconciler resolve {which} --not-created --reason TEXT"
    )
