"""`reconciler status`."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.options import MANIFESTS, LockTimeout, Manifests, Plain, PlainFormat, State


def status(
    manifests: Manifests = MANIFESTS,
    state: State = None,
    format_: PlainFormat = Plain.TEXT,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask the providers first (reads only).", envvar="RECONCILER_REFRESH")
    ] = False,
    lock_timeout: LockTimeout = 0.0,
) -> int:
    """Show every known order and what waits for a person. From the state file: needs no network."""
    from reconciler.cli.codes import Exit
    from reconciler.cli.options import state_path
    from reconciler.cli.output import notice, show, show_json

    if refresh:
        notice(f"reading {manifests}")
    from reconciler.cli.passes import run_pass
    from reconciler.model.time import seconds_text
    from reconciler.plan.remembered import DOCUMENT, Remembered
    from reconciler.reconcile import Mode
    from reconciler.render.document import status_document
    from reconciler.render.text import status_lines
    from reconciler.state.store import open_reader

    code = Exit.OK
    if refresh:
        _, report = run_pass(manifests, state, Mode.REFRESH, lock_timeout=lock_timeout)
        code = Exit.UNREAD if report.unread else Exit.OK
    path = state_path(state, manifests)
    with open_reader(path) as reader:
        records = tuple(reader.records().values())
        last = Remembered.from_text(reader.document(DOCUMENT))
    findings = last.findings if last is not None else ()
    details = last.details if last is not None else {}
    if format_ is Plain.JSON:
        show_json(status_document(records, findings, details))
    else:
        when = f"As of {seconds_text(last.at)}" if last is not None else "No pass has been made yet"
        show(status_lines(records, findings, details, f"{when}; {path}"))
    return code
