"""The recipes for CI: every shell line is run, in the order of CI, and what comes of it is seen at the provider."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from configparser import RawConfigParser
from pathlib import Path

import pytest
import yaml

from reconciler.providers.destinations import ALLOWED_HOSTS, AllowedHosts, host_of
from reconciler.providers.up42.settings import TOKEN_URLS
from reconciler.providers.vantor.settings import TOKEN_URL
from tests.support.project import Project, eur, window

from .ci import CI, GitHub, GitLab, Ran
from .documents import ROOT, blocks, text_of

RECIPES = ROOT / "examples" / "ci"
PRICE = "/iceye/api/tasking/v2/price"
FINGERPRINT = re.compile(r"fingerprint ([0-9a-f]{16})")
PINNED = re.compile(r"uses: (actions/[\w-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+")
_ACTIONS = {
    "actions/checkout": "11bd71901bbe5b1630ceea73d27597364c9af683",
    "actions/setup-python": "a26af69be951a213d495a4c3e4e4022e16d87065",
    "actions/upload-artifact": "ea165f8d65b6e75b540449e92b4886f43607fa02",
}
"""The commits of the versions that the recipe names."""


def codes(jobs: dict[str, Ran]) -> dict[str, int]:
    """Return how each job ended."""
    return {name: job.code for name, job in jobs.items()}


@pytest.fixture
def ci(project: Project, tmp_path_factory: pytest.TempPathFactory) -> CI:
    """A repository that states an account and no order yet."""
    return CI(project, tmp_path_factory.mktemp("host"))


def test_every_file_is_one_that_is_tested_here() -> None:
    """A recipe that came without its test would not be noticed otherwise."""
    files = {str(path.relative_to(RECIPES)) for path in RECIPES.rglob("*") if path.is_file()}
    assert files == {
        "README.md",
        "github/reconcile.yml",
        "gitlab/.gitlab-ci.yml",
        "cron/crontab",
        "cron/reconciler.service",
        "cron/reconciler.timer",
        "pre-commit/config.yml",
    }


def test_the_list_of_hosts_is_explained() -> None:
    """The example of `RECONCILER_ALLOWED_HOSTS` can be read, and lists the hosts of the README's accounts."""
    (shown,) = re.findall(rf"^{ALLOWED_HOSTS}=(.+)$", text_of("examples/ci/README.md"), re.MULTILINE)
    allowed = AllowedHosts.from_text(shown).hosts
    accounts = [each for block in blocks("README.md", "yaml") for each in yaml.safe_load_all(block.text)]
    endpoints = [each["spec"]["endpoint"] for each in accounts if each["kind"] == "Account"]
    assert {host_of(each) for each in (*endpoints, *TOKEN_URLS.values(), TOKEN_URL) if ".sa." not in each} == allowed
    assert ALLOWED_HOSTS in text_of("README.md")


def order(ci: CI, key: str, **changes: object) -> None:
    """State an order in the manifests, and propose it."""
    ci.project.order(key, **changes)
    ci.propose(f"Order {key}")


def dearer(ci: CI) -> None:
    """Let the price of everything rise, below every ceiling."""
    ci.project.fault("mutate", method="GET", path=PRICE, patch={"amount": 200_000}, times=0)


