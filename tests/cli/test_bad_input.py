"""Whatever is typed or found on disk: a message and an exit code, never a traceback."""

from __future__ import annotations

import re

import pytest

from reconciler.cli.exit_codes import Exit
from tests.support.project import eur, window

from .terminal import last_line

HEAD = "apiVersion: tasking.reconciler/v1\nkind: TaskingOrder\nmetadata: {name: %s}\nspec:\n"
ACCOUNT = "  account: iceye-sim\n"
WINDOW = "  window: {start: 2026-12-06T00:00:00Z, end: 2026-12-08T00:00:00Z}\n"
TARGET = "  target: {type: Point, coordinates: [0.5, 0.5]}\n"
ICEYE = "  iceye: {imagingMode: SPOTLIGHT}\n"


def polygon(*positions):
    """Return a target that is a polygon with one ring."""
    return f"  target: {{type: Polygon, coordinates: [[{', '.join(map(str, positions))}]]}}\n"


# Each bad manifest by a name: its text, the line at fault, and words of the message.
BAD = {
    "syntax": (HEAD + ACCOUNT + "  window: [\n", None, ""),
    "tab": (HEAD + ACCOUNT + "\twindow: x\n", 6, ""),
    "duplicate-key": (HEAD + ACCOUNT + WINDOW + TARGET + ICEYE + ACCOUNT, 9, "account"),
    "unknown-field": (HEAD + ACCOUNT + WINDOW + TARGET + ICEYE + "  atempt: 2\n", 9, "attempt"),
    "unknown-provider-field": (
        HEAD + ACCOUNT + WINDOW + TARGET + "  iceye: {imagingMode: SPOTLIGHT, lookside: ANY}\n",
        8,
        "lookSide",
    ),
    "wrong-type": (HEAD + ACCOUNT + WINDOW + TARGET + ICEYE + "  attempt: [1]\n", 9, "attempt"),
    "missing-field": (HEAD + ACCOUNT + TARGET + ICEYE, None, "window"),
    "bad-enum": (HEAD + ACCOUNT + WINDOW + TARGET + ICEYE + "  lifecycle: {onDelete: keep}\n", 9, "report"),
    "naive-timestamp": (
        HEAD + ACCOUNT + "  window: {start: 2026-12-06T00:00:00, end: 2026-12-08T00:00:00Z}\n" + TARGET + ICEYE,
        6,
        "offset",
    ),
    "end-before-start": (
        HEAD + ACCOUNT + "  window: {start: 2026-12-08T00:00:00Z, end: 2026-12-06T00:00:00Z}\n" + TARGET + ICEYE,
        6,
        "not after the start",
    ),
    "out-of-range": (
        HEAD + ACCOUNT + WINDOW + "  target: {type: Point, coordinates: [200.5, 10.5]}\n" + ICEYE,
        7,
        "200.5",
    ),
    "swapped": (
        HEAD + ACCOUNT + WINDOW + "  target: {type: Point, coordinates: [-23.7, 133.8]}\n" + ICEYE,
        7,
        "longitude",
    ),
    "unclosed-ring": (HEAD + ACCOUNT + WINDOW + polygon([0, 0], [1, 0], [1, 1], [0, 1]) + ICEYE, 7, "clos"),
    "self-intersecting": (
        HEAD + ACCOUNT + WINDOW + polygon([0, 0], [1, 1], [1, 0], [0, 1], [0, 0]) + ICEYE,
        7,
        "",
    ),
    "unknown-account": (HEAD + "  account: iceye-smi\n" + WINDOW + TARGET + ICEYE, 5, "iceye-sim"),
    "our-reference": (
        HEAD
        + ACCOUNT
        + WINDOW
        + TARGET
        + "  iceye: {imagingMode: SPOTLIGHT, reference: my rc1-aaaaaaaaaaaaaaaaaaaa}\n",
        8,
        "reference",
    ),
    "bad-amount": (
        HEAD + ACCOUNT + WINDOW + TARGET + ICEYE + "  confirm: {maxPrice: {amount: 1.005, currency: EUR}}\n",
        9,
        "amount",
    ),
    "wrong-version": (HEAD.replace("/v1", "/v9") + ACCOUNT + WINDOW + TARGET + ICEYE, 1, "tasking.reconciler/v1"),
    "unknown-kind": (HEAD.replace("TaskingOrder", "TaskingOrdr") + ACCOUNT, 2, "TaskingOrder"),
    "not-a-mapping": ("- one\n- two\n", 1, "mapping"),
}
UNREADABLE = ("syntax", "tab", "unknown-kind", "not-a-mapping")
PLACE = re.compile(r"(?m)^manifests/(?P<file>[a-z-]+\.yaml):(?P<line>\d+):(?P<column>\d+): (?P<message>.+)$")


