"""An order's life as a person reads it, oldest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from reconciler.model.money import Money
from reconciler.model.terms import TermValue
from reconciler.model.time import seconds_text
from reconciler.render.text import Line
from reconciler.state.event import Event, EventKind

Detail = Mapping[str, TermValue | None]


def history_lines(events: Sequence[Event]) -> list[Line]:
    """Return a line per journal entry: when, what, and by which plan and commit."""
    return [Line(_line(event), "strong" if event.kind is EventKind.OUTCOME else "") for event in events]


def _line(event: Event) -> str:
    cause = [f"plan {event.plan_id}"] if event.plan_id else []
    cause += [f"commit {_short(event.commit)}"] if event.commit else []
    tail = f"  [{', '.join(cause)}]" if cause else ""
    return f"{seconds_text(event.at)}  {event.kind:<9} {told(event)}{tail}"


def _short(commit: str) -> str:
    return commit[:12] + ("-dirty" if commit.endswith("-dirty") else "")


def told(event: Event) -> str:
    """Say what one journal entry means."""
    detail = event.detail
    match event.kind:
        case EventKind.INTENT:
            return _intent(detail)
        case EventKind.OUTCOME:
            end = f"order {detail['orderId']}" if detail.get("orderId") else detail.get("message") or ""
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
            return "a person decided: " + _pairs(detail)
        case EventKind.FORGOTTEN:
            return "a person decided: no longer watched (" + _pairs(detail) + ")"
        case _ as never:
            assert_never(never)


def _intent(detail: Detail) -> str:
    bound = ""
    if detail.get("minor") is not None:
        bound = f", binding {Money(int(str(detail['minor'])), str(detail['currency']))}"
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
