"""What a recipe's shell lines speak to, but for the reconciler: `gh`, `curl` and `pip` that keep to a folder.

`python code_host.py NAME ARGUMENTS...`, with the folder in `CODE_HOST`: artifacts, comments and packages lie there as
files, and `calls` says who was called with what.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
import urllib.parse
from pathlib import Path

HOST = Path(os.environ["CODE_HOST"])


def gh(*words: str) -> int:
    """Answer GitHub's command line: the newest run with a state, artifacts, comments."""
    match words:
        case ("api", path, "--jq", _) if path.endswith("/actions/artifacts?name=state&per_page=100"):
            sys.stdout.write("".join(f"{run.name}\n" for run in runs("state")[:1]))
        case ("run", "download", run, "--name", name, "--dir", folder):
            shutil.copytree(HOST / "artifacts" / run / name, folder)
        case ("run", "download", "--name", name):
            if not (found := runs(name)):
                sys.stderr.write(f"no artifact matches any of the names or patterns provided: {name}\n")
                return 1
            shutil.copytree(found[0] / name, ".", dirs_exist_ok=True)
        case ("pr", "comment", number, "--edit-last", "--create-if-none", "--body-file", file):
            shutil.copyfile(file, HOST / f"comment-{number}.md")
        case _:
            return unknown(*words)
    return 0


def runs(name: str) -> list[Path]:
    """Return the runs that have kept an artifact, the newest first."""
    found = {path.parent for path in (HOST / "artifacts").glob(f"*/{name}")}
    return sorted(found, key=lambda run: int(run.name), reverse=True)


def curl(*words: str) -> int:
    """Answer what GitLab's API answers: packages by their address, and the notes of a merge request."""
    given = dict(itertools.pairwise(words))
    assert given["--header"] in ("JOB-TOKEN: job-token", "PRIVATE-TOKEN: notes-token"), given["--header"]
    address, _, query = words[-1].partition("?")
    path = HOST / urllib.parse.quote(address, safe="")
    if "--upload-file" in given:
        shutil.copyfile(given["--upload-file"], path)
        return 0
    if "/notes" in address:
        return noted(address, query, given)
    if path.exists():
        shutil.copyfile(path, given["--output"])
    if "--write-out" in given:
        sys.stdout.write("200" if path.exists() else "404")
    return 0 if path.exists() or "--fail" not in words else 22


def noted(address: str, query: str, given: dict[str, str]) -> int:
    """List notes, add one, or write over one that exists."""
    kept = HOST / "notes.json"
    notes = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else []
    if "--request" not in given:
        assert query == "per_page=100"
    else:
        name, _, file = given["--data-urlencode"].partition("@")
        body = Path(file).read_text(encoding="utf-8")
        if given["--request"] == "POST":
            notes.append({"id": len(notes) + 1, name: body})
        else:
            notes[int(address.rpartition("/")[2]) - 1][name] = body
        kept.write_text(json.dumps(notes), encoding="utf-8")
    Path(given["--output"]).write_text(json.dumps(notes), encoding="utf-8")
    return 0


def pip(*words: str) -> int:
    """Install nothing; the program is there already."""
    return 0 if words[0] == "install" and len(words) == 2 else unknown(*words)


def unknown(*words: str) -> int:
    """Refuse what a recipe did not say before."""
    sys.stderr.write(f"the code host of this test does not know: {' '.join(words)}\n")
    return 64


if __name__ == "__main__":
    with (HOST / "calls").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(sys.argv[1:]) + "\n")
    raise SystemExit({"gh": gh, "curl": curl, "pip": pip}[sys.argv[1]](*sys.argv[2:]))
