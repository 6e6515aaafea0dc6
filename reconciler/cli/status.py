"""`reconciler status`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.options import MANIFESTS, DataFormat, LockTimeout, Manifests, PlainFormat, State
from reconciler.state.group_by import GroupBy

if TYPE_CHECKING:  # these are slow to import, and the first words to a person come before them
    from reconciler.model.money import Money
    from reconciler.state.reader import StateReader


def status(
    manifests: Manifests = MANIFESTS,
    state: State = None,
    format_: PlainFormat = DataFormat.TEXT,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask the providers first (reads only).", envvar="RECONCILER_REFRESH")
    ] = False,
    waiting: Annotated[
        bool,
        typer.Option(
            "--waiting", help="Only what waits for a person, the soonest deadline first.", envvar="RECONCILER_WAITING"
        ),
    ] = False,
    spend: Annotated[
        bool, typer.Option("--spend", help="What was spent, by the journal alone.", envvar="RECONCILER_SPEND")
    ] = False,
    by: Annotated[
        GroupBy, typer.Option("--by", help="What --spend adds up by.", envvar="RECONCILER_BY")
    ] = GroupBy.MONTH,
    lock_timeout: LockTimeout = 0.0,
) -> int:
    """Show every known order and what waits for a person. From the state file: needs no network."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.options import state_path
    from reconciler.cli.output import notice
    from reconciler.cli.pausing import tell_pauses

    if waiting and spend:
        raise typer.BadParameter("say one of --waiting and --spend")
    if refresh:
        notice(f"reading {manifests}")
    from reconciler.cli.passes import run_pass
    from reconciler.reconcile import Mode
    from reconciler.state.store import open_reader

    code = Exit.OK
    if refresh:
        _, report = run_pass(manifests, state, Mode.REFRESH, lock_timeout=lock_timeout)
        code = Exit.UNREAD if report.unread else Exit.OK
    with open_reader(state_path(state, manifests)) as reader:
        tell_pauses(reader.pauses())
        if spend:
            _show_spending(reader, by, manifests, format_)
        else:
            _show_orders(reader, format_, waiting=waiting)
    return code


def _show_orders(reader: StateReader, format_: DataFormat, *, waiting: bool) -> None:
    from reconciler.cli.output import show, show_document
    from reconciler.plan.last_pass import DOCUMENT, PassSnapshot
    from reconciler.render.document import status_document, waiting_document
    from reconciler.render.text import status_lines, waiting_lines

    last = PassSnapshot.from_text(reader.document(DOCUMENT))
    records = tuple(reader.records().values()) if not waiting else ()
    if format_ is DataFormat.JSON:
        show_document(waiting_document(last) if waiting else status_document(records, last, reader.pauses()))
    else:
        show(waiting_lines(last, f"{reader.path}") if waiting else status_lines(records, last, f"{reader.path}"))


def _show_spending(reader: StateReader, by: GroupBy, manifests: Path, format_: DataFormat) -> None:
    from reconciler.cli.output import show, show_document
    from reconciler.plan.last_pass import DOCUMENT, PassSnapshot
    from reconciler.render.spending import spending_document, spending_lines, spent
    from reconciler.state.spending import month_of

    last = PassSnapshot.from_text(reader.document(DOCUMENT))
    month = month_of(last.at) if last is not None else ""
    ceilings = _ceilings(manifests) if month and by is GroupBy.MONTH else ()
    found = spent(reader.spendings(), by, reader.known_since(), month=month, ceilings=ceilings)
    if format_ is DataFormat.JSON:
        show_document(spending_document(found))
    else:
        show(spending_lines(found, f"{reader.path}"))


def _ceilings(manifests: Path) -> tuple[Money, ...]:
    """Return what the policy allows in a month; what was spent is shown also where no policy can be read."""
    from reconciler.cli.output import notice
    from reconciler.desired import read
    from reconciler.model.errors import ReconcilerError

    try:
        return read(manifests).project.policy.per_month
    except ReconcilerError:
        notice("the policy's ceilings are not shown: `reconciler validate` says why the manifests cannot be read")
        return ()
