"""Writing a finished pass to stdout, in the format that was asked for."""

from __future__ import annotations

from typing import assert_never

from reconciler.cli.options import Format
from reconciler.cli.output import show, show_document, show_text
from reconciler.model.order import Manifests
from reconciler.observe import held_targets
from reconciler.reconcile import Mode, Report
from reconciler.render.annotations import review_annotations
from reconciler.render.document import pass_document, plan_document
from reconciler.render.junit import junit
from reconciler.render.markdown import markdown
from reconciler.render.review import Review
from reconciler.render.text import pass_lines, plan_lines


def show_report(report: Report, manifests: Manifests, format_: Format, *, quiet: bool) -> None:
    """Write a plan, or what a pass did, to stdout; `quiet` says nothing where nobody has to read it."""
    planned, plan, folder = report.mode is Mode.PLAN, report.plan, manifests.folder
    match format_:
        case Format.TEXT:
            show(plan_lines(plan, folder) if planned else pass_lines(plan, report.results, folder))
        case Format.JSON:
            show_document(plan_document(plan, report.saved) if planned else pass_document(plan, report.results))
        case Format.MARKDOWN:
            review = _review(report, manifests)
            if not (quiet and review.empty):
                show_text(markdown(review))
        case Format.GITHUB:
            show_text(review_annotations(_review(report, manifests)))
        case Format.JUNIT:
            show_text(junit(_review(report, manifests)))
        case _ as never:
            assert_never(never)


def _review(report: Report, manifests: Manifests) -> Review:
    orders = {order.key: order for order in manifests.orders}
    return Review(
        plan=report.plan,
        results=None if report.mode is Mode.PLAN else report.results,
        orders=orders,
        policy=manifests.project.policy,
        spent=report.inputs.spent if report.inputs is not None else (),
        before=held_targets(report.plan, report.inputs) if report.inputs is not None else {},
        saved=report.saved,
    )
