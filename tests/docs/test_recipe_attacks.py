"""What strangers leave at the code host gives the recipes' jobs neither a manifest, nor a plan, nor a state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import Project

from .attack import NOT_A_STATE, Stranger, stranger
from .ci import CI, GitHub, GitLab
from .test_recipes import PRICE, codes, order

FORK = {"event": "pull_request", "head": "fork/orders", "branch": "proposed"}
OWN = {"event": "pull_request", "head": "acme/orders", "branch": "proposed"}
OTHER = ".github/workflows/other.yml"
RUNS: tuple[dict[str, str], ...] = (
    {**OWN, "event": "push"},
    {**OWN, "workflow": OTHER},
    {**FORK, "event": "push", "branch": "main"},
    FORK,
)
"""Runs whose plans count for nothing: another event, another workflow, a fork's main, a fork's pull request."""
STATES: tuple[dict[str, str], ...] = (
    {**OWN, "branch": "main"},
    {**OWN, "event": "push", "branch": "main", "workflow": OTHER},
    {**OWN, "event": "push", "branch": "main", "commit": "off main"},
    *RUNS,
)
"""Runs whose states count for nothing; the third is of a tag called main."""
PERSON = None
PIPELINES: tuple[dict[str, object] | None, ...] = (
    {"project_id": 42, "source": "push", "ref": "proposed", "sha": "0"},
    {"project_id": 43, "source": "merge_request_event", "ref": "refs/merge-requests/1/head", "sha": "0"},
    PERSON,
)
"""Who else may upload a package's file: another pipeline, one of another project, and a person with a token."""


@pytest.fixture
def ci(project: Project, tmp_path_factory: pytest.TempPathFactory) -> CI:
    """A repository that states an account and no order yet."""
    return CI(project, tmp_path_factory.mktemp("host"))


@pytest.fixture
def attacker() -> Iterator[Stranger]:
    """A stranger who listens."""
    with stranger() as told:
        yield told


def planned_now(ci: CI, target: Path) -> Path:
    """Make a right plan for what is stated, at today's prices, which nobody has reviewed."""
    made = ci.project.command("plan", "--out", str(target), variables=ci.secrets())
    assert made.code == 0, made.err
    return target


def dearer(ci: CI) -> None:
    """Let the price of everything rise, below every ceiling."""
    ci.project.fault("mutate", method="GET", path=PRICE, patch={"amount": 200_000}, times=0)


class TestGitHub:
    @pytest.fixture
    def github(self, ci: CI) -> GitHub:
        """A repository whose pull request has a plan, and was merged."""
        github = GitHub(ci, "artifact")
        order(ci, "alice")
        github.event("pull_request", "plan")
        ci.merge()
        return github

    def artifact(self, github: GitHub, name: str, run: dict[str, Any]) -> Path:
        """Return the folder of an artifact that a later run has uploaded."""
        if "commit" in run:
            run = {**run, "commit": github.ci.git("commit-tree", "-m", "Not on main", "main^{tree}")}
        folder = github.ci.host / "artifacts" / github.run(**run) / name
        folder.mkdir(parents=True)
        return folder

    def plan_of(self, github: GitHub) -> Path:
        """Return the plan that the pull request has kept."""
        (plan,) = github.ci.host.glob("artifacts/*/plan-*/plan.json")
        return plan

    def test_an_artifact_of_another_run_adds_no_manifest(self, github: GitHub, attacker: Stranger) -> None:
        """Newer ones of the very name hold an account at a stranger's address: what was approved is done, no more."""
        plan = self.plan_of(github)
        for run in RUNS:
            attacker.add_manifest(github.ci, self.artifact(github, plan.parent.name, run), plan)
        jobs = github.event("push")
        assert attacker.seen == []
        assert codes(jobs) == {"reconcile": 0}, jobs["reconcile"].said
        assert [github.ci.project.creates(), len(github.ci.project.orders_of("alice"))] == [1, 1]

    def test_a_plan_of_another_run_approves_nothing(self, github: GitHub) -> None:
        """A right plan for what main states, at a price that no reviewer of this repository has seen."""
        dearer(github.ci)
        name = self.plan_of(github).parent.name
        for run in RUNS:
            planned_now(github.ci, self.artifact(github, name, run) / "plan.json")
        jobs = github.event("push")
        assert github.ci.project.creates() == 0
        assert codes(jobs) == {"reconcile": 8}, jobs["reconcile"].said

    @pytest.mark.sweep
    def test_without_a_plan_of_its_own_nothing_is_ordered(self, ci: CI) -> None:
        """What was pushed to main without a pull request stays undone, even if others upload a plan for it."""
        github = GitHub(ci, "artifact")
        ci.project.order("alice")
        ci.commit("Order alice, past everybody")
        ci.git("branch", "proposed")
        for run in RUNS:
            folder = self.artifact(github, f"plan-{ci.git('rev-parse', 'HEAD:manifests')}", run)
            planned_now(ci, folder / "plan.json")
        jobs = github.event("push")
        assert ci.project.creates() == 0
        assert codes(jobs) == {"reconcile": 1}, jobs["reconcile"].said
        assert "no pull request of this repository has kept a plan" in jobs["reconcile"].said

    @pytest.mark.sweep
    def test_a_state_of_another_run_is_not_taken(self, github: GitHub) -> None:
        """Each is newer, and of the very name; the state of main's last run knows that the plan was carried out."""
        assert codes(github.event("push")) == {"reconcile": 0}
        for run in STATES:
            (self.artifact(github, "state", run) / "state.db").write_bytes(NOT_A_STATE)
        due = github.event("schedule")
        assert codes(due) == {"plan": 0}, due["plan"].said
        jobs = github.event("push")
        assert (codes(jobs), "carried out already" in jobs["reconcile"].said) == ({"reconcile": 8}, True)
        assert github.ci.project.creates() == 1

    @pytest.mark.sweep
    def test_of_a_state_one_file_is_taken(self, github: GitHub, attacker: Stranger) -> None:
        """Nothing else of an artifact comes into the checkout, or beside the state; nothing else is kept."""
        host = github.ci.host
        assert codes(github.event("push")) == {"reconcile": 0}
        (kept,) = host.glob("artifacts/*/state")
        assert [path.name for path in kept.iterdir()] == ["state.db"]
        attacker.add_manifest(github.ci, kept, self.plan_of(github))
        (kept / "state.db.manifests").write_bytes(NOT_A_STATE)
        assert codes(github.event("schedule")) == {"plan": 0}
        assert attacker.seen == []
        assert list(host.glob("job-*/**/zz.yaml")) == []
        assert NOT_A_STATE not in [path.read_bytes() for path in host.glob("temporary-*/state/*")]

    def test_a_proposal_sends_no_credential_elsewhere(self, ci: CI, attacker: Stranger) -> None:
        """A pull request of this repository may state an account at any address: its plan does not open it."""
        ci.project.folder.joinpath("zz.yaml").write_text(attacker.account(), encoding="utf-8")
        ci.propose("Order elsewhere")
        jobs = GitHub(ci, "artifact").event("pull_request", "plan")
        assert attacker.seen == []
        assert codes(jobs) == {"plan": 1}
        assert "RECONCILER_ALLOWED_HOSTS does not list the host 127.0.0.1" in jobs["plan"].said


