"""A ConfigMap as Kubernetes mounts it: links to files in a folder of their own, which is exchanged in one step."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path

from tests.quarter.folder import Folder


class ConfigMap:
    """`folder` is what a person edits, without folders below it; `mount` what a container sees of what was applied."""

    def __init__(self, root: Path) -> None:
        self.folder, self.mount = Folder(root / "manifests"), root / "mount"
        self.mount.mkdir()
        self._versions = count(1)

    def apply(self) -> None:
        """Exchange what is mounted, in the kubelet's order: new files, `..data`, new links, stale links."""
        version = f"..2026_12_{next(self._versions):04}"
        shutil.copytree(self.folder.path, self.mount / version)
        names = {path.name for path in self.folder.path.iterdir()}
        before = self.mount / "..data"
        old = before.resolve() if before.is_symlink() else None
        (self.mount / "..data_tmp").symlink_to(version)
        os.replace(self.mount / "..data_tmp", before)
        links = {path.name for path in self.mount.iterdir() if not path.name.startswith("..")}
        for name in names - links:
            (self.mount / name).symlink_to(Path("..data") / name)
        for name in links - names:
            (self.mount / name).unlink()
        if old is not None:
            shutil.rmtree(old)
