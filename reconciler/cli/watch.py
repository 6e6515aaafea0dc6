"""`reconciler watch`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import MANIFESTS, Manifests, State


class Log(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


def _variable_help(what: str, name: str) -> str:
    return f"Name of the environment variable that holds {what}{name} (NAME_FILE: its file)."


def watch(
    manifests: Manifests = MANIFESTS,
    state: State = None,
    git: Annotated[
        str | None,
        typer.Option(
            help="Repository (URL or path) to follow; MANIFESTS is then the folder in it.",
            metavar="URL",
            envvar="RECONCILER_GIT",
        ),
    ] = None,
    ref: Annotated[
        str, typer.Option(help="Branch to follow with --git.", metavar="BRANCH", envvar="RECONCILER_REF")
    ] = "main",
    every: Annotated[
        str, typer.Option(help="How often to fetch with --git.", metavar="DURATION", envvar="RECONCILER_EVERY")
    ] = "1m",
    listen: Annotated[
        str,
        typer.Option(
            help="Where to serve /healthz, /readyz, /metrics, /reconcile and /webhooks/; `off` for nowhere.",
            metavar="HOST:PORT",
            envvar="RECONCILER_LISTEN",
        ),
    ] = "127.0.0.1:8080",
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the token for POST /reconcile; for everything where others can reach it.",
            metavar="FILE",
            envvar="RECONCILER_TOKEN_FILE",
        ),
    ] = None,
    token_env: Annotated[
        str | None, typer.Option(help=_variable_help("it", " instead"), metavar="NAME", envvar="RECONCILER_TOKEN_ENV")
    ] = None,
    iceye_webhook_env: Annotated[
        str | None,
        typer.Option(
            help=_variable_help("USER:PASSWORD (or a Bearer token)", " for ICEYE"),
            metavar="NAME",
            envvar="RECONCILER_ICEYE_WEBHOOK_ENV",
        ),
    ] = None,
    up42_webhook_env: Annotated[
        str | None,
        typer.Option(
            help=_variable_help("the secret", " that UP42 signs with"),
            metavar="NAME",
            envvar="RECONCILER_UP42_WEBHOOK_ENV",
        ),
    ] = None,
    notify: Annotated[
        str | None,
        typer.Option(
            help="Address that is told of events (placed, held, fulfilled ...) by POST.",
            metavar="URL",
            envvar="RECONCILER_NOTIFY",
        ),
    ] = None,
    notify_secret_env: Annotated[
        str | None,
        typer.Option(
            help=_variable_help("the secret", " that they are signed with"),
            metavar="NAME",
            envvar="RECONCILER_NOTIFY_SECRET_ENV",
        ),
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(help="File that events are added to, as JSON lines.", metavar="FILE", envvar="RECONCILER_EVENTS"),
    ] = None,
    log: Annotated[Log, typer.Option(help="How to write the log.", envvar="RECONCILER_LOG")] = Log.TEXT,
) -> int:
    """Reconcile for ever. A pass when manifests change, when something is due, and when asked; SIGTERM ends it."""
    from reconciler.cli.daemon import Daemon
    from reconciler.watch.source import Source

    daemon = Daemon(state if state is not None or git is None else Path(".reconciler/state.db"), manifests, log)
    source: Source = daemon.repository(git, ref, every, str(manifests)) if git is not None else daemon.folder(manifests)
    daemon.follow(source)
    daemon.guard(token_file, token_env, {"iceye": iceye_webhook_env, "up42": up42_webhook_env})
    daemon.announce(events, notify, notify_secret_env)
    return daemon.run(None if listen == "off" else listen)
