"""Read the desired state: the manifests, with the rules of each order's provider applied at its own lines.

Its own room because the manifest room knows no provider and the providers know no files.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from reconciler.manifest import ProviderBlocks, json_schema, load
from reconciler.manifest.files import Content, read_bytes
from reconciler.model.account import Account
from reconciler.model.errors import Problem
from reconciler.model.order import DesiredOrder, Manifests
from reconciler.providers.registry import DRIVERS, driver


def blocks() -> Mapping[str, ProviderBlocks]:
    """Return the manifest blocks of every provider by its name."""
    return {name: ProviderBlocks(driver(name).account_settings, driver(name).order_settings) for name in DRIVERS}


def read(
    path: Path | Sequence[Path],
    *,
    cache: Path | None = None,
    touched: Collection[str] | None = None,
    shown: str | None = None,
    content: Content = read_bytes,
) -> Manifests:
    """Read a folder of manifests, one file, or several as one; raises `ManifestError` with every problem of every file.

    `shown` is the folder that messages name instead of this one. `content` reads the files if they are not on disk.

    `cache` remembers what unchanged files were read as. It is nobody's reviewed text: where something is to be
    carried out, read without it. `touched` (real paths) leaves out what is wrong in other files alone.
    """
    return load(
        path,
        blocks(),
        check=_order_problems,
        check_account=_account_problems,
        cache=cache,
        touched=touched,
        shown=shown,
        content=content,
    )


def cache_beside(state: Path) -> Path:
    """Return where the cache of a state file's manifests is."""
    return state.with_name(f"{state.name}.manifests")


def schema(kind: str | None = None) -> dict[str, Any]:
    """Return the JSON Schema of one kind, or of all of them combined."""
    return json_schema(blocks(), kind)


def warnings(manifests: Manifests) -> tuple[Problem, ...]:
    """Return what may be refused, or take long, at the lines of the orders that it concerns; all of it is valid."""
    return tuple(Problem(o.source, text) for o in manifests.orders for text in driver(o.provider).warnings(o))


def _order_problems(order: DesiredOrder) -> tuple[str, ...]:
    return driver(order.provider).problems(order)


def _account_problems(account: Account) -> tuple[str, ...]:
    return driver(account.provider).account_problems(account)
