"""Every exit code of the README's table, each from a situation that really ends so."""

from __future__ import annotations

import json
import re
import signal
import sys
from pathlib import Path

import pytest

from reconciler.cli.exit_codes import Exit
from tests.support.project import eur, eventually, window

from .terminal import PASS_LINE, PLAN_LINE, last_line

LATER = window(9, 11)


class TestDone:
    def test_0_in_sync(self, embedded):
        """Placing ends with 0, and so does every pass that finds it so."""
        embedded.project.order()
        assert [embedded.run("reconcile").code for _ in range(2)] == [Exit.OK, Exit.OK]
        assert embedded.run("plan").code == Exit.OK

    def test_2_where_changes_are_pending_or_made(self, embedded):
        """With --detailed-exitcode a plan with changes and a reconcile that makes them end with 2, else with 0."""
        embedded.project.order()
        assert embedded.run("plan", "--detailed-exitcode").code == Exit.CHANGES
        assert embedded.run("reconcile", "--dry-run", "--detailed-exitcode").code == Exit.CHANGES
        assert embedded.run("reconcile", "--detailed-exitcode").code == Exit.CHANGES
        assert embedded.run("reconcile", "--detailed-exitcode").code == Exit.OK
        assert embedded.run("plan", "--detailed-exitcode").code == Exit.OK


class TestFailed:
    def test_1_refused_by_the_provider(self, terminal):
        """A refusal fails the pass, says whose words it shows, and that nothing was ordered."""
        terminal.project.order()
        terminal.project.fault("status", status=422, body={"code": "ERR_NO", "message": "no satellite is free"})
        ran = terminal.run("reconcile")
        assert ran.code == Exit.FAILED
        assert "ICEYE refused: no satellite is free (ERR_NO, HTTP 422)" in ran.out
        assert "1 failed" in last_line(ran.out)

    def test_a_failure_outranks_what_is_held(self, terminal):
        """Of several codes the most urgent is told."""
        terminal.project.order("alice")
        terminal.project.order("bob", window=LATER, confirm={"maxPrice": eur("1.00")})
        terminal.project.fault("status", status=422, body={"code": "A", "message": "b"})
        assert terminal.run("reconcile", "--detailed-exitcode").code == Exit.FAILED


class TestDecide:
    def test_3_held_by_its_ceiling(self, embedded):
        """A price above the ceiling waits for a person; nothing is ordered."""
        embedded.project.order(confirm={"maxPrice": eur("1299.99")})
        for command in ("plan", "reconcile"):
            ran = embedded.run(command)
            assert (ran.code, " 1 held." in last_line(ran.out)) == (Exit.DECIDE, True)
        with embedded.scenario() as scenario:
            assert scenario.orders() == []

    def test_3_unknown_and_unresolved(self, terminal):
        """A lost answer ends with 3, and so does the pass that does not find the order."""
        terminal.project.order()
        terminal.project.fault("drop-before")
        assert [terminal.run("reconcile").code for _ in range(2)] == [Exit.DECIDE, Exit.DECIDE]
        assert terminal.project.creates() == 1

    def test_3_duplicate(self, terminal):
        """Two orders of one reference wait for a person."""
        terminal.project.order()
        for _ in range(2):
            terminal.project.place_by_hand(f"by hand {terminal.project.reference()}")
        ran = terminal.run("reconcile")
        assert (ran.code, "duplicate" in ran.out) == (Exit.DECIDE, True)
        assert terminal.project.creates() == 2

    def test_3_missing(self, terminal):
        """An order that its provider does not know any more waits for a person; it is not ordered again."""
        terminal.project.account(limits={"settle": "1m"}, simulator={"speed": 1e6})
        terminal.project.order()
        terminal.run("reconcile")
        terminal.project.edit(terminal.project.orders()[0]["id"], delete=True)
        terminal.project.advance("2h")
        ran = terminal.run("reconcile")
        assert (ran.code, "missing" in ran.out) == (Exit.DECIDE, True)
        assert terminal.project.creates() == 1

    def test_3_drifted(self, terminal):
        """Terms edited in Git after placing wait for a person, who is told how to order again."""
        terminal.project.order()
        terminal.run("reconcile")
        terminal.project.order(window=window(6, 8))
        ran = terminal.run("reconcile")
        assert (ran.code, "drifted" in ran.out, "attempt: 2" in ran.out) == (Exit.DECIDE, True, True)


