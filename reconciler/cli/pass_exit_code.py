"""The exit code of a finished pass."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from reconciler.cli.exit_codes import Exit
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import Finding, FindingKind
from reconciler.reconcile import Mode, Report

# The most urgent first: what failed outranks what waits.
_URGENCY = (Exit.FAILED, Exit.STALE, Exit.UNREAD, Exit.REFUSED, Exit.DECIDE, Exit.CHANGES)


def exit_of_report(report: Report, *, detailed: bool) -> Exit:
    """Return the code of a finished pass; changes only count where a detailed code was asked for."""
    codes = {_of_finding(finding) for finding in report.plan.findings} | set(_of_results(report))
    if report.plan.refusals:
        codes.add(Exit.REFUSED)
    if detailed and (report.plan.actions if report.mode is Mode.PLAN else report.results):
        codes.add(Exit.CHANGES)
    return next((code for code in _URGENCY if code in codes), Exit.OK)


def _of_results(report: Report) -> Iterable[Exit]:
    for result in report.results:
        match result.outcome.kind:
            case OutcomeKind.DONE:
                pass
            case OutcomeKind.UNKNOWN:
                yield Exit.DECIDE
            case OutcomeKind.REFUSED | OutcomeKind.NOT_SENT:
                yield Exit.STALE if result.again and report.approved else Exit.FAILED
            case _ as never:
                assert_never(never)


def _of_finding(finding: Finding) -> Exit:
    match finding.kind:
        case FindingKind.IN_SYNC | FindingKind.ENDED | FindingKind.WAITING | FindingKind.EXPIRED | FindingKind.ORPHANED:
            return Exit.OK
        case FindingKind.UNREAD:
            return Exit.UNREAD
        case FindingKind.REFUSED:
            return Exit.REFUSED
        case (
            FindingKind.DRIFTED
            | FindingKind.MISSING
            | FindingKind.HELD
            | FindingKind.UNRESOLVED
            | FindingKind.DUPLICATE
        ):
            return Exit.DECIDE
        case _ as never:
            assert_never(never)
