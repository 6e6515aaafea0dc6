"""`reconciler state …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import MANIFESTS, ManifestsDir, State

app = typer.Typer(help="Look after the state file.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def export(manifests: ManifestsDir = MANIFESTS, state: State = None) -> int:
    """Print everything in the state file as JSON. One document, its shape stable."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.options import state_path
    from reconciler.cli.output import show_document
    from reconciler.render.document import history_document, records_document
    from reconciler.render.history import attempts_told
    from reconciler.state.store import open_reader

    with open_reader(state_path(state, manifests)) as reader:
        records = sorted(reader.records().values(), key=lambda record: (record.key, record.attempt))
        journal = reader.journal()
    told = history_document(journal, attempts_told(records, journal))
    show_document({"records": records_document(records), "journal": told})
    return Exit.OK


@app.command()
def verify(manifests: ManifestsDir = MANIFESTS, state: State = None) -> int:
    """Check the whole state file."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.options import state_path
    from reconciler.cli.output import show_text
    from reconciler.model.errors import ConfigError, Damaged
    from reconciler.state.store import open_reader

    path = state_path(state, manifests)
    if not path.exists():
        raise ConfigError(f"there is no state file at {path}; the first reconcile makes it")
    with open_reader(path) as reader:
        if wrong := reader.verify():
            raise Damaged(f"{path} is damaged: {'; '.join(wrong)}")
        show_text(f"Sound: {len(reader.records())} records, {len(reader.journal())} journal entries in {path}.")
    return Exit.OK


@app.command()
def backup(
    target: Annotated[
        Path, typer.Argument(help="The file to write; it must not exist yet.", metavar="TARGET", show_default=False)
    ],
    manifests: ManifestsDir = MANIFESTS,
    state: State = None,
) -> int:
    """Copy the state file to another. One consistent snapshot, also while a run is at work."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.options import state_path
    from reconciler.cli.output import show_text
    from reconciler.model.errors import ConfigError
    from reconciler.state.store import open_reader

    path = state_path(state, manifests)
    if not path.exists():
        raise ConfigError(f"there is no state file at {path}; the first reconcile makes it")
    with open_reader(path) as reader:
        reader.backup(target)
    show_text(f"Copied {path} to {target}.")
    return Exit.OK
