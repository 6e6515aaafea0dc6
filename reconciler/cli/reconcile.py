"""`reconciler reconcile`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import (
    MANIFESTS,
    DetailedExit,
    Expect,
    Format,
    LockTimeout,
    Manifests,
    PlanFormat,
    Progress,
    QuietIfEmpty,
    State,
    StderrFormat,
)


def reconcile(
    manifests: Manifests = MANIFESTS,
    state: State = None,
    format_: PlanFormat = Format.TEXT,
    detailed_exitcode: DetailedExit = False,
    lock_timeout: LockTimeout = 0.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only plan: as `reconciler plan`.", envvar="RECONCILER_DRY_RUN")
    ] = False,
    plan: Annotated[
        Path | None,
        typer.Option(
            help="Carry out exactly this saved plan; leave with 8 where it is not what would be done by now.",
            metavar="FILE",
            dir_okay=False,
            envvar="RECONCILER_PLAN",
        ),
    ] = None,
    expect: Expect = None,
    quiet_if_empty: QuietIfEmpty = False,
    progress: Progress = StderrFormat.TEXT,
) -> int:
    """Do what the manifests state. Place, adopt, cancel; what it will not do is reported, with what ends it."""
    from reconciler.cli.options import require_markdown
    from reconciler.cli.output import report_progress

    require_markdown(format_, quiet_if_empty)
    report_progress(f"reading {manifests}")
    from reconciler.cli.pass_exit_code import exit_of_report
    from reconciler.cli.pass_output import show_report
    from reconciler.cli.passes import run_pass
    from reconciler.cli.problems import problems_in
    from reconciler.cli.saved_plans import approval_of
    from reconciler.reconcile import Mode

    mode, approval = Mode.PLAN if dry_run else Mode.RECONCILE, approval_of(plan, expect)
    with problems_in(format_):
        desired, report = run_pass(manifests, state, mode, lock_timeout=lock_timeout, approval=approval)
    show_report(report, desired, format_, quiet=quiet_if_empty)
    return exit_of_report(report, detailed=detailed_exitcode)
