"""Run a recipe as its CI would: jobs by their conditions, each in a fresh clone, its shell lines in their order."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from tests.support.project import CLIENT_ID, CLIENT_SECRET, CONTRACT, Project

from .documents import text_of

SECRETS = ("ICEYE_TOKEN_URL", "ICEYE_CLIENT_ID", "ICEYE_CLIENT_SECRET")
_GITHUB_TOKEN = re.compile(r"'[^']*'|[A-Za-z_][\w.]*(?:\(\))?|&&|\|\||!=|==|!")
_OPERATORS = {"&&": " and ", "||": " or ", "!=": "!=", "==": "==", "!": " not "}
_FUNCTIONS = {"always()": "True", "cancelled()": "False"}


@dataclass
class Ran:
    """How a shell block, or a whole job, ended and what was said."""

    code: int = 0
    said: str = ""

    def then(self, other: Ran) -> None:
        """Add what came next; the first failure counts."""
        self.code, self.said = self.code or other.code, self.said + other.said


@dataclass
class CI:
    """A repository at its code host: branches, what CI keeps there, and which shell blocks have succeeded."""

    project: Project
    host: Path
    program: dict[str, str] = field(init=False, default_factory=dict)
    """Where the program is fetched from, and its commit, by the names of the recipes."""
    succeeded: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Make the repository, with an account whose secrets are named as the recipes name them."""
        names = dict(zip(("tokenUrl", "clientId", "clientSecret"), SECRETS, strict=True))
        self.project.account(iceye={"contractID": CONTRACT, **{f: {"env": name} for f, name in names.items()}})
        self._commands()
        self._program()
        self.git("init", "-q", "-b", "main")
        self.commit("State who orders, and where")

    def _commands(self) -> None:
        (self.host / "bin").mkdir(parents=True)
        program = Path(__file__).with_name("code_host.py")
        commands = {name: f'-S "{program}" {name}' for name in ("gh", "curl", "pip")}
        for name, words in {**commands, "reconciler": "-m reconciler", "python": ""}.items():
            path = self.host / "bin" / name
            path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', encoding="utf-8")
            path.chmod(0o755)

    def _program(self) -> None:
        """Make the program's repository, as far as a recipe looks into it."""
        place = self.host / "program"
        (place / ".ci").mkdir(parents=True)
        (place / ".ci" / "requirements.txt").write_text("", encoding="utf-8")
        (place / "pyproject.toml").write_text("", encoding="utf-8")
        self.git("init", "-q", folder=place)
        self.git("add", "-A", folder=place)
        self.git("commit", "-qm", "Begin", folder=place)
        self.program = {"PROGRAM": place.as_uri(), "COMMIT": self.git("rev-parse", "HEAD", folder=place)}

    # Git

    def git(self, *words: str, folder: Path | None = None) -> str:
        """Run Git in the repository, or in a clone of it."""
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
        place = folder or self.project.root
        done = subprocess.run(["git", *who, *words], cwd=place, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str) -> None:
        """Commit the manifests as they are."""
        self.git("add", "manifests")
        self.git("commit", "-qm", message)

    def propose(self, message: str) -> None:
        """Commit to a branch of its own, and let the code host merge it on trial."""
        self.git("switch", "-q", "-C", "proposed")
        self.commit(message)
        self.git("switch", "-q", "-C", "trial", "main")
        self.git("merge", "-q", "--no-ff", "--no-edit", "proposed")
        self.git("switch", "-q", "proposed")

    def merge(self) -> None:
        """Merge what was proposed."""
        self.git("switch", "-q", "main")
        self.git("merge", "-q", "--no-ff", "--no-edit", "proposed")

    def clone(self, revision: str, depth: int) -> Path:
        """Return a fresh clone as CI makes it; 0 is all of the history, of every branch."""
        folder = self.host / f"job-{next(self._numbers)}"
        self.git("init", "-q", str(folder))
        shallow = ["--depth", str(depth)] if depth else []
        self.git("fetch", "-q", *shallow, self.project.root.as_uri(), revision, folder=folder)
        self.git("checkout", "-q", "FETCH_HEAD", folder=folder)
        self.git("remote", "add", "origin", self.project.root.as_uri(), folder=folder)
        if not depth:
            branches = "+refs/heads/*:refs/remotes/origin/*"
            self.git("fetch", "-q", self.project.root.as_uri(), branches, folder=folder)
        return folder

    def scratch(self) -> Path:
        """Return a new empty folder that a job may keep files in."""
        folder = self.host / f"temporary-{next(self._numbers)}"
        folder.mkdir()
        return folder

    # Shell

    def shell(self, block: str, folder: Path, variables: Mapping[str, str], *, options: str = "-eo pipefail") -> Ran:
        """Run a shell block, with nothing of its runtime but the fake commands and the variables."""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", *options.split(), "-c", block],
            cwd=folder,
            env={
                "PATH": f"{self.host / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": self.project.process_variables()["PYTHONPATH"],
                "CODE_HOST": str(self.host),
                **variables,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode == 0 or (done.returncode == 2 and "--detailed-exitcode" in block):
            self.succeeded.add(block)
        return Ran(done.returncode, done.stdout + done.stderr)

    def upload(
        self, name: str, version: str, file: str, *, content: bytes, pipeline: Mapping[str, object] | None
    ) -> None:
        """Upload a file of a package as somebody else: as another pipeline, or (None) as a person."""
        program = (
            "import json, sys; from tests.docs.code_host import publish; name, version, file, pipeline = sys.argv[1:];"
            "publish(name, version, file, content=sys.stdin.buffer.read(), pipeline=json.loads(pipeline))"
        )
        subprocess.run(
            [sys.executable, "-c", program, name, version, file, json.dumps(pipeline)],
            env={**self.project.process_variables(), "CODE_HOST": str(self.host)},
            input=content,
            check=True,
        )

    def secrets(self) -> dict[str, str]:
        """Return what the code host keeps secret, by its name."""
        return dict(zip(SECRETS, (self.project.simulator.iceye_token_url, CLIENT_ID, CLIENT_SECRET), strict=True))


@dataclass
class GitHub:
    """GitHub Actions, as far as the recipe needs it: contexts, conditions, three actions, artifacts."""

    ci: CI
    state: str
    path: str = "examples/ci/github/reconcile.yml"
    repository: str = "acme/orders"
    workflow_path: str = ".github/workflows/reconcile.yml"
    _runs: Iterator[int] = field(default_factory=lambda: count(100))

    def __post_init__(self) -> None:
        """Read the workflow."""
        self.workflow: dict[str, Any] = yaml.safe_load(text_of(self.path))
        assert self.workflow["defaults"] == {"run": {"shell": "bash"}}

    def blocks(self) -> set[str]:
        """Return every shell block."""
        return {step["run"] for job in self.workflow["jobs"].values() for step in job["steps"] if "run" in step}

    def event(self, name: str, only: str = "", *, fingerprint: str = "", fork: bool = False) -> dict[str, Ran]:
        """Let something happen, and return how each job ended that it started (or only one of them)."""
        head = "fork/orders" if fork else self.repository
        contexts = {
            "github.event_name": name,
            "github.ref": "refs/pull/1/merge" if name == "pull_request" else "refs/heads/main",
            "github.repository": self.repository,
            "github.event.pull_request.head.repo.full_name": head,
            "github.event.pull_request.number": "1",
            "github.token": "github-token",
            "inputs.fingerprint": fingerprint,
            "vars.RECONCILER_ALLOWED_HOSTS": self.ci.project.simulator.url.removeprefix("http://"),
            **{f"secrets.{name}": "" if fork else value for name, value in self.ci.secrets().items()},
        }
        jobs = {key: job for key, job in self.workflow["jobs"].items() if _value(job["if"], contexts)}
        proposed = name == "pull_request"
        run = self.run(name, head=head, branch="proposed" if proposed else "main")
        return {key: self._job(job, contexts, run) for key, job in jobs.items() if only in ("", key)}

    def run(self, event: str, *, head: str, branch: str, workflow: str | None = None, commit: str | None = None) -> str:
        """Begin a run, of this workflow or of another, and return its id."""
        number, ids = next(self._runs), {self.repository: 1, "fork/orders": 2}
        facts = {
            "id": number,
            "event": event,
            "path": workflow or self.workflow_path,
            "head_branch": branch,
            "head_sha": commit or self.ci.git("rev-parse", branch),
            "head_repository": {"id": ids[head], "full_name": head},
            "repository": {"id": 1, "full_name": self.repository},
        }
        folder = self.ci.host / "runs"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.json").write_text(json.dumps(facts), encoding="utf-8")
        return str(number)

    def _job(self, job: Mapping[str, Any], contexts: Mapping[str, str], run: str) -> Ran:
        ended, folder, temporary = Ran(), self.ci.host, self.ci.scratch()
        contexts = {**contexts, "runner.temp": str(temporary)}
        added = self.ci.host / f"environment-{run}"
        added.write_text("", encoding="utf-8")
        variables = {**self.workflow["env"], **job.get("env", {}), **self.ci.program, "STATE": self.state}
        set_by_runner = {
            "GITHUB_ENV": str(added),
            "GITHUB_STEP_SUMMARY": str(self.ci.host / f"summary-{run}.md"),
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_WORKFLOW_REF": f"{self.repository}/{self.workflow_path}@{contexts['github.ref']}",
            "GITHUB_EVENT_NAME": contexts["github.event_name"],
            "RUNNER_TEMP": str(temporary),
        }
        for step in job["steps"]:
            kept = dict(line.split("=", 1) for line in added.read_text(encoding="utf-8").splitlines())
            known = {**contexts, **{f"env.{name}": value for name, value in {**variables, **kept}.items()}}
            condition = step.get("if", "true")
            if (ended.code and not re.search(r"always\(\)|cancelled\(\)", condition)) or not _value(condition, known):
                continue
            if "uses" in step:
                folder = self._action(step, known, folder, run)
                continue
            named = {name: _rendered(value, known) for name, value in {**variables, **step.get("env", {})}.items()}
            ended.then(self.ci.shell(step["run"], folder, {**named, **kept, **set_by_runner}))
        return ended

    def _action(self, step: Mapping[str, Any], known: Mapping[str, str], folder: Path, run: str) -> Path:
        given = {name: _rendered(value, known) for name, value in step.get("with", {}).items()}
        match step["uses"].partition("@")[0]:
            case "actions/checkout":
                revision = "trial" if known["github.event_name"] == "pull_request" else "main"
                return self.ci.clone(revision, int(given.get("fetch-depth", 1)))
            case "actions/upload-artifact":
                source, target = folder / given["path"], self.ci.host / "artifacts" / run / given["name"]
                assert not any(part.startswith(".") for part in Path(given["path"]).parts), "hidden: not uploaded"
                if source.is_dir():
                    shutil.copytree(source, target)
                elif source.exists():
                    target.mkdir(parents=True)
                    shutil.copy(source, target)
            case "actions/setup-python":
                pass
            case other:
                raise AssertionError(f"{other} is no action that this test knows")
        return folder


def _value(expression: str, known: Mapping[str, str]) -> bool:
    """Return what a condition of GitHub Actions comes to."""

    def python(match: re.Match[str]) -> str:
        word = match[0]
        if word.startswith("'") or word in _OPERATORS or word in _FUNCTIONS:
            return _OPERATORS.get(word) or _FUNCTIONS.get(word) or word
        return "True" if word == "true" else repr(known.get(word, ""))

    inner = expression.removeprefix("${{").removesuffix("}}").strip()
    return bool(eval(_GITHUB_TOKEN.sub(python, inner)))


def _rendered(value: object, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ *([\w.]+) *\}\}", lambda match: known[match[1]], str(value))


