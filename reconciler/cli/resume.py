"""`reconciler resume`."""

from __future__ import annotations

from reconciler.cli.options import MANIFESTS, ManifestsDir, State
from reconciler.cli.pausing import OneAccount


def resume(account: OneAccount = None, manifests: ManifestsDir = MANIFESTS, state: State = None) -> int:
    """End a pause. That of one account, or without a name every one."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.options import state_path
    from reconciler.cli.output import show_text
    from reconciler.model.errors import ConfigError
    from reconciler.model.ids import AccountName
    from reconciler.model.time import seconds_text
    from reconciler.state.pauses import end_pauses

    path = state_path(state, manifests)
    ended, left = end_pauses(path, AccountName(account) if account is not None else None)
    if not ended:
        told = f"account {account} is not" if account is not None else "nothing is"
        raise ConfigError(f"{told} paused; {path} holds {'no pause' if not left else '; '.join(map(str, left))}")
    for pause in ended:
        show_text(f"Resumed: {pause.of}, paused since {seconds_text(pause.at)} by {pause.by}: {pause.reason}.")
    for pause in left:
        show_text(f"But {pause}.")
    return Exit.OK
