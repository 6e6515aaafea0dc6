"""`reconciler reconcile`."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.options import MANIFESTS, DetailedExit, Format, LockTimeout, Manifests, PlanFormat, State


def reconcile(
    manifests: Manifests = MANIFESTS,
    state: State = None,
    format_: PlanFormat = Format.TEXT,
    detailed_exitcode: DetailedExit = False,
    lock_timeout: LockTimeout = 0.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only plan: as `reconciler plan`.", envvar="RECONCILER_DRY_RUN")
    ] = False,
) -> int:
    """Do what the manifests state. Place, adopt, cancel; what it will not do is reported, with what ends it."""
    from reconciler.cli.output import notice

    notice(f"reading {manifests}")
    from reconciler.cli.exits import exit_of_report
    from reconciler.cli.passes import run_pass
    from reconciler.cli.reports import show_pass, show_plan
    from reconciler.reconcile import Mode

    desired, report = run_pass(manifests, state, Mode.PLAN if dry_run else Mode.RECONCILE, lock_timeout=lock_timeout)
    if dry_run:
        show_plan(report.plan, desired.folder, format_)
    else:
        show_pass(report.plan, report.results, desired.folder, format_)
    return exit_of_report(report, detailed=detailed_exitcode)
