"""An order's life as a person reads it, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from reconciler.model.ids import Reference
from reconciler.model.journal import (
    Bound,
    CountedAnew,
    CredentialsExchanged,
    Decided,
    Entry,
    EventKind,
    FindingChanged,
    Forgotten,
    Intended,
    JournalEvent,
    LegacyEvent,
    LookedUp,
    ManifestChanged,
    PhaseChanged,
    Settled,
    TermsReported,
)
from reconciler.model.record import Call, Record
from reconciler.model.terms import TermValue, both_sides
from reconciler.model.time import instant_text, seconds_text
from reconciler.render.text import Line


def attempts_told(records: Iterable[Record], entries: Iterable[Entry]) -> dict[Reference, int]:
    """Return which attempt each reference is, by the records and, for forgotten ones, by what the journal says."""
    told = {entry.reference: attempt for entry in entries if (attempt := _attempt(entry.event)) is not None}
    return told | {record.reference: record.attempt for record in records}


def _attempt(event: JournalEvent) -> int | None:
    return event.attempt if isinstance(event, Intended | Forgotten) else None


def history_lines(entries: Sequence[Entry], attempts: Mapping[Reference, int]) -> list[Line]:
    """Return a line per journal entry: when, which attempt if there are several, what, and by which plan and commit.

    A reference whose attempt is not known is shown as itself.
    """
    references = {entry.reference for entry in entries}
    names = {r: f"attempt {attempts[r]}" if r in attempts else str(r) for r in references}
    width = max(map(len, names.values()), default=0) if len(references) > 1 else 0
    return [
        Line(
            _line(entry, f"{names[entry.reference]:<{width}}  " if width else ""),
            "strong" if entry.kind is EventKind.OUTCOME else "",
        )
        for entry in entries
    ]


def _line(entry: Entry, attempt: str) -> str:
    cause = [f"plan {entry.plan_id}"] if entry.plan_id else []
    cause += [f"commit {_short(entry.commit)}"] if entry.commit else []
    tail = f"  [{', '.join(cause)}]" if cause else ""
    return f"{seconds_text(entry.at)}  {attempt}{entry.kind:<9} {event_text(entry)}{tail}"


def _short(commit: str) -> str:
    return commit[:12] + ("-dirty" if commit.endswith("-dirty") else "")


def event_text(entry: Entry) -> str:
    """Say what one journal entry means."""
    match entry.event:
        case Intended() as event:
            return _intended(event)
        case Settled() as event:
            return _settled(event)
        case Bound(order_id=order_id, status=status, how=how):
            return f"bound to order {order_id} ({status}), {how}"
        case PhaseChanged(previous=previous, status=status, phase=phase):
            return f"{previous or 'unseen'} -> {status} ({phase})"
        case TermsReported(terms=terms):
            return f"the provider reports {_pairs(terms)}"
        case LookedUp(lookups=lookups):
            return f"{lookups} complete listings without it"
        case CountedAnew(ours=ours):
            return f"its time to show is counted from here on (by our clock from {seconds_text(ours)})"
        case CredentialsExchanged(identity=identity, former=former):
            return f"the account's credentials are those of {identity} now, before {former}: the same tenant"
        case ManifestChanged(on_delete=on_delete, key=key):
            return f"remembered from Git: {_pairs({'onDelete': on_delete, 'key': key})}"
        case Decided() as event:
            return f"a person decided: {_decided(event)}"
        case Forgotten(attempt=attempt, order_id=order_id, status=status):
            known = {"decision": "forget", "attempt": attempt, "orderId": order_id, "status": status}
            return f"a person decided: no longer watched ({_pairs(known)})"
        case FindingChanged() as event:
            return _finding(event)
        case LegacyEvent(details=details):
            return _pairs(details)
        case _ as never:
            assert_never(never)


def _settled(event: Settled) -> str:
    status = f" ({event.status})" if event.status else ""
    end = f"order {event.order_id}{status}" if event.order_id else event.message or ""
    return f"{event.call}: {event.outcome}, {end}".rstrip(", ")


def _finding(event: FindingChanged) -> str:
    if not event.appeared:
        since = instant_text(event.since) if event.since is not None else None
        return f"{event.finding} went; it stood since {since}"
    both = [both_sides(d.term, stated=d.stated, observed=d.observed) for d in event.differences or ()]
    return "; ".join((f"{event.finding} appeared: {event.message}", *both))


def _decided(event: Decided) -> str:
    what = f"{event.decision} order {event.order_id}" if event.order_id else f"{event.decision}"
    notes = ["before its time to show was over"] if event.early else []
    notes += [f"without a look at {', '.join(event.without)}"] if event.without else []
    notes += [f"by {event.by}"] if event.by else []
    what = f"{what} ({', '.join(notes)})" if notes else what
    return f"{what}: {event.reason}" if event.reason else what


def _intended(event: Intended) -> str:
    bound = ""
    if event.commits is not None:
        bound = f", {'charge' if event.call is Call.CANCEL else 'binding'} {event.commits}"
    elif event.unpriced:
        bound = ", without a price, as agreed"
    ceiling = f" (ceiling {event.ceiling})" if event.ceiling is not None else ""
    reason = f": {event.reason}" if event.reason else ""
    return f"about to {event.call}{_answer(event)}{bound}{ceiling}{reason}"


def _answer(event: Intended) -> str:
    """Say what is answered to an offer; empty for other calls."""
    about = f"option {event.option}" if event.option else f"quote {event.quote}"
    return f" ({event.answer} {about})" if event.answer else ""


def _pairs(values: Mapping[str, TermValue | None]) -> str:
    return ", ".join(
        f"{name} {'(none)' if value == '' else value}" for name, value in values.items() if value is not None
    )
