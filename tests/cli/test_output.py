"""Where words go, what they may hold, and what a pipeline can rely on."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from reconciler.cli.app import app
from reconciler.cli.output import show_json
from tests.support.project import CONTRACT, eur, eventually, window

from .terminal import PASS_LINE, PLAN_LINE, last_line

LATER = window(9, 11)
EVIL = "\x1b]0;title\x07\x1b[31mred\x9b2J\u202e\rPlan: 9 to place\nReconcile: 99 placed"
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def parts(command, path=()):
    """Yield every command of the program with its path of words."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from parts(below, (*path, name))


def parameters():
    """Yield every option and argument with the command that it belongs to."""
    for path, command in parts(typer.main.get_command(app)):
        for parameter in command.params:
            yield " ".join(path), parameter


class TestStreams:
    def test_results_and_progress_are_apart(self, embedded):
        """Progress goes to stderr, the result to stdout; nothing of the one is in the other."""
        embedded.project.order()
        ran = embedded.run("reconcile")
        assert ran.err.splitlines() == [
            "reading manifests",
            "listing orders of iceye-sim",
            "asking iceye-sim for 1 price",
            "place alice",
        ]
        assert ran.out.startswith("Reconciled manifests, by the providers' clock 2026-12-01T00:")
        assert not set(ran.err.splitlines()) & set(ran.out.splitlines())

    @pytest.mark.parametrize("command", ["plan", "reconcile", "status --refresh"])
    def test_the_first_words_come_before_the_work(self, embedded, command):
        """The first line says what is read: it stands before every other one of either stream."""
        embedded.project.order()
        ran = embedded.shell(f"$reconciler {command} 2>&1")
        assert ran.out.splitlines()[0] == "reading manifests"

    def test_errors_go_to_stderr(self, embedded):
        """An error leaves stdout empty, so that a pipeline never takes it for a result."""
        embedded.project.order()
        ran = embedded.run("reconcile", "--plan", "missing", "--format", "json")
        assert (ran.code, ran.out, "missing" in ran.err) == (4, "", True)

    @pytest.mark.parametrize(
        "command",
        [
            ["validate"],
            ["plan"],
            ["reconcile", "--dry-run"],
            ["reconcile"],
            ["status"],
            ["status", "--refresh"],
            ["status", "--waiting"],
            ["status", "--spend"],
            ["history", "alice"],
        ],
        ids=" ".join,
    )
    def test_json_is_one_document(self, embedded, command):
        """With --format json the whole of stdout is one JSON document."""
        embedded.project.order(iceye={"reference": "Straße 東京"})
        embedded.run("reconcile")
        ran = embedded.run(*command, "--format", "json")
        assert json.loads(ran.out) is not None

    def test_json_is_readable_in_any_language(self, embedded):
        """Text is shown as it is; where stdout cannot hold it, in plain ASCII that says the same."""
        embedded.project.order(iceye={"reference": "Straße 東京"})
        embedded.run("reconcile")
        shown = embedded.command("status", "--format", "json", PYTHONIOENCODING="utf-8").out
        plain = embedded.command("status", "--format", "json", PYTHONIOENCODING="ascii").out
        assert "Straße 東京" in shown
        assert plain.isascii()
        assert json.loads(plain) == json.loads(shown)

    @pytest.mark.parametrize("text", [EVIL, "a\x7f\x85b", "one\u2028two\u2029three", "half a pair: \ud83d"])
    def test_json_keeps_what_steers_as_escapes(self, capsys, text):
        """Nothing of it reaches the terminal or ends a line, and it reads back as it was."""
        show_json({"said": text})
        out = capsys.readouterr().out
        assert not STEERING.findall(out)
        assert len(out.splitlines()) == 3
        assert json.loads(out) == {"said": text}

    def test_the_last_lines_are_fixed(self, embedded):
        """The last line of a plan and of a reconcile has one form, whatever happened, for `tail -1` and grep."""
        embedded.project.order("alice")
        embedded.project.order("bob", window=LATER, confirm={"maxPrice": eur("1.00")})
        lines = [last_line(embedded.run(c).out) for c in ("plan", "reconcile", "plan", "reconcile")]
        assert lines == [
            "Plan: 1 to place (at most EUR 1,300.00), 0 to confirm, 0 to adopt, 0 to amend, 0 to cancel, 1 held.",
            "Reconcile: 1 placed (EUR 1,300.00), 0 confirmed, 0 adopted, 0 amended, 0 canceled, "
            "0 failed, 0 unknown, 1 held.",
            "Plan: 0 to place, 0 to confirm, 0 to adopt, 0 to amend, 0 to cancel, 1 held.",
            "Reconcile: 0 placed, 0 confirmed, 0 adopted, 0 amended, 0 canceled, 0 failed, 0 unknown, 1 held.",
        ]
        assert [bool(PLAN_LINE.fullmatch(line) or PASS_LINE.fullmatch(line)) for line in lines] == [True] * 4

    def test_a_plan_prints_the_same_twice(self, embedded):
        """But for the clock, the same plan is the same text."""
        for key in ("carol", "alice", "bob"):
            embedded.project.order(key, window=LATER, target={"type": "Point", "coordinates": [ord(key[0]) - 90, 1]})
        first, second = (embedded.run("plan").out.split("\n", 1)[1] for _ in range(2))
        assert first == second
        assert re.findall(r"^  \S place +(\w+)", first, re.MULTILINE) == ["alice", "bob", "carol"]


