"""`reconciler validate`."""

from __future__ import annotations

from os.path import realpath
from typing import Annotated

import typer

from reconciler.cli.options import MANIFESTS, Format, Manifests, PlanFormat


def validate(
    manifests: Manifests = MANIFESTS,
    format_: PlanFormat = Format.TEXT,
    changed_since: Annotated[
        str | None,
        typer.Option(
            help="Only tell what is wrong in files that differ from this revision, or between documents.",
            metavar="REV",
            envvar="RECONCILER_CHANGED_SINCE",
        ),
    ] = None,
) -> int:
    """Check manifests offline. Shows every problem of every file, with file:line:column."""
    from reconciler.cli.collector import collector_paused
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.problems import problems_in, show_valid
    from reconciler.cli.working_tree import touched_since
    from reconciler.desired import read, warnings

    with problems_in(format_), collector_paused():
        touched = touched_since(manifests, changed_since) if changed_since is not None else None
        desired = read(manifests, touched=touched)
    doubtful = [w for w in warnings(desired) if touched is None or realpath(w.location.file) in touched]
    show_valid(desired, doubtful, format_)
    return Exit.OK
