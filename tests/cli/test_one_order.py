"""The commands about one order: its history, a person's decisions, its files."""

from __future__ import annotations

import json

import pytest


class TestHistory:
    def test_an_order_s_life(self, embedded):
        """Intent and outcome, with plan and price, oldest first."""
        embedded.project.order()
        embedded.run("reconcile")
        lines = embedded.run("history", "alice").out.splitlines()
        assert "intent    about to place, binding EUR 1,300.00 (ceiling EUR 3,000.00)  [plan " in lines[0]
        assert f"outcome   place: done, order {embedded.placed()} (RECEIVED)  [plan " in lines[1]

    def test_as_json(self, embedded):
        """The same for programs."""
        embedded.project.order()
        embedded.run("reconcile")
        document = json.loads(embedded.run("history", "alice", "--format", "json").out)
        assert document["format"] == 2
        entries = document["entries"]
        assert [entry["event"]["kind"] for entry in entries] == ["intent", "outcome"]
        assert entries[0]["event"]["commits"] == {"minor": 130_000, "currency": "EUR"}

    def test_a_whole_life(self, terminal):
        """Held, placed, canceled by a raised attempt and forgotten: each attempt by its number, each decision told."""
        project = terminal.project
        project.order(confirm={"maxPrice": {"amount": "1.00", "currency": "EUR"}})
        terminal.run("reconcile")
        project.order()
        terminal.run("reconcile")
        project.order(attempt=2)
        for _ in range(2):
            terminal.run("reconcile")
        assert terminal.run("forget", "alice", "--attempt", "1").code == 0
        told = [line[22:] for line in terminal.run("history", "alice").out.splitlines()]
        assert [line.split("  ")[0] for line in told] == [*["attempt 1"] * 6, *["attempt 2"] * 2, "attempt 1"]
        ends = ["held appeared", "held went", "about to place", "(RECEIVED)", "about to cancel", "(CANCELED)"]
        ends += ["about to place", "place: done", "no longer watched"]
        assert [end in line for end, line in zip(ends, told, strict=True)] == [True] * len(ends), told

    def test_an_order_that_nobody_knows(self, embedded):
        """A wrong name is told with the command that lists the right ones."""
        ran = embedded.run("history", "alcie")
        assert ran.code == 4
        assert "holds nothing of an order alcie; `reconciler status` shows what is known" in ran.err


class TestResolve:
    def doubt(self, terminal, kind):
        terminal.project.order()
        terminal.project.fault(kind)
        ran = terminal.run("reconcile")
        assert ran.code == 3
        assert "unknown, it may have happened" in ran.out

    def test_not_created(self, terminal):
        """What never arrived is booked as not created after a last look, and the next reconcile places it once."""
        self.doubt(terminal, "drop-before")
        again = terminal.run("reconcile")
        assert (again.code, terminal.project.creates()) == (3, 1)
        assert "unresolved" in again.out
        refused = terminal.run("resolve", "alice", "--not-created", "--reason", "asked the provider by phone")
        assert (refused.code, "It may show until" in refused.err, "add --early" in refused.err) == (4, True, True)
        ran = terminal.run("resolve", "alice", "--not-created", "--early", "--reason", "asked the provider by phone")
        assert (ran.code, "Booked as not created" in ran.out) == (0, True)
        assert "asked the provider by phone" in terminal.run("history", "alice").out
        assert terminal.run("reconcile").code == 0
        assert len(terminal.project.orders()) == 1

    def test_not_created_is_refused_where_it_exists(self, terminal):
        """A person cannot book away an order that the provider shows."""
        self.doubt(terminal, "drop-after")
        ran = terminal.run("resolve", "alice", "--not-created", "--reason", "I think so")
        assert ran.code == 4
        assert "it exists" in ran.err

    def test_adopt(self, terminal):
        """A person names the provider's order, and it is bound."""
        self.doubt(terminal, "drop-after")
        (order,) = terminal.project.orders()
        ran = terminal.run("resolve", "alice", "--adopt", order["id"])
        assert (ran.code, ran.out) == (0, f"alice is bound to {order['id']}, RECEIVED.\n")
        assert (terminal.run("reconcile").code, terminal.project.creates()) == (0, 1)

    def test_adopt_of_what_the_provider_does_not_know(self, terminal):
        """A wrong id changes nothing."""
        self.doubt(terminal, "drop-before")
        ran = terminal.run("resolve", "alice", "--adopt", "00000000-0000-0000-0000-000000000000")
        assert (ran.code, "nothing was changed" in ran.err) == (4, True)

    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["--adopt", "x", "--not-created"],
            ["--not-created"],
            ["--not-created", "--reason", "  "],
            ["--adopt"],
            ["--attempt", "0", "--adopt", "x"],
        ],
        ids=" ".join,
    )
    def test_wrong_usage(self, terminal, arguments):
        """A decision is made by exactly one of two words, and --not-created says why."""
        terminal.project.order()
        assert terminal.run("resolve", "alice", *arguments).code == 64

    def test_nothing_to_resolve(self, embedded):
        """A clear order cannot be booked as not created."""
        embedded.project.order()
        embedded.run("reconcile")
        ran = embedded.run("resolve", "alice", "--not-created", "--reason", "x")
        assert (ran.code, "nothing to resolve" in ran.err) == (4, True)


