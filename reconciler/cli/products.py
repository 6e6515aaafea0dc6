"""`reconciler products`."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.options import MANIFESTS, DataFormat, ManifestsDir, PlainFormat, State


def products(
    account: Annotated[
        str, typer.Option(help="Account to ask.", metavar="NAME", show_default=False, envvar="RECONCILER_ACCOUNT")
    ],
    format_: PlainFormat = DataFormat.TEXT,
    manifests: ManifestsDir = MANIFESTS,
    state: State = None,
) -> int:
    """List what an account can order. By collection: its name, its host, its data products and their ids."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.output import notice, show, show_json
    from reconciler.cli.passes import environment
    from reconciler.connect import connected
    from reconciler.desired import read
    from reconciler.model.errors import ConfigError
    from reconciler.model.ids import AccountName
    from reconciler.render.catalog import catalog_document, catalog_lines

    accounts = {each.name: each for each in read(manifests).accounts}
    chosen = accounts.get(AccountName(account))
    if chosen is None:
        raise ConfigError(f"there is no account {account!r} in {manifests}: {', '.join(sorted(accounts)) or 'none'}")
    notice(f"asking {chosen.name}")
    with connected([chosen], environment(state, manifests), read_only=True) as readers:
        collections = readers[chosen.name].catalog()
    if format_ is DataFormat.JSON:
        show_json(catalog_document(collections))
    else:
        show(catalog_lines(collections, chosen))
    return Exit.OK
