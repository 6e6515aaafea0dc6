"""The hand of a person: edits of tasks that the API has no operation for, over the control API."""

from dataclasses import replace

from reconciler.simulator import orders
from reconciler.simulator.control import json_object
from reconciler.simulator.iceye.contracts import PROVIDER
from reconciler.simulator.iceye.errors import not_found
from reconciler.simulator.iceye.rendering import full_task
from reconciler.simulator.iceye.switches import SWITCHES
from reconciler.simulator.iceye.task import Task
from reconciler.simulator.iceye.tasks import canceled_now
from reconciler.simulator.instants import parse_instant
from reconciler.simulator.messages import Answer, JsonObject, RequestContext
from reconciler.simulator.switches import Settings, settings_of

_EDITABLE = frozenset(
    {
        "pointOfInterest",
        "acquisitionWindow",
        "imagingMode",
        "reference",
        "exclusivity",
        "priority",
        "sla",
        "eula",
        "incidenceAngle",
        "lookSide",
        "passDirection",
        "productTypes",
    }
)
_DEEDS = frozenset({"outcome", "status", "cancel", "delete"})


def edit_task(call: RequestContext) -> Answer:
    """Control: change a task as a person would.

    `outcome` sets how it will end in its own time, whatever was forced before; `status` puts a status word in
    force now; `cancel: true` cancels whatever the status; `delete: true` removes it without a trace; any wire
    field of the order replaces that field (null removes `reference` and `eula`).
    """
    wanted = json_object(call)
    unknown = wanted.keys() - _EDITABLE - _DEEDS
    if unknown:
        raise ValueError(f"unknown edits {sorted(unknown)}; known are {sorted(_EDITABLE | _DEEDS)}")
    row = orders.find(call.store, PROVIDER, call.params["taskID"].lower())
    if row is None:
        raise not_found("task")
    if wanted.get("delete"):
        orders.delete(call.store, PROVIDER, row.id)
        return Answer(status=200, body={})
    task = _edited(Task.from_row(row), wanted, call)
    orders.update(call.store, task.to_row(row.list_from, row.get_from))
    return Answer(status=200, body=full_task(task, call.now, _settings(call)))


def _edited(task: Task, wanted: JsonObject, call: RequestContext) -> Task:
    facts = {name: value for name, value in {**task.facts, **wanted}.items() if name not in _DEEDS}
    facts = {name: value for name, value in facts.items() if value is not None}
    for end in ("start", "end"):
        parse_instant(facts["acquisitionWindow"][end])
    task = replace(task, facts=facts)
    if "outcome" in wanted:
        task = replace(task, outcome=str(wanted["outcome"]), forced=None)
    if "status" in wanted:
        task = task.ended_as(str(wanted["status"]), call.now)
    if wanted.get("cancel"):
        task = canceled_now(task, call.now)
    return task


def _settings(call: RequestContext) -> Settings:
    """Return ICEYE's switches: a control request itself carries none."""
    return settings_of(call.store, PROVIDER, SWITCHES)
