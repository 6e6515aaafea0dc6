"""What people are told of: each event once, in order, also after a restart, and none is lost on the way."""

from __future__ import annotations

import hmac
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from reconciler.model.errors import ConfigError
from reconciler.model.ids import OrderKey, ProviderOrderId, reference_for
from reconciler.model.journal import Bound, Entry, FindingChanged, Intended, PhaseChanged, Settled, TermsReported
from reconciler.model.outcome import OutcomeKind
from reconciler.model.phase import Phase
from reconciler.model.record import Call
from reconciler.plan.findings import FindingKind
from reconciler.watch.notify import Notification, NotificationKind, Notifier, Undelivered, notifications
from reconciler.watch.sinks import ID, SIGNATURE, TIMESTAMP, lines_file, webhook
from tests.support.project import Project, eur, window

NOW = datetime(2026, 12, 1, tzinfo=UTC)
KEY = OrderKey("alice")
REFERENCE = reference_for("acme", KEY, 2)
SECRET = "canary-notify-5c1f"


def line(event, seq=1):
    """A line of the journal."""
    return Entry(at=NOW, key=KEY, reference=REFERENCE, plan_id="plan", commit="abc", event=event, seq=seq)


def placing(outcome, call=Call.PLACE):
    """How a call ended."""
    return Settled(call=call, outcome=outcome, order_id=ProviderOrderId("id-1"))


def moved(phase, status):
    """A status that is new."""
    return PhaseChanged(status=status, phase=phase)


def found(kind, message=None, *, appeared=True):
    """A finding that has appeared, or gone."""
    return FindingChanged(finding=kind, appeared=appeared, message=message)


BOUND = Bound(order_id=ProviderOrderId("id-1"), how="found")


def notified(*events):
    """Return what journal lines tell, as event and message."""
    return [(one.event, one.message) for one in notifications(events, {REFERENCE: 2}, set())]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (placing(OutcomeKind.DONE), (NotificationKind.PLACED, "order id-1")),
        (placing(OutcomeKind.UNKNOWN), None),
        (placing(OutcomeKind.DONE, Call.CANCEL), None),
        (BOUND, (NotificationKind.PLACED, "order id-1, found")),
        (moved(Phase.QUOTED, "QUOTATION"), (NotificationKind.DECISION, "QUOTATION")),
        (moved(Phase.ACTIVE, "ACTIVE"), None),
        (moved(Phase.FULFILLED, "DONE"), (NotificationKind.FULFILLED, "DONE")),
        (moved(Phase.REJECTED, "REJECTED"), (NotificationKind.FAILED, "REJECTED")),
        (moved(Phase.CANCELED, "CANCELED"), (NotificationKind.CANCELED, "CANCELED")),
        (found(FindingKind.HELD, "too dear"), (NotificationKind.HELD, "too dear")),
        (found(FindingKind.DRIFTED, "moved"), (NotificationKind.DRIFT, "moved")),
        (found(FindingKind.EXPIRED), None),
        (TermsReported(terms={"a": 1}), None),
        (Intended(call=Call.PLACE), None),
    ],
)
def test_what_a_line_of_the_journal_tells(event, expected):
    """Only what somebody wants to know of at once."""
    assert notified(line(event)) == ([expected] if expected else [])


def test_it_is_told_once_for_each_order_attempt_and_event():
    """A doubt that is settled by adoption is placed once; a finding that went and came is told again."""
    held, gone = found(FindingKind.HELD, "why"), found(FindingKind.HELD, appeared=False)
    told_of = (held, held, gone, held, BOUND, placing(OutcomeKind.DONE))
    events = [line(event, seq) for seq, event in enumerate(told_of, start=1)]
    assert [what for what, _ in notified(*events)] == [
        NotificationKind.HELD,
        NotificationKind.HELD,
        NotificationKind.PLACED,
    ]
    (first, *_) = notifications(events, {REFERENCE: 2}, set())
    assert (first.order, first.attempt, first.commit, first.detail) == (KEY, 2, "abc", {"finding": "held"})