class TestForget:
    def test_only_without_a_manifest(self, embedded):
        """An order that Git states is not forgotten; without its manifest it is, and lives on at the provider."""
        embedded.project.order()
        embedded.project.order("bob", window={"start": "2026-12-09T00:00:00Z", "end": "2026-12-11T00:00:00Z"})
        embedded.run("reconcile")
        refused = embedded.run("forget", "alice")
        assert (refused.code, "remove the manifest first" in refused.err) == (4, True)
        embedded.project.remove("alice")
        ran = embedded.run("forget", "alice")
        assert (ran.code, "was not touched" in ran.out) == (0, True)
        assert "alice" not in embedded.run("status").out.split("\n\n")[0]
        assert "forgotten" in embedded.run("history", "alice").out
        with embedded.scenario() as scenario:
            assert len(scenario.orders()) == 2

    def test_an_order_that_nobody_knows(self, embedded):
        """A wrong name is told."""
        assert embedded.run("forget", "nobody").code == 4


class TestDownload:
    @pytest.fixture
    def done(self, terminal):
        terminal.project.order(iceye={"productTypes": ["GRD", "SLC"]})
        terminal.run("reconcile")
        (order,) = terminal.project.orders()
        terminal.project.edit(order["id"], status="DONE")
        terminal.run("reconcile")
        return terminal

    def files(self, terminal, into="downloads/alice"):
        return {path.name: path.stat().st_size for path in (terminal.project.root / into).iterdir()}

    def test_files_arrive_whole_and_are_kept(self, done):
        """Files come with their sizes; a second download keeps them and fetches nothing."""
        ran = done.run("download", "alice")
        assert (ran.code, ran.out.count("fetched downloads/alice/")) == (0, 2)
        assert sorted(self.files(done).values()) == [300_000, 700_000]
        assert "(300,000 bytes)" in ran.out
        done.project.zero()
        again = done.run("download", "alice")
        assert (again.code, again.out.count("kept downloads/alice/")) == (0, 2)
        assert not [name for name in done.project.requests() if "/files/" in name]

    def test_a_broken_download_is_resumed(self, done):
        """A part file is continued from where it broke off; the result is the same file."""
        done.run("download", "alice")
        whole = {path: path.read_bytes() for path in (done.project.root / "downloads/alice").iterdir()}
        for path, content in whole.items():
            path.unlink()
            path.with_name(path.name + ".part").write_bytes(content[:1000])
        ran = done.run("download", "alice")
        assert ran.code == 0
        assert {path: path.read_bytes() for path in (done.project.root / "downloads/alice").iterdir()} == whole

    def test_a_download_that_breaks_off_says_how_to_go_on(self, done):
        """A connection that keeps failing ends with an error, and the next run completes the file."""
        done.project.fault("truncate", method="GET", path="*/files/*", times=1)
        ran = done.run("download", "alice")
        assert (ran.code, sorted(self.files(done).values())) == (0, [300_000, 700_000])

    def test_into_another_folder(self, done):
        """--into names the folder that gets a folder per order."""
        assert done.run("download", "alice", "--into", "elsewhere").code == 0
        assert len(self.files(done, "elsewhere/alice")) == 2

    def test_before_there_are_files(self, embedded):
        """An order without files yet is told with its status, as no failure."""
        embedded.project.order()
        embedded.run("reconcile")
        ran = embedded.run("download", "alice")
        assert (ran.code, ran.out) == (0, "alice has no files yet (RECEIVED).\n")

    def test_an_order_that_was_never_placed(self, embedded):
        """An order without a provider's id is told with the command that shows how it stands."""
        embedded.project.order()
        ran = embedded.run("download", "alice")
        assert (ran.code, "`reconciler status`" in ran.err) == (4, True)
