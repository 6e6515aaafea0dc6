"""What is wrong, or doubtful, in manifests, in the format that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import assert_never

import typer

from reconciler.cli.exit_codes import Exit
from reconciler.cli.options import Format
from reconciler.cli.output import show_document, show_text
from reconciler.model.errors import ManifestError, Problem
from reconciler.model.order import Manifests


@contextmanager
def problems_in(format_: Format) -> Iterator[None]:
    """Write the problems of manifests to stdout and leave; as text they go to stderr, as other errors do."""
    try:
        yield
    except ManifestError as e:
        if format_ is Format.TEXT:
            raise
        _show(e.problems, format_)
        raise typer.Exit(Exit.INVALID) from e


def _show(problems: Sequence[Problem], format_: Format) -> None:
    from reconciler.render.annotations import problem_annotations
    from reconciler.render.junit import problems_junit
    from reconciler.render.markdown import problems_markdown

    match format_:
        case Format.GITHUB:
            show_text(problem_annotations(problems))
        case Format.MARKDOWN:
            show_text(problems_markdown(problems))
        case Format.JUNIT:
            show_text(problems_junit(problems, datetime.now(UTC)))
        case Format.JSON | Format.TEXT:
            show_document({"valid": False, "problems": [_document(problem) for problem in problems]})
        case _ as never:
            assert_never(never)


def show_valid(manifests: Manifests, warnings: Sequence[Problem], format_: Format) -> None:
    """Write to stdout that manifests are valid, how many, and what in them may be refused all the same."""
    from reconciler.render.annotations import warning_annotations
    from reconciler.render.junit import valid_junit

    orders, accounts = len(manifests.orders), len(manifests.accounts)
    if format_ is Format.JSON:
        told = [_document(warning) for warning in warnings]
        show_document({"valid": True, "orders": orders, "accounts": accounts, "problems": [], "warnings": told})
    elif format_ is Format.JUNIT:
        show_text(valid_junit(manifests.orders, warnings, datetime.now(UTC)))
    else:
        if warnings:
            plain = "\n".join(f"warning: {warning}" for warning in warnings)
            show_text(warning_annotations(warnings) if format_ is Format.GITHUB else plain)
        show_text(f"Valid: {_count(orders, 'order')}, {_count(accounts, 'account')} in {manifests.folder}.")


def _document(problem: Problem) -> dict[str, str]:
    return {"location": str(problem.location), "message": problem.message}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