@dataclass
class Place:
    """A place that announcements are delivered to, which can be closed."""

    project: Project
    got: list[Notification] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    open: bool = True

    def deliver(self, notification: Notification) -> None:
        """Take an announcement, or fail."""
        if not self.open:
            raise Undelivered("it answered HTTP 500")
        self.got.append(notification)

    def notifier(self) -> Notifier:
        """Start a notifier anew."""
        made = Notifier(
            to="webhook",
            state=self.project.state,
            deliver=self.deliver,
            ceilings=lambda: self.project.read().project.policy.per_month,
            draw=lambda: 1.0,
            tell=self.said.append,
            pending=self.pending.append,
        )
        made.begin()
        return made

    def events(self) -> list[tuple[str | None, NotificationKind]]:
        """Return what was delivered, as order and event."""
        return [(one.order, one.event) for one in self.got]


@pytest.fixture
def place(project: Project) -> Place:
    """A place that is open."""
    return Place(project)


def test_what_happens_is_delivered_in_order(project: Project, place: Place) -> None:
    """Placed, later fulfilled; once each, whoever asks again."""
    notifier = place.notifier()
    project.order()
    project.reconcile()
    notifier.catch_up()
    notifier.catch_up()
    assert place.events() == [("alice", NotificationKind.PLACED)]
    project.advance("30d")
    project.reconcile()
    notifier.catch_up()
    assert place.events() == [("alice", NotificationKind.PLACED), ("alice", NotificationKind.FULFILLED)]
    assert place.pending[-1] == 0


def test_a_restart_tells_nothing_twice_and_nothing_less(project: Project, place: Place) -> None:
    """What happened while nobody listened is told; what was told is not."""
    notifier = place.notifier()
    project.order()
    project.reconcile()
    notifier.catch_up()
    project.order("bob", window=window(9, 11))
    project.reconcile()
    place.notifier().catch_up()
    assert place.events() == [("alice", NotificationKind.PLACED), ("bob", NotificationKind.PLACED)]


def test_after_a_lost_state_what_happens_is_told(project: Project, place: Place) -> None:
    """The journal begins with small numbers again: what is new in it is new."""
    notifier = place.notifier()
    project.order()
    project.reconcile()
    project.advance("30d")
    project.reconcile()
    notifier.catch_up()
    for file in project.state.parent.glob(f"{project.state.name}*"):
        if not file.name.endswith("-told"):
            file.unlink()
    notifier = place.notifier()
    place.got.clear()
    project.reconcile()
    notifier.catch_up()
    assert place.events() == [("alice", NotificationKind.PLACED)]


def test_history_is_no_news(project: Project, place: Place) -> None:
    """At its very first start beside an old state, what has happened until then is not told."""
    project.order()
    project.reconcile()
    place.notifier().catch_up()
    assert place.events() == []


def test_a_place_that_fails_is_tried_again_and_loses_nothing(project: Project, place: Place) -> None:
    """Told once that it fails and once that it does not; later each time; then everything, in order."""
    notifier = place.notifier()
    place.open = False
    for number, key in enumerate(("alice", "bob")):
        project.order(key, window=window(5 + number, 7 + number))
    project.reconcile()
    notifier.catch_up()
    first = notifier._backoff.until
    notifier.catch_up()
    assert (first, notifier._backoff.until, place.got) == (10.0, 20.0, [])
    assert place.pending[-1] > 0
    place.open = True
    notifier.catch_up()
    assert sorted(place.events()) == [("alice", NotificationKind.PLACED), ("bob", NotificationKind.PLACED)]
    assert ["do not reach" in place.said[0], "again" in place.said[1], len(place.said)] == [True, True, 2]


def test_spending_is_told_at_its_thresholds(project: Project, place: Place) -> None:
    """80 % and 100 % of the month's ceiling, each once, also after a restart."""
    project.policy(perMonth=[eur("2600.00")])
    notifier = place.notifier()
    project.order()
    project.reconcile()
    notifier.catch_up()
    assert [one.event for one in place.got] == [NotificationKind.PLACED]
    project.order("bob", window=window(9, 11))
    project.reconcile()
    notifier.catch_up()
    place.notifier().catch_up()
    spend = [one for one in place.got if one.event is NotificationKind.SPEND]
    assert [one.id for one in spend] == ["spend-2026-12-EUR-80", "spend-2026-12-EUR-100"]
    assert spend[0].message == "EUR 2,600.00 of EUR 2,600.00 are bound in 2026-12: 80 % reached"


