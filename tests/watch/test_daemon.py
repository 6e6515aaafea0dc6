"""A real `reconciler watch` against the simulator."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reconciler.cli.app import run
from tests.support.project import CONTRACT, Project, at, eur, eventually, window
from tests.watch.daemon import Daemon, daemon
from tests.watch.test_source import Remote

TOKEN, HOOK = "canary-token-71d0", "hook:canary-hook-f27b"
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def guarded(project: Project) -> Iterator[Daemon]:
    """A daemon with a token and ICEYE's webhook, over one order."""
    project.order()
    project.variables |= {"THE_TOKEN": TOKEN, "THE_HOOK": HOOK}
    named = ("--token-env", "THE_TOKEN", "--iceye-webhook-env", "THE_HOOK", "--events", "events.jsonl")
    with daemon(project, "manifests", *named) as running:
        yield running


def test_a_day_in_its_life(project: Project, guarded: Daemon) -> None:
    """Edited, placed; invalid, kept; asked, answered; told to end, ended. Nothing twice, and no secret told."""
    assert len(project.orders()) == 1
    project.order("bob", window=window(9, 11))
    eventually(lambda: len(project.orders()) == 2)
    told = project.root / "events.jsonl"
    eventually(lambda: told.exists() and len(told.read_text().splitlines()) == 2)
    assert [json.loads(line)["order"] for line in told.read_text().splitlines()] == ["alice", "bob"]

    (project.folder / "orders" / "bad.yaml").write_text("kind: Nonsense\n", encoding="utf-8")
    eventually(lambda: len(guarded.events("manifests")) == 1)
    assert "bad.yaml:1:" in guarded.events("manifests")[0]["message"]
    guarded.hang_up()
    families = {f.name: f for f in text_string_to_metric_families(guarded.ask("/metrics").text)}
    assert families["reconciler_manifests_valid"].samples[0].value == 0
    assert families["reconciler_passes"].samples[0].value >= 3
    assert [guarded.ask(path).status_code for path in ("/healthz", "/readyz", "/nothing")] == [200, 200, 404]
    seen = {path: guarded.ask(path).text for path in ("/", "/fragment", "/orders/bob.html", "/orders/bob.fragment")}
    assert all("bob" in text for text in seen.values())
    assert "about to place" in seen["/orders/bob.html"]
    assert project.told_secrets(*seen.values()) == []
    assert [guarded.ask(path).headers["content-type"] for path in ("/style.css", "/script.js")] == [
        "text/css; charset=utf-8",
        "text/javascript; charset=utf-8",
    ]

    (project.folder / "orders" / "bad.yaml").unlink()
    eventually(lambda: len(guarded.events("manifests")) == 2)
    before = guarded.passes()
    assert guarded.ask("/reconcile", "POST").status_code == 401
    assert guarded.ask("/reconcile", "POST", headers=WITH_TOKEN).status_code == 202
    eventually(lambda: guarded.passes() > before)

    assert project.command("history", "alice").code == 0
    assert project.command("reconcile", "--lock-timeout", "20").code == 0
    assert guarded.end() == 0
    assert len(project.orders()) == 2
    assert guarded.other == []
    assert TOKEN not in str(guarded.said)
    assert HOOK not in str(guarded.said)
    assert project.told_secrets(str(guarded.said)) == []


def test_a_person_reads_what_is_new(project: Project) -> None:
    """Ticks that find what the one before them found are told once."""
    project.account(endpoint="simulator", iceye={"contractID": CONTRACT}, simulator={"start": at(0), "speed": 30})
    project.order()
    with daemon(project, "manifests", "--log", "text", patience=0) as running:
        eventually(lambda: bool(running.other))
        url = running.other[0].split()[-1]
        eventually(lambda: passes_told(running.http.get(f"{url}/metrics").text) > 4)
        running.process.send_signal(signal.SIGHUP)
        eventually(lambda: any("SIGHUP" in line for line in running.other))
    told = [line.split(" ", 1)[1] for line in running.other if " pass (" in line]
    assert [re.sub(r"[0-9.]+s", "Ns", line) for line in told] == [
        "pass (start; Ns): 1 placed (EUR 1,300.00). Next in Ns\n",
        "pass (tick; Ns): nothing to do. Next in Ns\n",
        "pass (SIGHUP; Ns): nothing to do. Next in Ns\n",
    ]


def passes_told(metrics: str) -> float:
    """Return how many passes came to their end."""
    families = {family.name: family for family in text_string_to_metric_families(metrics)}
    return sum(s.value for s in families["reconciler_passes"].samples if s.labels.get("ended") == "done")


