"""The same for programs: one JSON document a command, its shape stable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from reconciler.model.ids import Reference
from reconciler.model.record import Record
from reconciler.plan.actions import Result
from reconciler.plan.findings import Finding
from reconciler.plan.planner import PLAN_CODEC, Plan
from reconciler.render.words import pass_summary, plan_summary
from reconciler.state.event import Event

_RESULTS: TypeAdapter[tuple[Result, ...]] = TypeAdapter(tuple[Result, ...])
_RECORDS: TypeAdapter[tuple[Record, ...]] = TypeAdapter(tuple[Record, ...])
_FINDINGS: TypeAdapter[tuple[Finding, ...]] = TypeAdapter(tuple[Finding, ...])
_EVENTS: TypeAdapter[tuple[Event, ...]] = TypeAdapter(tuple[Event, ...])


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan with its summary."""
    return {"plan": PLAN_CODEC.dump_python(plan, mode="json"), "summary": plan_summary(plan)}


def pass_document(plan: Plan, results: Sequence[Result]) -> dict[str, Any]:
    """Return a plan with how its actions ended."""
    return {
        "plan": PLAN_CODEC.dump_python(plan, mode="json"),
        "results": _RESULTS.dump_python(tuple(results), mode="json"),
        "summary": pass_summary(results, plan.findings, refused=bool(plan.refusals)),
    }


def status_document(
    records: Sequence[Record], findings: Sequence[Finding], details: Mapping[Reference, Mapping[str, str]]
) -> dict[str, Any]:
    """Return the records and the findings of the last pass."""
    return {
        "records": _RECORDS.dump_python(tuple(records), mode="json"),
        "findings": _FINDINGS.dump_python(tuple(findings), mode="json"),
        "details": {reference: dict(shown) for reference, shown in details.items()},
    }


def history_document(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return journal events, oldest first."""
    return list(_EVENTS.dump_python(tuple(events), mode="json"))
