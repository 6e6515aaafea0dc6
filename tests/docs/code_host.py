"""What a recipe's shell lines speak to, but for the reconciler: `gh`, `curl` and `pip` that keep to a folder.

`python code_host.py NAME ARGUMENTS...`, with the folder in `CODE_HOST`: artifacts, comments and packages lie there as
files, and `calls` says who was called with what. `runs/ID.json` holds what GitHub's API tells of a workflow's run.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

HOST = Path(os.environ["CODE_HOST"])


def gh(*words: str) -> int:
    """Answer GitHub's command line: artifacts, what runs they are of, comments."""
    match words:
        case ("api", *flags, path, "--jq", program) if flags in ([], ["--paginate"]):
            sys.stdout.write(chosen(program, answer(path)))
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


def answer(path: str) -> dict[str, object]:
    """Return what GitHub's API answers about the artifacts of a name, or about a run."""
    address, _, query = path.partition("?")
    *_, kind, last = address.split("/")
    if kind == "runs":
        facts: dict[str, object] = json.loads((HOST / "runs" / f"{last}.json").read_text(encoding="utf-8"))
        return facts
    assert address == "repos/acme/orders/actions/artifacts", path
    (name,) = urllib.parse.parse_qs(query)["name"]
    return {"artifacts": [artifact(run) for run in runs(name)]}


def artifact(run: Path) -> dict[str, object]:
    """Return an artifact as a list of them shows it: little is told of its run."""
    facts = json.loads((HOST / "runs" / f"{run.name}.json").read_text(encoding="utf-8"))
    told = {name: facts[name] for name in ("id", "head_branch", "head_sha")}
    repositories = {f"{name}_id": facts[name]["id"] for name in ("repository", "head_repository")}
    return {"expired": (run / "expired").exists(), "workflow_run": told | repositories}


def chosen(program: str, document: dict[str, object]) -> str:
    """Filter by jq, which gh brings along; on a machine without it, by the same in Python."""
    if shutil.which("jq") is not None:
        given = json.dumps(document)
        return subprocess.run(["jq", "-r", program], input=given, capture_output=True, text=True, check=True).stdout
    (named,) = [name for name in FILTERS if os.environ[name] == program]
    return "".join(f"{each}\n" for each in FILTERS[named](document))


def ours(document: dict[str, Any]) -> list[object]:
    """Do what OURS says."""
    runs = [each["workflow_run"] for each in document["artifacts"] if not each["expired"]]
    return [run["id"] for run in runs if run["head_repository_id"] == run["repository_id"]]


def of_workflow(run: dict[str, Any]) -> bool:
    """Tell whether a run is one of the recipe's own workflow and repository."""
    path = run["path"].partition("@")[0]
    return bool(path == os.environ["WORKFLOW"] and run["head_repository"]["full_name"] == os.environ["GH_REPO"])


def planned(run: dict[str, Any]) -> list[object]:
    """Do what PLANNED says."""
    return [run["id"]] if run["event"] == "pull_request" and of_workflow(run) else []


def kept(run: dict[str, Any]) -> list[object]:
    """Do what KEPT says."""
    on_main = run["event"] in ("push", "workflow_dispatch") and run["head_branch"] == "main"
    return [run["head_sha"]] if on_main and of_workflow(run) else []


FILTERS: dict[str, Callable[[dict[str, Any]], list[object]]] = {"OURS": ours, "PLANNED": planned, "KEPT": kept}


def runs(name: str) -> list[Path]:
    """Return the runs that have kept an artifact, the newest first."""
    found = {path.parent for path in (HOST / "artifacts").glob(f"*/{name}")}
    return sorted(found, key=lambda run: int(run.name), reverse=True)