def test_a_call_on_its_way_is_waited_for(project: Project) -> None:
    """SIGTERM in the middle of placing: its outcome is on disk before the end."""
    project.account(limits={"concurrency": 1})
    with daemon(project) as running:
        project.fault("delay", seconds=0.7)
        project.order()
        eventually(lambda: project.state.exists() and any(e.key == "alice" for e in project.journal()))
        assert running.end() == 0
    assert project.record().bound
    assert len(project.orders()) == 1


def test_two_signals_leave_at_once(project: Project) -> None:
    """What was on its way is booked as unknown."""
    with daemon(project) as running:
        project.fault("delay", seconds=60)
        project.order()
        eventually(lambda: any(e.key == "alice" for e in project.journal()))
        running.process.send_signal(signal.SIGINT)
        eventually(lambda: bool(running.events("stopping")))
        assert running.end(signal.SIGINT) == 130
    assert project.record().unresolved


def test_it_places_once_however_it_dies(project: Project) -> None:
    """Killed, its state lost, started anew: the order that stands is adopted, and never placed again."""
    project.order()
    with daemon(project) as running:
        running.process.kill()
        running.process.wait(10)
    project.lose_state()
    with daemon(project) as running:
        assert "1 adopted" in running.events("pass")[0]["message"]
    assert project.creates() == 1


def test_a_commit_is_placed_with_its_name(project: Project, tmp_path: Path) -> None:
    """From a repository: exactly that commit, told in the journal; a rewritten branch changes nothing."""
    remote = Remote(tmp_path)
    project.order()

    def commit(*more: str) -> str:
        for path in project.folder.rglob("*.yaml"):
            remote.write(f"manifests/{path.relative_to(project.folder)}", path.read_text(encoding="utf-8"))
        return remote.commit(*more)

    project.order("dear", window=window(11, 13), confirm={"maxPrice": eur("1.00")})
    first = commit()
    with daemon(project, "manifests", "--git", "remote.git", "--every", "1s") as running:
        assert {event.commit for event in project.journal("alice")} == {first}
        project.order("bob", window=window(9, 11))
        second = commit()
        eventually(lambda: len(project.orders()) == 2)
        assert {event.commit for event in project.journal("bob")} == {second}
        project.order("carol", window=window(7, 9))
        commit("--amend")
        eventually(lambda: bool(running.events("source")))
        held = project.command("status", "--waiting").out
        assert "commit in manifests/orders/dear.yaml:" in held
        assert "was rewritten" in running.events("source")[0]["message"]
        assert "was rewritten" in running.ask("/").text
        samples = {f.name: f.samples for f in text_string_to_metric_families(running.ask("/metrics").text)}
        newest = remote.git(remote.tree, "rev-parse", "HEAD")
        assert [samples[f"reconciler_git_{name}_info"][0].labels["commit"] for name in ("commit", "newest_commit")] == [
            second,
            newest,
        ]
        assert samples["reconciler_source_read_timestamp_seconds"][0].value > 1.7e9
        assert samples["reconciler_manifests_valid"][0].value == 0
        running.hang_up()
        assert len(project.orders()) == 2
        assert running.end() == 0


