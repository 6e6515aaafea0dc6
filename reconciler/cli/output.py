"""Where words go: results to stdout, progress and errors to stderr, color only where a person sees it."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import typer

from reconciler.model.errors import ManifestError
from reconciler.model.time import instant_text

if TYPE_CHECKING:  # rendering is slow to import, and the first words to a person come before it
    from reconciler.render.text import Line

_STYLES: dict[str, dict[str, Any]] = {
    "good": {"fg": "green"},
    "change": {"fg": "cyan"},
    "loud": {"fg": "yellow", "bold": True},
    "quiet": {"dim": True},
    "strong": {"bold": True},
}
# Providers' texts are shown, so nothing of them may steer the terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# The same inside JSON, where an escape says what it was; and what UTF-8 cannot hold, or a reader splits lines at.
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PATIENCE_SECONDS = 1.0


@dataclass(slots=True)
class _Stderr:
    """How stderr is written, by every thread of a command."""

    as_json: bool = False


_stderr = _Stderr()


def clean(text: str) -> str:
    """Return a text without control characters."""
    return _CONTROL.sub("?", text)


def _colored() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show(lines: Sequence[Line]) -> None:
    """Write lines to stdout."""
    color = _colored()
    for line in lines:
        text = clean(line.text).replace("\n", " ")
        _write(typer.style(text, **_STYLES[line.style]) if color and line.style else text, color=color)


def show_text(text: str) -> None:
    """Write a text to stdout, as it is but for control characters."""
    _write("\n".join(clean(line) for line in text.split("\n")))


JSON_FORMAT = 2
"""Raised with every change of a field's name or meaning in JSON outputs; the changelog lists them."""


def show_document(document: Mapping[str, object]) -> None:
    """Write a JSON document to stdout, with the number of its format."""
    show_json({"format": JSON_FORMAT, **document})


def show_json(document: object) -> None:
    """Write one JSON document to stdout, readable in any language; a stdout that is not UTF-8 gets plain ASCII."""
    text = json.dumps(document, indent=2, ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf"))
    _write(_visible(text))


def _visible(text: str) -> str:
    """Return JSON whose characters can all be seen."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def error_text(error: Exception) -> str:
    """Return an error as a person reads it: each manifest problem on a line of its own, then how many there are."""
    if isinstance(error, ManifestError):
        count = len(error.problems)
        lines = [*map(str, error.problems), "", f"{count} problem{'s' * (count != 1)}; nothing was sent."]
    else:
        lines = [f"error: {error}".replace("\n", " ")]
    return "\n".join(clean(line) for line in lines)


def set_stderr_format(json_lines: bool) -> None:
    """Choose how stderr is written from now on: as text, or as JSON, one object a line."""
    _stderr.as_json = json_lines


def notice(text: str, *, event: str = "notice", **more: str | int) -> None:
    """Say something on stderr at once; as JSON with when it was said, by the local clock."""
    if not _stderr.as_json:
        _write(clean(text), err=True)
        return
    said = {"at": instant_text(datetime.now(UTC)), "event": event, "text": text, **more}
    _write(_visible(json.dumps(said)), err=True)


def report_progress(text: str) -> None:
    """Say on stderr what is being done now."""
    notice(text, event="progress")


def print_error(error: Exception, code: int) -> None:
    """Say on stderr what stopped a command; as JSON each manifest problem with its place."""
    if isinstance(error, ManifestError) and _stderr.as_json:
        for each in error.problems:
            at = each.location
            notice(each.message, event="problem", file=at.file, line=at.line, column=at.column, code=code)
    else:
        notice(error_text(error), event="error", code=code)


def _write(text: str, *, err: bool = False, color: bool | None = None) -> None:
    """Write a text; a reader who has gone (`| head -1`) changes neither what is done nor the exit code."""
    try:
        typer.echo(text, err=err, color=color)
    except BrokenPipeError:
        silence(sys.stderr if err else sys.stdout)
    except OSError:
        if not err:
            raise
        _drop_unwritten()


def _drop_unwritten() -> None:
    """Forget what stderr could not take, as on a full disk: it is written again once there is room, and not before."""
    sys.stderr = open(sys.stderr.fileno(), "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115 - it stays open


def silence(stream: TextIO) -> None:
    """Let everything that is still written to a stream go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Tell what is being done: a moving line on a terminal once it takes longer than a second, else plain lines."""
    if _stderr.as_json or not sys.stderr.isatty():
        yield report_progress
        return
    from reconciler.cli.spinner import Spinner

    with Spinner(patience=_PATIENCE_SECONDS, clock=time.monotonic) as spinner:
        yield spinner.tell
