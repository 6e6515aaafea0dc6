"""The command line: arguments in, exit codes out, one file per command. It decides nothing.

Commands import what they need when they run, so that `--help` and a first line of output are quick.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

_INVALID = 4
_INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        code = _answered(sys.argv[1:])
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except ImportError as e:
        code = _cannot_start(e)
    if code == _INTERRUPTED:
        # Python would wait for threads in the middle of a call; what they do is booked as unknown already.
        os._exit(code)
    raise SystemExit(code)


def _answered(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        from reconciler import __version__

        with suppress(BrokenPipeError):
            os.write(1, f"tasking-reconciler {__version__}\n".encode())  # before anything slow is imported
        return 0
    from reconciler.cli.app import run

    return run(arguments)


def _cannot_start(error: ImportError) -> int:
    """Report a package that cannot be imported, by the standard library alone."""
    from reconciler.cli.packages import unusable_package

    message = unusable_package(error)
    if message is None:
        from reconciler.cli.crash import report_bug

        return report_bug(error)
    with suppress(OSError):
        os.write(2, f"{message}\n".encode())
    return _INVALID