class TestFile:
    def test_each_event_is_a_line(self, tmp_path):
        """Of JSON, appended, the last one never twice."""
        path = tmp_path / "deep" / "events.jsonl"
        deliver = lines_file(path)
        for number in (1, 2, 2):
            deliver(
                Notification(
                    id=f"id-{number}",
                    event=NotificationKind.PLACED,
                    at="now",
                    order="alice",
                    attempt=1,
                    message="ordré",
                )
            )
        lines = [json.loads(text) for text in path.read_text().splitlines()]
        assert [each["id"] for each in lines] == ["id-1", "id-2"]
        assert (lines[0]["event"], lines[0]["order"], lines[0]["message"]) == ("placed", "alice", "ordré")

    def test_half_a_line_is_left_behind(self, tmp_path):
        """What a death left is ended, and the next event has a line of its own."""
        path = tmp_path / "events.jsonl"
        path.write_text('{"id":"id-1"}\n{"id":"id-')
        lines_file(path)(Notification(id="id-2", event=NotificationKind.PLACED, at="now"))
        assert json.loads(path.read_text().splitlines()[-1])["id"] == "id-2"

    def test_a_file_that_cannot_be_written_is_told(self, tmp_path):
        """It is kept and tried again."""
        (tmp_path / "file").touch()
        with pytest.raises(Undelivered, match="cannot be written"):
            lines_file(tmp_path / "file" / "events.jsonl")(
                Notification(id="id", event=NotificationKind.PLACED, at="now")
            )


@contextmanager
def receiver(status: int) -> Iterator[tuple[str, list]]:
    """Serve one answer for ever, and keep what came."""
    got: list = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/canary-path", got
        server.shutdown()
        thread.join()


class TestWebhook:
    def test_it_is_signed(self):
        """Over the timestamp and the body, so that neither can be changed."""
        notification = Notification(id="id-1", event=NotificationKind.PLACED, at="now", order="alice")
        with receiver(204) as (url, got):
            webhook(url, lambda: SECRET, lambda: 1_800_000_000.7)(notification)
        ((headers, body),) = got
        assert (body, headers[ID], headers[TIMESTAMP]) == (notification.line(), "id-1", "1800000000")
        expected = hmac.digest(SECRET.encode(), b"1800000000." + body, "sha256").hex()
        assert headers[SIGNATURE] == f"sha256={expected}"
        assert SECRET not in str(got)

    @pytest.mark.parametrize("status", [301, 307, 400, 429, 500])
    def test_anything_but_success_is_undelivered(self, status):
        """No redirect is followed, and neither address nor secret is told."""
        with receiver(status) as (url, got), pytest.raises(Undelivered, match=f"HTTP {status}") as raised:
            webhook(url, lambda: SECRET, lambda: 1.0)(Notification(id="id", event=NotificationKind.PLACED, at="now"))
        assert len(got) == 1
        assert "canary" not in str(raised.value)

    def test_what_does_not_speak_http_is_undelivered(self):
        """A wrong port, for example: the notifier lives on, and neither address nor answer is told."""
        with socket.create_server(("127.0.0.1", 0)) as server:

            def answer() -> None:
                with server.accept()[0] as peer:
                    peer.recv(4096)
                    peer.sendall(b"SSH-2.0-canary\r\n")

            thread = Thread(target=answer)
            thread.start()
            with pytest.raises(Undelivered, match="could not be reached") as raised:
                webhook(f"http://127.0.0.1:{server.getsockname()[1]}/canary", None, lambda: 1.0)(
                    Notification(id="id", event=NotificationKind.PLACED, at="now")
                )
            thread.join()
        assert "canary" not in str(raised.value)

    def test_nobody_there_is_undelivered(self):
        """The address may be a key: it is not told."""
        with pytest.raises(Undelivered, match="could not be reached") as raised:
            webhook("http://127.0.0.1:9/canary", None, lambda: 1.0)(
                Notification(id="id", event=NotificationKind.PLACED, at="now")
            )
        assert "canary" not in str(raised.value)

    @pytest.mark.parametrize(
        "url",
        ["file:///etc/passwd", "ftp://a/b", "example.org", "https://", "https://a:b/canary", "https://[::1/canary"],
    )
    def test_only_web_addresses_are_taken(self, url):
        """Anything else is told at the start, and not repeated: it may be a key."""
        with pytest.raises(ConfigError, match="--notify") as raised:
            webhook(url, None, lambda: 1.0)
        assert "canary" not in str(raised.value)
