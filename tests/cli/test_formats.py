"""What code hosts and CI are given: bad manifests in every format, silence where nobody has to read, maps, progress."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from datetime import datetime
from xml.etree import ElementTree

import pytest

from reconciler.model.time import parse_instant
from reconciler.simulator import Simulator
from tests.support.project import START, eur, eventually
from tests.support.up42 import Up42Project

from .terminal import PASS_LINE, PLAN_LINE, Terminal, last_line

COMMANDS = ["validate", "plan", "reconcile", "reconcile --dry-run"]
CHEAP = {"maxPrice": eur("1.00")}


def drawn(text: str) -> list[dict]:
    """Return the features of the map in a comment."""
    (block,) = re.findall(r"^```geojson\n(.*?)\n```$", text, re.DOTALL | re.MULTILINE)
    return json.loads(block)["features"]


def said(text: str) -> list[dict]:
    """Return the objects that stderr is made of; each says when, what kind of event, and words."""
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        assert isinstance(parse_instant(line["at"]), datetime)
        assert line["text"]
    return lines


PLACES = {
    "text": "manifests/orders/alice.yaml:2",
    "json": "manifests/orders/alice.yaml:2",
    "markdown": "- `manifests/orders/alice.yaml:2",
    "github": "::error file=manifests/orders/alice.yaml,line=2",
    "junit": "manifests/orders/alice.yaml:2",
}


class TestBadManifests:
    @pytest.mark.parametrize("form", PLACES)
    @pytest.mark.parametrize("command", COMMANDS)
    def test_problems_in_every_format(self, embedded, command, form):
        """Every command that reads manifests names file, line, column and the nearest known field, and ends with 4."""
        embedded.project.order(suspent={"reason": "typo"})
        ran = embedded.run(*command.split(), "--format", form)
        assert ran.code == 4
        shown, other = (ran.err, ran.out) if form == "text" else (ran.out, ran.err)
        assert PLACES[form] in shown
        assert "suspend" in shown
        assert "suspend" not in other

    @pytest.mark.parametrize("command", COMMANDS)
    def test_programs_can_read_them(self, embedded, command):
        """JSON is a document that says invalid; JUnit's XML holds a failure a problem."""
        embedded.project.order(suspent={"reason": "typo"})
        document = json.loads(embedded.run(*command.split(), "--format", "json").out)
        report = ElementTree.fromstring(embedded.run(*command.split(), "--format", "junit").out)
        assert document["valid"] is False
        assert len(list(report.iter("failure"))) == len(document["problems"]) == 1


class TestJunit:
    def test_valid_manifests_are_a_case_an_order(self, embedded):
        """In the suite of their file."""
        embedded.project.order()
        (case,) = ElementTree.fromstring(embedded.run("validate", "--format", "junit").out).iter("testcase")
        assert case.attrib == {"classname": "manifests/orders/alice.yaml", "name": "alice", "time": "0"}

    @pytest.mark.parametrize("command", ["plan", "reconcile"])
    def test_orders_are_cases_of_their_account(self, embedded, command):
        """What is held has failed; what is placed has not."""
        embedded.project.order("alice")
        embedded.project.order("bob", target={"type": "Point", "coordinates": [1, 1]}, confirm=CHEAP)
        ran = embedded.run(command, "--format", "junit")
        cases = list(ElementTree.fromstring(ran.out).iter("testcase"))
        assert [(c.attrib["classname"], c.attrib["name"], len(c)) for c in cases] == [
            ("iceye-sim", "alice", 0),
            ("iceye-sim", "bob", 1),
        ]
        assert ran.code == 3


