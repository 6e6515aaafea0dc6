"""The commands as one typer application, and the one place where errors become messages and exit codes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import typer
from typer.main import get_command

from reconciler.cli import (
    download,
    forget,
    history,
    import_,
    pause,
    plan,
    products,
    reconcile,
    report,
    resolve,
    resume,
    schema,
    simulate,
    state,
    status,
    validate,
    watch,
)

_EPILOG = (
    "Most options can also be set as RECONCILER_<OPTION>, as each COMMAND --help says. Exit codes: see the README."
)

app = typer.Typer(
    name="reconciler",
    help="Commit satellite tasking orders as YAML; each is placed exactly once, followed and reported.",
    epilog=_EPILOG,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    validate.validate,
    plan.plan,
    reconcile.reconcile,
    watch.watch,
    status.status,
    history.history,
    report.report,
    resolve.resolve,
    forget.forget,
    pause.pause,
    resume.resume,
    download.download,
    products.products,
    schema.schema,
    simulate.simulate,
):
    app.command()(command)
app.command("import")(import_.import_)
app.add_typer(state.app, name="state")


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context, version: bool = typer.Option(False, "--version", help="Print the version and leave.")
) -> None:
    if version:
        from reconciler import __version__

        typer.echo(f"tasking-reconciler {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


_command = cache(lambda: get_command(app))


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code. No traceback ever reaches a person."""
    from reconciler.cli.exit_codes import Exit, exit_of_error
    from reconciler.cli.output import notice, print_error, set_stderr_format
    from reconciler.model.errors import ReconcilerError

    set_stderr_format(False)
    try:
        code = int(_command()(args=list(arguments), prog_name="reconciler", standalone_mode=False) or 0)
    except typer.TyperException as e:
        told = e.format_message().replace("Value error, ", "")
        hint = "`reconciler --help` and `reconciler COMMAND --help` tell what there is."
        notice(f"{told}\n{hint}", event="error", code=Exit.USAGE)
        return Exit.USAGE
    except ReconcilerError as e:
        print_error(e, exit_of_error(e))
        return exit_of_error(e)
    except SystemExit:  # typer's way out when the reader of a help text has gone
        return Exit.OK
    except Exception as e:
        if isinstance(e, OSError) and e.filename is not None and e.strerror:
            text = f"error: {e.filename} cannot be used: {e.strerror}"
            notice(text, event="error", code=Exit.INVALID)
            return Exit.INVALID
        from reconciler.cli.crash import report_bug

        return report_bug(e)
    if code == Exit.INTERRUPTED:
        notice("interrupted")
    return code
