"""What a folder of manifests goes through, typed as a person types it: validate, plan, reconcile, status."""

from __future__ import annotations

import json
import re

import pytest

from reconciler import __version__
from tests.support.project import CREATE, eur, window

from .terminal import PASS_LINE, PLAN_LINE, last_line

COMMANDS = [
    "validate",
    "plan",
    "reconcile",
    "status",
    "history",
    "resolve",
    "forget",
    "download",
    "products",
    "schema",
    "simulate",
]
STATE_COMMANDS = ["export", "verify", "backup"]
LATER = window(9, 11)


class TestFirstWords:
    def test_version(self, terminal):
        """The version is one line, with or without the shortcut that imports nothing."""
        shown = f"tasking-reconciler {__version__}\n"
        assert terminal.run("--version").out == shown
        assert terminal.command("--version").out == shown

    def test_without_arguments_the_help_is_shown(self, terminal):
        """Who types nothing sees what there is."""
        ran = terminal.run()
        assert ran.code == 0
        assert all(command in ran.out for command in COMMANDS)

    @pytest.mark.parametrize(
        "command", [[c] for c in COMMANDS] + [["state"]] + [["state", c] for c in STATE_COMMANDS], ids=" ".join
    )
    def test_every_command_explains_itself(self, terminal, command):
        """--help and -h print a usage line, an explanation, and what each option is for."""
        ran = terminal.run(*command, "--help")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith(f"Usage: reconciler {' '.join(command)} ")
        assert terminal.run(*command, "-h").out == ran.out

    def test_the_list_of_commands_is_not_cut_off(self, terminal):
        """What each command is for fits its line."""
        assert "..." not in terminal.run("--help").out.split("Commands:")[1]
        assert "..." not in terminal.run("state", "--help").out.split("Commands:")[1]


class TestValidate:
    def test_valid(self, embedded):
        """A valid folder is told in one line."""
        embedded.project.order()
        assert embedded.run("validate").out == "Valid: 1 order, 1 account in manifests.\n"

    def test_valid_as_json(self, embedded):
        """A valid folder as JSON."""
        embedded.project.order()
        document = json.loads(embedded.run("validate", "--format", "json").out)
        assert document == {"format": 2, "valid": True, "orders": 1, "accounts": 1, "problems": [], "warnings": []}

    def test_one_file_is_enough(self, embedded):
        """A single file is judged as a folder of one: here the Project is missing."""
        path = embedded.project.order()
        ran = embedded.run("validate", str(path))
        assert (ran.code, "Project" in ran.err) == (4, True)


class TestPlan:
    def test_shows_what_would_happen_and_does_nothing(self, embedded):
        """A plan names action, price, ceiling and place, writes no state and orders nothing."""
        embedded.project.order()
        ran = embedded.run("plan")
        assert ran.code == 0
        assert re.search(
            r"^  \+ place     alice: EUR 1,300\.00 \(ceiling EUR 3,000\.00\)  manifests/orders/alice\.yaml:\d+:\d+$",
            ran.out,
            re.MULTILINE,
        )
        assert (
            last_line(ran.out)
            == "Plan: 1 to place (at most EUR 1,300.00), 0 to confirm, 0 to adopt, 0 to amend, 0 to cancel, 0 held."
        )
        assert not embedded.project.state.exists()
        with embedded.scenario() as scenario:
            assert (scenario.orders(), scenario.writes()) == ([], {})

    def test_as_json(self, embedded):
        """The document holds the plan and the fixed line."""
        embedded.project.order()
        document = json.loads(embedded.run("plan", "--format", "json").out)
        assert PLAN_LINE.fullmatch(document["summary"])
        assert [(a["kind"], a["key"]) for a in document["plan"]["actions"]] == [("place", "alice")]

    def test_as_markdown(self, embedded):
        """The document for a review begins with the fixed line."""
        embedded.project.order()
        lines = embedded.run("plan", "--format", "markdown").out.splitlines()
        assert PLAN_LINE.fullmatch(lines[0].strip("*"))
        (row,) = [line for line in lines if line.startswith("| place ")]
        order = r"`alice` `manifests/orders/alice\.yaml:\d+` \| at iceye-sim, .*"
        assert re.fullmatch(rf"\| place \| {order} \| EUR 1,300\.00 \| EUR 3,000\.00 \|", row)

    def test_as_annotations(self, embedded):
        """Annotations stand on the order's own line, and end with the fixed line."""
        embedded.project.order()
        out = embedded.run("plan", "--format", "github").out
        assert re.match(r"::notice file=manifests/orders/alice\.yaml,line=\d+,col=\d+::place alice: EUR 1,300\.00", out)
        assert PLAN_LINE.fullmatch(last_line(out))