class TestInvalid:
    def test_4_bad_manifest(self, embedded):
        """A manifest that is wrong stops every command that reads it, before anything is sent."""
        embedded.project.order(target=None)
        for command in (["validate"], ["plan"], ["reconcile"], ["status", "--refresh"]):
            ran = embedded.run(*command)
            assert ran.code == Exit.INVALID
            assert ran.out == ""
            assert re.search(r"^manifests/orders/alice\.yaml:\d+:\d+: .*target", ran.err, re.MULTILINE)
            assert last_line(ran.err) == "1 problem; nothing was sent."

    def test_4_missing_secret(self, terminal, monkeypatch):
        """A credential that is not in the environment is named, and nothing was sent."""
        monkeypatch.delenv("SIM_CLIENT_SECRET")
        terminal.project.order()
        ran = terminal.run("reconcile")
        assert (ran.code, "environment variable SIM_CLIENT_SECRET is not set" in ran.err) == (Exit.INVALID, True)
        assert terminal.project.requests() == {}

    @pytest.mark.parametrize("content", [None, b"", b"two\nlines\n", b"\xff\xfe"])
    def test_4_unusable_secret_file(self, terminal, content):
        """A credential file that is missing, empty, of several lines or no text is told with its account."""
        secret = terminal.project.root / "secret"
        if content is not None:
            secret.write_bytes(content)
        named = {"env": "SIM_CLIENT_ID"}
        terminal.project.account(
            iceye={
                "contractID": "7d4c1f0e-6a53-4c0b-9f6e-2f1f3f5a9b11",
                "tokenUrl": {"env": "SIM_TOKEN_URL"},
                "clientId": named,
                "clientSecret": {"file": str(secret)},
            }
        )
        ran = terminal.run("plan")
        assert (ran.code, "account iceye-sim" in ran.err) == (Exit.INVALID, True)
        assert "two" not in ran.err


