"""`reconciler report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.options import MANIFESTS, Manifests, State

if TYPE_CHECKING:  # these are slow to import, and the first words to a person come before them
    from reconciler.page.site import Site


def report(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="Folder to write to; made where it is missing, and an earlier report in it is replaced.",
            metavar="DIR",
            file_okay=False,
            envvar="RECONCILER_OUT",
            show_default=False,
        ),
    ],
    manifests: Manifests = MANIFESTS,
    state: State = None,
) -> int:
    """Write what is known as a page of static files. From the state file and the manifests: needs no network."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.options import state_path
    from reconciler.cli.output import show_text
    from reconciler.cli.page import site_of
    from reconciler.desired import read
    from reconciler.state.store import open_reader

    path = state_path(state, manifests)
    _refuse_others(out)
    with open_reader(path) as reader:
        site = site_of(reader, read(manifests))
        _write(site, out)
    count = len(site.view.orders)
    show_text(f"Wrote {out / 'index.html'}: {count:,} order{'s' * (count != 1)}, {_as_of(site)}; {path}")
    return Exit.OK


def _as_of(site: Site) -> str:
    from reconciler.model.time import seconds_text

    return f"as of {seconds_text(site.view.as_of)}" if site.view.as_of else "no pass has been made yet"


def _refuse_others(out: Path) -> None:
    """Raise where a folder holds anything but an earlier report: nothing of somebody else's is mixed up with one."""
    from reconciler.model.errors import ConfigError

    if out.is_dir() and any(out.iterdir()) and not _ours(out / "index.html"):
        raise ConfigError(f"{out} holds other files than a report: name an empty folder, or one that does not exist")


def _ours(page: Path) -> bool:
    from reconciler.page.site import GENERATOR

    if page.is_symlink() or not page.is_file():
        return False
    with page.open("rb") as file:
        return f'content="{GENERATOR}"'.encode() in file.read(1_000)


def _write(site: Site, out: Path) -> None:
    """Write every file; pages of an earlier report whose orders have gone are removed."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "orders").mkdir(exist_ok=True)
    paths = set(site)
    for page in (out / "orders").glob("*.html"):
        if f"orders/{page.name}" not in paths and _ours(page):
            page.unlink()
    for path, content in site.items():
        (out / path).write_bytes(content)