def curl(*words: str) -> int:
    """Answer what GitLab's API answers: packages with the pipelines that uploaded them, and the notes of a request."""
    given = dict(itertools.pairwise(words))
    assert given["--header"] in ("JOB-TOKEN: job-token", "PRIVATE-TOKEN: notes-token"), given["--header"]
    address, _, query = words[-1].partition("?")
    if "/notes" in address:
        return noted(address, query, given)
    path = address.removeprefix("https://gitlab.example.com/api/v4/projects/42/packages")
    if "--upload-file" in given:
        _, generic, name, version, file = path.split("/")
        assert generic == "generic"
        publish(name, version, file, content=Path(given["--upload-file"]).read_bytes(), pipeline=own_pipeline())
        return 0
    found = packages_at(path, urllib.parse.parse_qs(query))
    if found is None:
        return 22
    Path(given["--output"]).write_bytes(found)
    return 0


def own_pipeline() -> dict[str, object]:
    """Return the pipeline of the job that calls, which GitLab knows by its token."""
    told = os.environ
    ref = told["CI_COMMIT_BRANCH"] or f"refs/merge-requests/{told['CI_MERGE_REQUEST_IID']}/head"
    return {"project_id": 42, "source": told["CI_PIPELINE_SOURCE"], "ref": ref, "sha": told["CI_COMMIT_SHA"]}


def published() -> list[dict[str, Any]]:
    """Return every file that a package has, the oldest first."""
    kept = HOST / "packages.json"
    files: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else []
    return files


def publish(name: str, version: str, file: str, *, content: bytes, pipeline: dict[str, object] | None) -> None:
    """Add a file to a package, beside any other of the same name."""
    files = published()
    known = [each["package"] for each in files if (each["name"], each["version"]) == (name, version)]
    package = known[0] if known else 1 + max((each["package"] for each in files), default=0)
    stored = HOST / f"package-file-{len(files)}"
    stored.write_bytes(content)
    facts = {"package": package, "name": name, "version": version, "file": file, "stored": str(stored)}
    (HOST / "packages.json").write_text(json.dumps([*files, {**facts, "pipeline": pipeline}]), encoding="utf-8")


def packages_at(path: str, query: dict[str, list[str]]) -> bytes | None:
    """Return a list of packages, the files of one, or the newest file of a name; None if there is none."""
    files = published()
    match path.split("/"):
        case [""]:
            named = [each for each in reversed(files) if query["package_name"][0] in each["name"]]
            listed = {each["package"]: {"id": each["package"], **_of(each, "name", "version")} for each in named}
            return json.dumps(sorted(listed.values(), key=lambda each: -each["id"])).encode()
        case ["", package, "package_files"]:
            return json.dumps([_file(each) for each in files if str(each["package"]) == package]).encode()
        case ["", "generic", name, version, file]:
            wanted = {"name": name, "version": version, "file": file}
            found = [each for each in files if _of(each, *wanted) == wanted]
            return Path(found[-1]["stored"]).read_bytes() if found else None
        case _:
            raise AssertionError(f"no such address of packages: {path}")


def _of(file: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: file[name] for name in names}


def _file(file: dict[str, Any]) -> dict[str, object]:
    """Return a file as GitLab lists it; without a pipeline it says nothing of one."""
    digest = hashlib.sha256(Path(file["stored"]).read_bytes()).hexdigest()
    made = {"pipelines": [file["pipeline"]]} if file["pipeline"] is not None else {}
    return {"file_name": file["file"], "file_sha256": digest, **made}


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
    """Install nothing, for the program is there already; what it needs is named by hashes in a file that is there."""
    match words:
        case ("install", "--require-hashes", "-r", file):
            return 0 if Path(file).exists() else unknown(*words)
        case ("install", "--no-deps", "--no-build-isolation", folder):
            return 0 if Path(folder, "pyproject.toml").exists() else unknown(*words)
        case _:
            return unknown(*words)


def unknown(*words: str) -> int:
    """Refuse what a recipe did not say before."""
    sys.stderr.write(f"the code host of this test does not know: {' '.join(words)}\n")
    return 64


if __name__ == "__main__":
    with (HOST / "calls").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(sys.argv[1:]) + "\n")
    raise SystemExit({"gh": gh, "curl": curl, "pip": pip}[sys.argv[1]](*sys.argv[2:]))
