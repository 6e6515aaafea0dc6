"""Whatever is in the folder, the answer is manifests or a ManifestError: soon, and never a traceback."""

from __future__ import annotations

import contextlib
import os
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.manifest import load
from reconciler.manifest.files import MAX_MANIFEST
from reconciler.model.errors import ManifestError

from .folder import ACCOUNT, ORDER, PROJECT, PROVIDERS, Folder

GOOD = "---\n".join((
    PROJECT.replace("owner: demo", "owner: demo, policy: {perOrder: [{amount: '5', currency: EUR}]}"),
    ACCOUNT + "  limits: {requestsPerSecond: 5, concurrency: 4, settle: 15m, onUnknown: hold}\n",
    ORDER + "  attempt: 2\n  confirm: {maxPrice: {amount: '3500.00', currency: EUR}}\n  suspend: {reason: storm}\n",
    ORDER.replace("name: one", "name: two").replace(
        "{type: Point, coordinates: [133.882675, -23.700552]}",
        "{type: FeatureCollection, features: [{type: Feature, properties: {}, geometry: "
        "{type: Polygon, coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}]}",
    ),
))  # fmt: skip
SNIPPETS = [
    "true", "5", "-1.5", "1e400", "[]", "{}", "''", "&a", "*a", "<<", "!!str", "!x", "? ", ": ", "- ", "\n",
    "\t", "---\n", "...\n", "{", "}", "[", "]", '"', "'", "|", ">", "#", "\x00", "\x85", "\u2028", "\ufeff",
    "\U0001f6f0", "rc1-", "NaN", "file", "type", "Polygon", "2026-12-01", "{file: ../..}", "{file: .}",
    "{file: a\x00b}", "kind", "%YAML 9.9\n",
    "9" * 200, "lark: {}", "wren: {tier: x}", '"\\ud800"', '"\\0"', "[[[[[]]]]]",
]  # fmt: skip


def outcome(folder: Path) -> ManifestError | None:
    try:
        load(folder, PROVIDERS)
    except ManifestError as e:
        return e
    return None


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The good manifests with a few cuts, copies and insertions."""
    text = GOOD
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 5, 40])))
        put = draw(st.sampled_from([*SNIPPETS, text[start : start + 50], ""]))
        text = text[:start] + put + text[end:]
    return text


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@given(text=mutated())
@settings(max_examples=300, deadline=5_000, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mutated_manifests_are_read_or_refused(room: Path, text: str) -> None:
    """Each problem has a place and one line of plain words."""
    (room / "all.yaml").write_text(text, encoding="utf-8", newline="")
    error = outcome(room)
    for problem in error.problems if error else ():
        assert problem.location.line >= 1
        assert problem.location.column >= 1
        assert "Input should" not in problem.message
        assert "pydantic" not in problem.message
        assert "\n" not in problem.message


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=200, deadline=5_000, database=None)
def test_any_bytes_are_read_or_refused(room: Path, content: bytes) -> None:
    """Also what no editor would write."""
    (room / "all.yaml").write_bytes(content)
    assert outcome(room) is not None


@given(
    text=st.recursive(
        st.sampled_from(["1", "200", "null", '"a"', "true", "[1, 2]", "[[0,0],[1,0],[1,1],[0,0]]", "1e999", "NaN"]),
        lambda inner: (
            st.lists(inner, max_size=4).map(lambda parts: "[" + ",".join(parts) + "]")
            | st.tuples(
                st.sampled_from(
                    ["Point", "Polygon", "MultiPoint", "MultiPolygon", "Feature", "FeatureCollection", "x"]
                ),
                st.sampled_from(["coordinates", "geometry", "features", "type"]),
                inner,
            ).map(lambda parts: f'{{"type": "{parts[0]}", "{parts[1]}": {parts[2]}}}')
        ),
        max_leaves=12,
    )
)
@settings(max_examples=150, deadline=5_000, database=None)
def test_any_geojson_is_read_or_refused(room: Path, text: str) -> None:
    """Of every shape."""
    inline = ORDER.split("target: ")[1].split("\n")[0]
    (room / "all.yaml").write_text("---\n".join((PROJECT, ACCOUNT, ORDER.replace(inline, "{file: aoi.json}"))))
    (room / "aoi.json").write_text(text)
    outcome(room)


def test_a_huge_file_is_not_read(folder: Folder) -> None:
    """Its size is looked at first; a target's file is bounded more tightly."""
    with (folder.root / "huge.yaml").open("wb") as file:
        file.truncate(MAX_MANIFEST + 1)
    with (folder.root / "aoi.json").open("wb") as file:
        file.truncate(6 * 2**20)
    folder.target("{file: aoi.json}")
    tracemalloc.start()
    told = folder.problems()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told == [
        "huge.yaml:1:1: is larger than 16 MiB: split it",
        "order.yaml:7:18: spec.target.file: manifests/aoi.json: is larger than 5 MiB: split it",
    ]
    assert peak < 5 * 2**20


def test_a_pipe_or_a_folder_among_the_manifests_does_not_hang(folder: Folder) -> None:
    """A folder named like a manifest is a folder."""
    os.mkfifo(folder.root / "pipe.yaml")
    (folder.root / "folder.yaml").mkdir()
    assert folder.problems() == ["pipe.yaml:1:1: is not a regular file"]


def test_an_unreadable_file_is_told(folder: Folder) -> None:
    """Where the operating system refuses it (not for root, who may read anything)."""
    path = folder.write("secret.yaml", "x")
    path.chmod(0)
    with contextlib.suppress(PermissionError), path.open():
        pytest.skip("this user may read any file")
    assert folder.problems() == ["secret.yaml:1:1: cannot be read: Permission denied"]


def test_a_file_that_is_all_mistakes_ends_soon(folder: Folder) -> None:
    """What was meant by a name is asked a thousand times a document, and a file has ten thousand problems at most."""
    document = ORDER + "".join(f"  moade{number}: 1\n" for number in range(5_000))
    folder.write("bad.yaml", "---\n".join([document] * 40))
    begun = time.perf_counter()
    told = folder.problems()
    assert time.perf_counter() - begun < 15
    assert "bad.yaml:1:1: 4,000 more problems in this document" in told
    assert any("too many problems in this file: the rest was not read" in line for line in told)


def test_an_alias_bomb_in_an_order_stays_small(folder: Folder) -> None:
    """It is refused before it is expanded."""
    lines = ["x0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"x{level}: &x{level} [{', '.join([f'*x{level - 1}'] * 9)}]" for level in range(1, 10)]
    folder.write("bomb.yaml", "\n".join(lines))
    assert folder.problems() == ["bomb.yaml:5:35: aliases make more than 50,000 values of this document"]
