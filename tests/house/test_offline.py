"""No test reaches a provider: only loopback is open, in this process and in every program that a test starts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import httpx
import pytest
import sitecustomize as offline

from tests.support.project import Project


@pytest.mark.parametrize("host", ["platform.iceye.com", "192.0.2.1", "2001:db8::1", "example.org"])
def test_a_name_or_an_address_elsewhere_is_out_of_reach(host: str) -> None:
    """Neither looked up nor connected to."""
    with pytest.raises(offline.LeftLoopback, match="tests reach loopback only"):
        socket.create_connection((host, 443), timeout=1)


def test_the_http_client_is_out_of_reach_of_providers() -> None:
    """The error is none that a retry or an outcome would hide."""
    with httpx.Client(trust_env=False) as client, pytest.raises(offline.LeftLoopback):
        client.get("https://platform.iceye.com/api")


def test_a_datagram_elsewhere_is_out_of_reach() -> None:
    """Not even one that asks for a name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, pytest.raises(offline.LeftLoopback):
        one.sendto(b"x", ("192.0.2.1", 53))


def test_a_program_that_a_test_starts_is_out_of_reach_too() -> None:
    """The same hook is in every Python that inherits the environment."""
    code = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "LeftLoopback" in done.stderr


def test_the_command_line_that_tests_start_is_out_of_reach_too(project: Project) -> None:
    """A manifest with ICEYE's real address: nothing leaves this machine, and nothing is said to be ordered."""
    project.account(endpoint="https://platform.iceye.com/api")
    project.order()
    ran = project.command("reconcile")
    assert ran.code not in (0, 2)
    assert project.requests().get("POST /iceye/api/tasking/v2/tasks") is None


def test_loopback_is_open() -> None:
    """The simulator can be reached by address and by name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()


def test_the_developers_environment_does_not_leak_in() -> None:
    """Options, credentials and colors of whoever runs the tests are gone."""
    leaked = [name for name in os.environ if name.startswith(("RECONCILER_", "ICEYE_", "NO_COLOR", "FORCE_COLOR"))]
    assert leaked == []
