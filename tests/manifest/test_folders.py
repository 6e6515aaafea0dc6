"""What holds between documents and files: everything is found, named as typed, and told in one run."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from reconciler.model.errors import Location, ManifestError
from reconciler.model.order import DesiredOrder

from .folder import ACCOUNT, ORDER, PROJECT, Folder


def already(word: str, name: str, place: str) -> str:
    """Return what is said of a second document of one name."""
    return f"metadata.name: the {word} `{name}` is already at manifests/{place}: rename or remove one of them"


def test_all_mistakes_of_all_files_are_told_in_one_run(folder: Folder) -> None:
    """A syntax error hides neither other files nor the documents before it; the order is by file and line."""
    folder.write("a.yaml", ORDER.replace("name: one", "name: A") + "---\nkind: {\n")
    folder.write("b.yaml", ORDER.replace("FINE", "FIN") + "  attempt: 0\n  attempt: 1\n")
    folder.write("c/d.yml", b"\xff\xfe")
    assert folder.problems() == [
        "a.yaml:3:18: metadata.name: `A` is no name: use a-z, 0-9 and inner hyphens, such as `alice-springs-2`",
        "a.yaml:11:1: not valid YAML: did not find expected node content "
        "(while parsing a flow node that starts at line 11)",
        "b.yaml:8:16: spec.lark.mode: expected `FINE` or `WIDE`, found `FIN`; did you mean `FINE`?",
        "b.yaml:9:12: spec.attempt: must be at least 1, found 0",
        "b.yaml:10:3: duplicate key `attempt`: it already stands at line 9",
        "c/d.yml:1:1: is not UTF-8 text (byte 1, in line 1): save it as UTF-8",
        f"order.yaml:3:18: {already('order', 'one', 'b.yaml:3:18')}",
    ]


def test_two_projects_name_each_other(folder: Folder) -> None:
    """The later one is at fault, and says where the first is."""
    folder.write("second.yaml", PROJECT)
    said = "a second Project: the first is at manifests/project.yaml:3:18; keep one of them"
    assert folder.problems() == [f"second.yaml:3:18: {said}"]


def test_a_folder_without_a_project_is_refused(folder: Folder) -> None:
    """The owner of the orders must be known."""
    (folder.root / "project.yaml").unlink()
    assert folder.problems() == [
        "manifests:1:1: no document of kind Project: add one, it names the owner of the orders"
    ]


def test_two_accounts_of_one_name_are_refused(folder: Folder) -> None:
    """The later one is at fault, and says where the first is."""
    folder.write("second.yaml", ACCOUNT)
    said = (
        "metadata.name: the account `lark-sim` is already at manifests/account.yaml:3:18: rename or remove one of them"
    )
    assert folder.problems() == [f"second.yaml:3:18: {said}"]


def test_two_orders_of_one_name_are_refused(folder: Folder) -> None:
    """Also in one file."""
    folder.order(more="---\n" + ORDER)
    assert folder.problems() == [f"order.yaml:12:18: {already('order', 'one', 'order.yaml:3:18')}"]


def test_an_account_that_could_not_be_read_is_not_called_missing(folder: Folder) -> None:
    """What is absent from a folder that was not read whole proves nothing."""
    folder.write("account.yaml", "kind: {")
    assert [line.split(":")[0] for line in folder.problems()] == ["account.yaml"]


def test_an_order_at_an_account_of_another_provider_is_refused(folder: Folder) -> None:
    """Its block is at fault."""
    folder.write(
        "wren.yaml", ACCOUNT.replace("lark-sim", "wren-sim").replace("lark: {contract: abc}", "wren: {key: k}")
    )
    folder.order("account: lark-sim", "account: wren-sim")
    said = "spec.lark: the account `wren-sim` is at wren: its orders carry a block `wren`"
    assert folder.problems() == [f"order.yaml:8:3: {said}"]


def test_locations_are_written_as_a_user_would_type_them(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative below the current directory, however the folder was given."""
    for path in (Path("manifests"), Path("./manifests/"), folder.root):
        loaded = folder.load(path)
        assert (loaded.folder, loaded.orders[0].source.file) == ("manifests", "manifests/order.yaml")
    monkeypatch.chdir(folder.root)
    here = folder.load(Path("."))
    assert (here.folder, here.orders[0].source.file) == (".", "order.yaml")
    monkeypatch.chdir("/")
    assert folder.load(folder.root).orders[0].source.file == str(folder.root / "order.yaml").lstrip("/")


