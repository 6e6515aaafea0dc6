"""A folder, or exactly one commit: what is taken, what is not, and what is told."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from reconciler.desired import read
from reconciler.model.errors import ConfigError, ManifestError
from reconciler.watch.git import Repository, without_password
from reconciler.watch.source import MANIFESTS_CHANGED, NEW_COMMIT, FolderSource, GitSource, marked

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
    """A source that follows the remote."""
    return GitSource(Repository(str(remote.bare), "main", "manifests", tmp_path / "state" / "git"), every=0.01)


def names(folder):
    """Return the files of a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


class TestGit:
    def test_the_first_look_takes_the_branch(self, source, remote):
        """The manifests of the commit are written out, and nothing else of the repository."""
        found = source.look()
        assert found.mark == remote.git(remote.tree, "rev-parse", "HEAD")
        assert (names(found.folder), source.problem) == (["a.yaml"], None)
        assert not (found.folder.parent / "elsewhere.txt").exists()

    def test_a_new_commit_is_taken_when_it_is_fetched(self, source, remote):
        """Until then the last one stays; its files are those of the commit, whatever the working tree holds."""
        first = source.look()
        remote.write("manifests/a.yaml", "two")
        second = remote.commit()
        remote.write("manifests/a.yaml", "not committed")
        assert source.look() == first
        source.fetch()
        assert source.look().mark == second
        assert (source.look().folder / "a.yaml").read_text() == "two"

    def test_a_rewritten_branch_is_reported_and_not_taken(self, source, remote):
        """A force-push: the last good commit stays, also after a restart, and the way out is named."""
        first = source.look()
        told = []
        source.tell = told.append
        remote.write("manifests/a.yaml", "rewritten")
        remote.commit("--amend")
        source.fetch()
        source.fetch()
        assert source.look() == first
        assert len(told) == 1
        assert all(word in told[0] for word in ("was rewritten", first.mark[:12], "stays in force", "remove"))
        again = GitSource(source.repository, every=1)
        again.fetch()
        assert again.look() == first

    def test_a_branch_that_moves_on_again_is_taken_again(self, source, remote):
        """What was rewritten and restored is told to be well."""
        source.look()
        good = remote.git(remote.tree, "rev-parse", "HEAD")
        remote.write("manifests/a.yaml", "rewritten")
        remote.commit("--amend")
        source.fetch()
        told = []
        source.tell = told.append
        remote.git(remote.tree, "reset", "--quiet", "--hard", good)
        remote.write("manifests/a.yaml", "forward")
        new = remote.commit()
        source.fetch()
        assert (source.look().mark, source.problem) == (new, None)
        assert "again" in told[0]

    def test_an_unreachable_remote_leaves_the_last_good_commit(self, source, remote):
        """It is reported once, and the manifests stay in force."""
        first = source.look()
        remote.bare.rename(remote.bare.with_name("away"))
        source.fetch()
        assert source.look() == first
        assert "git fetch failed" in source.problem

    def test_nothing_to_start_with_is_an_error(self, tmp_path):
        """A remote that was never reached: there is no good commit to fall back to."""
        source = GitSource(Repository(str(tmp_path / "nowhere"), "main", "manifests", tmp_path / "git"), every=1)
        with pytest.raises(ConfigError, match="git fetch failed"):
            source.look()

    def test_a_folder_that_is_not_in_the_commit_is_named(self, remote, tmp_path):
        """The path is looked for in the repository, not beside it."""
        source = GitSource(Repository(str(remote.bare), "main", "orders", tmp_path / "git"), every=1)
        with pytest.raises(ConfigError, match="has no orders at"):
            source.look()

    def test_links_are_not_followed_out(self, source, remote):
        """A link that leaves the folder is a problem of the manifests; nothing is written through a link."""
        (remote.tree / "manifests" / "out.yaml").symlink_to("../../../../../../etc/hostname")
        remote.commit()
        folder = source.look().folder
        assert (folder / "out.yaml").is_symlink()
        with pytest.raises(ManifestError, match="a symbolic link that leaves the folder"):
            read(folder)

    def test_what_a_repository_says_of_itself_is_not_heeded(self, source, remote):
        """`export-ignore` and filters would hide an order or change it: a file is its blob."""
        remote.write(".gitattributes", "*.yaml export-ignore text eol=crlf ident\n")
        remote.write("manifests/b.yaml", "$Id$\nline\n")
        remote.commit()
        folder = source.look().folder
        assert names(folder) == ["a.yaml", "b.yaml"]
        assert (folder / "b.yaml").read_bytes() == b"$Id$\nline\n"

    def test_it_rings_for_a_new_commit(self, source, remote):
        """Fetched every so often in a thread of its own."""
        source.look()
        stop, rung = threading.Event(), []

        def ring(why):
            rung.append(why)
            stop.set()

        thread = threading.Thread(target=source.feed, args=(ring, stop))
        thread.start()
        remote.write("manifests/a.yaml", "two")
        remote.commit()
        thread.join(20)
        assert rung == [NEW_COMMIT]

    @pytest.mark.parametrize("broken", ["half made", "not to be written"])
    def test_whatever_is_wrong_with_the_clone_the_feed_goes_on(self, remote, tmp_path, broken):
        """A kill while it was made, or a disk without room: told, and made good as soon as it can be."""
        home, told, stop = tmp_path / "git", [], threading.Event()
        source = GitSource(Repository(str(remote.bare), "main", "manifests", home), every=0.01)
        if broken == "half made":
            source.repository._clone.mkdir(parents=True)
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
        assert names(source.look().folder) == ["a.yaml"]

    def test_an_address_s_password_is_never_told(self, tmp_path):
        """Neither in the name nor in what git says."""
        address = "https://user:canary@canary-word@localhost:1/a.git"
        repository = Repository(address, "main", "manifests", tmp_path / "git")
        with pytest.raises(ConfigError) as raised:
            repository.fetch()
        assert "canary" not in str(raised.value) + repository.shown
        assert without_password(f"fatal: {address}") == "fatal: https://localhost:1/a.git"

    def test_an_address_is_never_an_option(self, tmp_path):
        """What begins with a dash is looked for as an address."""
        repository = Repository(f"--upload-pack=touch {tmp_path}/pwned", "main", "manifests", tmp_path / "git")
        with pytest.raises(ConfigError):
            repository.fetch()
        assert not (tmp_path / "pwned").exists()


