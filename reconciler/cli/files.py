"""Downloading the files of one order, with progress on stderr."""

from __future__ import annotations

import sys
from pathlib import Path

from reconciler.cli.output import notice, show_text
from reconciler.connect import Runtime, connected
from reconciler.model.errors import ConfigError
from reconciler.model.order import Manifests
from reconciler.model.record import Record
from reconciler.providers.base import Progress


def fetch_all(record: Record, manifests: Manifests, env: Runtime, folder: Path) -> None:
    """Fetch every file that the provider offers now; says what was fetched and what was there already."""
    accounts = [account for account in manifests.accounts if account.name == record.account]
    if not accounts or record.order_id is None:
        raise ConfigError(f"account {record.account} is no longer in {manifests.folder}: restore it first")
    with connected(accounts, env, read_only=True) as readers:
        reader = readers[record.account]
        products = reader.products(record.order_id)
        if not products:
            show_text(f"{record.key} has no files yet ({record.status}).")
            return
        folder.mkdir(parents=True, exist_ok=True)
        for product in products:
            target = folder / Path(product.name).name
            if target.exists() and product.size in (None, target.stat().st_size):
                show_text(f"kept {target}")
                continue
            reader.download(product, target, _progress(product.name))
            show_text(f"fetched {target} ({target.stat().st_size:,} bytes)")


def _progress(name: str) -> Progress:
    """Say how far a file is: in place on a terminal, only the start elsewhere."""
    if not sys.stderr.isatty():
        notice(f"fetching {name}")
        return lambda _done, _whole: None

    def show(done: int, whole: int | None) -> None:
        share = f"{100 * done // whole:3d} %" if whole else f"{done:,} bytes"
        end = "\n" if whole == done else ""
        sys.stderr.write(f"\r{name}: {share}{end}")
        sys.stderr.flush()

    return show
