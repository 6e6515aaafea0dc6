"""`reconciler resolve`."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.options import MANIFESTS, Attempt, LockTimeout, ManifestsDir, Order, State


def resolve(
    order: Order,
    adopt: Annotated[
        str | None, typer.Option("--adopt", metavar="ID", help="It is this order of the provider.", show_default=False)
    ] = None,
    not_created: Annotated[
        bool, typer.Option("--not-created", help="Nothing was created: a later reconcile may place it.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why you are sure; kept in the journal.", show_default=False)
    ] = None,
    early: Annotated[
        bool, typer.Option("--early", help="Its provider says that there is none, though it might still show.")
    ] = False,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="ACCOUNT", help="Do not look at this account, which is gone.", show_default=False),
    ] = None,
    attempt: Attempt = None,
    manifests: ManifestsDir = MANIFESTS,
    state: State = None,
    lock_timeout: LockTimeout = 0.0,
) -> int:
    """Settle a doubt about an order. Which provider order it is, or that none was created."""
    from reconciler.cli.decisions import deciding
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.output import show_text
    from reconciler.model.ids import AccountName

    if (adopt is None) == (not not_created):
        raise typer.BadParameter("say exactly one of --adopt ID and --not-created")
    if not_created and not (reason or "").strip():
        raise typer.BadParameter("--not-created needs --reason TEXT: how do you know?")
    if adopt is not None and (early or without):
        raise typer.BadParameter("--early and --without belong to --not-created")
    with deciding(order, attempt, manifests, state, lock_timeout=lock_timeout) as decision:
        if adopt is not None:
            show_text(decision.adopt(adopt))
        else:
            skipped = frozenset(map(AccountName, without or ()))
            show_text(decision.not_created(str(reason).strip(), early=early, without=skipped))
    return Exit.OK
