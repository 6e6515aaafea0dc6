"""`reconciler schema`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Kind(StrEnum):
    """The kinds of manifests, and the plan that `plan --out` writes."""

    PROJECT = "Project"
    ACCOUNT = "Account"
    TASKING_ORDER = "TaskingOrder"
    PLAN = "Plan"


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
    """Print the JSON Schema of manifests. It gives editors completion and checks; `Plan` is that of a saved plan."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.output import show_json
    from reconciler.desired import schema as schema_of
    from reconciler.plan.saved import schema as plan_schema

    show_json(plan_schema() if kind is Kind.PLAN else schema_of(kind.value if kind is not None else None))
    return Exit.OK
