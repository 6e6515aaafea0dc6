"""What files were read as is remembered by their content, and never instead of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.manifest import cache, load
from reconciler.manifest import loading as loading_module
from reconciler.model.errors import ManifestError
from reconciler.model.order import Manifests

from .folder import ORDER, PROVIDERS, Folder

RICH = (
    ORDER.replace("name: one", "name: rich, labels: {team: a}")
    + """\
  confirm: {maxPrice: {amount: "1200.50", currency: EUR}}
  suspend: {reason: not yet, until: 2026-12-02T00:00:00+01:00}
  cancel: {reason: no more, maxCharge: {amount: "1.00", currency: EUR}}
  lifecycle: {onDelete: cancel}
"""
)
SEVERAL = ORDER.replace("name: one", "name: several").replace(
    "{type: Point, coordinates: [133.882675, -23.700552]}",
    "{type: MultiPoint, coordinates: [[0.1, 0.2], [133.882675, -23.700552]]}",
)
AREA = ORDER.replace("name: one", "name: area").replace(
    "{type: Point, coordinates: [133.882675, -23.700552]}",
    "{type: Polygon, coordinates: [[[0, 0], [1, 0], [1, 1.5], [0, 0]]]}",
)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where the cache is, in a folder that does not exist yet."""
    return tmp_path / ".reconciler" / "state.db.manifests"


def read(folder: Folder, kept: Path | None) -> Manifests:
    """Read the folder with a cache."""
    return load(folder.root, PROVIDERS, cache=kept)


def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that every file which is parsed from now on adds its name to."""
    names: list[str] = []
    real = loading_module.YamlFile

    def counted(text: str, shown: str) -> object:
        names.append(Path(shown).name)
        return real(text, shown)

    monkeypatch.setattr(loading_module, "YamlFile", counted)
    return names


def test_an_unchanged_file_is_not_parsed_again(folder: Folder, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a manifest can state comes back equal; the project and the accounts are read each time."""
    folder.write("rich.yaml", RICH)
    folder.write("several.yaml", SEVERAL + "---\n" + AREA)
    first = read(folder, kept)
    names = parsed(monkeypatch)
    assert read(folder, kept) == first == read(folder, None)
    assert names[:2] == ["account.yaml", "project.yaml"]
    assert len(names) == 2 + 5


def test_an_edited_file_is_parsed_again(folder: Folder, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where size and time stay the same."""
    folder.write("rich.yaml", RICH)
    read(folder, kept)
    folder.write("rich.yaml", RICH.replace("1200.50", "1900.50"))
    names = parsed(monkeypatch)
    assert [order.confirm.max_price and order.confirm.max_price.minor for order in read(folder, kept).orders] == [
        None,
        190_050,
    ]
    assert "rich.yaml" in names
    assert "order.yaml" not in names


def test_a_mistake_is_told_each_time(folder: Folder, kept: Path) -> None:
    """A file with a problem is never taken from the cache; what lies between documents is checked anew."""
    read(folder, kept)
    folder.write("again.yaml", ORDER)
    for _ in range(2):
        with pytest.raises(ManifestError, match=r"already at manifests/again\.yaml"):
            read(folder, kept)
    folder.write("again.yaml", ORDER.replace("Point", "Pint"))
    for _ in range(2):
        with pytest.raises(ManifestError, match="Pint"):
            read(folder, kept)


def test_a_target_in_another_file_is_read_each_time(folder: Folder, kept: Path) -> None:
    """The manifest that points to it has not changed when the file has."""
    folder.target("{file: aoi.geojson}")
    targets = []
    for latitude in (1, 2):
        folder.write("aoi.geojson", json.dumps({"type": "Point", "coordinates": [0, latitude]}))
        targets.append(read(folder, kept).orders[0].target)
    assert targets[0] != targets[1]


@pytest.mark.parametrize("content", [b"", b"\x00", b"{}", b'{"reader": "me", "files": {"a": 1}}', b"[" * 100_000])
def test_what_cannot_be_read_is_no_cache(folder: Folder, kept: Path, content: bytes) -> None:
    """It is written anew."""
    first = read(folder, kept)
    kept.write_bytes(content)
    assert read(folder, kept) == first
    assert b"order.yaml" in kept.read_bytes()


def test_another_version_of_the_program_reads_anew(folder: Folder, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may understand the same text otherwise."""
    read(folder, kept)
    monkeypatch.setattr(cache, "_reader", lambda: "another")
    names = parsed(monkeypatch)
    read(folder, kept)
    assert "order.yaml" in names


def test_a_removed_file_leaves_the_cache(folder: Folder, kept: Path) -> None:
    """It does not grow for ever."""
    folder.write("rich.yaml", RICH)
    read(folder, kept)
    (folder.root / "rich.yaml").unlink()
    read(folder, kept)
    assert b"rich" not in kept.read_bytes()


def test_without_room_for_it_there_is_no_cache(folder: Folder, tmp_path: Path) -> None:
    """A folder that cannot be made is no reason to fail."""
    (tmp_path / "file").write_text("")
    assert len(read(folder, tmp_path / "file" / "kept").orders) == 1
