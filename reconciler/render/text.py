"""Plans, passes, status and history for a person at a terminal; each line with the style it may be shown in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from reconciler.model.outcome import OutcomeKind
from reconciler.model.record import Record
from reconciler.model.time import seconds_text
from reconciler.plan.actions import Action, Cancel, Confirm, Place, Result
from reconciler.plan.findings import NEEDS_NOBODY, WAITS_FOR_A_PERSON, Finding, FindingKind, Refusal
from reconciler.plan.last_pass import PassSnapshot, waiting
from reconciler.plan.planner import Plan
from reconciler.render.phrases import message, remedy, when
from reconciler.render.summaries import after, described, outcome_text, pass_summary, plan_summary


@dataclass(frozen=True, slots=True)
class Line:
    """A line of output. `style` is one of good, change, loud, quiet, strong, or empty."""

    text: str
    style: str = ""


_MARKS = {"place": "+", "adopt": "<", "confirm": "=", "amend": "~", "cancel": "-"}
_MOST_STEADY = 50


def plan_lines(plan: Plan, folder: str) -> list[Line]:
    """Return a plan as a person reads it, its fixed line last."""
    lines = [Line(f"Plan for {folder}, by the providers' clock {seconds_text(plan.at)}", "strong"), Line("")]
    for action in plan.actions:
        where = f"  {action.location}" if isinstance(action, Place | Confirm) and action.location else ""
        lines.append(
            Line(f"  {_MARKS[action.kind]} {action.kind:<9} {action.key}: {described(action)}{where}", "change")
        )
        if isinstance(action, Place):
            lines += [Line(f"              note: {warning}") for warning in action.warnings]
    lines += _finding_lines(plan.findings, plan.at)
    lines += _refusal_lines(plan.refusals)
    return [*lines, Line(""), Line(plan_summary(plan), "strong")]


def pass_lines(plan: Plan, results: Sequence[Result], folder: str) -> list[Line]:
    """Return what a pass did and found, its fixed line last."""
    lines = [Line(f"Reconciled {folder}, by the providers' clock {seconds_text(plan.at)}", "strong"), Line("")]
    lines += chain.from_iterable(_result_lines(result) for result in results)
    lines += _finding_lines(plan.findings, plan.at)
    lines += _refusal_lines(plan.refusals)
    summary = pass_summary(results, plan.findings, refused=bool(plan.refusals))
    return [*lines, Line(""), Line(summary, "strong")]


def _result_lines(result: Result) -> Iterable[Line]:
    action = result.action
    good = result.outcome.kind is OutcomeKind.DONE
    price = _price(action) if good else ""
    mark = _MARKS[action.kind] if good else "!"
    yield Line(f"  {mark} {action.kind:<9} {action.key}: {outcome_text(result)}{price}", "good" if good else "loud")
    if not good:
        where = f" ({action.location})" if isinstance(action, Place | Confirm) and action.location else ""
        yield Line(f"              -> {after(result)}{where}")


def _price(action: Action) -> str:
    match action:
        case Place(commits=price):
            return f" for {price}" if price is not None else ""
        case Cancel(unbounded=True):
            return ", charge unknown"
        case Cancel(commits=charge):
            return f", charge {charge}" if charge is not None else ", free"
        case _:
            return ""


def _finding_lines(findings: Sequence[Finding], at: datetime | None) -> list[Line]:
    """Return what was found by a pass at an instant: what was found by it first needs no `since`."""
    lines: list[Line] = []
    for finding in (f for f in findings if f.kind not in NEEDS_NOBODY):
        lines += _one_finding(finding, at)
    for kind in (FindingKind.IN_SYNC, FindingKind.ENDED):
        lines += _steady_lines([f for f in findings if f.kind is kind])
    return lines


def _steady_lines(findings: Sequence[Finding]) -> list[Line]:
    """Name what needs nobody, as long as a person would read the list; what has a remedy is named always."""
    many = len(findings) > _MOST_STEADY
    lines: list[Line] = []
    for finding in (f for f in findings if f.remedies or not many):
        status = f" ({finding.subject.status})" if finding.subject.status else ""
        lines.append(Line(f"    {finding.kind:<9} {finding.key}: {message(finding)}{status}", "quiet"))
        if finding.remedies:
            lines.append(Line(f"              -> {remedy(finding)}", "quiet"))
    if rest := len(findings) - sum(bool(f.remedies) for f in findings) if many else 0:
        lines.append(Line(f"    {findings[0].kind:<9} {rest:,} orders; `reconciler status` names them", "quiet"))
    return lines


def _one_finding(finding: Finding, at: datetime | None, where: str = "") -> list[Line]:
    loud = finding.kind in WAITS_FOR_A_PERSON or finding.kind is FindingKind.UNREAD
    mark = "!" if loud else " "
    lines = [Line(f"  {mark} {finding.kind:<9} {finding.key}{where}: {message(finding)}", "loud" if loud else "")]
    lines += [Line(f"                {difference}") for difference in finding.differences]
    for number, choice in enumerate(finding.choices, start=1):
        lines += [Line(f"              {number}. {choice.text}"), Line(f"                 {choice.lines}")]
    if loud and (dates := when(finding, at)):
        lines.append(Line(f"              {dates}"))
    if finding.remedies:
        lines.append(Line(f"              -> {remedy(finding)}"))
    return lines


def _refusal_lines(refusals: Sequence[Refusal]) -> list[Line]:
    lines: list[Line] = []
    for refusal in refusals:
        lines.append(Line(f"  ! refused   the whole plan: {message(refusal)}; nothing was spent or canceled", "loud"))
        lines.append(Line(f"              -> {remedy(refusal)}"))
    return lines


def status_lines(records: Sequence[Record], last: PassSnapshot | None, where: str) -> list[Line]:
    """Return what is known of every order, then what waits for somebody."""
    rows: list[tuple[str, ...]] = [("ORDER", "ACCOUNT", "PHASE", "STATUS", "PRICE", "PROVIDER'S ORDER")]
    rows += [_status_row(record) for record in sorted(records, key=lambda r: (r.key, r.attempt))]
    lines = [Line(row, "strong" if number == 0 else "") for number, row in enumerate(table(rows))]
    if not records:
        lines = [Line("No order has been placed yet.")]
    if last is not None:
        lines += _last_lines(records, last)
    return [*lines, Line(""), Line(f"{as_of(last)}; {where}")]


def _last_lines(records: Sequence[Record], last: PassSnapshot) -> list[Line]:
    lines: list[Line] = []
    for record in records:
        if shown := last.details.get(record.reference):
            told = ", ".join(f"{name} {value}" for name, value in shown.items())
            lines.append(Line(f"  {_name(record)}: {told}", "quiet"))
    waiting = [finding for finding in last.findings if finding.kind not in NEEDS_NOBODY]
    found = [*_finding_lines(waiting, last.at), *_refusal_lines(last.refusals)]
    return [*lines, Line(""), *found] if found else lines


def as_of(last: PassSnapshot | None) -> str:
    """Say when the last pass was, by the providers' clock."""
    return f"As of {seconds_text(last.at)}" if last is not None else "No pass has been made yet"


def waiting_lines(last: PassSnapshot | None, where: str) -> list[Line]:
    """Return what waits for a person, all providers together, the soonest deadline first."""
    findings, refusals = (waiting(last.standing), last.refusals) if last is not None else ((), ())
    if last is None or not (findings or refusals):
        return [Line(f"Nothing waits for a person. {as_of(last)}; {where}")]
    lines = _refusal_lines(refusals)
    for finding in findings:
        lines += _one_finding(finding, None, f" at {finding.subject.account}" if finding.subject.account else "")
    return [*lines, Line(""), Line(f"{len(findings) + len(refusals)} waiting. {as_of(last)}; {where}")]


def _status_row(record: Record) -> tuple[str, ...]:
    phase = "unresolved" if record.unresolved else str(record.phase or "not placed")
    price = str(record.price) if record.price is not None else "-"
    return _name(record), record.account, phase, record.status or "-", price, record.order_id or "-"


def _name(record: Record) -> str:
    return record.key if record.attempt == 1 else f"{record.key} (attempt {record.attempt})"


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Align rows of cells in columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
