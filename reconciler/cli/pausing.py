"""What every command says while something is paused, and the option that names what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from reconciler.state.reader import StateReader

OneAccount = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="One account; without it all of them.", show_default=False),
]


def tell_pauses(state: StateReader) -> None:
    """Say on stderr what is paused."""
    from reconciler.cli.output import notice

    for pause in state.pauses():
        notice(f"{pause} (`reconciler resume` ends it)", event="paused")
