"""What no run may do, whatever happens to it: watched pass by pass, and once more when the world has come to rest."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import reconciler
from reconciler.cli.exit_codes import Exit
from reconciler.cli.pass_exit_code import exit_of_report
from reconciler.model.errors import ReconcilerError
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.reconcile import Report
from reconciler.render.phrases import remedy
from tests.support.project import Project, actions

ATTEMPTS = range(1, 4)
MOST_PASSES = 10
_CALM = frozenset(
    {FindingKind.IN_SYNC, FindingKind.ENDED, FindingKind.WAITING, FindingKind.EXPIRED, FindingKind.ORPHANED}
)
_DECIDED = frozenset({FindingKind.IN_SYNC, FindingKind.ENDED})
_WITH_A_REMEDY = frozenset({FindingKind.HELD, FindingKind.REFUSED})


class Kind(StrEnum):
    """The classes of wrongs, as the summary of a sweep counts them."""

    DOUBLE = "doubles"
    SILENT = "silent orders"
    MONEY = "spent without leave"
    CANCELED = "canceled without leave"
    TRACEBACK = "tracebacks"
    SECRET = "secrets told"
    OTHER = "other wrongs"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that should not have happened."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(slots=True)
class Judge:
    """Watches a project and what it leaves behind. `holds`: a doubt may stay one until a person decides.

    `ceiling`: what Git ever agreed to for a quote, in credits; `funds`: what the account had before.
    """

    project: Project
    keys: Sequence[str]
    holds: bool = False
    ceiling: int = 0
    funds: int | None = None
    wrongs: list[Wrong] = field(default_factory=list)

    def wrong(self, kind: Kind, text: str) -> None:
        """Note a wrong, once."""
        if (found := Wrong(kind, text)) not in self.wrongs:
            self.wrongs.append(found)

    def reconcile(self) -> Report | None:
        """Run one pass; what it raises, how it would leave and what it ordered are looked at."""
        report: Report | None = None
        with _logged() as told:
            try:
                report = self.project.reconcile()
            except ReconcilerError as e:
                self.wrong(Kind.OTHER, f"what a provider does ends in the report, but the pass raised {e!r}")
            except Exception as e:  # a pass owes a message, never a traceback
                self.wrong(Kind.TRACEBACK, repr(e))
        self.look_for_doubles()
        self.look_for_spending()
        self.look_for_secrets(repr(report), *told)
        if report is not None:
            self._exit_code(report)
        return report

    def look_for_doubles(self) -> None:
        """No reference is carried by two orders, and no name by two live ones."""
        ours = self._ours()
        for (key, attempt), count in Counter((key, attempt) for key, attempt, _ in ours).items():
            if count > 1:
                self.wrong(Kind.DOUBLE, f"{count} orders carry the reference of {key}, attempt {attempt}")
        live = self.project.provider.live
        for key, count in Counter(key for key, _, order in ours if order["status"] in live).items():
            if count > 1:
                self.wrong(Kind.DOUBLE, f"{count} orders of {key} live at once")

    def look_for_spending(self) -> None:
        """Of an order's quotes one is accepted, within the ceiling; and nothing else has cost anything."""
        orders = [order for order in self.project.orders() if order["provider"] == "up42"]
        accepted = [[q for q in order["quotes"] if q["decision"] == "ACCEPTED"] for order in orders]
        for order, quotes in zip(orders, accepted, strict=True):
            prices = [quote["creditsPrice"] for quote in quotes if quote["decisionByType"] == "USER"]
            if len(prices) > 1 or sum(prices) > self.ceiling:
                self.wrong(Kind.MONEY, f"{order['text']}: accepted {prices}, with a ceiling of {self.ceiling}")
        bound = sum(quote["creditsPrice"] for quotes in accepted for quote in quotes)
        if self.funds is not None and (left := self.project.credits()) != self.funds - bound:
            self.wrong(Kind.MONEY, f"of {self.funds} credits {left} are left, but {bound} were agreed to")

    def look_for_secrets(self, *texts: str) -> None:
        """No credential and no token stands in a file of the project or in what was said."""
        for place in self.project.told_secrets(*texts):
            self.wrong(Kind.SECRET, f"a credential stands in {place}")

    def _ours(self) -> list[tuple[str, int, Mapping[str, Any]]]:
        orders = self.project.orders()
        return [
            (key, attempt, order)
            for key in self.keys
            for attempt in ATTEMPTS
            for order in orders
            if self.project.reference(key, attempt) in (order["text"] or "")
        ]

    def _exit_code(self, report: Report) -> None:
        """Zero means that all is well, and only that; what was not read is never told as something milder."""
        code = exit_of_report(report, detailed=False)
        kinds = {finding.kind for finding in report.plan.findings}
        ends = {result.outcome.kind for result in report.results}
        well = kinds <= _CALM and ends <= {OutcomeKind.DONE} and not report.plan.refusals
        if (code is Exit.OK) != well:
            self.wrong(Kind.OTHER, f"exit {code:d} with findings {sorted(kinds)} and outcomes {sorted(ends)}")
        if FindingKind.UNREAD in kinds and code not in (Exit.FAILED, Exit.UNREAD):
            self.wrong(Kind.OTHER, f"exit {code:d} although something was not read")

    def rest(self) -> None:
        """Take every fault back and let the time pass: all must be decided, and stay so without another request."""
        self.project.clear_faults()
        report = self.reconcile()
        for _ in range(MOST_PASSES):
            if report is not None and self._rests(report):
                break
            self.project.advance(self.project.provider.step)
            report = self.reconcile()
        else:
            self.wrong(Kind.OTHER, f"no rest after {MOST_PASSES} passes: {report and report.plan.findings}")
        self.project.zero()
        report = self.reconcile()
        if report is not None and (actions(report) or self.project.writes()):
            self.wrong(Kind.OTHER, f"a pass over a world at rest did {actions(report)}, {self.project.writes()}")
        if report is not None:
            self._look_for_silence(report)

    def _rests(self, report: Report) -> bool:
        remedies = _WITH_A_REMEDY | {FindingKind.UNRESOLVED} if self.holds else _WITH_A_REMEDY
        findings = report.plan.findings
        doubted = {f.key for f in findings if f.kind is FindingKind.UNRESOLVED and f.kind in remedies and remedy(f)}
        rest = [f for f in findings if not (f.kind is FindingKind.WAITING and f.key in doubted)]
        return (
            not report.plan.actions
            and {f.key for f in findings} >= set(self.keys)
            and all(f.kind in _DECIDED or (f.kind in remedies and remedy(f)) for f in rest)
        )

    def _look_for_silence(self, report: Report) -> None:
        """Every live order of ours is bound by the state file; every binding is to an order that exists."""
        bound = {str(record.order_id) for record in self.project.records().values() if record.order_id is not None}
        ours = {str(order["id"]): order for _, _, order in self._ours()}
        for id_, order in ours.items():
            if order["status"] in self.project.provider.live and id_ not in bound:
                self.wrong(Kind.SILENT, f"order {id_} ({order['text']}) lives, and no record knows it")
        for finding in report.plan.findings:
            if finding.kind is FindingKind.IN_SYNC and finding.subject.order_id not in ours:
                self.wrong(
                    Kind.SILENT, f"{finding.key} is told as in sync with {finding.subject.order_id}, which is not ours"
                )


class _Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line, its traceback too."""
        self.told.append(self.format(record))


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Give everything that our program logs meanwhile, however little a person would be shown of it."""
    logger, kept = logging.getLogger(reconciler.__name__), _Kept()
    level = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.DEBUG)
    try:
        yield kept.told
    finally:
        logger.setLevel(level)
        logger.removeHandler(kept)


def judged(name: str, wrongs: Sequence[Wrong]) -> str:
    """Return what a failure prints: the wrongs, and the line that makes them happen again."""
    told = "\n".join(map(str, wrongs))
    return f"{told}\nreproduce: python -m tests.sweeps.again {name}" if wrongs else ""


Run = Callable[[str], list[Wrong]]
"""Runs one case by its name and returns what went wrong."""