class TestReconcile:
    def test_places_once_and_then_changes_nothing(self, embedded):
        """The first reconcile orders; the second sends nothing but reads, and says so."""
        embedded.project.order()
        first = embedded.run("reconcile")
        assert (first.code, PASS_LINE.fullmatch(last_line(first.out)) is not None) == (0, True)
        assert last_line(first.out).startswith("Reconcile: 1 placed (EUR 1,300.00), ")
        with embedded.scenario() as scenario:
            assert scenario.writes() == {CREATE: 1}
            scenario.zero()
        second = embedded.run("reconcile")
        assert second.code == 0
        assert (
            last_line(second.out) == "Reconcile: 0 placed, 0 confirmed, 0 adopted, 0 amended, 0 canceled, "
            "0 failed, 0 unknown, 0 held."
        )
        assert "    in sync   alice: placed (RECEIVED)" in second.out
        with embedded.scenario() as scenario:
            assert scenario.writes() == {}

    def test_dry_run_is_plan(self, embedded):
        """--dry-run prints a plan, writes no state and orders nothing."""
        embedded.project.order()
        ran = embedded.run("reconcile", "--dry-run")
        assert PLAN_LINE.fullmatch(last_line(ran.out))
        assert not embedded.project.state.exists()
        with embedded.scenario() as scenario:
            assert scenario.writes() == {}

    @pytest.mark.parametrize("form", ["json", "markdown", "github"])
    def test_every_format_tells_what_was_done(self, embedded, form):
        """Each format names the provider's order and holds the fixed line."""
        embedded.project.order()
        out = embedded.run("reconcile", "--format", form).out
        assert embedded.placed() in out
        assert PASS_LINE.search(out)

    @pytest.mark.parametrize("form", ["text", "json", "markdown", "github", "junit"])
    def test_every_format_tells_what_failed(self, terminal, form):
        """A refusal is told as a refusal, also where a reviewer or a pipeline reads it."""
        terminal.project.order()
        body = {"code": "ERR_NO", "message": "no satellite is free"}
        terminal.project.fault("status", status=422, body=body)
        ran = terminal.run("reconcile", "--format", form)
        assert ran.code == 1
        assert "no satellite is free" in ran.out
        if form == "github":
            assert ran.out.startswith("::error file=manifests/orders/alice.yaml,line=")

    def test_the_commit_is_remembered(self, embedded):
        """In a Git repository the journal names the commit that an order came from, and whether it was dirty."""
        embedded.project.order()
        git = "git -c user.name=a -c user.email=a@example.com -c init.defaultBranch=main"
        made = embedded.shell(f"{git} init -q && {git} add manifests && {git} commit -qm one && git rev-parse HEAD")
        commit = made.out.strip()
        embedded.run("reconcile")
        assert {event.commit for event in embedded.project.journal()} == {commit}
        embedded.project.order("bob", window={"start": "2026-12-09T00:00:00Z", "end": "2026-12-11T00:00:00Z"})
        embedded.run("reconcile")
        assert f"{commit[:12]}-dirty" in embedded.run("history", "bob").out