def test_a_relative_path_upward_stays_as_typed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what the user can type again."""
    folder.write("../elsewhere/x", "")
    monkeypatch.chdir(folder.root.parent / "elsewhere")
    assert folder.load(Path("../manifests")).orders[0].source.file == "../manifests/order.yaml"


def test_a_single_file_is_a_folder_of_one(folder: Folder) -> None:
    """Targets are still looked for beside it."""
    folder.write("all.yaml", "---\n".join((PROJECT, ACCOUNT, ORDER)))
    loaded = folder.load(Path("manifests/all.yaml"))
    assert (loaded.folder, loaded.files, len(loaded.orders)) == ("manifests", 1, 1)


def test_several_paths_are_one_set(folder: Folder) -> None:
    """A file that is reached twice is read once."""
    loaded = folder.load([Path("manifests"), Path("manifests/order.yaml")])
    assert (loaded.folder, loaded.files) == ("manifests", 3)


def test_a_path_that_is_not_there_is_told(folder: Folder) -> None:
    """As is a folder without manifests."""
    (folder.root / "empty").mkdir()
    assert folder.problems(Path("nowhere")) == ["nowhere:1:1: there is no such file or folder"]
    assert folder.problems(Path("manifests/empty")) == ["empty:1:1: no manifests (*.yaml, *.yml) in this folder"]


def test_only_yaml_outside_dot_folders_is_read(folder: Folder) -> None:
    """Schemas, targets and editors' leftovers are not manifests."""
    for name in (".schema/bad.yaml", ".hidden.yaml", "readme.md", "aoi.geojson", "x.yaml.bak"):
        folder.write(name, "nonsense: {")
    assert folder.load().files == 3


def test_a_linked_manifest_is_read_only_from_inside(folder: Folder) -> None:
    """Mounted configuration links its files to a dot-folder beside them; anything else is refused."""
    folder.write(".data/second.yaml", ORDER.replace("name: one", "name: two"))
    os.symlink(folder.root / ".data/second.yaml", folder.root / "second.yaml")
    os.symlink(folder.root, folder.root / "loop")
    assert [order.key for order in folder.load().orders] == ["one", "two"]
    folder.write("../third.yaml", ORDER.replace("name: one", "name: three"))
    os.symlink(folder.root.parent / "third.yaml", folder.root / "third.yaml")
    os.symlink("nowhere.yaml", folder.root / "broken.yaml")
    assert folder.problems() == [
        "broken.yaml:1:1: a symbolic link to nothing: restore what it points to, or remove it",
        "third.yaml:1:1: a symbolic link that leaves the folder: put the file itself here",
    ]


@pytest.mark.parametrize("name", ["more", "more.yaml", "more.txt", "more.geojson"])
def test_a_link_to_nothing_is_a_problem(folder: Folder, name: str) -> None:
    """What it leads to may be a folder of manifests that is away for a moment."""
    os.symlink("nowhere", folder.root / name)
    assert folder.problems() == [f"{name}:1:1: a symbolic link to nothing: restore what it points to, or remove it"]


@pytest.mark.parametrize("name", ["two.YAML", "two.Yml", "two.YML"])
def test_an_ending_in_capitals_is_one_too(folder: Folder, name: str) -> None:
    """Some file systems and editors write it so; its orders must not look removed."""
    folder.write(name, ORDER.replace("name: one", "name: two"))
    assert [order.key for order in folder.load().orders] == ["one", "two"]


@pytest.mark.parametrize("name", ["a.yml.txt", "a.yaml.orig", "a.YAML.rej", "a.yaml ", "a.yaml.1", "a.yaml.tmp"])
def test_what_looks_like_a_manifest_and_is_not_read_is_a_problem(folder: Folder, name: str) -> None:
    """Passed over in silence, its orders would look removed."""
    folder.write(name, ORDER.replace("name: one", "name: two"))
    (problem,) = folder.problems()
    assert "looks like a manifest, and would not be read: end its name in .yaml, or in .disabled" in problem


@pytest.mark.parametrize(
    "name",
    [".a.yaml.swp", ".#a.yaml", "a.yaml~", "a.yaml.j2", "a.yaml.disabled", "a.yaml.example", "a.yaml.bak", "notes.md"],
)
def test_what_is_no_manifest_on_purpose_is_passed_over(folder: Folder, name: str) -> None:
    """Locks and copies of editors, templates, examples, and what is switched off."""
    folder.write(name, "not: [a manifest")
    assert [order.key for order in folder.load().orders] == ["one"]


def test_a_file_of_comments_alone_is_valid(folder: Folder) -> None:
    """It says why it holds nothing; a file of zero bytes does not."""
    folder.write("later.yaml", "# ordered when the budget is known\n")
    folder.write("empty.yaml", "")
    assert folder.problems() == ["empty.yaml:1:1: is empty: restore its content, or remove the file"]


