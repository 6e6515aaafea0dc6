"""The commands as one typer application, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
import typer

from reconciler.cli import (
    download,
    forget,
    history,
    plan,
    reconcile,
    resolve,
    schema,
    simulate,
    state,
    status,
    validate,
)

_EPILOG = "Every option can also be set as RECONCILER_<OPTION>. Exit codes and examples: see the README."

app = typer.Typer(
    name="reconciler",
    help="Commit satellite tasking orders as YAML; each is placed exactly once, followed and reported.",
    epilog=_EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    validate.validate,
    plan.plan,
    reconcile.reconcile,
    status.status,
    history.history,
    resolve.resolve,
    forget.forget,
    download.download,
    schema.schema,
    simulate.simulate,
):
    app.command()(command)
app.add_typer(state.app, name="state")


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
    if version:
        from reconciler import __version__

        typer.echo(f"tasking-reconciler {__version__}")
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code. No traceback ever reaches a person."""
    from reconciler.cli.exits import Exit, exit_of_error
    from reconciler.model.errors import ReconcilerError

    try:
        result = app(args=list(arguments), prog_name="reconciler", standalone_mode=False)
    except click.UsageError as e:
        e.show(sys.stderr)
        return Exit.USAGE
    except click.exceptions.Exit as e:
        return e.exit_code
    except (click.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)  # noqa: T201 - the last word of an interrupted run
        return Exit.INTERRUPTED
    except ReconcilerError as e:
        _explain(e)
        return exit_of_error(e)
    except BrokenPipeError:
        sys.stderr.close()
        return Exit.OK
    except Exception as e:
        from reconciler.cli.crash import report_bug

        return report_bug(e)
    return int(result or 0)


def _explain(error: Exception) -> None:
    from reconciler.cli.output import error_text

    print(error_text(error), file=sys.stderr)  # noqa: T201 - errors go to stderr