class TestFolder:
    def test_a_mark_changes_with_every_change(self, tmp_path):
        """Written, added, renamed, removed; not with a file whose name begins with a dot."""
        marks = [marked(tmp_path)]
        for change in (
            lambda: (tmp_path / "a.yaml").write_text("one"),
            lambda: (tmp_path / "a.yaml").write_text("two!"),
            lambda: (tmp_path / "a.yaml").rename(tmp_path / "b.yaml"),
            lambda: (tmp_path / "deep").mkdir(),
            lambda: (tmp_path / "b.yaml").unlink(),
        ):
            change()
            marks.append(marked(tmp_path))
        assert len(set(marks)) == len(marks)
        (tmp_path / ".a.yaml.swp").write_text("being written")
        assert marked(tmp_path) == marks[-1]

    def test_it_rings_at_each_change(self, tmp_path):
        """Once for each batch that is yielded; a folder that has gone is waited for and looked at again."""
        stop, rung = threading.Event(), []

        def changes(place, _stop):
            assert place == tmp_path
            yield {"a.yaml"}
            stop.set()

        FolderSource(tmp_path, changes).feed(rung.append, stop)
        assert rung == [MANIFESTS_CHANGED]

    def test_a_folder_in_the_place_of_another_is_watched_anew(self, tmp_path):
        """As a checkout, or whoever swaps folders, leaves it: the watch on the old one would tell nothing."""
        folder, stop, rung, watched = tmp_path / "manifests", threading.Event(), [], []
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

        FolderSource(folder, changes).feed(rung.append, stop)
        assert (watched, rung) == ([folder] * 2, [MANIFESTS_CHANGED] * 3)

    def test_of_files_that_have_changed_since_the_commit_is_the_one_known(self, tmp_path):
        """What lies there now is not what is in force: its commit is not told, nor that of what was never asked for."""
        (tmp_path / "a.yaml").write_text("one")
        commits = iter(["first", "second"])
        source = FolderSource(tmp_path, lambda *_: iter(()), committed=lambda _folder: next(commits))
        taken = source.look()
        assert source.commit(taken) == "first"
        (tmp_path / "a.yaml").write_text("invalid")
        assert source.commit(taken) == "first"
        assert FolderSource(tmp_path, source.changes, source.committed).commit(taken) is None
        assert source.commit(source.look()) == "second"

    def test_the_commit_is_asked_for_anew_each_time(self, tmp_path):
        """A checkout moves on while its files stay as they are."""
        commits = iter(["one-dirty", "two"])
        source = FolderSource(tmp_path, lambda *_: iter(()), committed=lambda _folder: next(commits))
        assert [source.commit(source.look()), source.commit(source.look())] == ["one-dirty", "two"]
