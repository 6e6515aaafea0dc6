"""Whether an account is the one that its orders were sent to: credentials may be another user's by now.

Where they are, its lists show another place: nothing is concluded from them. Credentials that were exchanged are known
again by an order of ours that they read with the terms on record, or because Git says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model.record import Record
from reconciler.plan.inputs import AccountView
from reconciler.plan.settle import may_exist


def recognized(view: AccountView, records: Sequence[Record], stated: str | None) -> AccountView:
    """Return an account as it counts: unread where its credentials are not known to be those of its orders.

    `records` are those of the account's orders; `stated` is the identity that Git says it has, if it does.
    """
    if stated not in (None, view.identity):
        return _unread(view, f"they are not those of {stated}, which its `tenant` states")
    counting = [r for r in records if r.identity not in (None, view.identity) and (r.live or may_exist(r, view))]
    former = {record.identity for record in counting if record.identity is not None}
    proved = {record.identity for record in counting if record.identity is not None and _is_shown(record, view)}
    if stated is None and (unproved := former - proved):
        return _unread(view, f"its orders were sent with those of {', '.join(sorted(unproved))}")
    return replace(view, former=frozenset(former))


def _is_shown(record: Record, view: AccountView) -> bool:
    """Tell whether the account shows an order of ours, with its reference and the terms on record."""
    listed = next((order for order in view.listing.orders if order.id == record.order_id), None)
    seen = listed or (view.singles.get(record.order_id) if record.order_id is not None else None)
    if seen is None or (seen.marked and record.reference not in seen.references):
        return False
    shared = record.observed.keys() & seen.terms.keys()
    return bool(shared) and all(record.observed[name] == seen.terms[name] for name in shared)


def _unread(view: AccountView, why: str) -> AccountView:
    told = f"its credentials are those of {view.identity}: {why}"
    listing = replace(view.listing, orders=(), problem=told)
    return replace(view, listing=listing, singles={}, stranger=True)
