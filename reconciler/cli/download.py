"""`reconciler download`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import MANIFESTS, Attempt, ManifestsDir, Order, State


def download(
    order: Order,
    into: Annotated[
        Path,
        typer.Option(help="Folder to write to; made where it is missing.", metavar="DIR", envvar="RECONCILER_INTO"),
    ] = Path("downloads"),
    attempt: Attempt = None,
    manifests: ManifestsDir = MANIFESTS,
    state: State = None,
) -> int:
    """Fetch an order's files. Resumed where a download broke off, sizes verified, files that are there kept."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.files import fetch_all
    from reconciler.cli.passes import environment
    from reconciler.desired import read
    from reconciler.model.errors import ConfigError
    from reconciler.model.ids import OrderKey
    from reconciler.state.store import open_reader

    env = environment(state, manifests)
    with open_reader(env.state) as reader:
        records = [r for r in reader.records_of(OrderKey(order)) if attempt in (None, r.attempt)]
    bound = next((record for record in records if record.bound), None)
    if bound is None:
        raise ConfigError(f"{order} has no order at a provider yet; `reconciler status` shows how it stands")
    fetch_all(bound, read(manifests), env, into / order)
    return Exit.OK
