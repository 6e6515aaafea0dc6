"""The loop with a clock, a wake-up and a source that the test holds: when a pass is made, and when none is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import httpx
import pytest

from reconciler.cli.daemon import _story
from reconciler.desired import read
from reconciler.model.errors import ConfigError
from reconciler.model.ids import AccountName
from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import message
from reconciler.state.lock import writer_lock
from reconciler.watch.loop import HINT_GAP_SECONDS, LOCKED_SECONDS, MOST_BUGS
from reconciler.watch.pass_result import ASKED, CHECKED, HANGUP, RECOVERED, START, TICK, WEBHOOK, PassStatus
from reconciler.watch.source import MANIFESTS_CHANGED, FolderSource
from reconciler.watch.wake_up import WakeUp
from tests.support.project import ACCOUNT, CLIENT_SECRET, CREATE, OTHER_CONTRACT, Impatient, at, window
from tests.watch.watched import QUIET, Watched, ticks


class TestWhen:
    def test_it_begins_with_a_pass(self, watched: Watched) -> None:
        """What the manifests state is placed; the commit stands in the journal; the next pass is due soon."""
        (made,) = watched.play()
        assert (made.why, made.ended, made.commit, made.next_in) == ({START}, PassStatus.DONE, "abc", 30.0)
        assert {event.commit for event in watched.project.journal()} == {"abc"}
        assert len(watched.project.orders()) == 1

    def test_a_tick_is_due_by_the_orders_phase(self, watched: Watched) -> None:
        """Half a minute while the order is new, a quarter of an hour while its satellite has yet to fly."""
        watched.play(QUIET, QUIET, QUIET, lambda: watched.project.advance("1h"), QUIET, QUIET, QUIET)
        assert watched.whys() == [{START}, {TICK}, {TICK}]
        assert [made.next_in for made in watched.results] == [30.0, 30.0, 900.0]

    def test_what_has_ended_is_never_looked_at_again(self, watched: Watched) -> None:
        """An hour without a pass, and without a wait that is longer than what shows that the loop is alive."""
        watched.project.reconcile()
        watched.project.advance("30d")
        watched.project.reconcile()
        watched.play(*ticks(60))
        assert watched.whys() == [{START}]
        assert watched.results[0].next_in is None
        assert max(watched.watch.wake_up.waited) <= 10.0

    def test_an_edit_is_a_pass_and_a_touched_mark_is_none(self, watched: Watched) -> None:
        """The wake-up rings for the folder; only another mark is a change."""
        watched.play(MANIFESTS_CHANGED, lambda: watched.project.order("bob", window=window(9, 11)), MANIFESTS_CHANGED)
        assert watched.whys() == [{START}, {MANIFESTS_CHANGED}]
        assert len(watched.project.orders()) == 2

    @pytest.mark.parametrize("why", [HANGUP, ASKED])
    def test_who_asks_is_answered_at_once(self, watched: Watched, why: str) -> None:
        """A signal, or a request with the token."""
        watched.play(why, why)
        assert watched.whys() == [{START}, {why}, {why}]

    def test_hints_wait_a_moment_and_count_once(self, watched: Watched) -> None:
        """However many come: one pass, some seconds after the last."""
        watched.play(*[WEBHOOK] * 50, QUIET, *[WEBHOOK] * 50)
        assert watched.whys() == [{START}, {TICK}]
        assert watched.watch.wake_up.waited == [pytest.approx(HINT_GAP_SECONDS)]

    def test_an_opening_is_met_without_polling(self, watched: Watched) -> None:
        """A freeze for three hours: no pass until it ends, and then the order is placed."""
        watched.project.order(suspend={"reason": "freeze", "until": at(0.125)})
        clock = watched.project.clock
        watched.play(*ticks(179), lambda: watched.project.advance("3h"), *ticks(2))
        assert watched.results[0].next_in == pytest.approx(3 * 3600 + 1, abs=2)
        assert watched.whys()[:2] == [{START}, {TICK}]
        assert len(watched.project.orders()) == 1
        assert clock.passed >= 3 * 3600

    def test_the_end_of_a_freeze_is_met_without_polling(self, watched: Watched) -> None:
        """All orders are only observed for three hours: no pass until it ends, and then they are placed."""
        watched.project.policy(freezes=[{"start": at(-1), "end": at(0.125), "reason": "audit"}])
        watched.play(*ticks(179), lambda: watched.project.advance("3h"), *ticks(2))
        assert watched.results[0].next_in == pytest.approx(3 * 3600 + 1, abs=2)
        assert watched.whys()[:2] == [{START}, {TICK}]
        assert len(watched.project.orders()) == 1

    def test_when_nothing_is_asked_nothing_is_made_after_a_stop(self, watched: Watched) -> None:
        """Asked to stop while it waits, it ends in order."""
        watched.play(HANGUP, lambda: watched.watch.stop.set())
        assert (watched.answer, len(watched.results)) == (True, 2)


class TestManifests:
    def test_invalid_ones_leave_the_last_good_in_force(self, watched: Watched) -> None:
        """Told once, with file and line; ticks go on with the good ones; mended, they are taken."""
        bad = watched.project.folder / "orders" / "bob.yaml"
        watched.play(
            lambda: bad.write_text("kind: Nonsense\n"),
            MANIFESTS_CHANGED,
            HANGUP,
            MANIFESTS_CHANGED,
            lambda: watched.project.order("bob", window=window(9, 11)),
            MANIFESTS_CHANGED,
        )
        assert watched.whys() == [{START}, {HANGUP}, {MANIFESTS_CHANGED}]
        assert len(watched.told) == 2
        assert "the last valid ones stay in force" in watched.told[0]
        assert "bob.yaml:1:" in watched.told[0]
        assert watched.told[1] == "the manifests are valid again"
        assert len(watched.project.orders()) == 2

    def test_another_problem_is_told_again(self, watched: Watched) -> None:
        """What is wrong is told when it changes, and only then."""
        bad = watched.project.folder / "orders" / "bob.yaml"
        watched.play(
            lambda: bad.write_text("kind: Nonsense\n"),
            MANIFESTS_CHANGED,
            lambda: bad.write_text("kind: Rubbish\n"),
            MANIFESTS_CHANGED,
            MANIFESTS_CHANGED,
        )
        assert ["Nonsense" in watched.told[0], "Rubbish" in watched.told[1], len(watched.told)] == [True, True, 2]

    def test_none_to_begin_with_is_waited_for(self, watched: Watched) -> None:
        """A daemon that is started before its first good commit places nothing, and ends nothing."""
        good = (watched.project.folder / "project.yaml").read_text()
        (watched.project.folder / "project.yaml").write_text("kind: Nonsense\n")
        watched.play(QUIET, lambda: (watched.project.folder / "project.yaml").write_text(good), MANIFESTS_CHANGED)
        assert "there are none to fall back to" in watched.told[0]
        assert watched.ends() == [PassStatus.DONE]

    def test_what_is_being_written_is_not_taken(self, watched: Watched) -> None:
        """A file that lacks its second order for a moment is valid and not what was meant: no order is orphaned."""
        both = watched.project.folder / "orders" / "both.yaml"
        texts = [watched.project.order(key, window=window(9 + n, 11 + n)).read_text() for n, key in enumerate("ab")]
        for key in "ab":
            watched.project.remove(key)
        both.write_text("---\n".join(texts))
        env = watched.project.environment()

        def half_written() -> None:
            both.write_text(texts[0])
            writes.append(lambda: both.write_text("---\n".join(texts)))

        writes: list = []

        def sleep(seconds: float) -> None:
            watched.project.clock.sleep(seconds)
            while writes:
                writes.pop()()

        taken = []

        def noted(found):
            taken.append({order.key for order in read(found.folder).orders})
            return read(found.folder)

        watched.play(half_written, MANIFESTS_CHANGED, env=replace(env, sleep=sleep), read=noted)
        assert taken == [{"alice", "a", "b"}] * 2

    def test_a_source_without_anything_is_told_and_asked_again(self, watched: Watched) -> None:
        """A remote that cannot be reached at the first start."""

        class Nowhere(FolderSource):
            tried = 0

            def look(self):
                Nowhere.tried += 1
                if Nowhere.tried < 3:
                    raise ConfigError("no commit yet")
                return super().look()

        watched.play(QUIET, QUIET, source=Nowhere(folder=watched.project.folder, changes=lambda *_: iter(())))
        assert watched.ends() == [PassStatus.DONE]
        assert [text.rsplit("\n", 1)[-1] for text in watched.told] == [
            "no commit yet",
            "the manifests can be read again",
        ]


class Breaking(Impatient):
    """The real transport; the first order meets a bug of ours on its way."""

    hit = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        if f"{request.method} {request.url.path}" == CREATE and not self.hit:
            self.hit = True
            raise ValueError("a bug")
        return super().handle_request(request)


class TestTrouble:
    def test_a_failing_account_backs_off_alone(self, watched: Watched) -> None:
        """Longer each time. While it rests it is not asked; the others' orders are followed, and new ones wait."""
        project = watched.project
        project.reconcile()
        project.account("other", contract=OTHER_CONTRACT, endpoint="http://127.0.0.1:9/iceye/api")

        def edit() -> None:
            project.order("bob", window=window(9, 11))

        watched.play(*ticks(1), lambda: project.advance("30d"), edit, MANIFESTS_CHANGED, HANGUP)
        assert set(watched.ends()) == {PassStatus.UNREAD}
        assert {tuple(made.resting) for made in watched.results} == {("other",)}
        assert [round(made.next_in) for made in watched.results[:2]] == [10, 20]
        (rested,) = [message(f) for f in watched.results[-2].report.plan.findings if f.key == "bob"]
        assert "other: left alone for" in rested
        assert project.record().phase.ended
        assert len(project.orders()) == 1

    def test_a_resting_account_is_asked_again_when_it_has_rested(self, watched: Watched) -> None:
        """Then what waited for it is placed."""
        watched.project.fault("status", method="GET", status=500, times=3)
        watched.play(*ticks(1))
        assert watched.ends()[:2] == [PassStatus.UNREAD, PassStatus.DONE]
        assert watched.results[0].resting.keys() == {AccountName(ACCOUNT)}
        assert watched.results[1].resting == {}
        assert len(watched.project.orders()) == 1

    def test_nobody_waits_for_an_account_that_is_asked_again(self, watched: Watched) -> None:
        """While its answer is awaited, and when it fails again, passes are made for the others; then it is back."""
        project, hanging = watched.project, []
        project.reconcile()
        project.account("other", contract=OTHER_CONTRACT)
        project.fault("status", method="GET", status=500, times=3, skip=1)

        def answer() -> None:
            hanging.pop()()

        def down() -> None:
            project.fault("status", method="GET", status=503, times=3)
            answer()

        watched.play(QUIET, ASKED, ASKED, down, CHECKED, *ticks(1), answer, CHECKED, spawn=hanging.append)
        assert hanging == []
        left_out = [list(made.resting) for made in watched.results]
        assert left_out == [left_out[0]] * (len(left_out) - 1) + [[]]
        assert len(left_out[0]) == 1
        assert "being asked" in str(watched.results[1].resting)
        assert watched.whys()[:4] == [{START}, {TICK}, {ASKED}, {ASKED}]
        assert (watched.whys()[-1], watched.ends()[-1]) == ({CHECKED, RECOVERED}, PassStatus.DONE)

    @pytest.mark.parametrize("why", [HANGUP, MANIFESTS_CHANGED])
    def test_a_rest_that_ends_while_its_account_is_asked_leaves_nobody_unasked(
        self, watched: Watched, why: str
    ) -> None:
        """By a signal, or by an edit that mends the account: whatever that answer is, a pass asks anew."""
        project, hanging = watched.project, []
        project.fault("status", method="GET", status=500, times=6)

        def edit() -> None:
            project.account(limits={"settle": "20m"})

        def answer() -> None:
            hanging.pop()()

        watched.play(QUIET, edit, why, answer, CHECKED, spawn=hanging.append)
        assert "being asked" in str(watched.results[-2].resting)
        assert (watched.whys()[-1], watched.ends()[-1]) == ({CHECKED, RECOVERED}, PassStatus.DONE)
        assert len(project.orders()) == 1

    @pytest.mark.parametrize("whose", ["account", "order"])
    def test_a_rest_that_ends_while_others_are_asked_is_met_at_once(self, watched: Watched, whose: str) -> None:
        """A pass that takes longer than an account, or an order, has yet to rest forgets neither."""
        project, slow = watched.project, []
        project.reconcile()
        project.advance("30d")
        if whose == "order":
            project.fault("status", method="GET", path="/iceye/api/tasking/v2/price", status=500, times=3)
            project.order("bob", window=window(39, 41))
        else:
            project.account("other", contract=OTHER_CONTRACT, endpoint="http://127.0.0.1:9/iceye/api")

        def on_response(*_answer: object) -> None:
            project.clock.sleep(60.0 * len(slow))

        watched.play(
            lambda: slow.append(1),
            ASKED,
            slow.clear,
            QUIET,
            env=replace(project.environment(), on_response=on_response),
        )
        assert [made.next_in for made in watched.results[:2]] == [10.0, 0.0]
        assert len(watched.results) == 3

    def test_a_provider_s_own_wish_is_followed(self, watched: Watched) -> None:
        """Retry-After of a quarter of an hour: that long nobody asks."""
        watched.project.fault("status", method="GET", status=429, headers={"Retry-After": "900"}, times=3)
        watched.play(QUIET)
        assert watched.results[0].next_in == pytest.approx(900.0, abs=1)

    def test_a_hangup_ends_every_rest(self, watched: Watched) -> None:
        """Whoever sits at the machine knows better."""
        watched.project.fault("status", method="GET", status=500, times=3)
        watched.play(ASKED, HANGUP)
        assert watched.ends() == [PassStatus.UNREAD, PassStatus.UNREAD, PassStatus.DONE]

    def test_a_held_state_is_waited_for(self, watched: Watched) -> None:
        """`reconcile` or `resolve` may run beside it."""
        held = writer_lock(watched.project.state)
        held.__enter__()
        watched.play(lambda: held.__exit__(None, None, None), QUIET)
        assert watched.ends() == [PassStatus.LOCKED, PassStatus.DONE]
        assert watched.results[0].next_in == pytest.approx(LOCKED_SECONDS)

    def test_a_missing_credential_is_its_account_s_alone(self, watched: Watched) -> None:
        """The others' orders are followed meanwhile; it is tried longer each time, and taken up when it is there."""
        project = watched.project
        project.reconcile()
        block = project.provider.block(project.simulator, OTHER_CONTRACT)
        project.account("other", iceye={**block, "clientSecret": {"env": "OTHER_SECRET"}})
        project.advance("30d")
        watched.play(*ticks(1), lambda: project.variables.update(OTHER_SECRET=CLIENT_SECRET), *ticks(2))
        assert watched.ends()[:2] == [PassStatus.UNREAD, PassStatus.UNREAD]
        assert watched.ends()[-1] == PassStatus.DONE
        assert [round(made.next_in) for made in watched.results[:3]] == [10, 20, 40]
        (why,) = watched.results[0].resting.values()
        assert (
            why
            == "left alone for 10s: environment variable OTHER_SECRET is not set; a manifest names it for a credential"
        )
        assert project.record().phase.ended

    def test_a_host_that_is_not_allowed_is_its_account_s_alone(self, watched: Watched) -> None:
        """The others' orders are followed meanwhile; its secrets are not looked up, however often it is tried."""
        project = watched.project
        project.variables["RECONCILER_ALLOWED_HOSTS"] = project.simulator.url.removeprefix("http://")
        project.reconcile()
        project.account("other", contract=OTHER_CONTRACT, endpoint="https://evil.example/api")
        project.advance("30d")
        watched.play(*ticks(3))
        assert watched.ends()[:2] == [PassStatus.UNREAD, PassStatus.UNREAD]
        (why,) = watched.results[0].resting.values()
        assert "RECONCILER_ALLOWED_HOSTS does not list the host evil.example" in why
        assert project.record().phase.ended

    @pytest.mark.parametrize("edited", ["order", "account"])
    def test_a_failing_order_backs_off_alone(self, watched: Watched, edited: str) -> None:
        """Its price cannot be read: longer each time, however often others are looked at; an edit frees it."""
        project = watched.project
        project.reconcile()
        project.fault("status", method="GET", path="/iceye/api/tasking/v2/price", status=500, times=6)
        project.order("bob", window=window(9, 11))
        order = partial(project.order, "bob", window=window(9, 12))
        edit = order if edited == "order" else partial(project.account, limits={"settle": "20m"})
        watched.play(ASKED, ASKED, QUIET, ASKED, edit, MANIFESTS_CHANGED)
        assert [list(made.paused) for made in watched.results] == [["bob"]] * 5 + [[]]
        assert [round(made.next_in) for made in watched.results[:5]] == [10, 10, 10, 20, 20]
        waits = [f for f in watched.results[1].report.plan.findings if f.key == "bob"]
        assert [(f.kind, message(f)[:20]) for f in waits] == [(FindingKind.UNREAD, "left alone for 10s: ")]
        assert len(project.orders()) == 2

    def test_an_error_backs_off_and_ends_nothing(self, watched: Watched) -> None:
        """A state file that cannot be used: longer each time, and taken up when it can."""
        state = watched.project.state
        state.mkdir(parents=True)
        watched.play(*ticks(1), state.rmdir, *ticks(2))
        assert watched.ends()[:2] == [PassStatus.ERROR, PassStatus.ERROR]
        assert PassStatus.DONE in watched.ends()
        assert [round(made.next_in) for made in watched.results[:3]] == [10, 20, 40]

    def test_bugs_in_a_row_end_it(self, watched: Watched) -> None:
        """Each is told with its error; after some it gives up, so that whoever started it starts it anew."""

        env = replace(watched.project.environment(), now=lambda: 1 / 0)
        watched.play(*ticks(60), env=env)
        assert (watched.ends(), watched.answer) == ([PassStatus.BUG] * MOST_BUGS, False)
        assert isinstance(watched.results[0].error, ZeroDivisionError)

    def test_the_log_tells_no_values_of_a_bug(self, watched: Watched) -> None:
        """What an error says may hold a secret: its kind is told alone."""
        (made,) = watched.play(env=replace(watched.project.environment(), now=lambda: int("canary")))
        assert "canary" in str(made.error)
        assert "bug: ValueError; next in 10s" in _story(made)

    def test_what_breaks_in_the_middle_of_a_pass_ends_that_pass_alone(self, watched: Watched) -> None:
        """Nobody has asked the daemon to stop: it backs off, looks for what it may have sent, and goes on."""
        project = watched.project
        project.transport = Breaking()
        watched.play(*ticks(1))
        assert watched.ends()[:2] == [PassStatus.BUG, PassStatus.DONE]
        assert watched.answer
        assert project.record().unresolved

    def test_it_is_alive_while_it_waits_and_while_a_pass_takes_its_time(self, watched: Watched) -> None:
        """A loop that does not turn is dead; one in a pass of minutes is not."""
        asked = []
        watched.play(QUIET, read=lambda found: asked.append(watched.watch.alive()) or read(found.folder))
        assert asked == [True]
        assert watched.watch.alive()
        watched.project.clock.sleep(61)
        assert not watched.watch.alive()
        watched.watch._pass_since = watched.project.clock.monotonic()
        watched.project.clock.sleep(600)
        assert watched.watch.alive()
        watched.project.clock.sleep(1800)
        assert not watched.watch.alive()


def test_a_wake_up_that_is_signaled_often_counts_once() -> None:
    """Each reason once, in one wait; what is signaled after it is heard the next time."""
    wake_up = WakeUp()
    for _ in range(10_000):
        wake_up.signal(WEBHOOK)
    wake_up.signal(ASKED)
    assert wake_up.wait(1) == {WEBHOOK, ASKED}
    wake_up.signal(WEBHOOK)
    assert wake_up.wait(1) == {WEBHOOK}
    assert wake_up.wait(0.01) == frozenset()
