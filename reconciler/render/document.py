"""The same for programs: one JSON document a command, its shape stable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from reconciler.model.codec import Codec
from reconciler.model.ids import Reference
from reconciler.model.journal import Entry
from reconciler.model.pause import Pause
from reconciler.model.record import Record
from reconciler.plan.actions import Result
from reconciler.plan.findings import Finding, Refusal
from reconciler.plan.last_pass import PassSnapshot, waiting
from reconciler.plan.planner import PLAN_CODEC, Plan
from reconciler.plan.saved import Saved
from reconciler.render.phrases import message, remedy
from reconciler.render.summaries import pass_summary, plan_summary

_Found = TypeVar("_Found", Finding, Refusal)

_RESULTS: Codec[tuple[Result, ...]] = Codec(tuple[Result, ...])
_RECORDS: Codec[tuple[Record, ...]] = Codec(tuple[Record, ...])
_FINDINGS: Codec[tuple[Finding, ...]] = Codec(tuple[Finding, ...])
_REFUSALS: Codec[tuple[Refusal, ...]] = Codec(tuple[Refusal, ...])
_INSTANT: Codec[datetime | None] = Codec(datetime | None)
_PAUSES: Codec[tuple[Pause, ...]] = Codec(tuple[Pause, ...])
_ENTRIES: Codec[tuple[Entry, ...]] = Codec(tuple[Entry, ...])


def plan_document(plan: Plan, saved: Saved | None = None) -> dict[str, Any]:
    """Return a plan with its summary, and its fingerprint if it was written down."""
    named = {"fingerprint": saved.fingerprint} if saved is not None else {}
    return {"plan": _plan(plan), **named, "summary": plan_summary(plan)}


def pass_document(plan: Plan, results: Sequence[Result]) -> dict[str, Any]:
    """Return a plan with how its actions ended."""
    return {
        "plan": _plan(plan),
        "results": _RESULTS.dump_python(tuple(results)),
        "summary": pass_summary(results, plan.findings, refused=bool(plan.refusals)),
    }


def _plan(plan: Plan) -> dict[str, Any]:
    """Return a plan; its findings and refusals in words too, beside the data that the words are made of."""
    in_words = {"findings": _in_words(plan.findings, _FINDINGS), "refusals": _in_words(plan.refusals, _REFUSALS)}
    document: dict[str, Any] = PLAN_CODEC.dump_python(plan)
    return document | in_words


def _in_words(found: Sequence[_Found], codec: Codec[tuple[_Found, ...]]) -> list[dict[str, Any]]:
    dumped = codec.dump_python(tuple(found))
    return [each | {"message": message(one), "remedy": remedy(one)} for one, each in zip(found, dumped, strict=True)]


def status_document(
    records: Sequence[Record], last: PassSnapshot | None, pauses: Sequence[Pause] = ()
) -> dict[str, Any]:
    """Return the records and what the last pass found, and what is paused."""
    found = _found(last, last.findings if last is not None else ())
    return {"records": records_document(records), "pauses": _PAUSES.dump_python(tuple(pauses)), **found}


def waiting_document(last: PassSnapshot | None) -> dict[str, Any]:
    """Return what waits for a person, the soonest deadline first."""
    found = _found(last, waiting(last.standing) if last is not None else ())
    return {name: found[name] for name in ("at", "findings", "refusals")}


def _found(last: PassSnapshot | None, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return some of the last pass's findings with what goes with them; `at` is null where no pass was made."""
    at, refusals, details = (last.at, last.refusals, last.details) if last is not None else (None, (), {})
    return {
        "at": _INSTANT.dump_python(at),
        "findings": _in_words(findings, _FINDINGS),
        "refusals": _in_words(refusals, _REFUSALS),
        "details": {reference: dict(shown) for reference, shown in details.items()},
    }


def records_document(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return what the state file holds of orders."""
    return list(_RECORDS.dump_python(tuple(records)))


def history_document(entries: Sequence[Entry], attempts: Mapping[Reference, int]) -> list[dict[str, Any]]:
    """Return journal entries, oldest first, each with the attempt that it is about if that is known."""
    dumped = _ENTRIES.dump_python(tuple(entries), exclude_none=True)
    always = {"plan_id": None, "commit": None}
    return [{**always, **document, "attempt": attempts.get(document["reference"])} for document in dumped]
