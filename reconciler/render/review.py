"""The same for reviewers and CI: Markdown for a pull request, annotations on the manifests' own lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.model.errors import Problem
from reconciler.plan.actions import Place
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.planner import Plan
from reconciler.render.words import WAITS_FOR_A_PERSON, described


def plan_markdown(plan: Plan, summary: str) -> str:
    """Return a plan as Markdown: the summary, a table of actions, then what waits for somebody."""
    lines = [f"**{_cell(summary)}**", ""]
    if plan.actions:
        lines += ["| action | order | what |", "| --- | --- | --- |"]
        lines += [f"| {a.kind} | `{a.key}` | {_cell(described(a))} |" for a in plan.actions]
        lines.append("")
    lines += [f"- **refused**: {_cell(r.message)}. {_cell(r.door)}" for r in plan.refusals]
    shown = [f for f in plan.findings if f.kind not in (FindingKind.IN_SYNC, FindingKind.ENDED)]
    lines += [f"- **{f.kind}** `{f.key}`: {_cell(f.message)}. {_cell(f.door)}".rstrip() for f in shown]
    return "\n".join(lines).rstrip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def plan_annotations(plan: Plan, summary: str) -> str:
    """Return a plan as workflow commands of GitHub Actions, each on the line of its order."""
    lines = [f"::notice{_at(a)}::place {a.key}: {_escaped(described(a))}" for a in plan.actions if isinstance(a, Place)]
    lines += [_annotation(f) for f in plan.findings if f.kind not in (FindingKind.IN_SYNC, FindingKind.ENDED)]
    lines += [f"::error::{_escaped(f'{r.message}. {r.door}')}" for r in plan.refusals]
    return "\n".join([*lines, summary])


def problem_annotations(problems: Sequence[Problem]) -> str:
    """Return manifest problems as workflow commands of GitHub Actions."""
    return "\n".join(_problem_annotations(problems))


def _problem_annotations(problems: Sequence[Problem]) -> Iterable[str]:
    for problem in problems:
        place = problem.location
        yield f"::error file={place.file},line={place.line},col={place.column}::{_escaped(problem.message)}"


def _annotation(finding: Finding) -> str:
    level = "warning" if finding.kind in WAITS_FOR_A_PERSON else "notice"
    return f"::{level}{_at(finding)}::{_escaped(f'{finding.kind} {finding.key}: {finding.message}. {finding.door}')}"


def _at(of: Finding | Place) -> str:
    place = of.location
    return f" file={place.file},line={place.line},col={place.column}" if place is not None else ""


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
