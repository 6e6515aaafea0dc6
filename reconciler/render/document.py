"""The same for programs: one JSON document a command, its shape stable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from reconciler.model.ids import Reference
from reconciler.model.journal import Entry
from reconciler.model.record import Record
from reconciler.plan.actions import Result
from reconciler.plan.findings import Finding, Refusal
from reconciler.plan.last_pass import PassSnapshot, waiting
from reconciler.plan.planner import PLAN_CODEC, Plan
from reconciler.plan.saved import Saved
from reconciler.render.phrases import pass_summary, plan_summary

_RESULTS: TypeAdapter[tuple[Result, ...]] = TypeAdapter(tuple[Result, ...])
_RECORDS: TypeAdapter[tuple[Record, ...]] = TypeAdapter(tuple[Record, ...])
_FINDINGS: TypeAdapter[tuple[Finding, ...]] = TypeAdapter(tuple[Finding, ...])
_REFUSALS: TypeAdapter[tuple[Refusal, ...]] = TypeAdapter(tuple[Refusal, ...])
_INSTANT: TypeAdapter[datetime | None] = TypeAdapter(datetime | None)
_ENTRIES: TypeAdapter[tuple[Entry, ...]] = TypeAdapter(tuple[Entry, ...])


def plan_document(plan: Plan, saved: Saved | None = None) -> dict[str, Any]:
    """Return a plan with its summary, and its fingerprint where it was written down."""
    named = {"fingerprint": saved.fingerprint} if saved is not None else {}
    return {"plan": PLAN_CODEC.dump_python(plan, mode="json"), **named, "summary": plan_summary(plan)}


def pass_document(plan: Plan, results: Sequence[Result]) -> dict[str, Any]:
    """Return a plan with how its actions ended."""
    return {
        "plan": PLAN_CODEC.dump_python(plan, mode="json"),
        "results": _RESULTS.dump_python(tuple(results), mode="json"),
        "summary": pass_summary(results, plan.findings, refused=bool(plan.refusals)),
    }


def status_document(records: Sequence[Record], last: PassSnapshot | None) -> dict[str, Any]:
    """Return the records and what the last pass found."""
    return {"records": records_document(records), **_found(last, last.findings if last is not None else ())}


def waiting_document(last: PassSnapshot | None) -> dict[str, Any]:
    """Return what waits for a person, the soonest deadline first."""
    found = _found(last, waiting(last.standing) if last is not None else ())
    return {name: found[name] for name in ("at", "findings", "refusals")}


def _found(last: PassSnapshot | None, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return some of the last pass's findings with what goes with them; `at` is null where no pass was made."""
    at, refusals, details = (last.at, last.refusals, last.details) if last is not None else (None, (), {})
    return {
        "at": _INSTANT.dump_python(at, mode="json"),
        "findings": _FINDINGS.dump_python(tuple(findings), mode="json"),
        "refusals": _REFUSALS.dump_python(tuple(refusals), mode="json"),
        "details": {reference: dict(shown) for reference, shown in details.items()},
    }


def records_document(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return what the state file holds of orders."""
    return list(_RECORDS.dump_python(tuple(records), mode="json"))


def history_document(entries: Sequence[Entry], attempts: Mapping[Reference, int]) -> list[dict[str, Any]]:
    """Return journal entries, oldest first, each with the attempt that it is about if that is known."""
    dumped = _ENTRIES.dump_python(tuple(entries), mode="json", exclude_none=True)
    always = {"plan_id": None, "commit": None}
    return [{**always, **document, "attempt": attempts.get(document["reference"])} for document in dumped]
