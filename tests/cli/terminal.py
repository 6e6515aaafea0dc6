"""A person's terminal: a folder of manifests, the command typed in it, and what came back."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from reconciler.cli.app import run
from reconciler.simulator import Simulator
from tests.support.project import ACCOUNT, CONTRACT, START, Project, Ran, at, eventually

PLAN_LINE = re.compile(
    r"Plan: (refused; )?\d+ to place( \(at most [A-Z]{3} [\d,]+\.\d\d\))?, \d+ to confirm, \d+ to adopt, "
    r"\d+ to amend, \d+ to cancel, \d+ held\."
)
PASS_LINE = re.compile(
    r"Reconcile: (refused; )?\d+ placed( \([A-Z]{3} [\d,]+\.\d\d\))?, \d+ confirmed, \d+ adopted, \d+ amended, "
    r"\d+ canceled, \d+ failed, \d+ unknown, \d+ held\."
)


def last_line(text: str) -> str:
    """Return the last line of an output."""
    return text.rstrip("\n").rsplit("\n", 1)[-1]


@dataclass
class Terminal:
    """What most tests here hold: `run` types a command in this process, `project` is the folder that it is typed in."""

    project: Project
    capture: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> Ran:
        """Run the command line in this process."""
        self.capture.readouterr()
        code = run(list(arguments))
        said = self.capture.readouterr()
        return Ran(int(code), said.out, said.err)

    def command(self, *arguments: str, **variables: str) -> Ran:
        """Run the command line as a process of its own."""
        return self.project.command(*arguments, variables=variables)

    def shell(self, script: str, **variables: str) -> Ran:
        """Run a shell script with the command as `$reconciler`, its exit code that of the command's own."""
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.project.root,
            env=self.project.process_variables({"reconciler": f"{sys.executable} -m reconciler", **variables}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def embed(self) -> None:
        """Let the account be served by the simulator that is part of the program."""
        self.project.account(
            endpoint="simulator", iceye={"contractID": CONTRACT}, simulator={"start": at(0), "speed": 1}
        )

    @contextmanager
    def scenario(self) -> Iterator[Project]:
        """Open the embedded simulator's world between two runs, for its control API."""
        project, before = self.project, self.project.simulator
        data = project.state.with_name(f"simulator-{ACCOUNT}.db")
        with Simulator(data=data, start=START, speed=1, contracts=(CONTRACT,)) as simulator:
            project.simulator = simulator
            try:
                yield project
            finally:
                project.simulator = before

    def placed(self) -> str:
        """Return the provider's id of the one order in the embedded simulator's world."""
        with self.scenario() as scenario:
            (order,) = scenario.orders()
        return str(order["id"])

    @contextmanager
    def running(self, *arguments: str, module: str = "reconciler") -> Iterator[subprocess.Popen[str]]:
        """Start a process; what is left of it at the end is killed, and its pipes are closed."""
        process = self.project.start(*arguments, module=module)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            process.communicate()

    @contextmanager
    def lock_held(self) -> Iterator[subprocess.Popen[str]]:
        """Let another process hold the state: a reconcile whose listing takes for ever."""
        project = self.project
        project.fault("delay", method="GET", seconds=60)
        with self.running("reconcile", "manifests") as holder:
            eventually(lambda: project.sim("GET", "/faults")[0]["fired"] == 1)
            yield holder
        project.clear_faults()