class TestGitHub:
    def comment(self, ci: CI) -> str:
        """Return what the pull request's one comment says by now."""
        return (ci.host / "comment-1.md").read_text(encoding="utf-8")

    def test_with_a_state(self, ci: CI) -> None:
        """Proposed, changed, merged, run again, dearer, approved anew: each as approved, and once."""
        github, project = GitHub(ci, "artifact"), ci.project
        project.order("broken", target=None)
        ci.propose("Order nothing")
        jobs = github.event("pull_request", fork=True)
        assert codes(jobs) == {"validate": 4}
        assert "::error file=manifests/orders/broken.yaml,line=" in jobs["validate"].said
        project.remove("broken")

        order(ci, "alice")
        assert codes(github.event("pull_request")) == {"validate": 0, "plan": 0}
        assert ("alice" in self.comment(ci), "1 to place" in self.comment(ci)) == (True, True)
        order(ci, "bob", window=window(9, 11), confirm={"maxPrice": eur("1.00")})
        assert codes(github.event("pull_request", "plan")) == {"plan": 0}
        assert ("1 to place" in self.comment(ci), "1 held" in self.comment(ci)) == (True, True)
        assert project.writes() == {}
        project.remove("bob")
        ci.propose("Order no bob: the plan for that was made before")
        ci.merge()
        assert codes(github.event("push")) == {"reconcile": 0}
        assert [project.creates(), len(project.orders_of("alice"))] == [1, 1]
        jobs = github.event("push")
        assert (codes(jobs), "carried out already" in jobs["reconcile"].said) == ({"reconcile": 8}, True)

        order(ci, "bob", window=window(9, 11))
        github.event("pull_request", "plan")
        dearer(ci)
        ci.merge()
        jobs = github.event("push")
        assert (codes(jobs), "EUR 2,000.00 now, and EUR 1,300.00" in jobs["reconcile"].said) == ({"reconcile": 8}, True)
        assert project.creates() == 1
        due = github.event("schedule")
        assert codes(due) == {"plan": 2}
        fingerprint = FINGERPRINT.findall(due["plan"].said)[0]
        assert codes(github.event("workflow_dispatch", fingerprint=fingerprint)) == {"reconcile": 0}
        assert [project.creates(), len(project.orders_of("bob"))] == [2, 1]
        assert github.blocks() - ci.succeeded == set()

    @pytest.mark.sweep
    def test_without_a_state(self, ci: CI) -> None:
        """What lives is found again by each run, nothing is placed twice, and the second pass of a run cancels."""
        github, project = GitHub(ci, "none"), ci.project
        project.place_by_hand(f"by a run before: {project.reference('alice')}")
        project.order("alice", cancel={"reason": "no longer needed"})
        order(ci, "bob", window=window(9, 11))
        github.event("pull_request", "plan")
        assert ("1 to place" in self.comment(ci), "1 to adopt" in self.comment(ci)) == (True, True)
        ci.merge()
        assert codes(github.event("push")) == {"reconcile": 0}
        jobs = github.event("push")
        assert (codes(jobs), "to place it is not due any more" in jobs["reconcile"].said) == ({"reconcile": 8}, True)
        assert [placed["status"] for placed in project.orders_of("alice")] == ["CANCELED"]
        assert [project.creates(), len(project.orders_of("bob"))] == [2, 1]
        assert list(ci.host.glob("artifacts/*/state")) == []

    @pytest.mark.sweep
    def test_a_lost_state_and_a_push_without_a_plan(self, ci: CI) -> None:
        """Kept artifacts expire: what lives is adopted as the comment says. What nobody planned is not carried out."""
        github, project = GitHub(ci, "artifact"), ci.project
        project.place_by_hand(f"by a run before: {project.reference('alice')}")
        order(ci, "alice")
        github.event("pull_request", "plan")
        assert "1 to adopt" in self.comment(ci)
        ci.merge()
        assert codes(github.event("push")) == {"reconcile": 0}
        ci.git("switch", "-q", "main")
        project.order("carol", window=window(12, 14))
        ci.commit("Order carol, past everybody")
        jobs = github.event("push")
        assert (codes(jobs), "has kept a plan for what main states" in jobs["reconcile"].said) == (
            {"reconcile": 1},
            True,
        )
        assert project.creates() == 1

    @pytest.mark.skipif(shutil.which("jq") is None, reason="jq is part of gh, and not on this machine")
    def test_only_runs_of_this_workflow_are_taken(self, ci: CI) -> None:
        """The filters leave out expired artifacts, forks, other workflows, other events and other branches."""
        github = GitHub(ci, "artifact")
        filters = {name: github.workflow["env"][name] for name in ("OURS", "PLANNED", "KEPT")}
        known = {"GH_REPO": github.repository, "WORKFLOW": github.workflow_path, "PATH": os.environ["PATH"]}

        def filtered(name: str, document: object) -> str:
            given = json.dumps(document)
            done = subprocess.run(
                ["jq", "-r", filters[name]], env=known, input=given, capture_output=True, text=True, check=True
            )
            return done.stdout

        def artifact(run: int, head: int, *, expired: bool = False) -> dict[str, object]:
            return {"expired": expired, "workflow_run": {"id": run, "repository_id": 1, "head_repository_id": head}}

        listed = [artifact(5, 1), artifact(4, 2), artifact(3, 1, expired=True), artifact(2, 1)]
        assert filtered("OURS", {"artifacts": [*listed, {"expired": False, "workflow_run": None}]}) == "5\n2\n"
        assert filtered("OURS", {"artifacts": []}) == ""
        run = {"id": 7, "head_sha": "abc", "path": github.workflow_path, "head_branch": "main"}
        run["head_repository"] = {"full_name": github.repository}
        on_main = {**run, "event": "push"}
        assert filtered("PLANNED", {**run, "event": "pull_request"}) == "7\n"
        assert filtered("PLANNED", {**run, "event": "pull_request", "path": f"{github.workflow_path}@main"}) == "7\n"
        assert [filtered("KEPT", {**run, "event": event}) for event in ("push", "workflow_dispatch")] == ["abc\n"] * 2
        others: tuple[dict[str, object], ...] = (
            {"path": ".github/workflows/other.yml"},
            {"head_repository": {"full_name": "fork/orders"}},
            {"head_repository": None},
        )
        for other in others:
            assert filtered("PLANNED", {**run, "event": "pull_request", **other}) == ""
            assert filtered("KEPT", {**on_main, **other}) == ""
        for event in ("push", "schedule", "pull_request_target", "workflow_run"):
            assert filtered("PLANNED", {**run, "event": event}) == ""
        assert [filtered("KEPT", {**on_main, **other}) for other in ({"head_branch": "x"}, {"event": "schedule"})] == [
            ""
        ] * 2

    def test_its_rights_are_few(self) -> None:
        """Nothing but comments is written; what orders runs alone, is never cut off, and only on main."""
        workflow = yaml.safe_load(text_of("examples/ci/github/reconcile.yml"))
        assert workflow["permissions"] == {}
        written = {(name, right) for name, job in workflow["jobs"].items() for right in job["permissions"].items()}
        assert {each for each in written if each[1][1] == "write"} == {("plan", ("pull-requests", "write"))}
        ordering = workflow["jobs"]["reconcile"]
        assert ordering["concurrency"] == {"group": "reconcile", "cancel-in-progress": False}
        assert ordering["if"].startswith("github.ref == 'refs/heads/main' && (")

    def test_what_it_runs_is_pinned(self) -> None:
        """Actions by a commit, with the version that it is; the program by a commit, what it needs by hashes."""
        text = text_of("examples/ci/github/reconcile.yml")
        assert dict(PINNED.findall(text)) == _ACTIONS
        assert text.count("uses: ") == len(PINNED.findall(text))
        assert len(re.findall(r"pip install", text)) == 6
        assert len(re.findall(r"pip install (--require-hashes|--no-deps --no-build-isolation) ", text)) == 6

    def test_a_secret_is_given_to_one_step_alone(self) -> None:
        """The step that plans, or orders; no other step, no job and no workflow holds it, nor does a shell line."""
        workflow = yaml.safe_load(text_of("examples/ci/github/reconcile.yml"))
        steps = [(job, step) for job, body in workflow["jobs"].items() for step in body["steps"]]
        holders = [(job, step["name"]) for job, step in steps if "secrets." in str(step)]
        assert [job for job, _ in holders] == ["plan", "reconcile"]
        assert all("reconciler " in step["run"] for _, step in steps if "secrets." in str(step))
        assert not any("secrets." in str(job.get("env")) for job in (workflow, *workflow["jobs"].values()))
        assert not any("GH_TOKEN" in str(job.get("env")) for job in (workflow, *workflow["jobs"].values()))
        assert not any("${{" in step.get("run", "") for _, step in steps)
        assert workflow["env"]["RECONCILER_ALLOWED_HOSTS"] == "${{ vars.RECONCILER_ALLOWED_HOSTS }}"
        depths = {job: step["with"]["fetch-depth"] for job, step in steps if "actions/checkout" in step.get("uses", "")}
        assert depths == {"validate": 2, "plan": 0, "reconcile": 0}


