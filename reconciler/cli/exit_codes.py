"""The exit codes and what they mean. Light to import: every command starts with it."""

from __future__ import annotations

from enum import IntEnum

from reconciler.model.errors import ConfigError, Locked, ManifestError, ProviderError, ReconcilerError, StalePlan


class Exit(IntEnum):
    """Every code that the program ends with; the README explains them in these words."""

    OK = 0
    FAILED = 1
    CHANGES = 2
    DECIDE = 3
    INVALID = 4
    REFUSED = 5
    LOCKED = 6
    UNREAD = 7
    STALE = 8
    USAGE = 64
    BUG = 70
    INTERRUPTED = 130


def exit_of_error(error: ReconcilerError) -> Exit:
    """Return the code of an error that stopped a command."""
    match error:
        case ManifestError() | ConfigError():
            return Exit.INVALID
        case Locked():
            return Exit.LOCKED
        case StalePlan():
            return Exit.STALE
        case ProviderError():
            return Exit.UNREAD
        case _:
            return Exit.FAILED