class TestStatus:
    def test_before_anything_happened(self, embedded):
        """A person who starts with `status` is told that nothing was done."""
        ran = embedded.run("status")
        assert ran.code == 0
        assert ran.out.startswith("No order has been placed yet.\n\nNo pass has been made yet; ")

    def test_after_a_pass(self, terminal):
        """The table names every order with phase, the provider's word, price and id; no network is needed for it."""
        terminal.project.order()
        terminal.run("reconcile")
        terminal.project.account(endpoint="http://127.0.0.1:9/iceye/api")
        terminal.project.zero()
        ran = terminal.run("status")
        assert (ran.code, ran.err) == (0, "")
        header, row = ran.out.splitlines()[:2]
        assert header.split() == ["ORDER", "ACCOUNT", "PHASE", "STATUS", "PRICE", "PROVIDER'S", "ORDER"]
        assert re.fullmatch(r"alice +iceye-sim +placed +RECEIVED +EUR 1,300\.00 +[0-9a-f-]{36}", row)
        assert terminal.project.requests() == {}

    def test_as_json(self, embedded):
        """The same for programs."""
        embedded.project.order()
        embedded.run("reconcile")
        document = json.loads(embedded.run("status", "--format", "json").out)
        assert document.keys() == {"format", "records", "pauses", "at", "findings", "refusals", "details"}
        assert [(r["key"], r["status"]) for r in document["records"]] == [("alice", "RECEIVED")]

    def test_what_waits_for_a_person_is_shown(self, terminal):
        """A held order is told with the lines to commit that end it."""
        terminal.project.order(confirm={"maxPrice": eur("5.00")})
        terminal.run("reconcile")
        out = terminal.run("status").out
        assert "! held      alice: costs EUR 1,300.00, above its ceiling of EUR 5.00" in out
        assert 'confirm: {maxPrice: {amount: "1300.00", currency: EUR}}' in out

    def test_refresh_shows_scene_times(self, terminal):
        """--refresh asks the providers by reads alone, and shows when an active order is to be imaged."""
        terminal.project.order()
        terminal.run("reconcile")
        terminal.project.advance("1h")
        terminal.project.zero()
        ran = terminal.run("status", "--refresh")
        assert ran.code == 0
        assert re.search(r"^  alice: imagingTime\.start 2026-12-0[67]T", ran.out, re.MULTILINE)
        assert "ACTIVE" in ran.out
        assert terminal.project.writes() == {}
        assert "imagingTime.start" in terminal.run("status").out, "remembered for those without network"

    def test_each_attempt_is_a_row(self, terminal):
        """A later attempt stands beside the canceled one, by its number; the cancellation says what it cost."""
        terminal.project.order()
        terminal.run("reconcile")
        terminal.project.order(attempt=2)
        assert re.search(
            r"^  - cancel    alice: canceled, order \S+, free$", terminal.run("reconcile").out, re.MULTILINE
        )
        terminal.run("reconcile")
        terminal.project.advance("1h")
        out = terminal.run("status", "--refresh").out
        assert re.search(r"^alice +iceye-sim +canceled +CANCELED ", out, re.MULTILINE)
        assert re.search(r"^alice \(attempt 2\) +iceye-sim +active +ACTIVE ", out, re.MULTILINE)
        assert "  alice (attempt 2): imagingTime.start " in out


class TestWaiting:
    def test_an_empty_inbox_is_one_line(self, terminal):
        """Before any pass, and where nobody is needed."""
        assert terminal.run("status", "--waiting").out.startswith("Nothing waits for a person. No pass has been made")
        terminal.project.order()
        terminal.run("reconcile")
        ran = terminal.run("status", "--waiting")
        assert (ran.code, ran.out) == (
            0,
            f"Nothing waits for a person. As of 2026-12-01T00:00:00Z; {terminal.project.state}\n",
        )

    def test_the_soonest_deadline_first(self, terminal):
        """Each with its account, since when, until when, and its remedy; what needs nobody is not there."""
        project = terminal.project
        project.order("alice", window=LATER, confirm={"maxPrice": eur("1.00")})
        project.order("bruce", confirm={"maxPrice": eur("1.00")})
        project.order("chris", window=window(8, 10))
        terminal.run("reconcile")
        project.advance("1h")
        terminal.run("reconcile")
        ran = terminal.run("status", "--waiting")
        assert ran.code == 0
        heads = [line.split(":")[0] for line in ran.out.splitlines() if line.startswith("  !")]
        assert heads == ["  ! held      bruce at iceye-sim", "  ! held      alice at iceye-sim"]
        assert re.search(r"^              since 2026-12-01T00:00:00Z; decide by 2026-12-0\S+Z$", ran.out, re.MULTILINE)
        assert ran.out.count("-> if it is worth it, commit in manifests/orders/") == 2
        assert last_line(ran.out).startswith("2 waiting. As of 2026-12-01T01:00:00Z; ")

    def test_as_json(self, terminal):
        """The same for programs, in the same order."""
        terminal.project.order("alice", window=LATER, confirm={"maxPrice": eur("1.00")})
        terminal.project.order("bruce", confirm={"maxPrice": eur("1.00")})
        terminal.run("reconcile")
        document = json.loads(terminal.run("status", "--waiting", "--format", "json").out)
        assert document.keys() == {"format", "at", "findings", "refusals"}
        assert [f["subject"]["key"] for f in document["findings"]] == ["bruce", "alice"]
        assert all(f["since"].startswith("2026-12-01T00:00:00") for f in document["findings"])

    def test_a_refused_plan_waits_too(self, terminal):
        """What the policy has refused as a whole is told with the lines that change it."""
        terminal.project.policy(newOrdersPerPass=1)
        terminal.project.order("alice")
        terminal.project.order("bruce", window=LATER)
        assert terminal.run("reconcile").code == 5
        out = terminal.run("status", "--waiting").out
        assert "  ! refused   the whole plan: 2 new orders in one pass; the policy allows 1" in out
        assert "policy: {newOrdersPerPass: 2}" in out
        assert last_line(out).startswith("1 waiting. ")


