"""`reconciler simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_CONTRACT = "7d4c1f5a-6c1e-4a57-9d25-3f0f5f0d9c11"


def simulate(
    data: Annotated[
        Path | None,
        typer.Option(
            help="File that keeps the simulated world, such as .reconciler/simulator-ACCOUNT.db; in memory by default.",
            envvar="RECONCILER_DATA",
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", envvar="RECONCILER_PORT")] = 0,
    start: Annotated[
        str | None, typer.Option(help="First simulated instant (RFC 3339); now by default.", envvar="RECONCILER_START")
    ] = None,
    speed: Annotated[
        float, typer.Option(help="Simulated seconds per real second.", envvar="RECONCILER_SPEED", min=0.0)
    ] = 1.0,
    contract: Annotated[
        list[str] | None,
        typer.Option(help="ICEYE contract id that exists there; may be repeated.", show_default=_CONTRACT),
    ] = None,
) -> int:
    """Serve the simulated providers on loopback until interrupted; `/_sim/` is their control room."""
    from reconciler.cli.codes import Exit
    from reconciler.cli.output import show_text
    from reconciler.model.time import parse_instant
    from reconciler.simulator import Simulator

    try:
        first = parse_instant(start) if start is not None else None
    except ValueError as e:
        raise typer.BadParameter(str(e)) from e
    simulator = Simulator(data=data, start=first, speed=speed, port=port, contracts=tuple(contract or [_CONTRACT]))
    simulator.serve_forever(
        started=lambda running: show_text(
            f"ICEYE:   {running.iceye_url}\ntoken:   {running.iceye_token_url}\ncontrol: {running.url}/_sim/orders"
        )
    )
    return Exit.OK