class TestRefused:
    def test_5_above_the_policy_of_an_order(self, embedded):
        """What the policy forbids is refused, whatever the order's own ceiling; the remedy names the policy's file."""
        embedded.project.policy(perOrder=[eur("100.00")])
        embedded.project.order()
        ran = embedded.run("reconcile")
        assert ran.code == Exit.REFUSED
        assert "above the policy's EUR 100.00 per order" in ran.out
        assert "commit in manifests/project.yaml" in ran.out

    @pytest.mark.parametrize(
        ("policy", "told"),
        [
            ({"newOrdersPerPass": 1}, "2 new orders in one pass; the policy allows 1"),
            ({"perPass": [eur("2000.00")]}, "this plan commits EUR 2,600.00; the policy's perPass allows EUR 2,000.00"),
            ({"perMonth": [eur("2000.00")]}, "the policy's perMonth allows EUR 2,000.00"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_5_a_plan_that_is_too_large(self, embedded, policy, told):
        """A plan above a ceiling of the whole folder spends nothing at all."""
        embedded.project.policy(**policy)
        embedded.project.order("alice")
        embedded.project.order("bob", window=LATER)
        plan, ran = embedded.run("plan"), embedded.run("reconcile")
        assert (plan.code, ran.code) == (Exit.REFUSED, Exit.REFUSED)
        assert told in plan.out
        assert told in ran.out
        assert last_line(plan.out).startswith("Plan: refused; 2 to place ")
        assert last_line(ran.out).startswith("Reconcile: refused; 0 placed, ")
        assert PLAN_LINE.fullmatch(last_line(plan.out))
        assert PASS_LINE.fullmatch(last_line(ran.out))
        with embedded.scenario() as scenario:
            assert scenario.orders() == []

    def test_5_an_empty_folder_while_orders_are_live(self, embedded):
        """When all orders vanish from Git at once, that is refused and not obeyed."""
        embedded.project.order(lifecycle={"onDelete": "cancel"})
        embedded.run("reconcile")
        embedded.project.remove()
        ran = embedded.run("reconcile")
        assert (ran.code, "allowEmpty: true" in ran.out) == (Exit.REFUSED, True)
        with embedded.scenario() as scenario:
            assert [order["status"] for order in scenario.orders()] == ["RECEIVED"]


class TestLocked:
    def test_6_names_the_run_that_holds_the_state(self, terminal):
        """A second run ends with 6 and names process and command of the first; reading goes on meanwhile."""
        project = terminal.project
        project.order()
        with terminal.lock_held() as holder:
            for command in (["reconcile"], ["reconcile", "--lock-timeout", "0.1"], ["status", "--refresh"]):
                ran = terminal.run(*command)
                assert ran.code == Exit.LOCKED
                assert f"process {holder.pid} on " in ran.err
                assert "reconcile manifests`" in ran.err
            for command in (["resolve", "alice", "--adopt", "x"], ["forget", "alice"]):
                assert terminal.run(*command).code == Exit.LOCKED
            assert terminal.run("status").code == Exit.OK
            assert terminal.run("plan").code == Exit.OK

    def test_6_of_two_runs_at_once_one_works(self, terminal):
        """The second leaves with 6 while the first is at work, which then ends with 0; together they order once."""
        terminal.project.order()
        terminal.project.fault("delay", method="GET", seconds=2)
        with terminal.running("reconcile", "manifests") as first:
            eventually(lambda: terminal.project.sim("GET", "/faults")[0]["fired"] == 1)
            second = terminal.run("reconcile", "manifests")
            assert (second.code, f"process {first.pid} on " in second.err) == (Exit.LOCKED, True)
            assert first.wait(20) == Exit.OK
        assert terminal.project.creates() == 1

    def test_the_lock_goes_with_its_process(self, terminal):
        """A run that was killed leaves no lock behind; --lock-timeout waits for the end of one that is at work."""
        terminal.project.order()
        with terminal.lock_held() as holder:
            holder.send_signal(signal.SIGKILL)
        ran = terminal.run("reconcile", "--lock-timeout", "20")
        assert ran.code == Exit.OK
        assert terminal.project.creates() == 1


class TestUnread:
    def test_7_a_listing_that_fails(self, terminal):
        """A provider that cannot be read completely, here in another process, ends with 7; nothing is concluded."""
        with terminal.running("simulate", "--start", "2026-12-01T00:00:00Z", "--contract", _CONTRACT) as simulator:
            endpoint, token, control = (simulator.stdout.readline().split()[1] for _ in range(3))
            terminal.project.account(
                endpoint=endpoint,
                iceye={
                    "contractID": _CONTRACT,
                    "tokenUrl": {"env": "OTHER_TOKEN_URL"},
                    "clientId": {"env": "SIM_CLIENT_ID"},
                    "clientSecret": {"env": "SIM_CLIENT_SECRET"},
                },
            )
            terminal.project.order()
            sim = control.removesuffix("/orders")
            fault = {"kind": "status", "status": 403, "method": "GET", "path": "/tasking/v2/tasks", "times": 0}
            terminal.project.http.post(f"{sim}/faults", json=fault).raise_for_status()
            for command in (["plan"], ["reconcile"], ["status", "--refresh"]):
                ran = terminal.command(*command, OTHER_TOKEN_URL=token)
                assert ran.code == Exit.UNREAD, ran
            asked = terminal.project.http.get(f"{sim}/requests").json()
            assert not [name for name in asked if name.startswith("POST") and "token" not in name]

    def test_7_what_could_not_be_read_is_said(self, terminal):
        """The finding says that nothing was concluded."""
        terminal.project.order()
        terminal.project.fault("status", method="GET", status=403, times=0)
        ran = terminal.run("reconcile")
        assert (ran.code, "unread" in ran.out) == (Exit.UNREAD, True)
        assert "no conclusion was drawn and nothing was sent" in ran.out
        assert terminal.project.creates() == 0

    def test_7_a_decision_that_could_not_look(self, terminal):
        """A person cannot book an order away while its provider cannot be read."""
        terminal.project.order()
        terminal.project.fault("drop-before")
        terminal.run("reconcile")
        terminal.project.fault("status", method="GET", status=403, times=0)
        ran = terminal.run("resolve", "alice", "--not-created", "--reason", "x")
        assert (ran.code, "Nothing was decided" in ran.err) == (Exit.UNREAD, True)


class TestStale:
    def test_8_an_approved_plan_whose_price_rose(self, terminal):
        """What was approved is not what would be done by now: nothing is sent, though the new price is affordable."""
        terminal.project.order()
        terminal.run("plan", "--out", "plan.json")
        price = "/iceye/api/tasking/v2/price"
        terminal.project.fault("mutate", method="GET", path=price, patch={"amount": 131_000}, times=0)
        ran = terminal.run("reconcile", "--plan", "plan.json")
        assert (ran.code, "nothing was sent" in ran.err) == (Exit.STALE, True)
        assert terminal.project.writes() == {}


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["--bogus"],
            ["bogus"],
            ["plan", "--bogus"],
            ["plan", "one", "two"],
            ["plan", "--format", "yaml"],
            ["plan", "--format"],
            ["plan", "--lock-timeout", "1"],
            ["plan", "--quiet-if-empty"],
            ["reconcile", "--quiet-if-empty", "--format", "json"],
            ["plan", "--progress", "loud"],
            ["status", "--format", "markdown"],
            ["reconcile", "--lock-timeout", "soon"],
            ["reconcile", "--lock-timeout", "-1"],
            ["plan", "--state", "."],
            ["history"],
            ["forget", "--attempt", "first", "alice"],
            ["download"],
            ["schema", "Order"],
            ["state"],
            ["state", "bogus"],
            ["state", "backup"],
        ],
        ids=" ".join,
    )
    def test_64(self, terminal, arguments):
        """Wrong usage ends with 64 and says where help is; a person is never shown Python's words."""
        ran = terminal.run(*arguments)
        assert (ran.code, ran.out) == (Exit.USAGE, "")
        assert last_line(ran.err) == "`reconciler --help` and `reconciler COMMAND --help` tell what there is."
        assert "Value error" not in ran.err


_CONTRACT = "0a8f5c52-1f0e-4f6e-8f0f-2f8f6f1a7b22"
_BROKEN = """
import sys
import reconciler.render.text as leaf

def broken(instant):
    canary = "canary-of-a-value"
    raise KeyError(canary)

leaf.seconds_text = broken
sys.argv = ["reconciler", "plan"]
from reconciler.cli import main
main()
"""


class TestBug:
    def test_70_is_three_lines_and_a_private_log_without_values(self, embedded):
        """A bug of ours ends with 70: no traceback, no value, and a log of code lines that only its owner can read."""
        embedded.project.order()
        temporary = embedded.project.root / "temporary"
        temporary.mkdir()
        (embedded.project.root / "broken.py").write_text(_BROKEN, encoding="utf-8")
        ran = embedded.shell(f"{sys.executable} broken.py", TMPDIR=str(temporary))
        assert ran.code == Exit.BUG
        assert ran.out == ""
        assert "Traceback" not in ran.err
        assert "canary" not in ran.err
        assert "bug: KeyError where none should be." in ran.err
        (log,) = temporary.glob("reconciler-bug-*.log")
        assert str(log) in ran.err
        assert log.stat().st_mode & 0o077 == 0
        text = log.read_text(encoding="utf-8")
        assert "canary-of-a-value" not in text
        assert "render/text.py" in text.replace("\\", "/")
        assert "KeyError" in text


def test_every_code_has_a_situation_that_ends_so():
    """Each code is in the name of a test of this room, and no test is named after a code that there is not."""
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    assert {int(code) for text in texts for code in re.findall(r"def test_(\d+)(?:_|\()", text)} == set(Exit)


def test_codes_and_their_meanings_agree_in_every_format(embedded):
    """The format changes the words, never the code."""
    embedded.project.order(confirm={"maxPrice": eur("1.00")})
    codes = {
        form: embedded.run("plan", "--format", form).code for form in ("text", "json", "markdown", "github", "junit")
    }
    assert set(codes.values()) == {Exit.DECIDE}
    assert json.loads(embedded.run("plan", "--format", "json").out)["plan"]["findings"][0]["kind"] == "held"