class TestGitLab:
    def note(self, ci: CI) -> str:
        """Return what the merge request's one note says by now."""
        (note,) = json.loads((ci.host / "notes.json").read_text(encoding="utf-8"))
        return str(note["body"])

    @pytest.mark.sweep
    def test_with_a_state(self, ci: CI) -> None:
        """Proposed, merged, dearer, approved anew: each as approved, and once."""
        gitlab, project = GitLab(ci, "package"), ci.project
        order(ci, "alice")
        assert codes(gitlab.event("merge_request_event")) == {"validate": 0, "plan": 0}
        assert ("alice" in self.note(ci), "1 to place" in self.note(ci)) == (True, True)
        assert project.writes() == {}
        ci.merge()
        assert [codes(gitlab.event("push")) for _ in range(2)] == [{"reconcile": 0}, {"reconcile": 8}]
        assert project.creates() == 1
        order(ci, "bob", window=window(9, 11))
        gitlab.event("merge_request_event", "plan")
        assert "bob" in self.note(ci)
        dearer(ci)
        ci.merge()
        assert codes(gitlab.event("push")) == {"reconcile": 8}
        assert project.creates() == 1
        due = gitlab.event("schedule")
        assert codes(due) == {"due": 2}
        fingerprint = FINGERPRINT.findall(due["due"].said)[0]
        assert codes(gitlab.event("web", fingerprint=fingerprint)) == {"approved": 0}
        assert [project.creates(), len(project.orders_of("bob"))] == [2, 1]
        assert gitlab.blocks() - ci.succeeded == set()

    def test_without_a_state(self, ci: CI) -> None:
        """What lives is found again, nothing is placed twice, and the second pass of a run cancels."""
        gitlab, project = GitLab(ci, "none"), ci.project
        project.place_by_hand(f"by a run before: {project.reference('alice')}")
        order(ci, "alice", cancel={"reason": "no longer needed"})
        gitlab.event("merge_request_event", "plan")
        ci.merge()
        assert [codes(gitlab.event("push")) for _ in range(2)] == [{"reconcile": 0}, {"reconcile": 0}]
        assert [placed["status"] for placed in project.orders_of("alice")] == ["CANCELED"]
        assert project.creates() == 1
        kept = json.loads((ci.host / "packages.json").read_text(encoding="utf-8"))
        assert {each["name"] for each in kept} == {"plan"}

    def test_what_orders_runs_alone(self) -> None:
        """Both jobs that may order share one resource group, and are never cut off."""
        document = yaml.safe_load(text_of("examples/ci/gitlab/.gitlab-ci.yml"))
        ordering = [name for name, job in document.items() if "reconciler reconcile" in str(job)]
        assert {document[name]["extends"] for name in ordering} == {".orders"}
        assert document[".orders"]["resource_group"] == "reconcile"
        assert document[".orders"]["environment"] == {"name": "orders", "action": "access"}
        assert document[".orders"]["interruptible"] is False

    def test_what_it_runs_is_pinned(self) -> None:
        """The image by its digest, the program by a commit, what it needs by hashes; the history is whole."""
        document = yaml.safe_load(text_of("examples/ci/gitlab/.gitlab-ci.yml"))
        assert "@sha256:" in document["default"]["image"]
        installed = [line for line in document["default"]["before_script"] if line.startswith("pip ")]
        assert [re.split(r' (-r|"\$)', line)[0] for line in installed] == [
            "pip install --require-hashes",
            "pip install --no-deps --no-build-isolation",
        ]
        assert document["variables"]["GIT_DEPTH"] == 0

    def test_only_jobs_that_plan_or_order_have_an_environment(self, ci: CI) -> None:
        """Secrets are kept for two environments; the job that checks a fork's manifests has neither."""
        jobs = GitLab(ci, "none").jobs
        assert {name: job.get("environment", {}).get("name") for name, job in jobs.items()} == {
            "validate": None,
            "plan": "plans",
            "due": "plans",
            "reconcile": "orders",
            "approved": "orders",
        }


