"""What every command says while something is paused, and the option that names what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.model.ids import AccountName
    from reconciler.model.pause import Pause

OneAccount = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="One account; without it all of them.", show_default=False),
]


def check_account(account: AccountName, manifests: Path, state: Path) -> None:
    """Raise `ConfigError` for a name that is no account's: it would pause nothing.

    Manifests that cannot be read keep nobody from pausing.
    """
    from reconciler.cli.output import notice
    from reconciler.desired import read
    from reconciler.model.errors import ConfigError, ReconcilerError
    from reconciler.state.store import open_reader

    with open_reader(state) as reader:
        known = {record.account for record in reader.records().values()}
    try:
        known |= {each.name for each in read(manifests).accounts}
    except ReconcilerError:
        if account not in known:
            notice(f"{manifests} cannot be read, so that nobody knows whether there is an account {account}")
        return
    if account not in known:
        names = ", ".join(sorted(known)) or "none"
        raise ConfigError(f"no account {account} in {manifests} or in the state: nothing is paused. There are: {names}")


def tell_pauses(pauses: Sequence[Pause]) -> None:
    """Say on stderr what is paused."""
    from reconciler.cli.output import notice

    for pause in pauses:
        notice(f"{pause} (`reconciler resume` ends it)", event="paused")
