"""`reconciler pause`."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.options import MANIFESTS, ManifestsDir, State
from reconciler.cli.pausing import OneAccount


def pause(
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; every command shows it.", show_default=False)],
    account: OneAccount = None,
    manifests: ManifestsDir = MANIFESTS,
    state: State = None,
) -> int:
    """Send nothing from now on. Heeded by a run at work too; orders are still followed, and `resume` ends it."""
    from reconciler.cli.decisions import user
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.options import state_path
    from reconciler.cli.output import show_text
    from reconciler.cli.pausing import check_account
    from reconciler.connect import utc_now
    from reconciler.model.ids import AccountName
    from reconciler.model.pause import Pause
    from reconciler.state.pauses import set_pause

    if not reason.strip():
        raise typer.BadParameter("--reason needs a text: others will want to know")
    named = AccountName(account) if account is not None else None
    path = state_path(state, manifests)
    if named is not None:
        check_account(named, manifests, path)
    new = Pause(account=named, reason=reason.strip(), by=user(), at=utc_now())
    set_pause(path, new)
    show_text(f"{new.sentence}. `reconciler resume{f' --account {account}' if account else ''}` ends it.")
    return Exit.OK