def on_a_terminal(terminal, *arguments, **variables):
    """Run a command whose stdout is a pseudo terminal and return what it wrote there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=terminal.project.root,
        env=terminal.project.process_variables({"TERM": "xterm-256color", **variables}),
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    written = b""
    try:
        while block := os.read(ours, 65_536):
            written += block
    except OSError:  # Linux says so when the other end is closed
        pass
    finally:
        os.close(ours)
    assert process.wait(60) == 3
    return written.decode()


class TestColor:
    @pytest.fixture
    def held(self, embedded):
        embedded.project.order(confirm={"maxPrice": eur("1.00")})
        return embedded

    def test_only_on_a_terminal(self, held):
        """A terminal gets colors, NO_COLOR and a dumb terminal take them off, and the words stay the same."""
        colored = on_a_terminal(held, "plan")
        assert "\x1b[" in colored
        plain = on_a_terminal(held, "plan", NO_COLOR="1")
        assert "\x1b" not in plain
        assert "\x1b" not in on_a_terminal(held, "plan", TERM="dumb")
        assert re.sub(r"\x1b\[[0-9;]*m", "", colored).split("\n")[2:] == plain.split("\n")[2:]

    @pytest.mark.parametrize("command", [["plan"], ["reconcile"], ["status"], ["validate"], ["--help"], ["bogus"]])
    def test_never_in_a_pipe(self, held, command):
        """Without a terminal there are none on either stream."""
        ran = held.run(*command)
        assert "\x1b" not in ran.out + ran.err


class TestForeignWords:
    def test_a_provider_s_status_word(self, terminal):
        """A status word that steers terminals is shown without its power, and cannot fake a line."""
        terminal.project.order()
        terminal.run("reconcile")
        terminal.project.edit(terminal.project.orders()[0]["id"], status=EVIL)
        for command in (["reconcile"], ["plan"], ["status", "--refresh"], ["status"], ["history", "alice"]):
            for form in ("text", "json"):
                ran = terminal.run(*command, "--format", form)
                self.safe(ran)

    @pytest.mark.parametrize("form", ["text", "json", "markdown", "github", "junit"])
    def test_a_provider_s_refusal(self, terminal, form):
        """The same for the words of a refusal, in every format, in this pass and in those that remember it."""
        terminal.project.order()
        terminal.project.fault("status", status=422, body={"code": EVIL, "message": EVIL})
        for command in ("reconcile", "plan", "reconcile"):
            self.safe(terminal.run(command, "--format", form))
        self.safe(terminal.run("status"))
        self.safe(terminal.run("history", "alice"))

    def test_a_person_s_own_words(self, terminal):
        """What is typed, or named on disk, is shown harmlessly too."""
        terminal.project.order()
        terminal.project.fault("drop-before")
        terminal.run("reconcile")
        terminal.run("resolve", "alice", "--not-created", "--reason", EVIL)
        self.safe(terminal.run("history", "alice"))
        for arguments in (["history", EVIL], ["status", EVIL], ["resolve", EVIL, "--adopt", EVIL]):
            self.safe(terminal.run(*arguments))
        typed = EVIL.replace("\n", " ")
        for arguments in ([typed], ["plan", typed], ["plan", "--format", typed], [f"--{typed}"]):
            self.safe(terminal.run(*arguments))

    def safe(self, ran):
        assert not STEERING.findall(ran.out + ran.err)
        lines = (ran.out + ran.err).splitlines()
        assert not [line for line in lines if line.startswith(("Plan: 9", "Reconcile: 99"))], lines


class TestClosedPipe:
    @pytest.mark.parametrize(
        "command", ["plan", "status", "schema", "state export", "--version", "--help", "history alice", "validate"]
    )
    def test_a_reader_who_has_seen_enough(self, embedded, command):
        """A reader who is gone before the first word causes neither a traceback nor a failure."""
        embedded.project.order()
        embedded.run("reconcile")
        ran = embedded.shell(f"(sleep 0.1; $reconciler {command}; echo code $? >&2) | true")
        assert ran.err.endswith("code 0\n")
        assert "Traceback" not in ran.err
        assert "Broken" not in ran.err

    def test_a_reconcile_goes_on_and_keeps_its_code(self, terminal):
        """Neither result nor progress needs a reader: what was asked for is done, and the exit code is the true one."""
        terminal.project.order("alice")
        terminal.project.order("bob", window=LATER, confirm={"maxPrice": eur("1.00")})
        ran = terminal.shell("$reconciler reconcile 2>&1 | head -1; exit ${PIPESTATUS[0]}")
        assert (ran.code, ran.out) == (3, "reading manifests\n")
        assert len(terminal.project.orders()) == 1
        assert not terminal.project.record("alice").unresolved


class TestEnvironment:
    def test_every_variable_is_named_after_its_option(self):
        """RECONCILER_<OPTION>, without exception; only decisions and what leaves at once have none."""
        without = set()
        for command, parameter in parameters():
            name = max(parameter.opts, key=len).lstrip("-").replace("-", "_").upper()
            if parameter.envvar is None:
                without.add((command, name))
            else:
                assert parameter.envvar == f"RECONCILER_{name}", command
        leaves = {("", "VERSION"), ("", "INSTALL_COMPLETION"), ("", "SHOW_COMPLETION")}
        decisions = {("resolve", name) for name in ("ORDER", "ADOPT", "NOT_CREATED", "REASON", "EARLY", "WITHOUT")}
        subjects = {(command, "ORDER") for command in ("history", "forget", "download")}
        decisions |= {("pause", "REASON"), ("pause", "ACCOUNT"), ("resume", "ACCOUNT")}
        subjects |= {("schema", "KIND"), ("state backup", "TARGET"), ("import", "IDS")}
        assert without == leaves | decisions | subjects

    def test_manifests_state_and_format(self, embedded, monkeypatch):
        """Where the manifests are, where the state is, and the format."""
        embedded.project.order()
        embedded.project.folder.rename(embedded.project.root / "orders-of-mine")
        monkeypatch.setenv("RECONCILER_MANIFESTS", "orders-of-mine")
        monkeypatch.setenv("RECONCILER_STATE", "elsewhere/state.db")
        monkeypatch.setenv("RECONCILER_FORMAT", "json")
        assert json.loads(embedded.run("reconcile").out)["summary"].startswith("Reconcile: 1 placed")
        assert (embedded.project.root / "elsewhere/state.db").exists()
        for command in (["status"], ["history", "alice"], ["state", "export"], ["validate"], ["plan"]):
            assert json.loads(embedded.run(*command).out)
        assert embedded.run("forget", "alice").code == 4
        assert "still states alice" in embedded.run("forget", "alice").err

    def test_an_option_outranks_its_variable(self, embedded, monkeypatch):
        """What is typed counts more than what is set."""
        monkeypatch.setenv("RECONCILER_FORMAT", "json")
        assert embedded.run("validate", "--format", "text").out.startswith("Valid: ")

    def test_flags(self, terminal, monkeypatch):
        """Flags are on with 1 or true, and off with 0 or false."""
        terminal.project.order()
        monkeypatch.setenv("RECONCILER_DETAILED_EXITCODE", "true")
        assert terminal.run("plan").code == 2
        monkeypatch.setenv("RECONCILER_DRY_RUN", "1")
        assert PLAN_LINE.fullmatch(last_line(terminal.run("reconcile").out))
        assert terminal.project.orders() == []
        monkeypatch.setenv("RECONCILER_DRY_RUN", "0")
        assert terminal.run("reconcile").code == 2
        monkeypatch.setenv("RECONCILER_REFRESH", "1")
        terminal.project.zero()
        terminal.run("status")
        assert terminal.project.requests() != {}

    def test_attempt_and_into(self, terminal, monkeypatch):
        """Which attempt, and where files go."""
        terminal.project.order()
        terminal.run("reconcile")
        terminal.project.edit(terminal.project.orders()[0]["id"], status="DONE")
        monkeypatch.setenv("RECONCILER_INTO", "elsewhere")
        assert terminal.run("download", "alice").code == 0
        assert list((terminal.project.root / "elsewhere" / "alice").iterdir())
        monkeypatch.setenv("RECONCILER_ATTEMPT", "7")
        assert terminal.run("download", "alice").code == 4

    def test_lock_timeout(self, terminal, monkeypatch):
        """How long to wait for another run."""
        terminal.project.order()
        monkeypatch.setenv("RECONCILER_LOCK_TIMEOUT", "never")
        assert terminal.run("reconcile").code == 64
        monkeypatch.setenv("RECONCILER_LOCK_TIMEOUT", "0.1")
        with terminal.lock_held():
            assert terminal.run("reconcile").code == 6

    def test_simulate(self, terminal):
        """Everything that the simulator takes."""
        root = terminal.project.root
        variables = {
            "RECONCILER_DATA": str(root / "world.db"),
            "RECONCILER_START": "2027-01-01T00:00:00Z",
            "RECONCILER_SPEED": "0",
            "RECONCILER_PORT": "0",
            "RECONCILER_CONTRACT": CONTRACT,
        }
        terminal.project.variables.update(variables)
        with terminal.running("simulate") as process:
            sim = [process.stdout.readline().split()[1] for _ in range(3)][2].removesuffix("/orders")
            clock = terminal.project.http.get(f"{sim}/clock").json()
            assert clock == {"now": "2027-01-01T00:00:00Z", "speed": 0.0, "advanced": 0.0}
            assert terminal.project.http.get(f"{sim}/iceye/contracts/{CONTRACT}").status_code == 200
            eventually(Path(root / "world.db").exists)


class TestSize:
    def test_help_stays_readable(self, terminal):
        """Help fits a terminal of 80 columns."""
        for path, _ in parts(typer.main.get_command(app)):
            lines = terminal.run(*path, "--help").out.splitlines()
            assert max(map(len, lines)) <= 80, path
