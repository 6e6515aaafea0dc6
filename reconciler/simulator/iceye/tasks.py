"""The tasking operations on tasks: create, get, list and cancel (contracts/iceye.md sections 3.1 to 3.4)."""

import uuid
from datetime import datetime, timedelta

from reconciler.simulator import orders
from reconciler.simulator.iceye import contracts, cursors, money
from reconciler.simulator.iceye.contracts import PROVIDER
from reconciler.simulator.iceye.errors import bad_request, not_found
from reconciler.simulator.iceye.ordering import check_request
from reconciler.simulator.iceye.rendering import full_task, list_task
from reconciler.simulator.iceye.task import CANCELABLE, Task
from reconciler.simulator.iceye.validation import check_uuid, read_body, read_cancel, read_limit, read_query
from reconciler.simulator.instants import format_instant, parse_instant
from reconciler.simulator.messages import Answer, ErrorResponse, JsonObject, RequestContext
from reconciler.simulator.orders import OrderRow, Selection
from reconciler.simulator.store import Store

_LIST_QUERY = frozenset({"contractID", "limit", "cursor", "createdAfter", "createdBefore"})


def create_task(call: RequestContext) -> Answer:
    """Create a task and hold its price at once; a repeated request creates a second one."""
    body = read_body(call)
    ready = check_request(call, body)
    task = Task(
        id=str(uuid.uuid4()),
        contract_id=ready.contract["id"],
        created=call.now,
        facts=_with_delivery_ids(ready.facts),
        body=body if isinstance(body, dict) else {},
        outcome=call.settings.text("outcome"),
        decision=timedelta(minutes=call.settings.number("decisionMinutes")),
        price=ready.price,
        currency=ready.contract["currency"],
        failed_charge=(ready.price or 0) if call.settings.flag("failedTasksCharged") else 0,
    )
    list_from, get_from = orders.visible_from(call)
    orders.insert(call.store, task.to_row(list_from, get_from))
    return Answer(status=201, body=full_task(task, call.now, call.settings))


def get_task(call: RequestContext) -> Answer:
    """Return one task."""
    task, _ = visible_task(call)
    return Answer(status=200, body=full_task(task, call.now, call.settings))


def cancel_task(call: RequestContext) -> Answer:
    """Cancel a task that is RECEIVED or ACTIVE; what is held is released but for the charge of its band."""
    read_cancel(call, read_body(call))
    task, row = visible_task(call)
    status = task.step_at(call.now).status
    if status not in CANCELABLE:
        message = f"could not cancel task: status is {status}"
        raise ErrorResponse(call.settings.integer("cancelWrongState"), "ERR_INVALID_STATUS", message)
    percent = money.cancel_percent(call.now, task.created, task.window[0])
    if percent is None and call.settings.text("lateCancel") == "refused":
        message = "could not cancel task: too late"
        raise ErrorResponse(call.settings.integer("cancelWrongState"), "ERR_INVALID_STATUS", message)
    canceled = canceled_now(task, call.now)
    orders.update(call.store, canceled.to_row(row.list_from, row.get_from))
    return Answer(status=200, body=full_task(canceled, call.now, call.settings))


def canceled_now(task: Task, now: datetime) -> Task:
    """Return a task canceled at an instant, with the charge of that instant's band."""
    percent = money.cancel_percent(now, task.created, task.window[0])
    charge = money.part_of(task.price or 0, 100 if percent is None else percent)
    return task.ended_as("CANCELED", now, charge)


def visible_task(call: RequestContext) -> tuple[Task, OrderRow]:
    """Return the task that the path names and its row; raise a 404 where there is none to see."""
    try:
        task_id = check_uuid(call.params["taskID"])
    except ValueError as error:
        raise bad_request("invalid request: taskID is not a UUID") from error
    row = orders.find(call.store, PROVIDER, task_id)
    if row is None or row.get_from > call.now:
        raise not_found("task")
    return Task.from_row(row), row


