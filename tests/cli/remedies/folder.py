"""The folders that situations come about in: a file for each order, or one file with the documents of all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from reconciler.cli.working_tree import checkout_of
from reconciler.reconcile import Mode, Report
from tests.support.project import Project

Json = dict[str, Any]


class Folder(Project):
    """A project whose passes know where its manifests are from, as those of the command line do."""

    def run(self, mode: Mode, **more: Any) -> Report:
        """Run one pass in this process."""
        return super().run(mode, **{"checkout": checkout_of(self.folder), **more})

    def manifest(self, key: str) -> tuple[Path, int]:
        """Return the file that states an order, and a line of its document."""
        return self.folder / "orders" / f"{key}.yaml", 1

    def stated(self, key: str) -> Json:
        """Return what the manifest of an order states."""
        path, line = self.manifest(key)
        return dict(_documents(path)[line - 1]["spec"])


class OneFile(Folder):
    """A project whose orders are documents of one file."""

    def write(self, name: str, kind: str, key: str, spec: Mapping[str, Any]) -> Path:
        """Write one document: an order in place of its last version, or after the others."""
        written = super().write(name, kind, key, spec)
        if kind != "TaskingOrder":
            return written
        (document,) = _documents(written)
        written.unlink()
        documents = {each["metadata"]["name"]: each for each in _documents(self._orders)}
        return self._put([*{**documents, key: document}.values()])

    def remove(self, key: str = "alice") -> None:
        """Remove an order's document."""
        left = [each for each in _documents(self._orders) if each["metadata"]["name"] != key]
        if left:
            self._put(left)
        else:
            self._orders.unlink()

    def manifest(self, key: str) -> tuple[Path, int]:
        """Return the file that states an order, and a line of its document."""
        text = self._orders.read_text(encoding="utf-8")
        names = [each["metadata"]["name"] for each in yaml.safe_load_all(text)]
        starts = [node.start_mark.line + 1 for node in yaml.compose_all(text)]
        return self._orders, starts[names.index(key)]

    def stated(self, key: str) -> Json:
        """Return what the document of an order states."""
        return dict(next(each["spec"] for each in _documents(self._orders) if each["metadata"]["name"] == key))

    @property
    def _orders(self) -> Path:
        return self.folder / "orders" / "all.yaml"

    def _put(self, documents: list[Json]) -> Path:
        text = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True)
        self._orders.write_text(f"# All orders of the project.\n{text}", encoding="utf-8")
        return self._orders


def _documents(path: Path) -> list[Json]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8"))) if path.exists() else []
