"""What a person sees of an unexpected error: a dependency that cannot be imported, or a bug of ours and its log."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback

from reconciler import __version__
from reconciler.cli.exit_codes import Exit
from reconciler.cli.output import notice
from reconciler.cli.packages import unusable_package


def report_bug(error: Exception) -> Exit:
    """Write the traceback (code lines only, no values) to a private file and say where it is.

    If a dependency cannot be imported, report that instead: it is not a bug.
    """
    unusable = unusable_package(error)
    if unusable is not None:
        notice(unusable, event="error", code=Exit.INVALID)
        return Exit.INVALID
    handle, path = tempfile.mkstemp(prefix="reconciler-bug-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as log:
        log.write(f"tasking-reconciler {__version__}, Python {sys.version}\n")
        log.writelines(traceback.format_tb(error.__traceback__))
        log.write(f"{type(error).__name__}\n")
    message = (
        f"bug: {type(error).__name__} where none should be. Nothing that was sent is forgotten: "
        f"run `reconciler status`.\nPlease report it with {path} (it holds no values and no secrets)."
    )
    notice(message, event="error", code=Exit.BUG)
    return Exit.BUG