def list_tasks(call: RequestContext) -> Answer:
    """Return one page of all tasks that the caller can see, other people's included."""
    selection = _selection(call)
    if selection is None:
        return Answer(status=200, body=cursors.with_end({"data": []}, call.settings.text("endCursor")))
    rows = orders.page(call.store, selection)
    more = len(rows) == selection.limit
    rows = rows[: selection.limit - 1]
    body: JsonObject = {"data": [list_task(Task.from_row(row), call.now, call.settings) for row in rows]}
    if more or call.paging is not None:
        return Answer(status=200, body={**body, "cursor": _next_cursor(call, selection, rows)})
    return Answer(status=200, body=cursors.with_end(body, call.settings.text("endCursor")))


def describe(store: Store, now: datetime) -> list[JsonObject]:
    """Tell every task for the control API, whether a read of ICEYE's would show it or not."""
    described = []
    for row in orders.every(store, PROVIDER):
        task = Task.from_row(row)
        step = task.step_at(now)
        described.append(
            {
                "provider": PROVIDER,
                "id": task.id,
                "text": task.facts.get("reference"),
                "status": step.status,
                "created": format_instant(task.created),
                "updated": format_instant(step.at),
                "price": None if task.price is None else {"amount": task.price, "currency": task.currency},
                "account": task.contract_id,
                "body": task.body,
            }
        )
    return described


def _selection(call: RequestContext) -> Selection | None:
    """Read a list's query; None means the empty list of a contract that does not exist."""
    query = read_query(call, _LIST_QUERY)
    limit = read_limit(query, call.settings.integer("limitMaximum"))
    if call.paging is not None and call.paging.kind == "short-page":
        limit = min(limit, call.paging.items)
    account = query.get("contractID")
    if account is not None and not _known(call, account):
        return None
    stuck = call.paging is not None and call.paging.kind in ("repeat-page", "endless")
    place = cursors.decode(query.get("cursor"))
    return Selection(
        provider=PROVIDER,
        now=call.now,
        newest_first=call.settings.text("listOrder") == "newest",
        limit=limit + 1,
        account=None if account is None else account.lower(),
        beyond=None if stuck else place,
        conditions=_created(call, query),
    )


def _known(call: RequestContext, contract_id: str) -> bool:
    """Tell whether a contract exists; for one that does not, refuse unless a switch says otherwise."""
    try:
        check_uuid(contract_id)
    except ValueError as error:
        raise bad_request("invalid request: contractID is not a UUID") from error
    if contracts.find(call.store, contract_id) is not None:
        return True
    status = call.settings.integer("unknownContractList")
    if status == 200:
        return False
    raise ErrorResponse(status, "ERR_NOT_FOUND", "contract not found")


def _created(call: RequestContext, query: dict[str, str]) -> tuple[tuple[str, datetime], ...]:
    conditions = []
    for name, strict, inclusive in (("createdAfter", ">", ">="), ("createdBefore", "<", "<=")):
        if name not in query:
            continue
        comparison = inclusive if call.settings.flag(f"{name}Inclusive") else strict
        try:
            conditions.append((comparison, parse_instant(query[name])))
        except ValueError as error:
            raise bad_request(f"invalid request: {name}: {error}") from error
    return tuple(conditions)


def _next_cursor(call: RequestContext, selection: Selection, rows: list[OrderRow]) -> str:
    if rows:
        place = rows[-1].seq
    elif selection.beyond is not None:
        place = selection.beyond
    else:
        place = cursors.FARTHEST if selection.newest_first else 0
    endless = call.paging is not None and call.paging.kind == "endless"
    return cursors.encode(place, uuid.uuid4().hex if endless else "")


def _with_delivery_ids(facts: JsonObject) -> JsonObject:
    if "deliveries" not in facts:
        return facts
    return {
        **facts,
        "deliveries": [{"id": str(uuid.uuid4()), **delivery} for delivery in facts["deliveries"]],
    }
