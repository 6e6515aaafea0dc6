"""Credentials appear in no output, no file and no log, whatever goes wrong."""

from __future__ import annotations

import base64

import pytest

from .test_exit_codes import _BROKEN

CLIENT = "canary-client-5f2e1c"
SECRET = "canary-secret-9b7d3a"
PAIR = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
ECHO = {"code": f"ERR {SECRET}", "message": f"bad client {CLIENT} with {SECRET}, header Basic {PAIR}"}


@pytest.fixture
def canaries(terminal):
    """A terminal whose credentials can be recognized anywhere; temporary files go to its folder too."""
    terminal.project.variables |= {"SIM_CLIENT_ID": CLIENT, "SIM_CLIENT_SECRET": SECRET}
    terminal.project.variables["TMPDIR"] = str(terminal.project.root)
    terminal.project.order()
    return terminal


def unseen(terminal, *runs):
    """Assert that no canary is in an output or in any file under the folder, sidecars of the state included."""
    for ran in runs:
        for canary in (CLIENT, SECRET, PAIR):
            assert canary not in ran.out
            assert canary not in ran.err
    files = [path for path in terminal.project.root.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        content = path.read_bytes()
        for canary in (CLIENT, SECRET, PAIR):
            assert canary.encode() not in content, path


def test_after_success(canaries):
    """Every command that connects, and every one that shows what is remembered."""
    runs = [
        canaries.command(*words)
        for words in (
            ["plan", "--format", "json"],
            ["reconcile"],
            ["status", "--refresh", "--format", "json"],
            ["history", "alice", "--format", "json"],
            ["state", "export"],
        )
    ]
    assert [ran.code for ran in runs] == [0] * len(runs)
    unseen(canaries, *runs)


@pytest.mark.parametrize("status", [401, 403, 422, 500])
def test_after_a_refusal_that_repeats_them(canaries, status):
    """A provider that repeats the credentials in its error is not quoted with them."""
    canaries.project.fault("status", status=status, body=ECHO)
    ran = canaries.command("reconcile", "--format", "json")
    assert ran.code in (1, 3)
    unseen(canaries, ran, canaries.command("state", "export"))


@pytest.mark.parametrize("status", [401, 400])
def test_after_a_token_endpoint_that_repeats_them(canaries, status):
    """Nor is a token endpoint, whose refusal names the variables and not their values."""
    body = {"error": f"invalid_client {SECRET}", "error_description": f"{CLIENT} {PAIR}"}
    canaries.project.fault("status", status=status, body=body, path="*/token", times=0)
    ran = canaries.command("reconcile")
    assert ran.code == 7
    assert "SIM_CLIENT_SECRET" in ran.out + ran.err
    unseen(canaries, ran)


def test_after_a_secret_that_is_no_line(canaries):
    """A secret of several lines is refused by its name."""
    ran = canaries.command("reconcile", SIM_CLIENT_SECRET=f"{SECRET}\nmore")
    assert ran.code == 4
    unseen(canaries, ran)


def test_after_a_bug(canaries):
    """The log of a bug holds code lines and no values."""
    (canaries.project.root / "broken.py").write_text(_BROKEN, encoding="utf-8")
    ran = canaries.shell("${reconciler% -m reconciler} broken.py")
    assert ran.code == 70
    assert list(canaries.project.root.glob("reconciler-bug-*.log"))
    unseen(canaries, ran)


def test_access_tokens_are_not_kept(canaries):
    """The token that the provider issued is in no file either."""
    token = "canary-token-77aa"
    canaries.project.fault("mutate", path="*/token", patch={"access_token": token})
    ran = canaries.command("reconcile")
    assert token not in ran.out + ran.err
    assert not [p for p in canaries.project.root.rglob("*") if p.is_file() and token.encode() in p.read_bytes()]
