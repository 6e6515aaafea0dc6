"""`reconciler import`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli.options import MANIFESTS, DataFormat, LockTimeout, ManifestsDir, PlainFormat, State

if TYPE_CHECKING:  # the first words to a person come before what is slow to import
    from reconciler.importing import Imports, Wish

_PREFIX = re.compile(r"([a-z0-9][a-z0-9-]{0,30})?")


def import_(
    account: Annotated[
        str,
        typer.Option(help="Account to import from.", metavar="NAME", show_default=False, envvar="RECONCILER_ACCOUNT"),
    ],
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids of the provider's orders.", metavar="[ID]...", show_default=False)
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Import every order that lives.", envvar="RECONCILER_ALL")
    ] = False,
    ended: Annotated[
        bool, typer.Option("--ended", help="With --all: those that have ended too.", envvar="RECONCILER_ENDED")
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write to, inside the manifest folder; by default `imported` in it.",
            metavar="DIR",
            envvar="RECONCILER_INTO",
        ),
    ] = None,
    prefix: Annotated[
        str, typer.Option(help="How the new names begin.", metavar="TEXT", envvar="RECONCILER_PREFIX")
    ] = "",
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print the manifests and write nothing.", envvar="RECONCILER_DRY_RUN"),
    ] = False,
    format_: PlainFormat = DataFormat.TEXT,
    manifests: ManifestsDir = MANIFESTS,
    state: State = None,
    lock_timeout: LockTimeout = 0.0,
) -> int:
    """Write manifests of orders that a provider holds already. And bind them; sends nothing but reads."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.importing import Wish

    if all_ == bool(ids):
        raise typer.BadParameter("say which orders: --all, or the IDs of some")
    if ended and not all_:
        raise typer.BadParameter("--ended belongs to --all: an order that is named by its ID may have ended")
    if _PREFIX.fullmatch(prefix) is None:
        raise typer.BadParameter("--prefix begins a name: a-z, 0-9 and hyphens, 31 at most")
    wish = Wish(account=account, into=into or manifests / "imported", ids=tuple(ids or ()), ended=ended, prefix=prefix)
    imports = _imported(wish, manifests, state, dry_run=dry_run, lock_timeout=lock_timeout)
    _show(imports, format_, dry_run=dry_run)
    return Exit.FAILED if imports.failed else Exit.OK


def _imported(wish: Wish, manifests: Path, state: Path | None, *, dry_run: bool, lock_timeout: float) -> Imports:
    """Hold the state, unless nothing is to be written; prepare, and write."""
    from reconciler.cli.output import progress
    from reconciler.cli.passes import environment
    from reconciler.cli.working_tree import git_commit
    from reconciler.desired import read
    from reconciler.importing import Importer, write
    from reconciler.state.store import open_reader, open_store

    desired, env = read(manifests), environment(state, manifests)
    if dry_run:
        with open_reader(env.state) as reader, progress() as tell:
            return Importer(
                folder=manifests, manifests=desired, records=reader.records(), env=env, wish=wish, tell=tell
            ).prepare()
    with open_store(env.state, lock_timeout=lock_timeout) as store, progress() as tell:
        imports = Importer(
            folder=manifests, manifests=desired, records=store.records(), env=env, wish=wish, tell=tell
        ).prepare()
        write(imports, store, lambda: git_commit(manifests), tell)
        return imports


def _show(imports: Imports, format_: DataFormat, *, dry_run: bool) -> None:
    """Write the report to stdout; of a dry run the manifests, and then the report goes to stderr."""
    from reconciler.cli.output import notice, show_document, show_text

    if format_ is DataFormat.JSON:
        show_document(_document(imports, dry_run=dry_run))
        return
    if dry_run and imports.written:
        show_text("---\n".join(each.text for each in imports.written).removesuffix("\n"))
    (notice if dry_run else show_text)("\n".join(_lines(imports, dry_run=dry_run)))


def _lines(imports: Imports, *, dry_run: bool) -> list[str]:
    done, counted = ("would import", "to import") if dry_run else ("imported", "imported")
    lines = [
        f"{done} {each.key}: order {each.observed.id} ({each.observed.status}) -> {each.path}"
        for each in imports.written
    ]
    for left in imports.left:
        word = "failed" if left.failed else "left alone"
        lines.append(f"{word} order {left.order_id} ({left.status}): {left.why}")
    if imports.ended:
        lines.append(f"left out {_count(imports.ended)} that ended; --ended takes them in too")
    alone = len(imports.left) - imports.failed
    return [*lines, f"Import: {len(imports.written)} {counted}, {alone} left alone, {imports.failed} failed."]


def _count(number: int) -> str:
    return f"{number} order{'s' * (number != 1)}"


def _document(imports: Imports, *, dry_run: bool) -> dict[str, Any]:
    imported = [
        {
            "key": each.key,
            "orderId": each.observed.id,
            "status": each.observed.status,
            "path": str(each.path),
            "manifest": each.text,
        }
        for each in imports.written
    ]
    left = [(each.failed, {"orderId": each.order_id, "status": each.status, "why": each.why}) for each in imports.left]
    return {
        "account": imports.view.name,
        "dryRun": dry_run,
        "imported": imported,
        "leftAlone": [told for failed, told in left if not failed],
        "failed": [told for failed, told in left if failed],
        "ended": imports.ended,
    }
