"""The same for CI: workflow commands of GitHub Actions, each on its manifest's own line."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.errors import Location, Problem
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.actions import Action, Result
from reconciler.plan.findings import WAITS_FOR_A_PERSON, Finding, FindingKind
from reconciler.render.phrases import choice_text, message, remedy
from reconciler.render.review import Review
from reconciler.render.summaries import after, described, outcome_text


def review_annotations(review: Review) -> str:
    """Return a notice for each action, an error for one that failed, what findings ask for, and the fixed last line."""
    if review.results is None:
        lines = [_about(review, "notice", action, described(action)) for action in review.plan.actions]
    else:
        lines = [_result_annotation(review, result) for result in review.results]
    lines += [_finding_annotation(review, finding) for finding in review.findings]
    lines += [_command("error", None, f"{message(refusal)}. {remedy(refusal)}") for refusal in review.plan.refusals]
    return "\n".join([*lines, review.summary])


def problem_annotations(problems: Sequence[Problem]) -> str:
    """Return manifest problems as errors."""
    return "\n".join(_command("error", problem.location, problem.message) for problem in problems)


def warning_annotations(warnings: Sequence[Problem]) -> str:
    """Return what is valid and may be refused all the same as warnings."""
    return "\n".join(_command("warning", warning.location, warning.message) for warning in warnings)


def _result_annotation(review: Review, result: Result) -> str:
    if result.outcome.kind is OutcomeKind.DONE:
        return _about(review, "notice", result.action, outcome_text(result))
    return _about(review, "error", result.action, f"{outcome_text(result)}; {after(result)}")


def _finding_annotation(review: Review, finding: Finding) -> str:
    told = [f"{message(finding)}. {remedy(finding)}".rstrip(), *map(choice_text, finding.choices)]
    return _about(review, _level(finding.kind), finding, "\n".join(told))


def _level(kind: FindingKind) -> str:
    if kind in (FindingKind.UNREAD, FindingKind.REFUSED):
        return "error"
    return "warning" if kind in WAITS_FOR_A_PERSON else "notice"


def _about(review: Review, level: str, about: Action | Finding, text: str) -> str:
    return _command(level, review.location(about), f"{about.kind} {about.key}: {text}")


def _command(level: str, at: Location | None, text: str) -> str:
    where = f" file={_property(at.file)},line={at.line},col={at.column}" if at is not None else ""
    return f"::{level}{where}::{_escaped(text)}"


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
