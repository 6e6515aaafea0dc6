"""A folder of manifests on disk, small documents to put in it, and provider blocks of the tests' own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
import yaml
from pydantic import Field

from reconciler.manifest import ProviderBlocks, load
from reconciler.manifest.reading import AccountCheck, OrderCheck
from reconciler.model.block import Block, OwnText, SecretRef
from reconciler.model.errors import ManifestError
from reconciler.model.order import Manifests


class Angles(Block):
    """A range."""

    min: int = Field(ge=0, le=90, description="Smallest.")
    max: int = Field(ge=0, le=90, description="Largest.")


class LarkAccount(Block):
    """An account at Lark."""

    contract: str = Field(description="Contract.", pattern="^[a-z]+$")
    token: SecretRef | None = Field(default=None, description="Token.")


class LarkOrder(Block):
    """An order at Lark."""

    mode: Literal["FINE", "WIDE"] = Field(description="Mode.")
    note: OwnText | None = Field(default=None, description="Free text.")
    angles: Angles | None = Field(default=None, description="Angles.")
    products: tuple[Literal["RAW", "MAP"], ...] = Field(default=(), description="Products.")
    either: int | bool | None = Field(default=None, description="A number or a switch.")


class WrenAccount(Block):
    """An account at Wren."""

    key: str = Field(description="Key.")


class WrenOrder(Block):
    """An order at Wren."""

    tier: str = Field(description="Tier.")


PROVIDERS = {"lark": ProviderBlocks(LarkAccount, LarkOrder), "wren": ProviderBlocks(WrenAccount, WrenOrder)}

PROJECT = """\
apiVersion: tasking.reconciler/v1
kind: Project
metadata: {name: demo}
spec: {owner: demo}
"""
ACCOUNT = """\
apiVersion: tasking.reconciler/v1
kind: Account
metadata: {name: lark-sim}
spec:
  endpoint: simulator
  lark: {contract: abc}
"""
ORDER = """\
apiVersion: tasking.reconciler/v1
kind: TaskingOrder
metadata: {name: one}
spec:
  account: lark-sim
  window: {start: 2026-12-01T00:00:00Z, end: 2026-12-03T00:00:00Z}
  target: {type: Point, coordinates: [133.882675, -23.700552]}
  lark: {mode: FINE}
"""


def _accept(_: object) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Folder:
    """A folder `manifests` in the current directory."""

    root: Path

    def write(self, name: str, content: str | bytes) -> Path:
        """Put a file below the folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def order(self, old: str = "", new: str = "", *, more: str = "") -> None:
        """Write `order.yaml`: the good order with one text replaced, and lines below its spec."""
        assert old in ORDER
        self.write("order.yaml", ORDER.replace(old, new, 1) + more if old else ORDER + more)

    def target(self, text: str) -> None:
        """Write `order.yaml` with that target, which begins at 7:11."""
        self.order("{type: Point, coordinates: [133.882675, -23.700552]}", text)

    def load(
        self,
        paths: Sequence[Path] | Path = Path("manifests"),
        *,
        check: OrderCheck = _accept,
        check_account: AccountCheck = _accept,
    ) -> Manifests:
        """Load it as a pass does."""
        return load(paths, PROVIDERS, check=check, check_account=check_account)

    def problems(
        self,
        paths: Sequence[Path] | Path = Path("manifests"),
        *,
        check: OrderCheck = _accept,
        check_account: AccountCheck = _accept,
    ) -> list[str]:
        """Return the problems of loading it, as lines without the folder's name."""
        with pytest.raises(ManifestError) as raised:
            self.load(paths, check=check, check_account=check_account)
        return [line.removeprefix("manifests/") for line in str(raised.value).split("\n")]


Case: TypeAlias = dict[str, str]


def cases(name: str) -> list[Case]:
    """Return the cases of one data file: what is written, and what is said of it."""
    read: list[Case] = yaml.safe_load((Path(__file__).parent / "cases" / f"{name}.yaml").read_text())
    return read