@dataclass
class GitLab:
    """GitLab CI, as far as the recipe needs it: variables, rules, `extends`, what comes before and after."""

    ci: CI
    state: str
    path: str = "examples/ci/gitlab/.gitlab-ci.yml"
    title: str = "Order something"
    """Of the merge request."""
    _pipelines: Iterator[int] = field(default_factory=lambda: count(100))

    def __post_init__(self) -> None:
        """Read the pipeline."""
        document: dict[str, Any] = yaml.safe_load(text_of(self.path))
        self.variables, self.default = document.pop("variables"), document.pop("default")
        hidden = {name: document.pop(name) for name in list(document) if name.startswith(".")}
        self.jobs: dict[str, Any] = {
            name: {**hidden.get(job.get("extends"), {}), **job} for name, job in document.items()
        }

    def blocks(self) -> set[str]:
        """Return every shell block."""
        scripts = [self.default["before_script"]]
        scripts += [job.get(part, []) for job in self.jobs.values() for part in ("script", "after_script")]
        return {_script(script) for script in scripts if script}

    def event(
        self, source: str, only: str = "", *, fingerprint: str | None = None, fork: bool = False
    ) -> dict[str, Ran]:
        """Let a pipeline start, and return how each of its jobs ended (or only one of them)."""
        predefined = {
            "CI_PIPELINE_ID": str(next(self._pipelines)),
            "CI_COMMIT_SHA": self.ci.git("rev-parse", "HEAD"),
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "43" if fork else "42",
            "CI_PIPELINE_SOURCE": source,
            "CI_COMMIT_BRANCH": "" if source == "merge_request_event" else "main",
            "CI_DEFAULT_BRANCH": "main",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": self.ci.git("merge-base", "main", "HEAD"),
            "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_TITLE": self.title,
            "CI_PROJECT_ID": "42",
            "CI_API_V4_URL": "https://gitlab.example.com/api/v4",
            "CI_JOB_TOKEN": "job-token",
            **({"FINGERPRINT": fingerprint} if fingerprint is not None else {}),
        }
        jobs = {name: job for name, job in self.jobs.items() if any(_holds(r["if"], predefined) for r in job["rules"])}
        return {name: self._job(job, predefined) for name, job in jobs.items() if only in ("", name)}

    def _job(self, job: Mapping[str, Any], predefined: Mapping[str, str]) -> Ran:
        folder = self.ci.clone("HEAD", int(self.variables["GIT_DEPTH"]))
        variables = {**predefined, **self._of_environment(job.get("environment", {}).get("name"))}
        set_here = {"STATE": self.state, "WORK": str(self.ci.scratch() / "work"), **self.ci.program}
        listed = self.ci.project.simulator.url.removeprefix("http://")
        set_here["RECONCILER_ALLOWED_HOSTS"] = listed
        for name, value in {**self.variables, **job.get("variables", {}), **set_here}.items():
            variables[name] = re.sub(r"\$(\w+)", lambda match: variables[match[1]], str(value))
        before, script = _script(self.default["before_script"]), _script(job["script"])
        ended = self.ci.shell(f"{before}\n{script}", folder, variables)
        if f"{before}\n{script}" in self.ci.succeeded:
            self.ci.succeeded |= {before, script}
        if "after_script" in job:
            after = self.ci.shell(_script(job["after_script"]), folder, variables)
            assert after.code == 0, after.said
        return ended

    def _of_environment(self, name: str | None) -> dict[str, str]:
        """Return the variables that only jobs of an environment get."""
        match name:
            case "plans":
                return {**self.ci.secrets(), "NOTES_TOKEN": "notes-token"}
            case "orders":
                return self.ci.secrets()
            case _:
                return {}


def _script(lines: list[str]) -> str:
    return "\n".join(lines)


def _holds(rule: str, known: Mapping[str, str]) -> bool:
    """Return what a rule of GitLab CI comes to."""
    python = re.sub(r"\$(\w+)", lambda match: repr(known.get(match[1])), rule)
    return bool(eval(python.replace("&&", " and ").replace("null", "None")))