def write(terminal, name, text):
    """Write one of the bad manifests."""
    path = terminal.project.folder / f"{name}.yaml"
    path.write_text(text.replace("%s", name), encoding="utf-8")
    return path


def problems(ran):
    """Return the problems that were told as (file, line, message)."""
    assert ran.code == Exit.INVALID
    assert ran.out == ""
    assert "Traceback" not in ran.err
    found = [(m["file"], int(m["line"]), m["message"]) for m in PLACE.finditer(ran.err)]
    count = re.fullmatch(r"(\d+) problems?; nothing was sent\.", last_line(ran.err))
    assert count is not None
    assert int(count[1]) == len(ran.err.splitlines()) - 2 - ran.err.startswith("reading")
    return found


class TestBadManifests:
    @pytest.mark.parametrize("name", BAD)
    def test_each_is_told_at_its_line(self, embedded, name):
        """The file, the line at fault, a message that names it, exit code 4."""
        text, line, words = BAD[name]
        write(embedded, name, text)
        found = problems(embedded.run("validate"))
        told = [message for file, at, message in found if file == f"{name}.yaml" and line in (None, at)]
        assert told, found
        assert any(words in message for message in told), told

    def test_all_at_once(self, embedded):
        """One run reports every file's problems, in the order of files and lines; a good order beside them is not.

        Only an account is not called unknown while some file could not be read: it may be stated there.
        """
        embedded.project.order()
        for name, (text, _, _) in BAD.items():
            write(embedded, name, text)
        found = problems(embedded.run("plan"))
        bad = {f"{name}.yaml" for name in BAD}
        assert {file for file, _, _ in found} == bad - {"unknown-account.yaml"}
        for name in UNREADABLE:
            (embedded.project.folder / f"{name}.yaml").unlink()
        found = problems(embedded.run("plan"))
        assert {file for file, _, _ in found} == bad - {f"{name}.yaml" for name in UNREADABLE}
        assert [(file, line) for file, line, _ in found] == sorted((file, line) for file, line, _ in found)

    def test_no_project(self, embedded):
        """A folder without a Project is told so, at the folder."""
        embedded.project.order()
        (embedded.project.folder / "project.yaml").unlink()
        ran = embedded.run("validate")
        assert (ran.code, "manifests:1:1: no document of kind Project" in ran.err) == (Exit.INVALID, True)

    def test_two_projects(self, embedded):
        """The second Project is told with the place of the first."""
        text = (embedded.project.folder / "project.yaml").read_text(encoding="utf-8")
        write(embedded, "second", text)
        ((file, _, message),) = problems(embedded.run("validate"))
        assert file == "second.yaml"
        assert "manifests/project.yaml:" in message

    def test_two_orders_of_one_name(self, embedded):
        """The second order of a name is told with the place of the first."""
        embedded.project.order("alice")
        text = (embedded.project.folder / "orders/alice.yaml").read_text(encoding="utf-8")
        write(embedded, "second", text)
        ((file, _, message),) = problems(embedded.run("validate"))
        assert file == "second.yaml"
        assert "manifests/orders/alice.yaml:" in message

    def test_a_window_that_cannot_be_met_is_no_bad_manifest(self, embedded):
        """A window in the provider's past is valid YAML: the order is told as expired, and others go on."""
        embedded.project.order(window=window(-9, -7))
        embedded.project.order("bob", confirm={"maxPrice": eur("3000.00")})
        ran = embedded.run("reconcile")
        assert (ran.code, "expired" in ran.out, "1 placed" in ran.out) == (Exit.OK, True, True)


