"""`reconciler plan`."""

from __future__ import annotations

from reconciler.cli.options import MANIFESTS, DetailedExit, Format, Manifests, PlanFormat, State


def plan(
    manifests: Manifests = MANIFESTS,
    state: State = None,
    format_: PlanFormat = Format.TEXT,
    detailed_exitcode: DetailedExit = False,
) -> int:
    """Show what a reconcile would do and cost. Sends nothing but reads, and writes no state."""
    from reconciler.cli.output import notice

    notice(f"reading {manifests}")
    from reconciler.cli.exits import exit_of_report
    from reconciler.cli.passes import run_pass
    from reconciler.cli.reports import show_plan
    from reconciler.reconcile import Mode

    desired, report = run_pass(manifests, state, Mode.PLAN)
    show_plan(report.plan, desired.folder, format_)
    return exit_of_report(report, detailed=detailed_exitcode)
