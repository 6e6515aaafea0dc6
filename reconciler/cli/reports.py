"""A finished pass in the format that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from reconciler.cli.options import Format
from reconciler.cli.output import show, show_json, show_text
from reconciler.plan.actions import Result
from reconciler.plan.planner import Plan
from reconciler.render.document import pass_document, plan_document
from reconciler.render.review import pass_annotations, pass_markdown, plan_annotations, plan_markdown
from reconciler.render.text import pass_lines, plan_lines
from reconciler.render.words import pass_summary, plan_summary


def show_plan(plan: Plan, folder: str, format_: Format) -> None:
    """Write a plan to stdout."""
    match format_:
        case Format.TEXT:
            show(plan_lines(plan, folder))
        case Format.JSON:
            show_json(plan_document(plan))
        case Format.MARKDOWN:
            show_text(plan_markdown(plan, plan_summary(plan)))
        case Format.GITHUB:
            show_text(plan_annotations(plan, plan_summary(plan)))
        case _ as never:
            assert_never(never)


def show_pass(plan: Plan, results: Sequence[Result], folder: str, format_: Format) -> None:
    """Write what a pass did to stdout."""
    summary = pass_summary(results, plan.findings, refused=bool(plan.refusals))
    match format_:
        case Format.TEXT:
            show(pass_lines(plan, results, folder))
        case Format.JSON:
            show_json(pass_document(plan, results))
        case Format.MARKDOWN:
            show_text(pass_markdown(plan, results, summary))
        case Format.GITHUB:
            show_text(pass_annotations(plan, results, summary))
        case _ as never:
            assert_never(never)