def test_two_orders_cannot_adopt_one(folder: Folder) -> None:
    """Offline, whatever account each names; ids are compared without regard to case."""
    adopting = ORDER.rstrip() + "\n  adopt: {orderId: AB-1}\n"
    folder.write("order.yaml", adopting)
    folder.write("two.yaml", adopting.replace("name: one", "name: two").replace("AB-1", "ab-1"))
    (problem,) = folder.problems()
    assert "two.yaml:" in problem
    assert "spec.adopt.orderId: `ab-1` is adopted at manifests/order.yaml:" in problem


def test_a_folder_that_is_itself_a_link_is_fine(folder: Folder) -> None:
    """Checkouts are switched by moving a link."""
    os.symlink(folder.root, folder.root.parent / "current")
    assert folder.load(Path("current")).orders[0].source.file == "current/order.yaml"


def test_a_providers_check_is_told_at_the_field_it_names(folder: Folder) -> None:
    """A path relative to `spec`; the deepest part that stands there; else the order's name."""
    folder.order("mode: FINE", "mode: FINE, products: [RAW, MAP]")

    def check(order: DesiredOrder) -> tuple[str, ...]:
        assert order.key == "one"
        return (
            "lark.mode: not today",
            "lark.products[1]: no maps",
            "lark.angles.max: is needed",
            "window.end: too late",
            "target: not on land",
            "other: thing",
            "a plain text",
        )

    assert folder.problems(check=check) == [
        "order.yaml:3:18: a plain text",
        "order.yaml:3:18: other: thing",
        "order.yaml:6:46: spec.window.end: too late",
        "order.yaml:7:11: spec.target: not on land",
        "order.yaml:8:9: spec.lark.angles.max: is needed",
        "order.yaml:8:16: spec.lark.mode: not today",
        "order.yaml:8:38: spec.lark.products[1]: no maps",
    ]


def test_a_check_of_one_geometry_is_told_at_that_geometry(folder: Folder) -> None:
    """And what concerns all of them is told once."""
    folder.target("{type: MultiPoint, coordinates: [[1, 2], [3, 4]]}")
    told = folder.problems(check=lambda order: ("lark.mode: no", *(("target: no",) if order.key == "one/2" else ())))
    assert told == ["order.yaml:7:52: spec.target: no", "order.yaml:8:16: spec.lark.mode: no"]


def test_an_accounts_check_is_told_at_its_field(folder: Folder) -> None:
    """In the same way."""
    told = folder.problems(check_account=lambda account: (f"lark.contract: not for {account.endpoint}", "odd"))
    assert told == ["account.yaml:3:18: odd", "account.yaml:6:20: spec.lark.contract: not for simulator"]


def test_problems_carry_their_location(folder: Folder) -> None:
    """Renderers annotate by file, line and column."""
    folder.order("FINE", "FIN")
    with pytest.raises(ManifestError) as raised:
        folder.load()
    assert raised.value.problems[0].location == Location(file="manifests/order.yaml", line=8, column=16)


def test_a_message_is_one_line_that_no_file_can_steer(folder: Folder) -> None:
    """Quoted text is cut and written out: line ends and terminal codes do not pass."""
    folder.order("mode: FINE", 'mode: "a\\nb"')
    assert folder.problems() == ["order.yaml:8:16: spec.lark.mode: expected `FINE` or `WIDE`, found `a\\nb`"]
    folder.target("{file: aoi.geojson}")
    folder.write("aoi.geojson", '{"type": "\\u001b[31m' + "x" * 1_000 + '"}')
    said = folder.problems()[0]
    assert "\\x1b[31mxxx" in said
    assert len(said) < 300
    folder.order()
    assert folder.problems(check=lambda _: ("two\nlines",)) == ["order.yaml:3:18: two\\nlines"]


def test_the_collector_is_as_before(folder: Folder) -> None:
    """Loading pauses it, and gives it back also after an error."""
    folder.load()
    assert gc.isenabled()
    folder.order("FINE", "FIN")
    folder.problems()
    assert gc.isenabled()


def test_a_file_name_that_no_terminal_prints_is_written_out(folder: Folder) -> None:
    """Otherwise an error message could hide itself or crash."""
    path = os.fsencode(folder.root) + b"/a\xff\x1b.yaml"
    Path(os.fsdecode(path)).write_text("x: {")
    assert folder.problems()[0].startswith("a\\xff\\x1b.yaml:2:1: not valid YAML")


def test_an_empty_file_is_a_problem_and_one_of_comments_is_not(folder: Folder) -> None:
    """A crash or a full disk leaves empty files, and their orders would look like removed ones."""
    folder.write("b.yaml", "# ordered again in spring\n")
    assert len(folder.load().orders) == 1
    folder.write("c.yaml", "")
    assert folder.problems() == ["c.yaml:1:1: is empty: restore its content, or remove the file"]
