"""The folders that situations come about in: a file for each document, or one file with all of them."""

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
    """A project whose passes know the origin of its manifests, as those of the command line do."""

    def run(self, mode: Mode, **more: Any) -> Report:
        """Run one pass in this process."""
        return super().run(mode, **{"checkout": checkout_of(self.folder), **more})

    def manifest(self, key: str) -> tuple[Path, int]:
        """Return the file that states an order, and the line at which its document begins."""
        return self.folder / "orders" / f"{key}.yaml", 1

    def stated(self, key: str) -> Json:
        """Return what the manifest of an order states."""
        (document,) = _documents(self.manifest(key)[0])
        return dict(document["spec"])

    def remove_account(self, name: str) -> None:
        """Remove the manifest of an account."""
        (self.folder / "accounts" / f"{name}.yaml").unlink()


class OneFile(Folder):
    """A project whose manifests are the documents of one file, with a comment at its head."""

    def write(self, name: str, kind: str, key: str, spec: Mapping[str, Any]) -> Path:
        """Write one document: in place of its last version, or after the others."""
        written = super().write(name, kind, key, spec)
        (document,) = _documents(written)
        written.unlink()
        self._put({**self._stated, (kind, key): document})
        return self._file

    def remove(self, key: str = "alice") -> None:
        """Remove an order's document."""
        self._remove("TaskingOrder", key)

    def remove_account(self, name: str) -> None:
        """Remove an account's document."""
        self._remove("Account", name)

    def manifest(self, key: str) -> tuple[Path, int]:
        """Return the file that states an order, and the line at which its document begins."""
        nodes = list(yaml.compose_all(self._file.read_text(encoding="utf-8")))
        start = nodes[[*self._stated].index(("TaskingOrder", key))].start_mark.line
        return self._file, start + 1

    def stated(self, key: str) -> Json:
        """Return what the document of an order states."""
        return dict(self._stated["TaskingOrder", key]["spec"])

    @property
    def _file(self) -> Path:
        return self.folder / "all.yaml"

    @property
    def _stated(self) -> dict[tuple[str, str], Json]:
        return {(each["kind"], each["metadata"]["name"]): each for each in _documents(self._file)}

    def _remove(self, kind: str, name: str) -> None:
        self._put({known: document for known, document in self._stated.items() if known != (kind, name)})

    def _put(self, documents: Mapping[tuple[str, str], Json]) -> None:
        text = yaml.safe_dump_all(documents.values(), sort_keys=False, allow_unicode=True)
        self._file.write_text(f"# All documents of the project.\n{text}", encoding="utf-8")


def _documents(path: Path) -> list[Json]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8"))) if path.exists() else []
