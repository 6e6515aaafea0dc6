"""`reconciler schema`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Kind(StrEnum):
    """The kinds of manifests."""

    PROJECT = "Project"
    ACCOUNT = "Account"
    TASKING_ORDER = "TaskingOrder"


def schema(
    kind: Annotated[
        Kind | None,
        typer.Argument(
            help="One kind; all of them combined where none is named.",
            metavar="KIND",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Print the JSON Schema of manifests. It gives editors completion and checks."""
    from reconciler.cli.codes import Exit
    from reconciler.cli.output import show_json
    from reconciler.desired import schema as schema_of

    show_json(schema_of(kind.value if kind is not None else None))
    return Exit.OK