class TestGitLab:
    @pytest.fixture
    def gitlab(self, ci: CI) -> GitLab:
        """A project whose merge request has a plan, and was merged."""
        gitlab = GitLab(ci, "package")
        order(ci, "alice")
        gitlab.event("merge_request_event", "plan")
        ci.merge()
        return gitlab

    def test_a_fork_s_merge_request_has_no_plan(self, ci: CI) -> None:
        """Not even if a member of the project starts its pipeline here, where the secrets are."""
        order(ci, "alice")
        assert codes(GitLab(ci, "package").event("merge_request_event", fork=True)) == {"validate": 0}

    @pytest.mark.parametrize("pipeline", PIPELINES, ids=["push", "another project", "a person"])
    def test_a_plan_that_something_else_uploaded_approves_nothing(
        self, gitlab: GitLab, pipeline: dict[str, object] | None, tmp_path: Path
    ) -> None:
        """A right plan at a price that nobody has seen stops the job: GitLab gives out the newest file of a name."""
        dearer(gitlab.ci)
        forged = planned_now(gitlab.ci, tmp_path / "forged.json")
        version = gitlab.ci.git("rev-parse", "main:manifests")
        gitlab.ci.upload("plan", version, "plan.json", content=forged.read_bytes(), pipeline=pipeline)
        jobs = gitlab.event("push")
        assert gitlab.ci.project.creates() == 0
        assert codes(jobs) == {"reconcile": 1}, jobs["reconcile"].said
        assert "no merge request of this project has kept a plan" in jobs["reconcile"].said

    @pytest.mark.sweep
    def test_a_state_that_something_else_uploaded_is_not_taken(self, gitlab: GitLab) -> None:
        """Each is newer; the state of main's last pipeline knows that the plan was carried out."""
        assert codes(gitlab.event("push")) == {"reconcile": 0}
        off_main = gitlab.ci.git("commit-tree", "-m", "Not on main", "main^{tree}")
        tag = {"project_id": 42, "source": "push", "ref": "main", "sha": off_main}
        request = {"project_id": 42, "source": "merge_request_event", "ref": "main", "sha": off_main}
        for number, pipeline in enumerate((*PIPELINES, tag, request)):
            gitlab.ci.upload("state", f"{900 + number}", "state.db", content=NOT_A_STATE, pipeline=pipeline)
        last = json.loads((gitlab.ci.host / "packages.json").read_text(encoding="utf-8"))
        own = next(each["version"] for each in last if each["name"] == "state")
        gitlab.ci.upload("state", own, "other.db", content=NOT_A_STATE, pipeline=PERSON)
        due = gitlab.event("schedule")
        assert codes(due) == {"due": 0}, due["due"].said
        jobs = gitlab.event("push")
        assert (codes(jobs), "carried out already" in jobs["reconcile"].said) == ({"reconcile": 8}, True)
        assert gitlab.ci.project.creates() == 1

    def test_a_proposal_sends_no_credential_elsewhere(self, ci: CI, attacker: Stranger) -> None:
        """Neither to an address that the manifests state, nor to one that is the title of the merge request."""
        manifest = ci.project.folder / "zz.yaml"
        manifest.write_text(attacker.account(), encoding="utf-8")
        ci.propose("Order elsewhere")
        gitlab = GitLab(ci, "package", title=f"{attacker.url}/token")
        assert codes(gitlab.event("merge_request_event", "plan")) == {"plan": 1}
        manifest.unlink()
        block = {"contractID": "7d4c1f0e-6a53-4c0b-9f6e-2f1f3f5a9b11", "tokenUrl": {"env": "CI_MERGE_REQUEST_TITLE"}}
        names = {"clientId": {"env": "ICEYE_CLIENT_ID"}, "clientSecret": {"env": "ICEYE_CLIENT_SECRET"}}
        ci.project.account(iceye={**block, **names})
        ci.propose("Log in elsewhere")
        assert codes(gitlab.event("merge_request_event", "plan")) == {"plan": 1}
        assert attacker.seen == []
