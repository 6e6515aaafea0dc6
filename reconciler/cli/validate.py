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
    from reconciler.cli.codes import Exit
    from reconciler.cli.collector import collector_paused
    from reconciler.cli.git import touched_since
    from reconciler.cli.output import show_json, show_text
    from reconciler.desired import read, warnings
    from reconciler.model.errors import ManifestError
    from reconciler.render.review import problem_annotations, problems_markdown, warning_annotations

    try:
        with collector_paused():
            touched = touched_since(manifests, changed_since) if changed_since is not None else None
            desired = read(manifests, touched=touched)
    except ManifestError as e:
        if format_ is Format.GITHUB:
            show_text(problem_annotations(e.problems))
        elif format_ is Format.MARKDOWN:
            show_text(problems_markdown(e.problems))
        elif format_ is Format.JSON:
            show_json({"valid": False, "problems": [_problem(str(p.location), p.message) for p in e.problems]})
        else:
            raise
        return Exit.INVALID
    doubtful = [w for w in warnings(desired) if touched is None or realpath(w.location.file) in touched]
    if format_ is Format.JSON:
        told = [_problem(str(w.location), w.message) for w in doubtful]
        counted = {"orders": len(desired.orders), "accounts": len(desired.accounts)}
        show_json({"valid": True, **counted, "problems": [], "warnings": told})
    else:
        if doubtful:
            plain = "\n".join(f"warning: {warning}" for warning in doubtful)
            show_text(warning_annotations(doubtful) if format_ is Format.GITHUB else plain)
        counts = f"{_count(len(desired.orders), 'order')}, {_count(len(desired.accounts), 'account')}"
        show_text(f"Valid: {counts} in {desired.folder}.")
    return Exit.OK


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _problem(location: str, message: str) -> dict[str, str]:
    return {"location": location, "message": message}
