"""What a person sees of a bug of ours: three lines, and where the rest was written."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback

from reconciler import __version__
from reconciler.cli.codes import Exit
from reconciler.cli.output import notice


def report_bug(error: Exception) -> Exit:
    """Write the traceback (code lines only, no values) to a private file and say where it is."""
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