class TestQuietIfEmpty:
    QUIET = ("--format", "markdown", "--quiet-if-empty")

    @pytest.mark.parametrize("command", ["plan", "reconcile", "reconcile --dry-run"])
    def test_nothing_to_say(self, embedded, command):
        """Nothing to do and nobody waits: stdout is empty, and the exit code is the same."""
        embedded.project.order()
        embedded.run("reconcile")
        ran = embedded.run(*command.split(), *self.QUIET)
        assert (ran.code, ran.out) == (0, "")
        line = PLAN_LINE if "plan" in command or "dry" in command else PASS_LINE
        assert line.fullmatch(embedded.run(*command.split(), "--format", "markdown").out.splitlines()[0].strip("*"))

    @pytest.mark.parametrize("command", ["plan", "reconcile"])
    def test_something_to_do(self, embedded, command):
        """An action is told."""
        embedded.project.order()
        assert "| place |" in embedded.run(command, *self.QUIET).out

    @pytest.mark.parametrize("command", ["plan", "reconcile"])
    def test_somebody_waits(self, embedded, command):
        """As is what a person must decide, with the code for it."""
        embedded.project.order(confirm=CHEAP)
        ran = embedded.run(command, *self.QUIET)
        assert (ran.code, "**Waiting for a decision**" in ran.out) == (3, True)
        assert "```yaml\n# if it is worth it, commit in manifests/orders/alice.yaml:" in ran.out

    def test_a_provider_that_cannot_be_read(self, terminal):
        """Silence means that all was read."""
        terminal.project.order()
        terminal.run("reconcile")
        terminal.project.fault("status", method="GET", status=403, times=0)
        ran = terminal.run("plan", *self.QUIET)
        assert (ran.code, "**unread**" in ran.out) == (7, True)


class TestMarkdown:
    def test_the_month_so_far_stands_beside_the_plan(self, embedded):
        """What was spent by earlier passes, and what this one adds."""
        embedded.project.order("alice")
        embedded.run("reconcile")
        embedded.project.order("bob", window={"start": "2026-12-09T00:00:00Z", "end": "2026-12-11T00:00:00Z"})
        assert "| EUR 1,300.00 | EUR 1,300.00 | EUR 2,600.00 | " in embedded.run("plan", "--format", "markdown").out

    def test_a_point_that_git_moved(self, terminal):
        """Where the provider has it, and where Git wants it now."""
        terminal.project.order()
        terminal.run("reconcile")
        terminal.project.order(target={"type": "Point", "coordinates": [1.5, 2.5]})
        out = terminal.run("plan", "--format", "markdown").out
        assert "| `alice` | `pointOfInterest.lat` | 2.5 | 0.5 | spec edited |" in out
        told = [(each["properties"]["target"], each["geometry"]["coordinates"]) for each in drawn(out)]
        assert told == [("at the provider", [0.5, 0.5]), ("in Git", [1.5, 2.5])]

    def test_an_area_that_git_moved(self, tmp_path, control_client, plain_transport, monkeypatch, capsys):
        """The same for an area, with the size of both."""
        monkeypatch.chdir(tmp_path)
        with Simulator(start=START, speed=0) as simulator:
            project = Up42Project(tmp_path, simulator, control_client, transport=plain_transport)
            for name, value in project.variables.items():
                monkeypatch.setenv(name, value)
            at_up42 = Terminal(project, capsys)
            project.order()
            at_up42.run("reconcile")
            ring = [[5.0, 45.0], [5.1, 45.0], [5.1, 45.1], [5.0, 45.1], [5.0, 45.0]]
            project.order(target={"type": "Polygon", "coordinates": [ring]})
            before, after = drawn(at_up42.run("plan", "--format", "markdown").out)
        assert (before["properties"]["target"], after["properties"]["target"]) == ("at the provider", "in Git")
        assert before["properties"]["area_km2"] != after["properties"]["area_km2"] == pytest.approx(87.4, abs=0.5)
        assert before["geometry"]["coordinates"] != after["geometry"]["coordinates"] == [ring]

    def test_a_term_that_is_no_place(self, terminal):
        """Draws nothing."""
        terminal.project.order()
        terminal.run("reconcile")
        terminal.project.order(window={"start": "2026-12-09T00:00:00Z", "end": "2026-12-11T00:00:00Z"})
        out = terminal.run("plan", "--format", "markdown").out
        assert "spec edited" in out
        assert "geojson" not in out