def unit(name: str) -> RawConfigParser:
    """Read a unit of systemd, where a name may stand more than once (none does here)."""
    parser = RawConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    parser.read_string(text_of(f"examples/ci/cron/{name}"))
    return parser


class TestCron:
    def crontab(self, ci: CI, folder: Path) -> Callable[[], Ran]:
        """Return how cron runs its one line, in a clone of the repository."""
        lines = [line for line in text_of("examples/ci/cron/crontab").splitlines() if not line.startswith("#")]
        variables = dict(line.split("=", 1) for line in lines[:-1])
        assert variables.keys() == {"MAILTO", "ORDERS", "PATH", "RECONCILER_STATE", "RECONCILER_ALLOWED_HOSTS"}
        (command,) = re.findall(r"^17 \* \* \* \* (.*)$", lines[-1])
        assert "%" not in command, "cron would read it as a line feed"
        return lambda: ci.shell(command, folder, {"ORDERS": str(folder), **self.kept(ci), **ci.secrets()}, options="")

    def kept(self, ci: CI) -> dict[str, str]:
        """Return what both recipes set: a state outside the checkout, and the hosts that are allowed."""
        hosts = ci.project.simulator.url.removeprefix("http://")
        (ci.host / "lib").mkdir(exist_ok=True)
        return {"RECONCILER_STATE": str(ci.host / "lib" / "state.db"), "RECONCILER_ALLOWED_HOSTS": hosts}

    def service(self, ci: CI, folder: Path) -> Callable[[], Ran]:
        """Return how systemd runs the service, each of its commands without a shell."""
        told = unit("reconciler.service")["Service"]
        assert (told["Type"], told["WorkingDirectory"]) == ("oneshot", "/srv/orders")
        assert {each.partition("=")[0] for each in told["Environment"].split()} == self.kept(ci).keys()
        assert f"/var/lib/{told['StateDirectory']}/state.db" in told["Environment"]
        lines = [told[name].replace("/opt/reconciler/bin/", "") for name in ("ExecStartPre", "ExecStart")]
        assert all(shlex.join(shlex.split(line)) == line for line in lines)

        def run() -> Ran:
            ended = Ran()
            for line in lines:
                if ended.code == 0:
                    ended.then(ci.shell(line, folder, {**self.kept(ci), **ci.secrets()}))
            return ended

        return run

    @pytest.mark.parametrize("how", ["crontab", "service"])
    def test_what_is_pushed_is_ordered_once(self, ci: CI, how: str) -> None:
        """A pass that has nothing to tell is silent in cron's mail; one that waits for a person says so."""
        folder = ci.host / "orders"
        ci.git("clone", "-q", str(ci.project.root), str(folder))
        run = getattr(self, how)(ci, folder)
        ci.project.order("alice")
        ci.commit("Order alice")
        first = run()
        assert (first.code, ci.project.creates()) == (0, 1)
        assert how != "crontab" or first.said == ""
        ci.project.order("bob", window=window(9, 11), confirm={"maxPrice": eur("1.00")})
        ci.commit("Order bob below its price")
        waits = run()
        assert ("1 held" in waits.said, waits.code) == (True, 0 if how == "crontab" else 3)
        assert ci.project.creates() == 1
        assert ci.git("status", "--porcelain", "--ignored", folder=folder) == ""

    def test_the_timer_is_the_service_s(self) -> None:
        """It makes up for what it missed, and never starts a second one beside the first."""
        timer = unit("reconciler.timer")
        assert timer["Timer"]["Persistent"] == "yes"
        assert "Unit" not in timer["Timer"]
        assert "RemainAfterExit" not in unit("reconciler.service")["Service"]

    @pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
    def test_systemd_takes_the_units(self, tmp_path: Path) -> None:
        """With its program and its folder in place, systemd has nothing to say about them."""
        for name in ("reconciler.service", "reconciler.timer"):
            text = text_of(f"examples/ci/cron/{name}").replace("/opt/reconciler/bin/reconciler", "/bin/true")
            (tmp_path / name).write_text(text.replace("/usr/bin/git", "/bin/true"), encoding="utf-8")
        units = sorted(map(str, tmp_path.iterdir()))
        done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


class TestPreCommit:
    def test_the_hook_checks_all_manifests(self, ci: CI) -> None:
        """It needs no file's name, and tells what is wrong with its place."""
        (hook,) = yaml.safe_load(text_of(".pre-commit-hooks.yaml"))
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
        for name, meant in (("orders/a.yaml", True), ("b.yml", True), ("c.geojson", True), ("d.md", False)):
            assert bool(re.search(hook["files"], name)) == meant
        ci.project.order("alice")
        assert ci.shell(hook["entry"], ci.project.root, {}).code == 0
        ci.project.order("alice", target=None)
        ended = ci.shell(hook["entry"], ci.project.root, {})
        assert (ended.code, "manifests/orders/alice.yaml:" in ended.said) == (4, True)

    def test_the_example_names_the_hook(self) -> None:
        """What it asks of this repository exists; the other hooks keep to the manifests."""
        ours, others = yaml.safe_load(text_of("examples/ci/pre-commit/config.yml"))["repos"]
        assert re.fullmatch("[0-9a-f]{40}", others["rev"])
        assert [hook["id"] for hook in ours["hooks"]] == ["reconciler-validate"]
        assert {hook["files"] for hook in others["hooks"]} == {"^manifests/"}
