"""The same number of orders, or of octoDNS's records, in few files or in one file each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from reconciler.desired import cache_beside

OWNER = "benchmark"
_MOST_IN_A_FILE = 10_000
_CHANGED_EVERY = 100

_PROJECT = """\
apiVersion: tasking.reconciler/v1
kind: Project
metadata: {{name: {owner}}}
spec:
  owner: {owner}
  policy: {{newOrdersPerPass: 20, cancelsPerPass: 5}}
"""
_ACCOUNT = """\
apiVersion: tasking.reconciler/v1
kind: Account
metadata: {{name: iceye-benchmark}}
spec:
  endpoint: {endpoint}
  iceye:
    contractID: {contract}
    tokenUrl: {{env: BENCHMARK_TOKEN_URL}}
    clientId: {{env: BENCHMARK_CLIENT_ID}}
    clientSecret: {{env: BENCHMARK_CLIENT_SECRET}}
  limits: {{requestsPerSecond: 100}}
"""
_ORDER = """\
apiVersion: tasking.reconciler/v1
kind: TaskingOrder
metadata:
  name: {name}
  labels: {{area: area-{area}, purpose: benchmark}}
spec:
  account: iceye-benchmark
  window:
    start: 2026-12-06T00:00:00Z
    end: 2026-12-08T00:00:00Z
  target:
    type: Point
    coordinates: [{longitude:.6f}, {latitude:.6f}]
  iceye:
    imagingMode: SPOTLIGHT
    exclusivity: PRIVATE
    reference: customer task {name}
  confirm:
    maxPrice: {{amount: "3500.00", currency: EUR}}
  lifecycle: {{onDelete: {on_delete}}}
"""
_RECORD = """\
{name}:
  ttl: 300
  type: A
  values:
  - 10.{high}.{low}.1
  - 10.{high}.{low}.2
"""
_ZONES = """\
providers:
  source:
    class: octodns.provider.yaml.YamlProvider
    directory: {directory}
    escaped_semicolons: true
    {split}
  target:
    class: octodns.provider.yaml.YamlProvider
    directory: {directory}
    escaped_semicolons: true
    {split}
zones:
  example.com.:
    sources: [source]
    targets: [target]
"""


class Layout(StrEnum):
    """How documents are spread over files."""

    TOGETHER = "one file"
    APART = "a file each"


@dataclass(frozen=True, slots=True)
class OrdersFolder:
    """A folder of manifests with its state beside it."""

    root: Path
    count: int
    layout: Layout

    @property
    def manifests(self) -> Path:
        """The folder that commands are given."""
        return self.root / "manifests"

    @property
    def state(self) -> Path:
        """Where the state file is by default."""
        return self.root / ".reconciler" / "state.db"

    def write(self, *, endpoint: str, contract: str) -> None:
        """Write all manifests."""
        (self.manifests / "orders").mkdir(parents=True)
        (self.manifests / "project.yaml").write_text(_PROJECT.format(owner=OWNER), encoding="utf-8")
        account = _ACCOUNT.format(endpoint=endpoint, contract=contract)
        (self.manifests / "account.yaml").write_text(account, encoding="utf-8")
        self._write_orders(range(self.count), edited=False)

    def edit(self, *, edited: bool) -> None:
        """Edit one order of a hundred (or take that back): what happens on deletion, which no provider is told."""
        every = range(self.count) if self.layout is Layout.TOGETHER else range(0, self.count, _CHANGED_EVERY)
        self._write_orders(every, edited=edited)

    def lose_state(self) -> None:
        """Forget everything that was remembered."""
        shutil.rmtree(self.state.parent, ignore_errors=True)

    def lose_caches(self) -> None:
        """Delete what the manifests were read as."""
        cache_beside(self.state).unlink()

    def _write_orders(self, numbers: range, *, edited: bool) -> None:
        if self.layout is Layout.APART:
            for number in numbers:
                self._write_file(_name(number), _order(number, edited=edited))
            return
        for start in range(0, self.count, _MOST_IN_A_FILE):
            part = range(start, min(start + _MOST_IN_A_FILE, self.count))
            self._write_file(f"from-{start:06d}", "---\n".join(_order(number, edited=edited) for number in part))

    def _write_file(self, name: str, text: str) -> None:
        (self.manifests / "orders" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _name(number: int) -> str:
    return f"order-{number:06d}"


def _order(number: int, *, edited: bool) -> str:
    return _ORDER.format(
        name=_name(number),
        area=number % 17,
        longitude=(number * 0.731) % 360 - 180,
        latitude=(number * 0.317) % 120 - 60,
        on_delete="cancel" if edited and number % _CHANGED_EVERY == 0 else "report",
    )


def write_zones(root: Path, count: int, layout: Layout) -> Path:
    """Write octoDNS's zone, read as source and as target alike, so that a plan changes nothing; return its config."""
    folder = root / "zones"
    place = folder / "example.com." if layout is Layout.APART else folder
    place.mkdir(parents=True)
    if layout is Layout.APART:
        for name, text in _records(count):
            (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    else:
        (place / "example.com.yaml").write_text("".join(text for _, text in _records(count)), encoding="utf-8")
    split = "split_extension: ." if layout is Layout.APART else "split_extension: false"
    config = root / "octodns.yaml"
    config.write_text(_ZONES.format(directory=folder, split=split), encoding="utf-8")
    return config


def _records(count: int) -> Iterator[tuple[str, str]]:
    for number in range(count):
        name = f"r{number:06d}"
        yield name, _RECORD.format(name=name, high=number // 256 % 256, low=number % 256)