def test_a_server_that_hangs_holds_up_no_probe_and_no_signal(project: Project) -> None:
    """The first clone has a thread of its own: it is alive and not ready, says why, and ends at once when asked to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/orders.git"
        with daemon(project, "manifests", "--git", url, "--every", "1s", patience=0) as running:
            accepted, _ = server.accept()
            with accepted:
                assert running.ask("/healthz").status_code == 200
                ready = running.ask("/readyz")
                assert (ready.status_code, "is being fetched for the first time" in ready.text) == (503, True)
                assert "is being fetched for the first time" in running.ask("/").text
                assert running.end() == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")
def test_a_log_on_a_full_disk_ends_nothing(project: Project) -> None:
    """What cannot be logged is dropped; orders are placed and followed all the same."""
    project.order()
    arguments = [
        sys.executable,
        "-m",
        "reconciler",
        "watch",
        "manifests",
        "--listen",
        "off",
        "--state",
        str(project.state),
    ]
    with open("/dev/full", "w") as full:
        process = subprocess.Popen(arguments, cwd=project.root, env=project.process_variables(), stderr=full)
    try:
        eventually(lambda: len(project.orders()) == 1)
        project.order("bob", window=window(9, 11))
        eventually(lambda: len(project.orders()) == 2)
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


def test_systemd_hears_when_it_is_ready(project: Project) -> None:
    """READY before the first pass, which a slow provider holds up; then WATCHDOG, what passes did, and STOPPING."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        place = os.path.join(folder, "notify")
        ear.bind(place)
        ear.settimeout(20)

        def on_response(beginning: bytes) -> None:
            while not (heard := ear.recv(4096)).startswith(beginning):
                assert heard == b"WATCHDOG=1"

        project.variables |= {"NOTIFY_SOCKET": place, "WATCHDOG_USEC": "400000"}
        project.fault("delay", method="GET", seconds=1.5)
        with daemon(project, patience=0) as running:
            on_response(b"READY=1\nSTATUS=started")
            assert running.ask("/readyz").status_code == 503
            on_response(b"WATCHDOG=1")
            assert running.passes() == 0
            assert running.ask("/healthz").status_code == 200
            on_response(b"STATUS=pass (start")
            assert running.ask("/readyz").status_code == 200
            running.process.send_signal(signal.SIGHUP)
            on_response(b"STATUS=pass (SIGHUP")
            assert running.end() == 0
        on_response(b"STOPPING=1")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--listen", "0.0.0.0:0"), "name a token with --token-file"),
        (("--token-env", "NOT_SET"), "environment variable NOT_SET is not set"),
        (("--token-file", "nowhere"), "--token-file nowhere cannot be read"),
        (("--git", "x", "--every", "often"), "--every: 'often' is not a duration"),
    ],
)
def test_what_is_set_up_wrongly_is_told_at_the_start(
    project: Project, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    """Exit 4, and what to do; nothing was asked of anybody."""
    assert run(["watch", str(project.folder), "--state", str(project.state), *arguments]) == 4
    assert told in capsys.readouterr().err
    assert project.requests() == {}


class TestHostile:
    """Callbacks of whoever finds the address: none of them places anything, none delays a pass."""

    def flood(self, running: Daemon, count: int) -> list[int]:
        """Send requests of every bad kind, and some good ones replayed, eight at once; return their statuses."""
        good = {"auth": tuple(HOOK.split(":"))}
        kinds = [
            {"auth": ("hook", "wrong")},
            {"content": b"x" * 70_000},
            {"content": b"{" * 1000, "headers": {"Authorization": "Basic ?"}},
            {**good, "json": {"taskID": "7d4c1f0e-6a53-4c0b-9f6e-2f1f3f5a9b11"}},
            {**good, "content": b"\xff\xfe no json"},
        ]
        url, others = f"{running.url}/webhooks/", {0: "up42", 1: "iceye/token"}

        def send(number: int) -> int:
            return running.http.post(url + others.get(number % 7, "iceye"), **kinds[number % len(kinds)]).status_code

        with ThreadPoolExecutor(8) as threads:
            return list(threads.map(send, range(count)))

    @pytest.fixture
    def fast(self, project: Project) -> Iterator[Daemon]:
        """A daemon whose simulated account is so fast that a pass is due every second."""
        clock = {"start": at(0), "speed": 30}
        project.account(endpoint="simulator", iceye={"contractID": CONTRACT}, simulator=clock)
        project.order()
        project.order("held", window=window(9, 11), confirm={"maxPrice": {"amount": "1.00", "currency": "EUR"}})
        project.variables |= {"THE_HOOK": HOOK}
        with daemon(project, "manifests", "--iceye-webhook-env", "THE_HOOK") as running:
            yield running

    def check(self, project: Project, fast: Daemon, count: int) -> None:
        """Flood it; passes come when they are due, and what was placed before is all that is placed."""
        before = fast.passes()
        statuses = set(self.flood(fast, count))
        eventually(lambda: fast.passes() > before + 2)
        assert statuses == {204, 400, 401, 404, 413}
        passes = fast.events("pass")[1:]
        late = [b["heard"] - a["heard"] - a["nextIn"] - b["seconds"] for a, b in pairwise(passes)]
        assert max(late) < 1.0
        assert {tuple(event["why"]) for event in passes} <= {("tick",), ("tick", "webhook"), ("webhook",)}
        assert [record.key for record in project.records().values() if record.bound] == ["alice"]
        assert fast.ask("/healthz").status_code == 200

    def test_a_thousand_place_nothing_and_delay_nothing(self, project: Project, fast: Daemon) -> None:
        """Wrong credentials, oversized, malformed, replayed."""
        self.check(project, fast, 1_000)

    @pytest.mark.sweep
    def test_ten_thousand_leave_its_memory_as_it_was(self, project: Project, fast: Daemon) -> None:
        """What it holds after the first thousand is what it holds after ten thousand."""
        self.check(project, fast, 1_000)
        status = Path(f"/proc/{fast.process.pid}/status")

        def held() -> int:
            return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS"))

        before = held()
        self.check(project, fast, 9_000)
        assert held() < before + 8_000
