"""The same for test reports of CI: JUnit's XML, a suite an account or a file, a case an order.

The form is the strictest in use (the schema for Ant's reports by Windy Road), which Jenkins and GitLab read too. It is
plain ASCII, so that no console changes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import assert_never
from xml.etree import ElementTree

from reconciler.model.errors import Problem
from reconciler.model.order import DesiredOrder
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.actions import Result
from reconciler.plan.findings import NEEDS_NOBODY, Finding, FindingKind
from reconciler.render.phrases import choice_text, message, remedy
from reconciler.render.review import Review
from reconciler.render.summaries import after, described, outcome_text

_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSEEN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_POLICY = "policy"


class _End(IntEnum):
    """How a case ended, the worst last."""

    PASSED = 0
    SKIPPED = 1
    FAILURE = 2
    ERROR = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _CaseReport:
    """What one finding, action or problem says about a case; the worst of several decides, and all are shown."""

    suite: str
    case: str
    end: _End = _End.PASSED
    type: str = ""
    text: str = ""


def junit(review: Review) -> str:
    """Return a plan or a pass as a report: what a person must end has failed, what nobody knows is an error."""
    reports = [_CaseReport(suite=order.account, case=key) for key, order in review.orders.items()]
    if review.results is None:
        reports += [
            _CaseReport(suite=a.account, case=a.key, text=f"{a.kind}: {described(a)}") for a in review.plan.actions
        ]
    else:
        reports += [_result_report(result) for result in review.results]
    reports += [_finding_report(review, finding) for finding in review.plan.findings]
    reports += [
        _CaseReport(suite=_POLICY, case=message(r), end=_End.FAILURE, type="refused", text=f"{message(r)}. {remedy(r)}")
        for r in review.plan.refusals
    ]
    return _report(reports, review.plan.at)


def problems_junit(problems: Sequence[Problem], at: datetime) -> str:
    """Return manifest problems as a report: a suite a file, a failure a problem."""
    reports = [
        _CaseReport(suite=p.location.file, case=f"{p.location}", end=_End.FAILURE, type="invalid", text=str(p))
        for p in problems
    ]
    return _report(reports, at)


def valid_junit(orders: Iterable[DesiredOrder], warnings: Sequence[Problem], at: datetime) -> str:
    """Return valid manifests as a report; what may be refused all the same is reports, and passes."""
    reports = [_CaseReport(suite=order.source.file, case=order.key) for order in orders]
    places = {order.source: order.key for order in orders}
    reports += [
        _CaseReport(suite=w.location.file, case=places.get(w.location, str(w.location)), type="warning", text=str(w))
        for w in warnings
    ]
    return _report(reports, at)


def _result_report(result: Result) -> _CaseReport:
    action = result.action
    match result.outcome.kind:
        case OutcomeKind.DONE:
            end = _End.PASSED
        case OutcomeKind.REFUSED | OutcomeKind.NOT_SENT:
            end = _End.FAILURE
        case OutcomeKind.UNKNOWN:
            end = _End.ERROR
        case _ as never:
            assert_never(never)
    text = ". ".join(filter(None, (outcome_text(result), after(result))))
    return _CaseReport(
        suite=action.account,
        case=action.key,
        end=end,
        type=f"{action.kind} {result.outcome.kind}",
        text=f"{action.kind}: {text}",
    )


def _finding_report(review: Review, finding: Finding) -> _CaseReport:
    at = review.location(finding)
    account = finding.subject.account or (
        review.orders[finding.key].account if finding.key in review.orders else "unknown"
    )
    where = f"{at}: " if at is not None and finding.kind not in NEEDS_NOBODY else ""
    lines = [
        f"{where}{finding.kind}: {message(finding)}. {remedy(finding)}".rstrip(),
        *map(choice_text, finding.choices),
    ]
    text = "\n".join([*lines, *map(str, finding.differences)])
    return _CaseReport(suite=account, case=finding.key, end=_end(finding.kind), type=str(finding.kind), text=text)


def _end(kind: FindingKind) -> _End:
    """Tell how a finding ends its case: what leaves with an exit code of its own has not passed."""
    match kind:
        case FindingKind.IN_SYNC | FindingKind.ENDED:
            return _End.PASSED
        case FindingKind.WAITING | FindingKind.EXPIRED | FindingKind.ORPHANED:
            return _End.SKIPPED
        case FindingKind.DRIFTED | FindingKind.MISSING | FindingKind.HELD | FindingKind.REFUSED | FindingKind.DUPLICATE:
            return _End.FAILURE
        case FindingKind.UNREAD | FindingKind.UNRESOLVED:
            return _End.ERROR
        case _ as never:
            assert_never(never)


def _report(reports: Iterable[_CaseReport], at: datetime) -> str:
    suites: dict[str, dict[str, list[_CaseReport]]] = {}
    for each in reports:
        suites.setdefault(each.suite, {}).setdefault(each.case, []).append(each)
    root = ElementTree.Element("testsuites")
    for number, (name, cases) in enumerate(sorted(suites.items())):
        _suite(root, number, name, cases, at)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return text.decode("ascii")


def _suite(
    root: ElementTree.Element, number: int, name: str, cases: Mapping[str, Sequence[_CaseReport]], at: datetime
) -> None:
    """Append a suite; what is said of cases that passed is its output."""
    worst = {case: max(reports, key=lambda each: each.end) for case, reports in cases.items()}
    ends = [each.end for each in worst.values()]
    head = {"name": _seen(name), "package": "reconciler", "id": str(number), "hostname": "localhost", "time": "0"}
    counts = {
        "timestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "tests": str(len(cases)),
        "failures": str(ends.count(_End.FAILURE)),
        "errors": str(ends.count(_End.ERROR)),
        "skipped": str(ends.count(_End.SKIPPED)),
    }
    suite = ElementTree.SubElement(root, "testsuite", {**head, **counts})
    ElementTree.SubElement(suite, "properties")
    for case in sorted(cases):
        _case(suite, worst[case], cases[case])
    passed = [each for case in sorted(cases) for each in cases[case] if worst[case].end is _End.PASSED and each.text]
    output = "\n".join(f"{each.case}: {each.text}" for each in passed)
    ElementTree.SubElement(suite, "system-out").text = _seen(output)
    ElementTree.SubElement(suite, "system-err")


def _case(suite: ElementTree.Element, worst: _CaseReport, reports: Sequence[_CaseReport]) -> None:
    names = {"classname": _seen(worst.suite), "name": _seen(worst.case), "time": "0"}
    case = ElementTree.SubElement(suite, "testcase", names)
    if worst.end is not _End.PASSED:
        about = {"message": _seen(worst.text.partition("\n")[0]), "type": worst.type}
        ElementTree.SubElement(case, worst.end.name.lower(), about).text = _seen(
            "\n".join(each.text for each in reports if each.text)
        )


def _seen(text: str) -> str:
    """Return a text without what XML cannot hold, or a person cannot see."""
    return _UNSEEN.sub("?", _NO_XML.sub("?", text))