class TestOddFiles:
    @pytest.mark.parametrize(
        ("place", "words"),
        [
            ("nowhere", "no such file or folder"),
            ("empty", "no manifests"),
            ("text.txt", "expected a mapping"),
            ("binary.yaml", "not UTF-8"),
            ("loop.yaml", ""),
            ("looping", ""),
            ("\0", ""),
            ("x" * 5000, ""),
        ],
        ids=["missing", "empty folder", "a text", "binary", "a link to itself", "a folder of those", "nul", "long"],
    )
    @pytest.mark.parametrize("command", ["validate", "plan", "reconcile"])
    def test_instead_of_a_folder(self, embedded, command, place, words):
        """What is no folder of manifests is told as such."""
        root = embedded.project.root
        (root / "empty").mkdir()
        (root / "text.txt").write_text("hello\n", encoding="utf-8")
        (root / "binary.yaml").write_bytes(b"\x00\x01\xff\xfe")
        (root / "looping").mkdir()
        for folder in (root, root / "looping"):
            (folder / "loop.yaml").symlink_to("loop.yaml")
        ran = embedded.run(command, place)
        assert (ran.code, ran.out) == (Exit.USAGE if place == "\0" else Exit.INVALID, ""), ran
        assert words in ran.err
        assert "Traceback" not in ran.err

    @pytest.mark.parametrize("kind", ["garbage", "empty", "other", "loop", "below-a-file"])
    @pytest.mark.parametrize(
        "command",
        [["status"], ["plan"], ["reconcile"], ["history", "alice"], ["state", "verify"], ["state", "export"]],
        ids=" ".join,
    )
    def test_as_state_file(self, embedded, command, kind):
        """What is no state file is told as such, and left as it is."""
        embedded.project.order()
        path = embedded.project.root / "odd.db"
        match kind:
            case "garbage":
                path.write_bytes(b"not a database, but long enough to be looked at" * 50)
            case "empty":
                path.write_bytes(b"")
            case "other":
                path.write_bytes(b"SQLite format 3\x00" + b"\x07" * 5000)
            case "loop":
                path.symlink_to("odd.db")
            case _:
                path.write_text("a file", encoding="utf-8")
                path = path / "state.db"
        ran = embedded.run(*command, "--state", str(path))
        assert "Traceback" not in ran.err
        assert ran.code != Exit.BUG, ran.err
        if kind in ("garbage", "other"):
            assert (ran.code, ran.out) == (Exit.FAILED, "")
            assert "odd.db is damaged" in ran.err
            assert "nothing is placed twice" in ran.err

    def test_a_folder_as_state_file(self, embedded):
        """A folder cannot hold the state."""
        embedded.project.order()
        for command in (["status"], ["plan"], ["reconcile"], ["state", "verify"]):
            ran = embedded.run(*command, "--state", "manifests")
            assert (ran.code, "is a directory" in ran.err) == (Exit.USAGE, True)

    @pytest.mark.parametrize("target", ["/proc/nowhere/copy.db", "manifests", "manifests/project.yaml/copy.db"])
    def test_a_backup_that_cannot_be_written(self, embedded, target):
        """A target that cannot be written is told with its name."""
        embedded.project.order()
        embedded.run("reconcile")
        ran = embedded.run("state", "backup", target)
        assert ran.code in (Exit.FAILED, Exit.INVALID)
        assert ran.err.startswith(("error: manifests", "error: /proc/nowhere"))

    def test_a_download_that_cannot_be_written(self, terminal):
        """A folder that cannot be made is told with its name."""
        terminal.project.order()
        terminal.run("reconcile")
        terminal.project.edit(terminal.project.orders()[0]["id"], status="DONE")
        ran = terminal.run("download", "alice", "--into", "manifests/project.yaml")
        assert ran.code == Exit.INVALID
        assert "manifests/project.yaml" in ran.err

    @pytest.mark.parametrize("name", ["", " ", "../../etc/passwd", "alice/../bob", "-", "a" * 3000, "\0", "\u202e"])
    @pytest.mark.parametrize("command", ["history", "forget", "download", "resolve"])
    def test_as_an_order_s_name(self, embedded, command, name):
        """A name that nobody has is told so; nothing is written for it."""
        more = ["--adopt", "x"] if command == "resolve" else []
        ran = embedded.run(command, *more, "--", name)
        assert ran.code in (Exit.INVALID, Exit.USAGE)
        assert not (embedded.project.root / "downloads").exists()
