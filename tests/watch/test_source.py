"""A folder, or exactly one commit: what is taken, what is not, and what is told."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
import tracemalloc
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.desired import read
from reconciler.manifest.files import Unreadable
from reconciler.model.checkout import Checkout
from reconciler.model.errors import ConfigError, ManifestError
from reconciler.watch.clone import Repository, without_password
from reconciler.watch.git_command import Git, GitError
from reconciler.watch.source import MANIFESTS_CHANGED, NEW_COMMIT, FolderSource, GitSource, SourceStatus, fingerprint_of
from tests.support.project import eventually

NOW = datetime(2026, 12, 1, tzinfo=UTC)
AUTHOR = {f"GIT_{who}_{what}": "somebody" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Remote:
    """A repository on this machine, with a working tree to commit from."""

    def __init__(self, root: Path) -> None:
        self.bare, self.tree = root / "remote.git", root / "tree"
        self.git(root, "init", "--quiet", "--bare", "-b", "main", str(self.bare))
        self.git(root, "clone", "--quiet", str(self.bare), str(self.tree))
        self.git(self.tree, "checkout", "--quiet", "-b", "main")

    def git(self, where: Path, *words: str) -> str:
        """Run git as somebody else's program would."""
        done = subprocess.run(
            ["git", *words], cwd=where, env={**os.environ, **AUTHOR}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        """Write a file of the working tree."""
        (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
        (self.tree / name).write_text(text, encoding="utf-8")

    def commit(self, *more: str) -> str:
        """Commit everything and push it; returns the commit."""
        self.git(self.tree, "add", "--all")
        self.git(self.tree, "commit", "--quiet", "--message", "change", *more)
        self.git(self.tree, "push", "--quiet", "--force", "origin", "main")
        return self.git(self.tree, "rev-parse", "HEAD")


@pytest.fixture
def remote(tmp_path):
    """A remote with one commit of manifests."""
    made = Remote(tmp_path)
    made.write("manifests/a.yaml", "one")
    made.write("elsewhere.txt", "not ours")
    made.commit()
    return made


@pytest.fixture
def source(remote, tmp_path):
    """A source that has fetched the remote once."""
    made = GitSource(
        repository=Repository(url=str(remote.bare), ref="main", path="manifests", home=tmp_path / "state" / "git"),
        every=0.01,
    )
    made.fetch()
    return made


def reported(source):
    """Return the list that a source's messages are added to from now on."""
    source.tell = (messages := []).append
    return messages


def files(source, taken=None):
    """Return the files of a snapshot as a reader of manifests gets them."""
    with source.open(taken or source.look()) as tree:
        paths = sorted(path for path in tree.folder.rglob("*") if not path.is_dir())
        return {str(path.relative_to(tree.folder)): tree.content(str(path), 1000) for path in paths}


def problem_of(source):
    """Return the problem of a commit that cannot be used."""
    with pytest.raises(ManifestError) as raised, source.open(source.look()):
        pass
    return str(raised.value)


class TestGit:
    def test_the_branch_is_read_after_the_first_fetch(self, remote, tmp_path):
        """The manifests of the commit are there, and nothing else of the repository; before, there is nothing."""
        source = GitSource(
            repository=Repository(url=str(remote.bare), ref="main", path="manifests", home=tmp_path / "git"),
            every=1,
            now=lambda: NOW,
        )
        assert source.look() is None
        assert "is being fetched for the first time" in source.status().problem
        source.fetch()
        commit = remote.git(remote.tree, "rev-parse", "HEAD")
        assert (source.look().fingerprint, files(source)) == (commit, {"a.yaml": b"one"})
        assert source.status() == SourceStatus(name=source.repository.display_name, read_at=NOW, newest=commit)

    def test_a_new_commit_is_taken_when_it_is_fetched(self, source, remote):
        """Until then the last one stays; its files are those of the commit, whatever the working tree holds."""
        first = source.look()
        remote.write("manifests/a.yaml", "two")
        second = remote.commit()
        remote.write("manifests/a.yaml", "not committed")
        assert source.look() == first
        source.fetch()
        assert source.look().fingerprint == second
        assert files(source) == {"a.yaml": b"two"}
        assert [earlier.fingerprint for earlier in source.earlier(source.look())] == [first.fingerprint]

    def test_a_rewritten_branch_is_reported_and_not_accepted(self, source, remote):
        """After a force-push the last commit stays, also after a restart, and the way out is named."""
        first = source.look()
        messages = reported(source)
        remote.write("manifests/a.yaml", "rewritten")
        other = remote.commit("--amend")
        source.fetch()
        source.fetch()
        assert source.look() == first
        assert len(messages) == 1
        assert all(
            word in messages[0] for word in ("was rewritten", first.fingerprint[:12], "stays in force", "remove")
        )
        assert (source.status().newest, source.status().problem) == (other, messages[0])
        again = GitSource(repository=source.repository, every=1)
        again.fetch()
        assert again.look() == first

    def test_a_branch_that_moves_on_again_is_accepted_again(self, source, remote):
        """A branch that was rewritten and then restored is reported to be fetched again."""
        source.look()
        good = remote.git(remote.tree, "rev-parse", "HEAD")
        remote.write("manifests/a.yaml", "rewritten")
        remote.commit("--amend")
        source.fetch()
        messages = reported(source)
        remote.git(remote.tree, "reset", "--quiet", "--hard", good)
        remote.write("manifests/a.yaml", "forward")
        new = remote.commit()
        source.fetch()
        assert (source.look().fingerprint, source.status().problem) == (new, None)
        assert "again" in messages[0]

    def test_an_unreachable_remote_leaves_the_last_commit(self, source, remote):
        """It is reported once, and the manifests stay in force."""
        first, messages = source.look(), reported(source)
        remote.bare.rename(remote.bare.with_name("away"))
        source.fetch()
        source.fetch()
        assert source.look() == first
        assert "git fetch failed" in source.status().problem
        assert len(messages) == 1

    def test_a_remote_that_was_never_reached_is_reported(self, tmp_path):
        """There is nothing to look at yet, and the status says why."""
        source = GitSource(
            repository=Repository(url=str(tmp_path / "nowhere"), ref="main", path="manifests", home=tmp_path / "git"),
            every=1,
        )
        source.fetch()
        assert source.look() is None
        assert "git fetch failed" in source.status().problem

    def test_a_folder_that_is_not_in_the_commit_is_named(self, remote, tmp_path):
        """The path is looked for in the repository, not beside it."""
        source = GitSource(
            repository=Repository(url=str(remote.bare), ref="main", path="orders", home=tmp_path / "git"), every=1
        )
        source.fetch()
        assert "orders:1:1: there is no such folder at" in problem_of(source)

    def test_links_are_not_followed_out(self, source, remote):
        """A link that leaves the folder is a problem of the manifests; nothing is written through a link."""
        (remote.tree / "manifests" / "out.yaml").symlink_to("../../../../../../etc/hostname")
        remote.commit()
        source.fetch()
        with source.open(source.look()) as tree:
            assert (tree.folder / "out.yaml").is_symlink()
            with pytest.raises(ManifestError, match="a symbolic link that leaves the folder"):
                read(tree.folder, content=tree.content)

    def test_what_a_repository_says_of_itself_has_no_effect(self, source, remote):
        """`export-ignore` and filters would hide an order or change it: a file is its blob."""
        remote.write(".gitattributes", "*.yaml export-ignore text eol=crlf ident\n")
        remote.write("manifests/b.yaml", "$Id$\nline\n")
        remote.commit()
        source.fetch()
        assert files(source) == {"a.yaml": b"one", "b.yaml": b"$Id$\nline\n"}

    def test_it_rings_for_a_new_commit(self, source, remote):
        """The thread that feeds the loop fetches every so often."""
        stop, signaled = threading.Event(), []

        def signal(why):
            signaled.append(why)
            stop.set()

        thread = threading.Thread(target=source.feed, args=(signal, stop))
        thread.start()
        remote.write("manifests/a.yaml", "two")
        remote.commit()
        thread.join(20)
        assert signaled == [NEW_COMMIT]

    @pytest.mark.parametrize("broken", ["half made", "not to be written"])
    def test_whatever_is_wrong_with_the_clone_it_is_made_in_the_end(self, remote, tmp_path, broken):
        """A kill while it was made, or a disk without room, is reported, and made good as soon as it can be."""
        home, told, stop = tmp_path / "git", [], threading.Event()
        source = GitSource(
            repository=Repository(url=str(remote.bare), ref="main", path="manifests", home=home), every=0.01
        )
        if broken == "half made":
            source.repository.clone.mkdir(parents=True)
        else:
            home.write_text("in the way")

        def tell(text):
            told.append(text)
            if home.is_file():
                home.unlink()

        source.tell = tell
        thread = threading.Thread(target=source.feed, args=(lambda _why: stop.set(), stop), daemon=True)
        thread.start()
        thread.join(20)
        assert stop.is_set()
        assert len(told) == (0 if broken == "half made" else 2)
        assert files(source) == {"a.yaml": b"one"}

    def test_an_address_s_password_is_never_shown(self, tmp_path):
        """It is in neither the name nor what git writes."""
        address = "https://user:canary@canary-word@localhost:1/a.git"
        repository = Repository(url=address, ref="main", path="manifests", home=tmp_path / "git")
        with pytest.raises(ConfigError) as raised:
            repository.fetch()
        assert "canary" not in str(raised.value) + repository.display_name
        assert without_password(f"fatal: {address}") == "fatal: https://localhost:1/a.git"

    def test_an_address_is_never_an_option(self, tmp_path):
        """An address that begins with a dash is looked for as an address."""
        repository = Repository(
            url=f"--upload-pack=touch {tmp_path}/pwned", ref="main", path="manifests", home=tmp_path / "git"
        )
        with pytest.raises(ConfigError):
            repository.fetch()
        assert not (tmp_path / "pwned").exists()


def emptied(path):
    """Leave a file without content, as a power cut does."""
    path.chmod(0o644)
    path.write_bytes(b"")


def objects(clone):
    """Return the files that hold objects."""
    return [path for path in (clone / "objects").rglob("*") if path.is_file()]


DAMAGE = {
    "an empty HEAD": lambda clone: emptied(clone / "HEAD"),
    "an empty ref": lambda clone: emptied(clone / "refs/reconciler/good"),
    "empty refs": lambda clone: [emptied(path) for path in (clone / "refs").rglob("*") if path.is_file()],
    "empty objects": lambda clone: [emptied(path) for path in objects(clone)],
    "an object that is cut off": lambda clone: [cut_off(path) for path in objects(clone)],
    "no objects": lambda clone: [path.unlink() for path in objects(clone)],
    "an empty configuration": lambda clone: (clone / "config").write_text("[core"),
}


def cut_off(path):
    """Leave half of a file."""
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def loosened(clone, name):
    """Return the file of an object, once every pack is taken apart."""
    for pack in list((clone / "objects" / "pack").glob("*.pack")):
        content = pack.read_bytes()
        pack.unlink()
        subprocess.run(["git", "unpack-objects", "-q"], cwd=clone, input=content, check=True)
    loose = clone / "objects" / name[:2] / name[2:]
    loose.chmod(0o644)
    return loose


class TestDamage:
    @pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
    def test_a_damaged_clone_is_made_again_and_goes_on_from_its_last_commit(self, source, remote, damage):
        """The next commit is followed; a branch that was rewritten meanwhile is not accepted for it."""
        first = source.look()
        damage(source.repository.clone)
        remote.write("manifests/a.yaml", "two")
        second = remote.commit()
        source.fetch()
        source.fetch()
        assert (source.look().fingerprint, files(source)) == (second, {"a.yaml": b"two"})
        damage(source.repository.clone)
        remote.git(remote.tree, "checkout", "--quiet", "--orphan", "other")
        remote.git(remote.tree, "commit", "--quiet", "--message", "another history")
        remote.git(remote.tree, "push", "--quiet", "--force", "origin", "HEAD:main")
        source.fetch()
        source.fetch()
        assert "was rewritten" in source.status().problem
        with suppress(ConfigError):
            assert source.look() is None or source.look().fingerprint in (first.fingerprint, second)

    def test_a_clone_that_is_damaged_while_nothing_is_new_is_made_again(self, source):
        """The loop meets the damage, and the feeding thread repairs it and wakes the loop."""
        taken, messages = source.look(), reported(source)
        DAMAGE["empty objects"](source.repository.clone)
        with pytest.raises(ConfigError, match="made again if it is damaged"):
            files(source, taken)
        stop, signaled = threading.Event(), []
        thread = threading.Thread(
            target=source.feed, args=(lambda why: signaled.append(why) or stop.set(), stop), daemon=True
        )
        thread.start()
        thread.join(20)
        assert (signaled, len(messages)) == ([NEW_COMMIT], 1)
        assert "was damaged and is made again" in messages[0]
        assert files(source, taken) == {"a.yaml": b"one"}

    def test_an_object_with_another_content_is_not_read(self, source, remote):
        """A file is compared with its id: what a disk has changed is never taken for a manifest."""
        name = remote.git(remote.tree, "rev-parse", "HEAD:manifests/a.yaml")
        loosened(source.repository.clone, name).write_bytes(zlib.compress(b"blob 3\0two"))
        with pytest.raises(ConfigError, match=r"blob [0-9a-f]{12} is damaged"):
            files(source)

    def test_a_tree_with_another_content_is_not_read(self, source, remote):
        """A folder that a disk has changed lacks an order that Git has."""
        name = remote.git(remote.tree, "rev-parse", "HEAD:manifests")
        loosened(source.repository.clone, name).write_bytes(zlib.compress(b"tree 0\0"))
        with pytest.raises(ConfigError, match=r"tree [0-9a-f]{12} is damaged"):
            files(source)

    def test_without_its_last_commit_a_damaged_clone_accepts_nothing(self, source, remote):
        """Nothing could tell a rewritten branch from one that moved on: a person decides."""
        clone = source.repository.clone
        for name in ("HEAD", "last-commit", "refs/reconciler/good"):
            emptied(clone / name)
        source.fetch()
        assert "which commit was accepted last is not known any more" in source.status().problem
        assert source.look() is None
        shutil.rmtree(clone)
        source.fetch()
        assert source.status().problem is None

    def test_locks_of_a_git_that_was_killed_are_removed(self, source, remote):
        """They would stop every later fetch."""
        clone = source.repository.clone
        for lock in ("refs/reconciler/good.lock", "refs/reconciler/coming.lock", "packed-refs.lock", "config.lock"):
            (clone / lock).touch()
        remote.write("manifests/a.yaml", "two")
        remote.commit()
        assert source.fetch()
        assert files(source) == {"a.yaml": b"two"}

    def test_an_older_clone_without_its_last_commit_in_a_file_goes_on(self, source, remote):
        """As one that an earlier version made."""
        first = source.look()
        (source.repository.clone / "last-commit").unlink()
        assert source.look() == first
        source.fetch()
        assert (source.look(), source.status().problem) == (first, None)

    def test_folders_of_readers_that_were_killed_are_removed(self, source):
        """After a day; one that is in use is younger."""
        home = source.repository.home
        for name, age in (("reading-old", 2 * 86_400), ("reading-now", 0)):
            (home / name).mkdir()
            os.utime(home / name, (time.time() - age,) * 2)
        files(source)
        assert [path.name for path in home.glob("reading-*")] == ["reading-now"]


class TestHostileCommits:
    def add(self, remote, *entries):
        """Commit entries that no working tree could hold: mode, content and path."""
        for mode, content, path in entries:
            blob = subprocess.run(
                ["git", "hash-object", "-w", "--stdin"], cwd=remote.tree, input=content, capture_output=True, check=True
            ).stdout.decode()
            remote.git(remote.tree, "update-index", "--add", "--cacheinfo", f"{mode},{blob.strip()},{path}")
        remote.git(remote.tree, "commit", "--quiet", "--message", "hostile")
        remote.git(remote.tree, "push", "--quiet", "origin", "HEAD:main")

    @pytest.mark.parametrize(
        ("mode", "content", "path", "said"),
        [
            ("120000", b"a\0b", "manifests/l", "manifests/l:1:1: a symbolic link that no file system takes: remove it"),
            ("120000", b"", "manifests/l", "manifests/l:1:1: a symbolic link that no file system takes: remove it"),
            ("120000", b"x" * 5000, "manifests/l", "manifests/l:1:1: a symbolic link that no file system takes"),
            ("100644", b"x", "manifests/" + "n" * 256 + ".yaml", "this name is too long for a file: shorten it"),
            ("100644", b"x", "manifests/" + "n/" * 2100 + "a.yaml", "this name is too long for a file: shorten it"),
        ],
    )
    def test_a_commit_that_cannot_be_written_is_refused_by_name(self, source, remote, mode, content, path, said):
        """The commit that removes it is accepted."""
        self.add(remote, (mode, content, path))
        source.fetch()
        assert said in problem_of(source)
        remote.git(remote.tree, "rm", "--quiet", "--cached", path)
        remote.git(remote.tree, "commit", "--quiet", "--message", "repaired")
        remote.git(remote.tree, "push", "--quiet", "origin", "HEAD:main")
        source.fetch()
        assert files(source) == {"a.yaml": b"one"}

    def test_a_name_that_git_finds_odd_is_read_like_any_other(self, source, remote):
        """Nothing is checked out, and a commit that holds it stays in the history: refusing it would end the branch."""
        listing = subprocess.run(["git", "ls-tree", "HEAD:manifests"], cwd=remote.tree, capture_output=True, check=True)
        line = listing.stdout.decode().splitlines()[0]
        made = subprocess.run(
            ["git", "mktree"], cwd=remote.tree, input=f"{line}\n{line.replace('a.yaml', 'git~1')}\n".encode(),
            capture_output=True, check=True,
        )  # fmt: skip
        top = f"040000 tree {made.stdout.decode().strip()}\tmanifests\n".encode()
        made = subprocess.run(["git", "mktree"], cwd=remote.tree, input=top, capture_output=True, check=True)
        commit = remote.git(remote.tree, "commit-tree", made.stdout.decode().strip(), "-p", "HEAD", "-m", "odd")
        remote.git(remote.tree, "push", "--quiet", "origin", f"{commit}:main")
        source.fetch()
        assert (source.status().problem, files(source)) == (None, {"a.yaml": b"one", "git~1": b"one"})

    @pytest.mark.parametrize("target", ["/", ".", "m"])
    def test_the_folder_of_manifests_is_no_link(self, source, remote, target):
        """A link to the whole disk would be walked."""
        remote.git(remote.tree, "rm", "--quiet", "-r", "manifests")
        (remote.tree / "manifests").symlink_to(target)
        remote.commit()
        source.fetch()
        assert "manifests:1:1: is not a folder at" in problem_of(source)

    def test_a_placeholder_that_is_removed_while_it_is_read_is_an_error(self, source):
        """Its order would look like one that was removed."""
        with pytest.raises(OSError, match="was removed while it was read"), source.open(source.look()) as tree:
            (tree.folder / "a.yaml").unlink()

    def test_a_tree_of_empty_trees_is_refused(self, source, remote):
        """Git itself would list nothing, for hours."""
        tree = remote.git(remote.tree, "hash-object", "-t", "tree", "-w", "/dev/null")
        for _ in range(10):
            listing = "".join(f"040000 tree {tree}\t{n}\n" for n in range(10)).encode()
            made = subprocess.run(["git", "mktree"], cwd=remote.tree, input=listing, capture_output=True, check=True)
            tree = made.stdout.decode().strip()
        top = f"040000 tree {tree}\tmanifests\n".encode()
        made = subprocess.run(["git", "mktree"], cwd=remote.tree, input=top, capture_output=True, check=True)
        commit = remote.git(remote.tree, "commit-tree", made.stdout.decode().strip(), "-p", "HEAD", "-m", "bomb")
        remote.git(remote.tree, "push", "--quiet", "origin", f"{commit}:main")
        source.fetch()
        assert "more than 100,000 files below it" in problem_of(source)

    def test_a_tree_that_holds_itself_many_times_is_refused(self, source, remote):
        """Ten trees of ten are ten thousand million files in a few kilobytes."""
        tree = remote.git(remote.tree, "rev-parse", "HEAD:manifests")
        for _ in range(10):
            listing = "".join(f"040000 tree {tree}\t{n}\n" for n in range(10)).encode()
            made = subprocess.run(["git", "mktree"], cwd=remote.tree, input=listing, capture_output=True, check=True)
            tree = made.stdout.decode().strip()
        remote.git(remote.tree, "read-tree", "--empty")
        listing = f"040000 tree {tree}\tmanifests\n".encode()
        top = subprocess.run(["git", "mktree"], cwd=remote.tree, input=listing, capture_output=True, check=True)
        commit = remote.git(remote.tree, "commit-tree", top.stdout.decode().strip(), "-p", "HEAD", "-m", "bomb")
        remote.git(remote.tree, "push", "--quiet", "origin", f"{commit}:main")
        source.fetch()
        assert "more than 100,000 files below it" in problem_of(source)

    def test_only_what_is_read_is_taken_from_a_commit(self, source, remote):
        """A large file beside the manifests costs nothing; as a manifest it is refused before it is read."""
        self.add(remote, ("100644", bytes(40 * 2**20), "manifests/big.yaml"))
        source.fetch()
        tracemalloc.start()
        try:
            with source.open(source.look()) as tree, pytest.raises(Unreadable, match="larger than 16 MiB"):
                tree.content(str(tree.folder / "big.yaml"), 16 * 2**20)
            assert tracemalloc.get_traced_memory()[1] < 4 * 2**20
        finally:
            tracemalloc.stop()

    def test_all_that_is_read_of_a_commit_has_a_bound(self, source, remote):
        """Many names of one large file are one object in Git, and would fill the memory."""
        zeros = bytes(15 * 2**20)
        self.add(remote, *[("100644", zeros, f"manifests/{n}.yaml") for n in range(18)])
        source.fetch()
        with source.open(source.look()) as tree:
            paths = [str(tree.folder / f"{n}.yaml") for n in range(18)]
            assert [len(tree.content(path, 16 * 2**20)) for path in paths[:17]] == [15 * 2**20] * 17
            with pytest.raises(ManifestError, match="come to more than 256 MiB"):
                tree.content(paths[17], 16 * 2**20)

    def test_what_is_not_in_the_commit_is_not_there(self, source):
        """A file that somebody else puts into the folder meanwhile is not read."""
        with source.open(source.look()) as tree:
            (tree.folder / "b.yaml").write_text("kind: Project")
            with pytest.raises(Unreadable, match="there is no such file"):
                tree.content(str(tree.folder / "b.yaml"), 1000)


class TestHangingServers:
    @pytest.fixture
    def hanging(self, tmp_path):
        """A repository on a server that accepts connections and never answers."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            kept = []
            threading.Thread(target=accept_all, args=(server, kept), daemon=True).start()
            url = f"http://127.0.0.1:{server.getsockname()[1]}/o.git"
            yield Repository(url=url, ref="main", path="manifests", home=tmp_path / "git")
            for connection in kept:
                connection.close()

    def test_stopping_ends_a_fetch_that_hangs(self, hanging):
        """At once, and git's helper that holds the connection goes with it."""
        source = GitSource(repository=hanging, every=1)
        thread = threading.Thread(target=source.feed, args=(lambda _why: None, hanging.stop))
        thread.start()
        eventually(lambda: hanging.url in running())
        hanging.stop.set()
        thread.join(10)
        assert not thread.is_alive()
        assert source.look() is None
        eventually(lambda: hanging.url not in running())

    def test_git_is_killed_after_a_silence(self, tmp_path, hanging):
        """The bound is on the silence, not on the time: a large clone that makes progress goes on."""
        with pytest.raises(ConfigError):
            Repository(url=str(tmp_path / "nowhere"), ref="main", path="manifests", home=tmp_path / "git").fetch()
        clone = next((tmp_path / "git").glob("*/HEAD")).parent
        with pytest.raises(GitError, match="git fetch made no progress for 1 s"):
            Git(folder=clone, silence=1.0).run("fetch", "--progress", hanging.url)
        assert hanging.url not in running()


def accept_all(server, kept):
    """Keep every connection open."""
    with suppress(OSError):
        while True:
            kept.append(server.accept()[0])


def running():
    """Return the command lines of all processes."""
    lines = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            lines.append(place.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return "\n".join(lines)


class TestFolder:
    def test_a_mark_changes_with_every_change(self, tmp_path):
        """Written, added, renamed, removed; not with a file whose name begins with a dot."""
        marks = [fingerprint_of(tmp_path)]
        for change in (
            lambda: (tmp_path / "a.yaml").write_text("one"),
            lambda: (tmp_path / "a.yaml").write_text("two!"),
            lambda: (tmp_path / "a.yaml").rename(tmp_path / "b.yaml"),
            lambda: (tmp_path / "deep").mkdir(),
            lambda: (tmp_path / "b.yaml").unlink(),
        ):
            change()
            marks.append(fingerprint_of(tmp_path))
        assert len(set(marks)) == len(marks)
        (tmp_path / ".a.yaml.swp").write_text("being written")
        assert fingerprint_of(tmp_path) == marks[-1]

    def test_it_rings_at_each_change(self, tmp_path):
        """Once for each batch that is yielded; a folder that has gone is waited for and looked at again."""
        stop, signaled = threading.Event(), []

        def changes(place, _stop):
            assert place == tmp_path
            yield {"a.yaml"}
            stop.set()

        FolderSource(folder=tmp_path, changes=changes).feed(signaled.append, stop)
        assert signaled == [MANIFESTS_CHANGED]

    def test_without_reports_of_the_system_the_folder_is_looked_at(self, tmp_path):
        """Every few seconds, which is reported once."""

        class RefusedError(RuntimeError):
            pass

        def changes(_place, stop):
            rounds.append(1)
            if len(rounds) == 3:
                stop.set()
            raise RefusedError

        class NoWait(threading.Event):
            def wait(self, timeout=None):
                waited.append(timeout)
                return self.is_set()

        rounds, waited, signaled, messages = [], [], [], []
        FolderSource(folder=tmp_path, changes=changes, tell=messages.append).feed(signaled.append, NoWait())
        assert (signaled, waited) == ([MANIFESTS_CHANGED] * 3, [5.0] * 3)
        assert len(messages) == 1
        assert "reports no changes" in messages[0]
        assert "looking every 5 s" in messages[0]

    def test_it_knows_when_it_was_last_looked_at(self, tmp_path):
        """By our clock."""
        source = FolderSource(folder=tmp_path, changes=lambda *_: iter(()), now=lambda: NOW)
        assert source.status().read_at is None
        source.look()
        assert source.status() == SourceStatus(name=str(tmp_path), read_at=NOW)

    def test_a_folder_in_the_place_of_another_is_watched_anew(self, tmp_path):
        """As a checkout, or whoever swaps folders, leaves it: the watch on the old one would tell nothing."""
        folder, stop, signaled, watched = tmp_path / "manifests", threading.Event(), [], []
        folder.mkdir()

        def changes(place, _stop):
            watched.append(place)
            yield {"a.yaml"}
            if len(watched) == 2:
                stop.set()
                return
            folder.rmdir()
            folder.mkdir()
            yield {"manifests"}
            raise AssertionError("nobody wants to hear of the old one")

        FolderSource(folder=folder, changes=changes).feed(signaled.append, stop)
        assert (watched, signaled) == ([folder] * 2, [MANIFESTS_CHANGED] * 3)

    def test_of_files_that_have_changed_since_the_commit_is_the_one_known(self, tmp_path):
        """What lies there now is not what is in force: its commit is not told, nor that of what was never asked for."""
        (tmp_path / "a.yaml").write_text("one")
        checkouts = iter([Checkout(root=".", commit=name) for name in ("first", "second")])
        source = FolderSource(folder=tmp_path, changes=lambda *_: iter(()), checkout_of=lambda _folder: next(checkouts))
        taken = source.look()
        assert source.checkout(taken).commit == "first"
        (tmp_path / "a.yaml").write_text("invalid")
        assert source.checkout(taken).commit == "first"
        other = FolderSource(folder=tmp_path, changes=source.changes, checkout_of=source.checkout_of)
        assert other.checkout(taken) is None
        assert source.checkout(source.look()).commit == "second"

    def test_the_commit_is_asked_for_anew_each_time(self, tmp_path):
        """A checkout moves on while its files stay as they are."""
        checkouts = iter([Checkout(root=".", commit=name) for name in ("one-dirty", "two")])
        source = FolderSource(folder=tmp_path, changes=lambda *_: iter(()), checkout_of=lambda _folder: next(checkouts))
        assert [source.checkout(source.look()).commit for _ in range(2)] == ["one-dirty", "two"]