class TestSpend:
    @pytest.fixture
    def spent(self, terminal):
        """A terminal where one labelled order was placed, and one without a label whose answer was lost."""
        project = terminal.project
        project.policy(perMonth=[{"amount": "40000.00", "currency": "EUR"}])
        path = project.order()
        path.write_text(path.read_text().replace("  name: alice\n", "  name: alice\n  labels: {campaign: outback}\n"))
        terminal.run("reconcile")
        project.order("bruce", window=LATER)
        project.fault("drop-before")
        terminal.run("reconcile")
        return terminal

    def test_by_month_beside_the_ceiling(self, spent):
        """What may not be spent is shown as such and counted; the last line says since when the journal knows."""
        ran = spent.run("status", "--spend")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.splitlines() == [
            "MONTH    ORDERS  COMMITTED     CANCEL CHARGES  OF BOTH UNKNOWN  PER MONTH",
            "2026-12  2       EUR 2,600.00  -               EUR 1,300.00     EUR 2,600.00 of 40,000.00",
            "",
            "note: unknown: no clear answer came, or none yet; it counts, for it may have been spent",
            "",
            f"Known from 2026-12-01T00:00:00Z on; {spent.project.state}",
        ]

    def test_by_label_and_account(self, spent):
        """No manifest is needed for either."""
        state = str(spent.project.state)
        spent.project.remove("alice")
        labels = spent.run("status", "nowhere", "--state", state, "--spend", "--by", "label").out.splitlines()
        assert [line.split("  ")[0] for line in labels[:3]] == ["LABEL", "(none)", "campaign: outback"]
        accounts = spent.run("status", "nowhere", "--state", state, "--spend", "--by", "account").out.splitlines()
        assert re.fullmatch(r"iceye-sim +2 +EUR 2,600\.00 +- +EUR 1,300\.00", accounts[1])

    def test_as_json(self, spent):
        """The same for programs, in minor units."""
        document = json.loads(spent.run("status", "--spend", "--format", "json").out)
        assert document["sums"] == [
            {
                "group": "2026-12",
                "committed": {"minor": 260_000, "currency": "EUR"},
                "unknown": {"minor": 130_000, "currency": "EUR"},
                "charges": {"minor": 0, "currency": "EUR"},
                "orders": 2,
                "ceiling": {"minor": 4_000_000, "currency": "EUR"},
            }
        ]
        assert document["by"] == "month"
        assert document["since"].startswith("2026-12-01T00:00:00")

    def test_without_a_policy_that_can_be_read(self, spent):
        """The journal is enough for what was spent; what is missing is said."""
        (spent.project.folder / "project.yaml").unlink()
        ran = spent.run("status", "--spend")
        assert (ran.code, "EUR 2,600.00" in ran.out) == (0, True)
        assert ran.err.startswith("the policy's ceilings are not shown")

    def test_before_anything_was_spent(self, terminal):
        """An empty journal knows nothing."""
        out = terminal.run("status", "--spend").out
        assert out == f"Nothing has been committed.\n\nThe journal is empty; {terminal.project.state}\n"

    def test_the_inbox_is_another_question(self, terminal):
        """One at a time."""
        ran = terminal.run("status", "--spend", "--waiting")
        assert (ran.code, "one of --waiting and --spend" in ran.err) == (64, True)