class TestProgressAsJson:
    def test_each_line_is_an_object(self, terminal):
        """From whichever thread it comes, with when, what and words; the result on stdout is the same."""
        terminal.project.order()
        ran = terminal.run("plan", "--progress", "json")
        assert [(line["event"], line["text"]) for line in said(ran.err)] == [
            ("progress", "reading manifests"),
            ("progress", "listing orders of iceye-sim"),
            ("progress", "asking iceye-sim for 1 price"),
        ]
        assert ran.out == terminal.run("plan").out

    def test_text_comes_back(self, terminal):
        """The choice is that of one command."""
        terminal.project.order()
        terminal.run("plan", "--progress", "json")
        assert terminal.run("history", "nobody").err.startswith("error: ")

    def test_by_its_variable(self, terminal, monkeypatch):
        """As every other option."""
        terminal.project.order()
        monkeypatch.setenv("RECONCILER_PROGRESS", "json")
        assert {line["event"] for line in said(terminal.run("reconcile").err)} == {"progress"}

    def test_a_terminal_gets_it_too(self, terminal):
        """Whoever asks for objects is shown no moving line."""
        terminal.project.order()
        ours, theirs = pty.openpty()
        terminal.project.fault("delay", method="GET", seconds=1.5)
        with os.fdopen(ours, "rb") as read, os.fdopen(theirs, "wb") as write:
            done = subprocess.run(
                [sys.executable, "-m", "reconciler", "plan", "--progress", "json"],
                cwd=terminal.project.root,
                env=terminal.project.process_variables({"TERM": "xterm-256color"}),
                stdout=subprocess.DEVNULL,
                stderr=write,
                timeout=60,
                check=False,
            )
            shown = os.read(read.fileno(), 65_536).decode()
        assert done.returncode == 0
        assert {line["event"] for line in said(shown)} == {"progress"}

    def test_problems_have_their_place(self, embedded):
        """Each by itself, with the code that the command leaves with."""
        path = embedded.project.order(suspent={"reason": "typo"})
        *_, problem = said(embedded.run("plan", "--progress", "json").err)
        assert problem["event"] == "problem"
        assert (problem["file"], problem["code"]) == ("manifests/orders/alice.yaml", 4)
        line = path.read_text(encoding="utf-8").splitlines()[problem["line"] - 1]
        assert line[problem["column"] - 1 :].startswith("suspent")

    @pytest.mark.parametrize(
        ("arguments", "code"), [(["reconcile", "--plan", "missing"], 4), (["plan", "--quiet-if-empty"], 64)], ids=str
    )
    def test_errors_have_their_code(self, embedded, arguments, code):
        """An error that stops a command is an event, too."""
        ran = embedded.run(*arguments, "--progress", "json")
        *_, error = said(ran.err)
        assert (ran.code, error["event"], error["code"]) == (code, "error", code)

    def test_what_steers_a_terminal_is_escaped(self, embedded):
        """And a line stays a line."""
        strange = "else\x1b[31m\x7fwhere\n\u2028x"
        ran = embedded.run("plan", strange, "--progress", "json")
        assert ran.err.isascii()
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", ran.err)
        assert said(ran.err)[0]["text"] == f"reading {strange}"

    def test_a_signal_is_an_event(self, terminal):
        """Who stops a run is told what is waited for."""
        terminal.project.order()
        terminal.project.fault("delay", method="GET", seconds=1)
        with terminal.running("reconcile", "--progress", "json") as process:
            eventually(lambda: terminal.project.sim("GET", "/faults")[0]["fired"] == 1)
            process.terminate()
            _, err = process.communicate(timeout=60)
        assert [line["event"] for line in said(err) if line["text"].startswith("SIGTERM")] == ["notice"]


def test_the_last_line_of_annotations_is_fixed(embedded):
    """In a log of CI, too, `tail -1` finds it."""
    embedded.project.order()
    assert PASS_LINE.fullmatch(last_line(embedded.run("reconcile", "--format", "github").out))
