"""The vendor's own example of private tasking, from the committed manifest to the wire and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import message
from reconciler.simulator import Simulator
from tests.docs.documents import text_of
from tests.providers.vantor.test_terms import SEED_BODY
from tests.support.project import Project, actions, finding, merged, outcomes

EXAMPLE = "examples/vantor-story/manifests/orders/black-rock.yaml"
SUBMIT = "/tasking/v2/tasking/vantor"
NOT_ENTITLED = (
    "Not authorized to place private tasking requests. (forbidden, HTTP 403)",
    "ask your Vantor sales representative to enable private tasking for this account",
    "It is never sent as a public one",
)


class Purchases(httpx.BaseTransport):
    """The real transport, which notes what else than a check is sent to where orders are submitted."""

    def __init__(self, real: httpx.BaseTransport) -> None:
        self.real = real
        self.sent: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        if request.method != "GET" and request.url.query != b"validation_only=true":
            self.sent.append(f"{request.method} {request.url.path.removeprefix('/vantor/api')}")
        return self.real.handle_request(request)


class PrivateProject(Project):
    """A folder that holds the example's order, at the simulated Vantor in June."""

    def __post_init__(self) -> None:
        """Write the project, its account and the order."""
        super().__post_init__()
        self.variables["VANTOR_API_KEY"] = "canary-key-71d3"
        order = self.folder / "orders" / "black-rock.yaml"
        order.parent.mkdir()
        order.write_text(text_of(EXAMPLE), encoding="utf-8")

    def account(self, name: str = "vantor-demo", **changes: Any) -> None:
        """Write an account that logs in by a key."""
        base = {"endpoint": self.simulator.vantor_url, "vantor": {"apiKey": {"env": "VANTOR_API_KEY"}}}
        self.write(f"accounts/{name}.yaml", "Account", name, merged(base, changes))

    def spent(self) -> list[str]:
        """Return what was sent besides reads, checks and quotes, and forget it."""
        assert isinstance(self.transport, Purchases)
        sent, self.transport.sent = self.transport.sent, []
        return [each for each in sent if not each.endswith("/quote")]


@pytest.fixture
def private(
    tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport
) -> Iterator[PrivateProject]:
    """The project at a simulator whose accounts are not entitled to private tasking."""
    with Simulator(start=datetime(2026, 6, 1, tzinfo=UTC), speed=0) as simulator:
        yield PrivateProject(tmp_path, simulator, control_client, transport=Purchases(plain_transport))


def test_the_example_arrives_field_by_field(private: PrivateProject) -> None:
    """What Vantor gets is the body of its own tutorial; only our reference stands before the description."""
    private.sim("PUT", "/vantor/accounts/default", {"private": True})
    assert outcomes(private.reconcile()) == {"black-rock": OutcomeKind.DONE}
    assert private.spent() == [f"POST {SUBMIT}"]
    (order,) = private.orders()
    described = f"{private.reference('black-rock')} {SEED_BODY['request_description']}"
    assert order["body"] == {**SEED_BODY, "request_description": described}
    again = private.reconcile()
    assert (actions(again), finding(again, "black-rock").kind) == ([], FindingKind.IN_SYNC)
    assert private.spent() == []


def test_an_account_that_is_not_entitled_is_told_by_the_check(private: PrivateProject) -> None:
    """The 403 of the check that precedes an order holds it, in every pass: no order is ever submitted."""
    for _ in range(2):
        private.zero()
        report = private.reconcile()
        held = finding(report, "black-rock")
        assert (actions(report), held.kind) == ([], FindingKind.HELD)
        assert [part for part in NOT_ENTITLED if part not in message(held)] == []
        assert private.requests()[f"POST /vantor/api{SUBMIT}"] == 1
    assert (private.spent(), private.orders()) == ([], [])


def test_an_order_that_is_refused_as_not_entitled_is_not_sent_again(private: PrivateProject) -> None:
    """Where the check lets it pass, the order is one request, its 403 the clear refusal; then nothing is sent."""
    private.sim("PUT", "/vantor/accounts/default", {"private": True})
    said = "Not authorized to place private tasking requests."
    body = {"error": {"error_code": "forbidden", "error_messages": [said]}}
    private.fault("status", path=SUBMIT, status=403, body=body, skip=1)  # the check is the first
    first = private.reconcile()
    assert outcomes(first) == {"black-rock": OutcomeKind.REFUSED}
    told = first.results[0].outcome.message
    assert [part for part in NOT_ENTITLED if part not in told] == []
    assert private.spent() == [f"POST {SUBMIT}"]
    private.zero()
    report = private.reconcile()
    held = finding(report, "black-rock")
    assert (actions(report), held.kind) == ([], FindingKind.HELD)
    assert [part for part in NOT_ENTITLED if part not in message(held)] == []
    assert [name for name in private.requests() if not name.startswith("GET ")] == []
    assert private.orders() == []
