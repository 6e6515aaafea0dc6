"""The options that several commands share."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.model.errors import ConfigError
from reconciler.state.paths import real_path


class Format(StrEnum):
    """How a result is written to stdout."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    JUNIT = "junit"


class StderrFormat(StrEnum):
    """How progress, notices and errors are written to stderr."""

    TEXT = "text"
    JSON = "json"


class DataFormat(StrEnum):
    """The formats of commands that are not about a plan."""

    TEXT = "text"
    JSON = "json"


def _told_as(telling: StderrFormat) -> StderrFormat:
    """Write to stderr that way from now on: before the command itself says its first words."""
    from reconciler.cli.output import set_stderr_format

    set_stderr_format(telling is StderrFormat.JSON)
    return telling


Manifests = Annotated[
    Path,
    typer.Argument(help="Folder of manifests, or one file.", metavar="MANIFESTS", envvar="RECONCILER_MANIFESTS"),
]
State = Annotated[
    Path | None,
    typer.Option(
        help="State file; by default .reconciler/state.db beside the manifest folder.",
        metavar="FILE",
        dir_okay=False,
        envvar="RECONCILER_STATE",
    ),
]
LockTimeout = Annotated[
    float,
    typer.Option(
        help="How long to wait for another run to release the state.",
        metavar="SECONDS",
        envvar="RECONCILER_LOCK_TIMEOUT",
        min=0.0,
    ),
]
PlanFormat = Annotated[Format, typer.Option("--format", help="How to write the result.", envvar="RECONCILER_FORMAT")]
PlainFormat = Annotated[
    DataFormat, typer.Option("--format", help="How to write the result.", envvar="RECONCILER_FORMAT")
]
DetailedExit = Annotated[
    bool,
    typer.Option(
        "--detailed-exitcode",
        help="Leave with 2 where changes are pending (plan) or were made (reconcile).",
        envvar="RECONCILER_DETAILED_EXITCODE",
    ),
]
QuietIfEmpty = Annotated[
    bool,
    typer.Option(
        "--quiet-if-empty",
        help="With --format markdown: write nothing where there is nothing to do and nobody waits.",
        envvar="RECONCILER_QUIET_IF_EMPTY",
    ),
]
Progress = Annotated[
    StderrFormat,
    typer.Option(
        "--progress",
        help="How to write what goes to stderr; json is one object a line.",
        envvar="RECONCILER_PROGRESS",
        callback=_told_as,
    ),
]
ManifestsDir = Annotated[
    Path,
    typer.Option(
        "--manifests",
        help="Folder of manifests; it says where the state file is, and which accounts there are.",
        metavar="DIR",
        envvar="RECONCILER_MANIFESTS",
    ),
]
Order = Annotated[
    str,
    typer.Argument(help="The order's name, such as alice-springs or berlin/2.", metavar="ORDER", show_default=False),
]
Attempt = Annotated[
    int | None,
    typer.Option(
        help="Which attempt of the order; by default its latest.", metavar="N", min=1, envvar="RECONCILER_ATTEMPT"
    ),
]

Expect = Annotated[
    str | None,
    typer.Option(
        help="Fingerprint of the plan that was approved: leave with 8 where it is another one.",
        metavar="FINGERPRINT",
        envvar="RECONCILER_EXPECT",
    ),
]

MANIFESTS = Path("manifests")


def state_path(state: Path | None, manifests: Path) -> Path:
    """Return where the state file is: as given, or beside the manifest folder (a file's folder counts)."""
    if state is not None:
        return real_path(state)
    if not manifests.exists():
        raise ConfigError(f"{manifests} does not exist: name the folder of manifests, or the state file with --state")
    folder = manifests if manifests.is_dir() or not manifests.suffix else manifests.parent
    return real_path(Path(os.path.realpath(folder)).parent / ".reconciler" / "state.db")


def require_markdown(format_: Format, quiet_if_empty: bool) -> None:
    """Refuse a silence that a format for programs, or for a person who waits, would be misread by."""
    if quiet_if_empty and format_ is not Format.MARKDOWN:
        raise typer.BadParameter("--quiet-if-empty goes with --format markdown")
