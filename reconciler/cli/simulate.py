"""`reconciler simulate`."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

_CONTRACT = "7d4c1f5a-6c1e-4a57-9d25-3f0f5f0d9c11"


def simulate(
    data: Annotated[
        Path | None,
        typer.Option(
            help="File that keeps the simulated world, such as .reconciler/simulator-ACCOUNT.db; in memory by default.",
            metavar="FILE",
            dir_okay=False,
            envvar="RECONCILER_DATA",
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            help="Port on 127.0.0.1; 0 takes a free one.", metavar="PORT", min=0, max=65535, envvar="RECONCILER_PORT"
        ),
    ] = 0,
    start: Annotated[
        str | None,
        typer.Option(
            help="First simulated instant (RFC 3339); now by default.", metavar="INSTANT", envvar="RECONCILER_START"
        ),
    ] = None,
    speed: Annotated[
        float,
        typer.Option(help="Simulated seconds per real second.", metavar="NUMBER", envvar="RECONCILER_SPEED", min=0.0),
    ] = 1.0,
    contract: Annotated[
        list[UUID] | None,
        typer.Option(
            help=f"ICEYE contract id that exists there; may be repeated. By default {_CONTRACT}.",
            metavar="UUID",
            envvar="RECONCILER_CONTRACT",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Serve the simulated providers. On loopback, until interrupted; `/_sim/` is their control room."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.output import show_text
    from reconciler.model.errors import ConfigError
    from reconciler.model.time import parse_instant
    from reconciler.simulator import Simulator

    try:
        first = parse_instant(start) if start is not None else None
    except ValueError as e:
        raise typer.BadParameter(str(e)) from e
    contracts = tuple(map(str, contract)) if contract else (_CONTRACT,)
    simulator = Simulator(data=data, start=first, speed=speed, port=port, contracts=contracts)
    try:
        simulator.serve_forever(
            started=lambda running: show_text(
                f"ICEYE:   {running.iceye_url}\ntoken:   {running.iceye_token_url}\n"
                f"control: {running.url}/_sim/orders\n"
                f"UP42:    {running.up42_url}\nlogin:   {running.up42_auth_url}\n"
                f"Vantor:  {running.vantor_url}\ntoken:   {running.vantor_token_url}"
            )
        )
    except OSError as e:
        if e.filename is not None:
            raise
        raise ConfigError(f"the simulator cannot listen on port {port}: {e.strerror}") from e
    except sqlite3.DatabaseError as e:
        raise ConfigError(f"{data} cannot keep the simulated world: {e}") from e
    return Exit.OK
