"""The same for reviewers and CI: Markdown for a pull request, annotations on the manifests' own lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.model.errors import Location, Problem
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.actions import Confirm, Place, Result
from reconciler.plan.findings import WAITS_FOR_A_PERSON, Finding, FindingKind
from reconciler.plan.planner import Plan
from reconciler.render.words import after, described, ended


def plan_markdown(plan: Plan, summary: str) -> str:
    """Return a plan as Markdown: the summary, a table of actions, then what waits for somebody."""
    return _markdown(plan, [(a.kind, a.key, described(a)) for a in plan.actions], summary)


def pass_markdown(plan: Plan, results: Sequence[Result], summary: str) -> str:
    """Return what a pass did as Markdown, in the shape of its plan: the table says how each action ended."""
    return _markdown(plan, [(r.action.kind, r.action.key, _told(r)) for r in results], summary)


def _told(result: Result) -> str:
    if result.outcome.kind is OutcomeKind.DONE:
        return ended(result)
    return f"**{ended(result)}**; {after(result)}"


def _markdown(plan: Plan, rows: Sequence[tuple[str, str, str]], summary: str) -> str:
    lines = [f"**{_cell(summary)}**", ""]
    if rows:
        lines += ["| action | order | what |", "| --- | --- | --- |"]
        lines += [f"| {kind} | `{key}` | {_cell(text)} |" for kind, key, text in rows]
        lines.append("")
    lines += [f"- **refused**: {_cell(r.message)}. {_cell(r.door)}" for r in plan.refusals]
    shown = [f for f in plan.findings if f.kind not in (FindingKind.IN_SYNC, FindingKind.ENDED)]
    for finding in shown:
        lines.append(f"- **{finding.kind}** `{finding.key}`: {_cell(finding.message)}. {_cell(finding.door)}".rstrip())
        lines += [f"  1. {_cell(choice.text)}: `{_cell(choice.lines)}`" for choice in finding.choices]
    return "\n".join(lines).rstrip()


def _cell(text: str) -> str:
    return " ".join(text.splitlines()).replace("\\", "\\\\").replace("|", "\\|")


def plan_annotations(plan: Plan, summary: str) -> str:
    """Return a plan as workflow commands of GitHub Actions, each on the line of its order."""
    shown = [action for action in plan.actions if isinstance(action, Place | Confirm)]
    lines = [f"::notice{_at(a)}::{a.kind} {a.key}: {_escaped(described(a))}" for a in shown]
    return _annotations(plan, lines, summary)


def pass_annotations(plan: Plan, results: Sequence[Result], summary: str) -> str:
    """Return what a pass did as workflow commands: an error for each action that did not end as planned."""
    return _annotations(plan, [_result_annotation(result) for result in results], summary)


def _result_annotation(result: Result) -> str:
    action = result.action
    good = result.outcome.kind is OutcomeKind.DONE
    where = _at(action) if isinstance(action, Place | Confirm) else ""
    text = ended(result) if good else f"{ended(result)}; {after(result)}"
    return f"::{'notice' if good else 'error'}{where}::{action.kind} {action.key}: {_escaped(text)}"


def _annotations(plan: Plan, lines: list[str], summary: str) -> str:
    lines += [_annotation(f) for f in plan.findings if f.kind not in (FindingKind.IN_SYNC, FindingKind.ENDED)]
    lines += [f"::error::{_escaped(f'{r.message}. {r.door}')}" for r in plan.refusals]
    return "\n".join([*lines, summary])


def problems_markdown(problems: Sequence[Problem]) -> str:
    """Return manifest problems as a list in Markdown."""
    count = f"**{len(problems)} problem{'s' * (len(problems) != 1)}; nothing was sent.**"
    return "\n".join([count, "", *(f"- `{problem.location}` {_cell(problem.message)}" for problem in problems)])


def problem_annotations(problems: Sequence[Problem]) -> str:
    """Return manifest problems as workflow commands of GitHub Actions."""
    return "\n".join(_problem_annotations("error", problems))


def warning_annotations(warnings: Sequence[Problem]) -> str:
    """Return what is valid and may be refused all the same as workflow commands of GitHub Actions."""
    return "\n".join(_problem_annotations("warning", warnings))


def _problem_annotations(level: str, problems: Sequence[Problem]) -> Iterable[str]:
    for problem in problems:
        yield f"::{level}{_place(problem.location)}::{_escaped(problem.message)}"


def _annotation(finding: Finding) -> str:
    level = "warning" if finding.kind in WAITS_FOR_A_PERSON else "notice"
    told = [f"{finding.kind} {finding.key}: {finding.message}. {finding.door}", *map(str, finding.choices)]
    return f"::{level}{_at(finding)}::{_escaped(chr(10).join(told))}"


def _at(of: Finding | Place | Confirm) -> str:
    return _place(of.location) if of.location is not None else ""


def _place(of: Location) -> str:
    file = _escaped(of.file).replace(":", "%3A").replace(",", "%2C")
    return f" file={file},line={of.line},col={of.column}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
