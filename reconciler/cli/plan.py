"""`reconciler plan`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import (
    MANIFESTS,
    DetailedExit,
    Format,
    Manifests,
    PlanFormat,
    Progress,
    QuietIfEmpty,
    State,
    StderrFormat,
)


def plan(
    manifests: Manifests = MANIFESTS,
    state: State = None,
    format_: PlanFormat = Format.TEXT,
    detailed_exitcode: DetailedExit = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the plan down, for `reconcile --plan` to carry out when it is approved.",
            metavar="FILE",
            dir_okay=False,
            envvar="RECONCILER_OUT",
        ),
    ] = None,
    expires: Annotated[
        str,
        typer.Option(
            help="For how long the plan can be carried out, by the providers' clock.",
            metavar="DURATION",
            envvar="RECONCILER_EXPIRES",
        ),
    ] = "24h",
    quiet_if_empty: QuietIfEmpty = False,
    progress: Progress = StderrFormat.TEXT,
) -> int:
    """Show what a reconcile would do and cost. Sends nothing but reads, and writes no state."""
    from reconciler.cli.options import require_markdown
    from reconciler.cli.output import report_progress

    require_markdown(format_, quiet_if_empty)
    report_progress(f"reading {manifests}")
    from reconciler.cli.pass_exit_code import exit_of_report
    from reconciler.cli.pass_output import show_report
    from reconciler.cli.passes import run_pass
    from reconciler.cli.problems import problems_in
    from reconciler.cli.saved_plans import expiry_of, write_plan
    from reconciler.reconcile import Mode

    expiry = expiry_of(expires) if out is not None else None
    with problems_in(format_):
        desired, report = run_pass(manifests, state, Mode.PLAN, expiry=expiry)
    show_report(report, desired, format_, quiet=quiet_if_empty)
    if out is not None and report.saved is not None:
        write_plan(report.saved, out)
    return exit_of_report(report, detailed=detailed_exitcode)
