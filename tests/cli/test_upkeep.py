"""The commands beside a pass: schema, simulator, state file."""

from __future__ import annotations

import json
import re
import signal

import httpx
import pytest

from tests.support.project import CONTRACT, eventually


def walk(node, path=""):
    """Yield every part of a JSON document with its path."""
    yield path, node
    if isinstance(node, dict):
        for name, value in node.items():
            yield from walk(value, f"{path}/{name}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from walk(value, f"{path}/{number}")


class TestSchema:
    @pytest.mark.parametrize("kind", [None, "Project", "Account", "TaskingOrder"])
    def test_is_a_schema_whose_fields_are_all_explained(self, terminal, kind):
        """Each kind, and all of them: a JSON Schema whose references exist and whose every property has a text."""
        ran = terminal.run("schema", *([kind] if kind else []))
        assert ran.code == 0
        schema = json.loads(ran.out)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        parts = dict(walk(schema))
        properties = 0
        for path, part in parts.items():
            if path.endswith("/$ref"):
                assert part.removeprefix("#") in parts, f"{path} refers to {part}"
            if path.endswith("/properties") and not re.search("/GeoJson|/target/", path):  # RFC 7946's own words
                for name, field in part.items():
                    properties += 1
                    assert "description" in field or "const" in field or "$ref" in field, f"{path}/{name}"
        assert properties > 5

    def test_a_kind_that_does_not_exist(self, terminal):
        """A wrong kind is told with the right ones."""
        ran = terminal.run("schema", "Order")
        assert (ran.code, "'TaskingOrder'" in ran.err) == (64, True)


class TestSimulate:
    def test_serves_until_terminated(self, terminal):
        """It prints its addresses, answers on them, and SIGTERM ends it in order."""
        with terminal.running("simulate", "--start", "2026-12-01T00:00:00Z", "--speed", "0") as process:
            said = [process.stdout.readline() for _ in range(7)]
            names = ["ICEYE", "token", "control", "UP42", "login", "Vantor", "token"]
            assert [line.split(":")[0] for line in said] == names
            control = said[2].split(maxsplit=1)[1].strip()
            with httpx.Client(trust_env=False) as client:
                assert client.get(control).json() == []
                clock = client.get(control.replace("orders", "clock")).json()
                assert clock["now"].startswith("2026-12-01T00:00:00")
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
            assert process.stderr.read() == ""

    def test_keeps_its_orders_in_a_file(self, terminal):
        """--data keeps the world for the next start, and --contract names what exists there."""
        data = terminal.project.root / "world.db"
        with terminal.running("simulate", "--data", str(data), "--contract", CONTRACT) as process:
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
        assert data.stat().st_size > 0

    @pytest.mark.parametrize(
        ("arguments", "code", "told"),
        [
            (["--start", "yesterday"], 64, "not a timestamp"),
            (["--start", "2026-12-01T00:00:00"], 64, "not a timestamp"),
            (["--port", "99999"], 64, "--port"),
            (["--speed", "-1"], 64, "--speed"),
            (["--contract", "mine"], 64, "--contract"),
            (["--data", "manifests"], 64, "--data"),
            (["--data", "manifests/project.yaml"], 4, "cannot keep the simulated world"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_wrong_usage(self, terminal, arguments, code, told):
        """What it cannot serve is told in a line."""
        ran = terminal.run("simulate", *arguments)
        assert ran.code == code
        assert told in ran.err

    def test_a_port_that_is_taken(self, terminal):
        """A taken port is told as one."""
        port = terminal.project.simulator.url.rsplit(":", 1)[1]
        ran = terminal.run("simulate", "--port", port)
        assert (ran.code, ran.err) == (
            4,
            f"error: the simulator cannot listen on port {port}: Address already in use\n",
        )


class TestState:
    def test_export(self, embedded):
        """Records and journal as one document."""
        embedded.project.order()
        embedded.run("reconcile")
        document = json.loads(embedded.run("state", "export").out)
        assert [record["key"] for record in document["records"]] == ["alice"]
        assert [entry["event"]["kind"] for entry in document["journal"]] == ["intent", "outcome"]

    def test_verify(self, embedded):
        """A sound file is told with what it holds."""
        embedded.project.order()
        embedded.run("reconcile")
        ran = embedded.run("state", "verify")
        assert ran.code == 0
        assert ran.out.startswith("Sound: 1 records, 2 journal entries in ")

    def test_verify_of_a_damaged_file(self, embedded):
        """A damaged file is told with what to do."""
        embedded.project.order()
        embedded.run("reconcile")
        with embedded.project.state.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 8192)
        ran = embedded.run("state", "verify")
        assert (ran.code, "is damaged" in ran.err) == (1, True)
        assert "nothing is placed twice" in ran.err

    def test_backup(self, embedded):
        """A backup is a whole state file; it never replaces a file."""
        embedded.project.order()
        embedded.run("reconcile")
        assert embedded.run("state", "backup", "copies/one.db").code == 0
        assert "alice" in embedded.run("status", "--state", "copies/one.db").out
        again = embedded.run("state", "backup", "copies/one.db")
        assert (again.code, "exists already" in again.err) == (1, True)

    @pytest.mark.parametrize("command", [["verify"], ["backup", "copy.db"]], ids=" ".join)
    def test_before_there_is_one(self, embedded, command):
        """A state file that is not there is told as such."""
        ran = embedded.run("state", *command)
        assert (ran.code, "the first reconcile makes it" in ran.err) == (4, True)


def test_a_backup_beside_a_run_is_whole(terminal):
    """A snapshot that is taken while a run is at work is a sound file."""
    project = terminal.project
    project.order()
    terminal.run("reconcile")
    project.order("bob", window={"start": "2026-12-09T00:00:00Z", "end": "2026-12-11T00:00:00Z"})
    project.fault("delay", seconds=60)
    with terminal.running("reconcile", "manifests"):
        eventually(lambda: any(event.key == "bob" for event in project.journal()))
        assert terminal.run("state", "backup", "copy.db").code == 0
    project.clear_faults()
    assert "Sound: 2 records, 3 journal entries" in terminal.run("state", "verify", "--state", "copy.db").out
