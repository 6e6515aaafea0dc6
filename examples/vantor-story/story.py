"""A private Vantor order from refusal to cancellation: `python examples/vantor-story/story.py`, at the simulator.

Each step is a command of `reconciler`, typed in this process because that is quicker, or a commit. In between the
simulated world is changed over the control API that `reconciler simulate` serves too.
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
ORDER = Path("manifests/orders/black-rock.yaml")
SCENARIO = Path(".reconciler/simulator-vantor-demo.db")
API = "/vantor/api/tasking/v2/"


def main() -> None:
    """Play the story; its folder is gone afterwards."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            shutil.copytree(MANIFESTS, "manifests")
            git("init", "-q")
            commit("Order black-rock")
            with Simulator(data=SCENARIO, start=datetime(2026, 6, 1, tzinfo=UTC), speed=0) as simulator:
                play(f"{simulator.url}/_sim")
        finally:
            os.chdir(here)


def play(control: str) -> None:
    """Walk from the first commit to the second attempt."""
    stage(control, "The order is committed. Vantor has not enabled private tasking for the account.")
    asked(f"{control}/vantor/accounts/default", "PUT", {"private": True})
    stage(control, "Vantor has enabled it. Placing is the purchase.")
    say("# What Vantor got:\n")
    for name, value in asked(f"{control}/orders")[0]["body"].items():
        say(f"#   {name}: {json.dumps(value)}\n")
    edit("Collect for five days more", "  window: {start: 2026-06-12T00:00:00Z, end: 2026-06-25T00:00:00Z}")
    stage(control, "A later end is the one change that Vantor takes.")
    edit("Collect for three days less", "  window: {start: 2026-06-12T00:00:00Z, end: 2026-06-22T00:00:00Z}")
    stage(control, "An earlier end is none.")
    edit("Cancel it", "  cancel: {reason: the survey is off}")
    held = stage(control, "No page of Vantor's tells what canceling costs.")
    edit("Agree to the charge", "  " + re.findall(r"cancel: .*", held)[0])
    stage(control, "Vantor is asked to cancel, once.")
    asked(f"{control}/clock", "POST", {"advance": "5m"})
    stage(control, "Five minutes later it has not canceled yet.")
    asked(f"{control}/clock", "POST", {"advance": "10m"})
    stage(control, "Ten minutes later it has.")
    asked(f"{control}/switches", "POST", {"vantor.slots": "six-hours"})
    slot = "  window: {start: 2026-06-12T00:00:00Z, end: 2026-06-12T03:00:00Z}"
    ceiling = '  confirm: {maxPrice: {amount: "3500", currency: credits}}'
    edit("Order a reserved slot", "    tasking_tier: fastView", slot, ceiling, "  attempt: 2")
    taken = stage(control, "A slot that is not free is refused before anything is ordered.")
    edit("Take a free one", "  " + re.findall(r"window: {.*?}", taken)[0])
    stage(control, "The slot is reserved.")


def stage(control: str, told: str) -> str:
    """Reconcile, and reconcile again; return what the first one printed, and tell what each of them sent."""
    say(f"\n# {told}\n$ reconciler reconcile manifests\n")
    printed = reconciler("reconcile", "manifests")
    first = sent(control)
    reconciler("reconcile", "manifests")
    orders = len(asked(f"{control}/orders"))
    say(f"{printed}\n# Besides reads: {first}. A second pass: {sent(control)}. Orders at Vantor: {orders}.\n")
    return printed


def sent(control: str) -> str:
    """Tell which requests came that were not reads, by method and path, and forget them."""
    counts = asked(f"{control}/requests").items()
    asked(f"{control}/requests", "DELETE")
    return ", ".join(f"{n} {name.replace(API, '')}" for name, n in counts if not name.startswith("GET ")) or "nothing"


def edit(message: str, *lines: str) -> None:
    """Put lines into the order, each in place of the one that states the same field, and commit them."""
    text = ORDER.read_text(encoding="utf-8")
    say(f"\n$ git diff  # {message}\n")
    for line in lines:
        say(f"+{line}\n")
        field = line.partition(":")[0]
        kept = [each for each in text.splitlines() if not each.startswith(f"{field}:")]
        place = kept.index("  vantor:") + (1 if field.startswith("    ") else 0)
        text = "\n".join([*kept[:place], line, *kept[place:], ""])
    ORDER.write_text(text, encoding="utf-8")
    commit(message)


def commit(message: str) -> None:
    """Commit the manifests."""
    git("add", "manifests")
    git("-c", "user.name=story", "-c", "user.email=story@example.com", "commit", "--no-gpg-sign", "-qm", message)


def git(*words: str) -> None:
    """Run Git."""
    subprocess.run(["git", *words], check=True)


def reconciler(*words: str) -> str:
    """Run a command and return what it printed; 3 says that a person must decide, which is what this story is about."""
    printed, progress = StringIO(), StringIO()
    with redirect_stdout(printed), redirect_stderr(progress):
        code = typed(list(words))
    if code not in (0, 3):
        raise SystemExit(printed.getvalue() + progress.getvalue())
    return printed.getvalue()


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
