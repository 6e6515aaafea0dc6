"""Two pull requests, merged: `python examples/pull-request-story/story.py`, at the simulator, in a folder of its own.

Each command is typed in this process because that is quicker. Between the second plan and its merge the simulated
provider raises its price, over the control API that `reconciler simulate` serves too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from reconciler.cli.app import run as typed
from reconciler.simulator import Simulator

HERE = Path(__file__).resolve().parent
SCENARIO = Path(".reconciler/simulator-iceye-demo.db")
DEARER = {"kind": "mutate", "method": "GET", "path": "/iceye/api/tasking/v2/price", "patch": {"amount": 200_000}}


def main() -> None:
    """Play the story; its repository is gone afterwards."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            shutil.copytree(HERE / "manifests", "manifests")
            git("init", "-q", "-b", "main")
            commit("State who orders, and where")
            with Simulator(data=SCENARIO, start=datetime(2026, 12, 1, tzinfo=UTC), speed=0) as simulator:
                play(f"{simulator.url}/_sim")
        finally:
            os.chdir(before)


def play(control: str) -> None:
    """Merge one order as it was approved, and another whose price rises before that."""
    propose(control, "alice-springs")
    merge("alice-springs")
    run("reconcile", "--plan", "plan.json")
    say(f"# Sent, other than reads: {sent(control)}. Planned again, nothing is left to do.\n")
    run("plan")
    propose(control, "lisbon-harbor")
    asked(f"{control}/faults", "POST", {**DEARER, "times": 0})
    say("# The provider raises its price. Then the pull request is merged.\n")
    merge("lisbon-harbor")
    run("reconcile", "--plan", "plan.json", code=8)
    say(f"# Sent, other than reads: {sent(control)}. Planned again, the new price can be approved.\n")
    run("plan", "--out", "plan.json", "--format", "markdown")
    run("reconcile", "--plan", "plan.json")
    say(f"# Sent, other than reads: {sent(control)}.\n")


def propose(control: str, order: str) -> None:
    """Commit an order to a branch and show what its reviewers read; tell that planning sends nothing but reads."""
    say(f"\n# A branch adds an order; its plan becomes the pull request's comment.\n$ git switch --create {order}\n")
    git("switch", "-q", "--create", order)
    shutil.copyfile(HERE / "orders" / f"{order}.yaml", f"manifests/{order}.yaml")
    commit(f"Order {order}")
    run("validate", "--changed-since", "main")
    run("plan", "--out", "plan.json", "--format", "markdown")
    say(f"# Sent, other than reads: {sent(control)}.\n")


def merge(branch: str) -> None:
    """Merge a branch as a code host does."""
    say(f"$ git switch main && git merge --no-ff {branch}\n")
    git("switch", "-q", "main")
    author("merge", "-q", "--no-ff", "--no-edit", branch)


def commit(message: str) -> None:
    """Commit the manifests."""
    git("add", "manifests")
    author("commit", "--no-gpg-sign", "-qm", message)


def author(*words: str) -> None:
    """Run Git as somebody."""
    git("-c", "user.name=story", "-c", "user.email=story@example.com", *words)


def git(*words: str) -> None:
    """Run Git."""
    subprocess.run(["git", *words], check=True)


def run(*words: str, code: int = 0) -> None:
    """Run a command that leaves with this code, and show it with what it printed."""
    printed, told = StringIO(), StringIO()
    with redirect_stdout(printed), redirect_stderr(told):
        left = typed(list(words))
    if left != code:
        raise SystemExit(printed.getvalue() + told.getvalue())
    shown = f"{told.getvalue().splitlines()[-1]}\n[exit {code}]\n" if code else printed.getvalue()
    say(f"$ reconciler {' '.join(words)}\n{shown}\n")


def sent(control: str) -> str:
    """Tell which requests came that were neither reads nor logins, and forget them."""
    counts = asked(f"{control}/requests").items()
    asked(f"{control}/requests", "DELETE")
    asking = ("GET ", "POST /iceye/oauth/")
    return ", ".join(f"{n} {name}" for name, n in counts if not name.startswith(asking)) or "nothing"


def asked(url: str, method: str = "GET", body: object = None) -> Any:  # noqa: ANN401  any JSON
    """Call the control API."""
    content = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, content, method=method), timeout=10) as answer:
        return json.load(answer)


def say(text: str) -> None:
    """Print without a line feed of its own, and at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
