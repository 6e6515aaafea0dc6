"""An UP42 order from Git to its files: `python examples/up42-story/story.py`, at the simulator, in a folder of its own.

Each step is a command of `reconciler`, typed in this process because that is quicker, or a commit of a line that a
command printed. In between the simulated clock is moved, over the control API that `reconciler simulate` serves too.
"""

from __future__ import annotations

import json
import os
import re
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

MANIFESTS = Path(__file__).resolve().parent / "manifests"
ORDER = Path("manifests/orders/lisbon-harbor.yaml")
SCENARIO = Path(".reconciler/simulator-up42-demo.db")
ASKING = ("GET ", "POST /up42/auth/", "POST /up42/api/v2/orders/estimate", "POST /up42/api/v2/assets/")
"""How requests begin that change nothing: reads, and the POSTs that only ask."""


def main() -> None:
    """Play the story; its folder is gone afterwards."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            shutil.copytree(MANIFESTS, "manifests")
            git("init", "-q")
            commit("Order lisbon-harbor")
            with Simulator(data=SCENARIO, start=datetime(2026, 12, 1, tzinfo=UTC), speed=0) as simulator:
                play(f"{simulator.url}/_sim")
        finally:
            os.chdir(here)


def play(control: str) -> None:
    """Walk from the first commit to the files."""
    stage(control, "The order is committed. Placing it is free.")
    offered = stage(control, "Two hours later UP42 offers options.", later="2h")
    add(re.findall(r"confirm: .*", offered)[2], "Choose the third option")
    stage(control, "The choice is committed.")
    quoted = stage(control, "Two hours later UP42 names its price.", later="2h")
    add(re.findall(r"confirm: .*?}}(?=;)", quoted)[0], "Accept the price")
    stage(control, "The ceiling is committed, and now the money moves.")
    stage(control, "Ten days later a part is delivered.", later="10d")
    run("status", "manifests", "--refresh")
    stage(control, "Ten days later everything is there.", later="10d")
    run("download", "lisbon-harbor")


def stage(control: str, told: str, *, later: str | None = None) -> str:
    """Let time pass, reconcile, and count what another reconcile sends; return what the first one printed."""
    say(f"# {told}\n")
    if later is not None:
        asked(f"{control}/clock", "POST", {"advance": later})
    printed = run("reconcile", "manifests")
    asked(f"{control}/requests", "DELETE")
    reconciler("reconcile", "manifests")
    counts = asked(f"{control}/requests", "GET")
    others = [name for name in counts if not name.startswith(ASKING)]
    say(f"# A second pass: {sum(counts.values())} requests, other than reads: {', '.join(others) or 'none'}.\n\n")
    return printed


def add(line: str, message: str) -> None:
    """Put a line below the order's spec, in place of an earlier one, and commit it."""
    say(f"$ git diff  # {message}\n+  {line}\n\n")
    kept = [each for each in ORDER.read_text(encoding="utf-8").splitlines() if not each.startswith("  confirm:")]
    ORDER.write_text("\n".join([*kept, f"  {line}", ""]), encoding="utf-8")
    commit(message)


def commit(message: str) -> None:
    """Commit the manifests."""
    git("add", "manifests")
    git("-c", "user.name=story", "-c", "user.email=story@example.com", "commit", "--no-gpg-sign", "-qm", message)


def git(*words: str) -> None:
    """Run Git."""
    subprocess.run(["git", *words], check=True)


def run(*words: str) -> str:
    """Run a command, show it with what it printed, and return that."""
    printed = reconciler(*words)
    say(f"$ reconciler {' '.join(words)}\n{printed}\n")
    return printed


def reconciler(*words: str) -> str:
    """Run a command and return what it printed; 3 says that a person must decide, which is what this story is about."""
    printed, progress = StringIO(), StringIO()
    with redirect_stdout(printed), redirect_stderr(progress):
        code = typed(list(words))
    if code not in (0, 3):
        raise SystemExit(printed.getvalue() + progress.getvalue())
    return printed.getvalue().replace(str(Path.cwd()), ".")


def asked(url: str, method: str, body: object = None) -> Any:  # noqa: ANN401  any JSON
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
