"""Which manifests are in force, and what is sent for them while newer ones are invalid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from reconciler.desired import read
from reconciler.render.phrases import message
from reconciler.watch.acceptance import Acceptance
from reconciler.watch.clone import Repository
from reconciler.watch.pass_result import HANGUP, PassStatus
from reconciler.watch.source import MANIFESTS_CHANGED, FolderSource, GitSource
from tests.support.project import Project, eur, window
from tests.watch.test_source import Remote
from tests.watch.watched import QUIET, Watched

LATER = window(9, 11)
NEVER = {"reason": "not yet", "until": "2026-12-01T00:00:20Z"}


class Followed:
    """A project whose manifests are committed to a remote, and sources that follow it."""

    def __init__(self, project: Project, root: Path) -> None:
        self.project, self.root, self.remote = project, root, Remote(root)

    def commit(self) -> str:
        """Commit the manifests as they are."""
        for path in self.project.folder.rglob("*.yaml"):
            self.remote.write(f"manifests/{path.relative_to(self.project.folder)}", path.read_text(encoding="utf-8"))
        return self.remote.commit()

    def source(self) -> GitSource:
        """Return a source that has fetched, as after a restart."""
        made = GitSource(
            repository=Repository(url=str(self.remote.bare), ref="main", path="manifests", home=self.root / "git"),
            every=1,
        )
        made.fetch()
        return made


@pytest.fixture
def followed(project: Project, tmp_path: Path) -> Followed:
    """A remote with one order."""
    project.order()
    return Followed(project, tmp_path)


def broken(project: Project, key: str = "bob") -> Path:
    """Write an order that is invalid."""
    return project.order(key, window=LATER, target=None)


class TestRestart:
    def test_with_an_invalid_newest_commit_the_last_valid_one_is_in_force(
        self, followed: Followed, watched: Watched
    ) -> None:
        """As it was before the restart; the order that both state alike is placed, and the message names the commit."""
        first = followed.commit()
        for key in ("bob", "carol"):
            broken(followed.project, key)
            last = followed.commit()
        (made,) = watched.play(source=followed.source())
        assert made.commit == first
        assert [record.key for record in watched.project.records().values()] == ["alice"]
        assert f"the manifests of {first[:12]} are in force: the last valid ones before {last[:12]}" in watched.told[1]
        assert "bob.yaml" in str(watched.watch.manifests.invalid)

    def test_an_order_that_the_newest_commit_removes_is_not_placed(self, followed: Followed, watched: Watched) -> None:
        """It is in the manifests in force, and Git no longer declares it."""
        followed.commit()
        followed.project.remove("alice")
        followed.remote.git(followed.remote.tree, "rm", "--quiet", "manifests/orders/alice.yaml")
        broken(followed.project)
        followed.commit()
        (made,) = watched.play(source=followed.source())
        assert watched.project.creates() == 0
        (finding,) = made.report.plan.findings
        assert "only followed until the newest manifests are valid: " in message(finding)

    def test_the_commit_that_was_in_force_comes_before_all_others(self, followed: Followed, watched: Watched) -> None:
        """Of two commits that were pushed together, the first was never in force."""
        first = followed.commit()
        source = followed.source()
        watched.play(source=source)
        followed.project.order("bob", window=LATER)
        followed.commit()
        broken(followed.project, "carol")
        followed.commit()
        again = Watched(followed.project)
        (made,) = again.play(source=followed.source())
        assert made.commit == first
        assert len(watched.project.orders()) == 1

    def test_without_any_valid_commit_nothing_is_in_force(self, followed: Followed, watched: Watched) -> None:
        """The message says that there is nothing to fall back to."""
        followed.project.remove("alice")
        broken(followed.project)
        followed.commit()
        watched.play(QUIET, source=followed.source())
        assert watched.results == []
        assert "there are none to fall back to" in watched.told[0]

    def test_the_commit_that_mends_it_is_accepted(self, followed: Followed, watched: Watched) -> None:
        """The pass after it places what it adds."""
        followed.commit()
        broken(followed.project)
        followed.commit()
        source = followed.source()

        def mend() -> None:
            followed.project.order("bob", window=LATER)
            followed.commit()
            source.fetch()

        watched.play(mend, MANIFESTS_CHANGED, source=source)
        assert len(watched.project.orders()) == 2
        assert watched.told[-1] == "the manifests are valid again"


class TestInvalid:
    """An order may spend while the newest manifests are invalid only if they state it as before."""

    def play(self, watched: Watched, edit: object) -> list[str]:
        """Place alice; make the manifests invalid with an edit once bob is due; return what was placed."""
        project = watched.project
        project.order("bob", window=LATER, suspend=NEVER)

        def invalid() -> None:
            edit(project)  # type: ignore[operator]  # each case hands in a function
            (project.folder / "typo.yaml").write_text("kindd: typo\n")
            project.advance("1m")

        watched.play(invalid, MANIFESTS_CHANGED, HANGUP)
        return sorted(record.key for record in project.records().values() if record.bound)

    def test_an_unchanged_order_is_placed(self, watched: Watched) -> None:
        """A mistake in another file holds up nothing else."""
        assert self.play(watched, lambda _project: None) == ["alice", "bob"]

    @pytest.mark.parametrize(
        "edit",
        [
            lambda project: project.remove("bob"),
            lambda project: project.order("bob", window=LATER, suspend=NEVER, confirm={"maxPrice": eur("1.00")}),
            lambda project: project.order("bob", window=LATER, suspend=NEVER, labels={"a": None}),
            lambda project: project.order("bob2", window=LATER, suspend=NEVER).write_text(
                (project.folder / "orders" / "bob.yaml").read_text()
            ),
            lambda project: project.account(limits={"concurrency": 1}),
            lambda project: project.write("two.yaml", "Project", "another", {"owner": "another"}),
            lambda project: project.order("carol", window=LATER, suspend=NEVER, moved={"from": "bob"}),
            lambda project: project.policy(newOrdersPerPass=3),
            lambda project: (project.folder / "project.yaml").unlink(),
        ],
        ids=[
            "removed",
            "edited",
            "with an empty value",
            "twice",
            "its account edited",
            "a second project",
            "renamed beside itself",
            "policy edited",
            "no project",
        ],
    )
    def test_any_other_is_only_followed(self, watched: Watched, edit: object) -> None:
        """Whether it was removed or edited is not known as a whole, so nothing is sent for it."""
        assert self.play(watched, edit) == ["alice"]
        (said,) = [message(f) for f in watched.results[-1].report.plan.findings if f.key == "bob"]
        assert "only followed until the newest manifests are valid" in said

    def test_a_pass_follows_once_they_are_valid(self, watched: Watched) -> None:
        """Also if they are just as they were before."""
        typo = watched.project.folder / "typo.yaml"
        watched.play(
            lambda: typo.write_text("kindd: typo\n"), MANIFESTS_CHANGED, lambda: typo.unlink(), MANIFESTS_CHANGED
        )
        assert watched.whys()[-1] == {MANIFESTS_CHANGED}

    def test_an_orphan_is_not_canceled_meanwhile(self, watched: Watched) -> None:
        """What the manifests in force no longer declare may be declared by the newest."""
        project = watched.project
        project.order("bob", window=LATER, lifecycle={"onDelete": "cancel"})

        def removed() -> None:
            project.remove("bob")
            (project.folder / "typo.yaml").write_text("kindd: typo\n")

        watched.play(removed, MANIFESTS_CHANGED, HANGUP)
        assert {order["status"] for order in project.orders()} == {"RECEIVED"}


class TestTrouble:
    def test_a_source_that_breaks_ends_no_daemon(self, watched: Watched) -> None:
        """An exception that nobody raises on purpose is reported once, and asked again."""

        class Broken(FolderSource):
            asked = 0

            def look(self):
                Broken.asked += 1
                if Broken.asked < 3:
                    raise ValueError("embedded null byte")
                return super().look()

        bugs: list[Exception] = []
        source = Broken(folder=watched.project.folder, changes=lambda *_: iter(()))
        watched.play(QUIET, QUIET, source=source, broken=bugs.append)
        assert [type(bug) for bug in bugs] == [ValueError]
        assert "internal error: ValueError" in watched.told[0]
        assert len(watched.project.orders()) == 1


class TestChanged:
    """What is compared before each call."""

    @pytest.fixture
    def acceptance(self, project: Project) -> Acceptance:
        """Manifests of one order, in force."""
        project.order()
        made = Acceptance(
            source=FolderSource(folder=project.folder, changes=lambda *_: iter(())),
            read=lambda tree: read(tree.folder, content=tree.content),
            sleep=lambda _seconds: None,
            tell=lambda _text: None,
            broken=lambda _error: None,
            monotonic=lambda: 0.0,
            progress=lambda: None,
        )
        assert made.changed() is True
        assert made.update() is True
        return made

    def test_the_same_manifests(self, acceptance: Acceptance, project: Project) -> None:
        """Also if another file beside them was written, or one was written again as it was."""
        assert acceptance.changed() is False
        (project.folder / "notes.txt").write_text("a log that grows")
        project.order()
        assert acceptance.changed() is False

    @pytest.mark.parametrize(
        "change",
        [
            lambda project: project.order(suspend={"reason": "the board said no"}),
            lambda project: project.order("bob"),
            broken,
            lambda project: project.folder.rename(project.root / "away"),
        ],
        ids=["edited", "added", "invalid", "away"],
    )
    def test_other_manifests(
        self, acceptance: Acceptance, project: Project, change: Callable[[Project], object]
    ) -> None:
        """Whether they can be read or not."""
        change(project)
        assert acceptance.changed() is True

    def test_an_order_that_is_suspended_while_it_is_listed(
        self, watched: Watched, plain_transport: httpx.HTTPTransport
    ) -> None:
        """It is not sent, nothing has failed, and the next turn comes at once."""

        class Slow(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                if request.method == "GET" and request.url.path.endswith("/tasks"):
                    watched.project.order(suspend={"reason": "the board said no"})
                return plain_transport.handle_request(request)

        watched.project.order()
        watched.project.transport = Slow()
        first, second = watched.play(QUIET)
        assert watched.project.orders() == []
        assert (first.ended, second.ended) == (PassStatus.DONE, PassStatus.DONE)
        assert [message(found) for found in second.report.plan.findings] == ["suspended: the board said no"]
