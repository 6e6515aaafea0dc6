"""What a folder of manifests goes through, typed as a person types it: validate, plan, reconcile, status."""

from __future__ import annotations

import json
import re

import pytest

from reconciler import __version__
from tests.support.project import CREATE, eur

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
        assert document == {"valid": True, "orders": 1, "accounts": 1, "problems": [], "warnings": []}

    @pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
    def test_problems_in_every_format(self, embedded, form):
        """Every format names file, line, column and the nearest known field, and ends with 4."""
        embedded.project.order(suspent={"reason": "typo"})
        ran = embedded.run("validate", "--format", form)
        assert ran.code == 4
        assert "suspend" in ran.out + ran.err
        assert (ran.out == "") == (form == "text")
        place = {
            "text": "manifests/orders/alice.yaml:2",
            "json": "manifests/orders/alice.yaml:2",
            "markdown": "- `manifests/orders/alice.yaml:2",
            "github": "::error file=manifests/orders/alice.yaml,line=2",
        }
        assert place[form] in ran.out + ran.err
        if form == "json":
            assert json.loads(ran.out)["valid"] is False

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
        with embedded.world() as world:
            assert (world.orders(), world.writes()) == ([], {})

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
        assert "| place | `alice` | EUR 1,300.00 (ceiling EUR 3,000.00) |" in lines

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
        with embedded.world() as world:
            assert world.writes() == {CREATE: 1}
            world.zero()
        second = embedded.run("reconcile")
        assert second.code == 0
        assert (
            last_line(second.out) == "Reconcile: 0 placed, 0 confirmed, 0 adopted, 0 amended, 0 canceled, "
            "0 failed, 0 unknown, 0 held."
        )
        assert "    in sync   alice: placed (RECEIVED)" in second.out
        with embedded.world() as world:
            assert world.writes() == {}

    def test_dry_run_is_plan(self, embedded):
        """--dry-run prints a plan, writes no state and orders nothing."""
        embedded.project.order()
        ran = embedded.run("reconcile", "--dry-run")
        assert PLAN_LINE.fullmatch(last_line(ran.out))
        assert not embedded.project.state.exists()
        with embedded.world() as world:
            assert world.writes() == {}

    @pytest.mark.parametrize("form", ["json", "markdown", "github"])
    def test_every_format_tells_what_was_done(self, embedded, form):
        """Each format names the provider's order and holds the fixed line."""
        embedded.project.order()
        out = embedded.run("reconcile", "--format", form).out
        assert embedded.placed() in out
        assert PASS_LINE.search(out)

    @pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
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
        assert document.keys() == {"records", "findings", "details"}
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
