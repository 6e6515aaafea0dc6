"""Secrets: what was named in a manifest never stands in a file, an output or an exception of this program."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.model.errors import ReconcilerError
from tests.support.project import CLIENT_ID, CLIENT_SECRET, Project

_ECHO = (
    f'{{"code": "ERR_X", "message": "client {CLIENT_ID} secret {CLIENT_SECRET} token TOKEN refused", '
    f'"error": "invalid_client {CLIENT_ID}", "error_description": "bad secret {CLIENT_SECRET}"}}'
)

FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("status", {"path": "*/token", "status": 401, "body": _ECHO, "times": 0}),
    ("status", {"path": "*/token", "status": 500, "body": _ECHO, "times": 0}),
    ("malformed", {"path": "*/token", "times": 0}),
    ("drop-after", {"path": "*/token", "times": 0}),
    ("status", {"status": 400, "body": _ECHO}),
    ("status", {"status": 401, "body": _ECHO}),
    ("status", {"status": 500, "body": _ECHO}),
    ("status", {"status": 302, "headers": {"Location": f"https://example.org/?secret={CLIENT_SECRET}"}, "body": _ECHO}),
    ("drop-after", {}),
    ("reset-after", {}),
    ("malformed", {}),
    ("status", {"method": "GET", "status": 403, "body": _ECHO, "times": 0}),
    ("status", {"method": "GET", "path": "/tasking/v2/price", "status": 400, "body": _ECHO, "times": 0}),
    ("status", {"method": "GET", "path": "/company/v1/contracts/*", "status": 500, "body": _ECHO, "times": 0}),
]


@pytest.fixture
def careful(project: Project) -> Project:
    """Return a project whose credentials and tokens can be recognized anywhere."""
    project.order()
    return project


def assert_clean(project: Project, *texts: str) -> None:
    """Look for the secrets in every file below the project, and in some texts."""
    assert project.told_secrets(*texts) == []


@pytest.mark.parametrize(("kind", "more"), FAULTS, ids=str)
def test_no_failure_repeats_a_secret(careful: Project, kind: str, more: dict[str, Any]) -> None:
    """Whatever a provider echoes: not in the state, the journal, the report, the output or the log of a bug."""
    careful.fault(kind, **more)
    texts = []
    for _ in range(2):
        try:
            texts.append(repr(careful.reconcile()))
        except ReconcilerError as e:
            texts.append("".join(traceback.format_exception(e)))
    assert_clean(careful, *texts)


@pytest.mark.parametrize(("kind", "more"), [FAULTS[0], FAULTS[4], FAULTS[11]], ids=str)
def test_no_failing_command_repeats_a_secret(careful: Project, kind: str, more: dict[str, Any]) -> None:
    """As a process: token, order and listing refused with an echo of the credentials."""
    careful.fault(kind, **more)
    ran = careful.command("reconcile", "--format", "json", variables={"TMPDIR": str(careful.root)})
    assert ran.code in (1, 7)
    assert_clean(careful, ran.out, ran.err)


def test_success_repeats_no_secret(careful: Project) -> None:
    """Placed, followed, canceled, shown in every format, exported and backed up."""
    said = [
        careful.command(*arguments)
        for arguments in (
            ("plan",),
            ("reconcile", "--format", "json"),
            ("status", "--refresh", "--format", "json"),
            ("history", "alice"),
            ("state", "export"),
            ("state", "backup", str(careful.root / "copy.db")),
        )
    ]
    assert [ran.code for ran in said] == [0] * 6, said
    assert_clean(careful, *(ran.out + ran.err for ran in said))


def test_a_token_that_an_order_is_refused_with_is_not_repeated(careful: Project) -> None:
    """The simulator takes the token that it issued, and repeats it in its refusal: it is blotted out."""
    seen: list[str] = []

    class Echo(httpx.BaseTransport):
        """Answers an order with a refusal that repeats the credentials of the request."""

        def __init__(self) -> None:
            self.real = httpx.HTTPTransport(verify=False)

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST" and request.url.path.endswith("/tasks"):
                seen.append(request.headers["authorization"].removeprefix("Bearer "))
                said = f"token {seen[-1]} is not good for this"
                return httpx.Response(400, json={"code": "ERR_X", "message": said})
            return self.real.handle_request(request)

    with (echo := Echo()).real:
        careful.transport = echo
        report = careful.reconcile()
    assert len(seen) == 1
    assert re.fullmatch(r"\S+", seen[0])
    assert seen[0] not in repr(report)
    assert seen[0].encode() not in careful.state.read_bytes()
    assert "is not good for this" in report.results[0].outcome.message


@pytest.mark.parametrize("missing", ["SIM_TOKEN_URL", "SIM_CLIENT_ID", "SIM_CLIENT_SECRET"])
def test_a_secret_that_is_missing_is_named_by_its_name_alone(careful: Project, missing: str) -> None:
    """Exit 4 before anything is sent; the message names the variable."""
    del careful.variables[missing]
    ran = careful.command("reconcile")
    assert ran.code == 4
    assert missing in ran.err
    assert careful.requests() == {}
    assert_clean(careful, ran.out, ran.err)


def test_a_secret_from_a_file_is_used_and_not_repeated(
    careful: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """`{file: PATH}` works like `{env: NAME}`."""
    path: Path = tmp_path_factory.mktemp("elsewhere") / "secret"
    path.write_text(f"{CLIENT_SECRET}\n")
    careful.account(
        iceye={
            "contractID": "7d4c1f0e-6a53-4c0b-9f6e-2f1f3f5a9b11",
            "tokenUrl": {"env": "SIM_TOKEN_URL"},
            "clientId": {"env": "SIM_CLIENT_ID"},
            "clientSecret": {"file": str(path)},
        }
    )
    careful.sim("PUT", "/iceye/clients", {CLIENT_ID: CLIENT_SECRET})
    ran = careful.command("reconcile")
    assert ran.code == 0, ran.err
    assert_clean(careful, ran.out, ran.err)
