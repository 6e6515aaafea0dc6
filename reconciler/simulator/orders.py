"""Orders of every provider in one table: created order, visibility and money in columns, the rest as JSON.

Money is kept in columns so that a balance over ten thousand orders is one indexed sum.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reconciler.simulator.instants import from_micros, to_micros
from reconciler.simulator.messages import RequestContext
from reconciler.simulator.store import Row, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order as stored.

    `hold` is held in minor units until the instant `settles`; from then on `charge` is spent instead.
    Before `list_from` and `get_from` the order exists but the provider's reads do not show it.
    """

    provider: str
    id: str
    account: str
    created: datetime
    list_from: datetime
    get_from: datetime
    hold: int
    charge: int
    settles: datetime | None
    value: dict[str, Any]
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which orders a list answer shows; `beyond` is the `seq` after which a page begins."""

    provider: str
    now: datetime
    newest_first: bool
    limit: int
    account: str | None = None
    beyond: int | None = None
    conditions: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has spent and what is held for live orders, in minor units."""

    spent: int
    held: int


def insert(store: Store, row: OrderRow) -> None:
    """Add an order."""
    store.run(
        "INSERT INTO orders"
        " (provider, id, account, created, list_from, get_from, hold, charge, settles, value)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row.provider, row.id, row.account, to_micros(row.created), to_micros(row.list_from),
        to_micros(row.get_from), row.hold, row.charge, _micros(row.settles), json.dumps(row.value),
    )  # fmt: skip


def update(store: Store, row: OrderRow) -> None:
    """Write an order's money and value back; its identity and visibility stay."""
    store.run(
        "UPDATE orders SET hold = ?, charge = ?, settles = ?, value = ? WHERE provider = ? AND id = ?",
        row.hold, row.charge, _micros(row.settles), json.dumps(row.value), row.provider, row.id,
    )  # fmt: skip


def delete(store: Store, provider: str, order_id: str) -> None:
    """Remove an order without a trace."""
    store.run("DELETE FROM orders WHERE provider = ? AND id = ?", provider, order_id)


def visible_from(call: RequestContext) -> tuple[datetime, datetime]:
    """Return from when an order made by a call is shown in lists and to get: a lag fault goes before switches."""
    seconds, where = call.settings.number("visibilitySeconds"), call.settings.text("visibilityWhere")
    if call.lag is not None:
        seconds, where = call.lag.seconds, str(call.lag.where)
    later = call.now + timedelta(seconds=seconds)
    return later, later if where == "both" else call.now


def find(store: Store, provider: str, order_id: str) -> OrderRow | None:
    """Return one order, visible or not."""
    row = store.run("SELECT * FROM orders WHERE provider = ? AND id = ?", provider, order_id).fetchone()
    return None if row is None else _order(row)


def every(store: Store, provider: str) -> Iterator[OrderRow]:
    """Return all orders of a provider, visible or not, oldest first."""
    return map(_order, store.run("SELECT * FROM orders WHERE provider = ? ORDER BY seq", provider))


def page(store: Store, selection: Selection) -> list[OrderRow]:
    """Return one page of the orders that are visible in lists, in the order in which they were added."""
    clauses, values = _clauses(selection)
    direction = "DESC" if selection.newest_first else "ASC"
    sql = f"SELECT * FROM orders WHERE {' AND '.join(clauses)} ORDER BY seq {direction} LIMIT ?"
    return [_order(row) for row in store.run(sql, *values, selection.limit)]


def balance(store: Store, provider: str, account: str, now: datetime) -> Balance:
    """Sum the money of an account's orders at an instant."""
    sql = (
        "SELECT COALESCE(SUM(CASE WHEN settles <= ?1 THEN charge END), 0) AS spent,"
        " COALESCE(SUM(CASE WHEN settles IS NULL OR settles > ?1 THEN hold END), 0) AS held"
        " FROM orders WHERE provider = ?2 AND account = ?3"
    )
    row = store.run(sql, to_micros(now), provider, account).fetchone()
    return Balance(row["spent"], row["held"])


def _clauses(selection: Selection) -> tuple[list[str], list[object]]:
    clauses = ["provider = ?", "list_from <= ?"]
    values: list[object] = [selection.provider, to_micros(selection.now)]
    if selection.account is not None:
        clauses.append("account = ?")
        values.append(selection.account)
    if selection.beyond is not None:
        clauses.append("seq < ?" if selection.newest_first else "seq > ?")
        values.append(selection.beyond)
    for comparison, instant in selection.conditions:
        clauses.append(f"created {comparison} ?")
        values.append(to_micros(instant))
    return clauses, values


def _order(row: Row) -> OrderRow:
    return OrderRow(
        provider=row["provider"],
        id=row["id"],
        account=row["account"],
        created=from_micros(row["created"]),
        list_from=from_micros(row["list_from"]),
        get_from=from_micros(row["get_from"]),
        hold=row["hold"],
        charge=row["charge"],
        settles=None if row["settles"] is None else from_micros(row["settles"]),
        value=json.loads(row["value"]),
        seq=row["seq"],
    )


def _micros(instant: datetime | None) -> int | None:
    return None if instant is None else to_micros(instant)
