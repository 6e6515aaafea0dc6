"""The command line: arguments in, exit codes out, one file per command. It decides nothing.

Commands import what they need when they run, so that `--help` and a first line of output are quick.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from reconciler import __version__

        print(f"tasking-reconciler {__version__}")  # noqa: T201 - the answer itself, before anything slow is imported
        raise SystemExit(0)
    from reconciler.cli.app import run

    raise SystemExit(run(sys.argv[1:]))
