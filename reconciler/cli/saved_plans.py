"""Saved plans: read from a file, and written to one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from reconciler.cli.output import notice
from reconciler.model.errors import ConfigError
from reconciler.model.time import parse_duration, seconds_text
from reconciler.plan.saved import Saved, read_saved
from reconciler.reconcile import Approval

_LARGEST = 64 * 2**20


def expiry_of(text: str) -> timedelta:
    """Read a duration such as 24h; raises `ConfigError`."""
    try:
        return parse_duration(text)
    except ValueError as e:
        raise ConfigError(f"--expires: {e}") from e


def write_plan(saved: Saved, path: Path) -> None:
    """Write a plan down and say how to carry it out; raises `ConfigError` where that cannot be written."""
    try:
        path.write_text(saved.to_text(), encoding="utf-8")
    except OSError as e:
        raise ConfigError(f"--out: {path} cannot be written: {e.strerror}") from e
    until = seconds_text(saved.expires_at)
    notice(f"{path} holds the plan, fingerprint {saved.fingerprint}; until {until}: reconciler reconcile --plan {path}")


def approval_of(path: Path | None, fingerprint: str | None) -> Approval | None:
    """Return what was approved; raises `ConfigError` for a file that is no plan, `StalePlan` for another format."""
    if path is None and fingerprint is None:
        return None
    return Approval(_read(path) if path is not None else None, fingerprint)


def _read(path: Path) -> Saved:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ConfigError(f"--plan: {path} is too large for a saved plan")
        return read_saved(content.decode(), str(path))
    except OSError as e:
        raise ConfigError(f"--plan: {path} cannot be read: {e.strerror}") from e
    except UnicodeDecodeError as e:
        raise ConfigError(f"--plan: {path} is no saved plan: it is no text") from e
