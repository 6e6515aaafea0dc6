"""An order's life as a person reads it, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from reconciler.model.ids import Reference
from reconciler.model.money import Money
from reconciler.model.record import Call, Record
from reconciler.model.terms import TermValue, both_sides
from reconciler.model.time import seconds_text
from reconciler.plan.remembered import AT_PROVIDER, IN_GIT
from reconciler.render.text import Line
from reconciler.state.event import Event, EventKind

Detail = Mapping[str, TermValue | None]


def attempts_told(records: Iterable[Record], events: Iterable[Event]) -> dict[Reference, int]:
    """Return which attempt each reference is, by the records and, for forgotten ones, by what the journal says."""
    told = {e.reference: int(str(e.detail["attempt"])) for e in events if e.detail.get("attempt") is not None}
    return told | {record.reference: record.attempt for record in records}


def history_lines(events: Sequence[Event], attempts: Mapping[Reference, int]) -> list[Line]:
    """Return a line per journal entry: when, which attempt where there are several, what, and by which plan and commit.

    A reference whose attempt nobody knows any more stands as itself.
    """
    references = {event.reference for event in events}
    names = {r: f"attempt {attempts[r]}" if r in attempts else str(r) for r in references}
    width = max(map(len, names.values()), default=0) if len(references) > 1 else 0
    return [
        Line(
            _line(event, f"{names[event.reference]:<{width}}  " if width else ""),
            "strong" if event.kind is EventKind.OUTCOME else "",
        )
        for event in events
    ]


def _line(event: Event, attempt: str) -> str:
    cause = [f"plan {event.plan_id}"] if event.plan_id else []
    cause += [f"commit {_short(event.commit)}"] if event.commit else []
    tail = f"  [{', '.join(cause)}]" if cause else ""
    return f"{seconds_text(event.at)}  {attempt}{event.kind:<9} {told(event)}{tail}"


def _short(commit: str) -> str:
    return commit[:12] + ("-dirty" if commit.endswith("-dirty") else "")


def told(event: Event) -> str:
    """Say what one journal entry means."""
    detail = event.detail
    match event.kind:
        case EventKind.INTENT:
            return _intent(detail)
        case EventKind.OUTCOME:
            status = f" ({detail['status']})" if detail.get("status") else ""
            end = f"order {detail['orderId']}{status}" if detail.get("orderId") else detail.get("message") or ""
            return f"{detail.get('call')}: {detail.get('outcome')}, {end}".rstrip(", ")
        case EventKind.BOUND:
            return f"bound to order {detail.get('orderId')} ({detail.get('status')}), {detail.get('how')}"
        case EventKind.PHASE:
            return f"{detail.get('from') or 'unseen'} -> {detail.get('to')} ({detail.get('phase')})"
        case EventKind.TERMS:
            return "the provider reports " + _pairs(detail)
        case EventKind.LOOKUP:
            return f"{detail.get('lookups')} complete listings without it"
        case EventKind.GIT:
            return "remembered from Git: " + _pairs(detail)
        case EventKind.DECISION:
            return f"a person decided: {_decision(detail)}"
        case EventKind.FORGOTTEN:
            return "a person decided: no longer watched (" + _pairs(detail) + ")"
        case EventKind.FINDING:
            return _finding(detail)
        case _ as never:
            assert_never(never)


def _finding(detail: Detail) -> str:
    kind = detail.get("finding")
    if detail.get("change") == "went":
        return f"{kind} went; it stood since {detail.get('since')}"
    names = [name.removesuffix(AT_PROVIDER) for name in detail if name.endswith(AT_PROVIDER)]
    terms = [both_sides(n, stated=detail.get(n + IN_GIT), observed=detail.get(n + AT_PROVIDER)) for n in names]
    return "; ".join((f"{kind} appeared: {detail.get('message')}", *terms))


def _decision(detail: Detail) -> str:
    what = f"{detail.get('decision')} order {detail['orderId']}" if detail.get("orderId") else detail.get("decision")
    return f"{what}: {detail['reason']}" if detail.get("reason") else f"{what}"


def _intent(detail: Detail) -> str:
    bound = ""
    if detail.get("minor") is not None:
        word = "charge" if detail.get("call") == Call.CANCEL else "binding"
        bound = f", {word} {Money(int(str(detail['minor'])), str(detail['currency']))}"
    elif detail.get("unpriced"):
        bound = ", without a price, as agreed"
    ceiling = f" (ceiling {detail['ceiling']})" if detail.get("ceiling") else ""
    reason = f": {detail['reason']}" if detail.get("reason") else ""
    return f"about to {detail.get('call')}{_answer(detail)}{bound}{ceiling}{reason}"


def _answer(detail: Detail) -> str:
    """Say what is answered to an offer; empty for other calls."""
    about = f"option {detail['option']}" if detail.get("option") else f"quote {detail.get('quote')}"
    return f" ({detail['answer']} {about})" if detail.get("answer") else ""


def _pairs(detail: Detail) -> str:
    return ", ".join(
        f"{name} {'(none)' if value == '' else value}" for name, value in detail.items() if value is not None
    )
