"""A plan that was approved is carried out exactly, once, and only while it is still what would be done."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import jsonschema_rs
import pytest

from reconciler.cli.exit_codes import Exit
from reconciler.plan.saved import FORMAT
from tests.support.project import CANARIES, Project, eur, window

from .terminal import Terminal, last_line

PRICE = "/iceye/api/tasking/v2/price"


def planned(terminal: Terminal) -> dict[str, object]:
    """Plan into a file, and return what stands in it."""
    ran = terminal.run("plan", "--out", "plan.json")
    assert ran.code in (Exit.OK, Exit.DECIDE), ran.err
    document: dict[str, object] = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    return document


def test_an_approved_plan_is_carried_out(terminal: Terminal):
    """Its actions, under its name in the journal; the plan after it is empty."""
    terminal.project.order()
    terminal.run("status", "--refresh")
    saved = planned(terminal)
    ran = terminal.run("reconcile", "--plan", "plan.json", "--expect", str(saved["fingerprint"]))
    assert (ran.code, "1 placed" in last_line(ran.out)) == (Exit.OK, True)
    assert saved["plan"]["id"] in {event.plan_id for event in terminal.project.journal("alice")}
    assert planned(terminal)["plan"]["actions"] == []


def test_the_file_holds_no_secret_and_fits_its_schema(terminal: Terminal):
    """What is committed, or kept as an artifact, may be read by everybody."""
    terminal.project.order()
    saved = planned(terminal)
    assert [canary for canary in CANARIES if canary in json.dumps(saved)] == []
    schema = json.loads(terminal.run("schema", "Plan").out)
    jsonschema_rs.validator_for(schema).validate(saved)


def test_a_pass_without_actions_makes_no_plan_stale(terminal: Terminal):
    """Neither what it sees nor what it remembers, nor a line that moved within its file."""
    terminal.project.order("alice")
    terminal.run("reconcile")
    path = terminal.project.order("bob", window=window(9, 11))
    planned(terminal)
    terminal.project.advance("2h")
    terminal.project.order("alice", labels=None)
    bob = path.read_text(encoding="utf-8")
    path.unlink()
    terminal.run("reconcile")
    terminal.run("status", "--refresh")
    path.with_name("robert.yaml").write_text(f"# Moved.\n\n{bob}", encoding="utf-8")
    assert terminal.run("reconcile", "--plan", "plan.json").code == Exit.OK
    assert len(terminal.project.orders()) == 2


def dearer(project: Project) -> None:
    project.fault("mutate", method="GET", path=PRICE, patch={"amount": 131_000}, times=0)


def edited(project: Project) -> None:
    project.order(iceye={"imagingMode": "STRIPMAP"})


def other_ceiling(project: Project) -> None:
    project.order(confirm={"maxPrice": eur("9999.00")})


def another_order(project: Project) -> None:
    project.order("bob", window=window(9, 11))


def policy(project: Project) -> None:
    project.policy(newOrdersPerPass=7)


def placed_by_another_run(project: Project) -> None:
    project.place_by_hand(f"by hand {project.reference()}")


def expired(project: Project) -> None:
    project.advance("25h")


def other_format(_project: Project) -> None:
    path = Path("plan.json")
    path.write_text(path.read_text(encoding="utf-8").replace(f'"format": {FORMAT}', f'"format": {FORMAT + 1}'))


def other_fingerprint(_project: Project) -> None:
    path = Path("plan.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**document, "fingerprint": "0123456789abcdef"}), encoding="utf-8")


STALE = {
    "a manifest was edited": (edited, "the manifests were changed"),
    "a ceiling was raised": (other_ceiling, "the manifests were changed"),
    "an order came": (another_order, "the manifests were changed"),
    "the policy was changed": (policy, "the manifests were changed"),
    "its price rose": (dearer, "alice: commits EUR 1,310.00 now, and EUR 1,300.00 in the plan"),
    "it was ordered meanwhile": (placed_by_another_run, "alice: to place it is not due any more"),
    "it has expired": (expired, "it has expired at 2026-12-02T00:00:00Z"),
    "another format": (other_format, f"has format {FORMAT + 1}, and this version applies format {FORMAT}: plan again"),
    "it was edited": (other_fingerprint, "the plan file was modified after it was written (fingerprint mismatch)"),
}


@pytest.mark.parametrize(("change", "told"), STALE.values(), ids=STALE)
def test_a_stale_plan_is_not_carried_out(terminal: Terminal, change: Callable[[Project], None], told: str):
    """It leaves with 8, says what changed and what to do, and has sent nothing but reads."""
    terminal.project.order()
    planned(terminal)
    change(terminal.project)
    terminal.project.zero()
    ran = terminal.run("reconcile", "--plan", "plan.json")
    assert (ran.code, ran.out) == (Exit.STALE, "")
    assert told in ran.err
    assert terminal.project.writes() == {}


def another_account(project: Project) -> None:
    project.account("other")


def other_limits(project: Project) -> None:
    project.account(limits={"settle": "1h"})


@pytest.mark.parametrize("change", [edited, other_ceiling, another_order, policy, another_account, other_limits])
def test_manifests_are_compared_before_an_account_is_opened(terminal: Terminal, change: Callable[[Project], None]):
    """Manifests that differ from the plan's end the run with 8 before a secret is looked up or a request is sent."""
    terminal.project.order()
    planned(terminal)
    change(terminal.project)
    terminal.project.zero()
    del terminal.project.variables["SIM_CLIENT_SECRET"]
    for more in ((), ("--dry-run",)):
        ran = terminal.run("reconcile", "--plan", "plan.json", *more)
        assert (ran.code, ran.out) == (Exit.STALE, "")
        assert "the manifests were changed" in ran.err
        assert terminal.project.requests() == {}


def test_the_cache_of_manifests_is_not_compared(terminal: Terminal):
    """What a saved plan is compared with comes from the files themselves, also if a cache holds what was approved."""
    path = terminal.project.order()
    terminal.run("status", "--refresh")
    planned(terminal)
    cache = terminal.project.state.with_name("state.db.manifests")
    before = cache.read_text(encoding="utf-8")
    edited(terminal.project)
    cache.write_text(before.replace(_hash_in(before), sha256(path.read_bytes()).hexdigest()), encoding="utf-8")
    terminal.project.zero()
    assert terminal.run("reconcile", "--plan", "plan.json").code == Exit.STALE
    assert terminal.project.requests() == {}


def _hash_in(cache: str) -> str:
    (file,) = json.loads(cache)["files"].values()
    return str(file["content"])


def moved_at_the_console(project: Project) -> None:
    project.edit(project.orders()[0]["id"], imagingMode="STRIPMAP")


def another_state(project: Project) -> None:
    project.lose_state()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (moved_at_the_console, "alice: the state file, or its provider, holds it otherwise"),
        (another_state, "alice: to cancel it is not due any more"),
    ],
)
def test_what_a_cancellation_is_about_must_not_have_changed(
    terminal: Terminal, change: Callable[[Project], None], told: str
):
    """An order that a person changed, or that the state knows otherwise, is looked at again before it is canceled."""
    terminal.project.order()
    terminal.run("reconcile")
    terminal.project.order(cancel={"reason": "no longer needed"})
    planned(terminal)
    change(terminal.project)
    ran = terminal.run("reconcile", "--plan", "plan.json")
    assert (ran.code, told in ran.err) == (Exit.STALE, True), ran.err
    assert terminal.project.orders()[0]["status"] != "CANCELED"


def test_a_plan_is_carried_out_once(terminal: Terminal):
    """The second time it is refused, though what it did was undone since."""
    terminal.project.order()
    planned(terminal)
    assert terminal.run("reconcile", "--plan", "plan.json").code == Exit.OK
    ran = terminal.run("reconcile", "--plan", "plan.json")
    assert (ran.code, "it was carried out already" in ran.err) == (Exit.STALE, True)
    assert terminal.project.creates() == 1


@pytest.mark.parametrize("arguments", [(), ("--plan", "plan.json"), ("--dry-run",)])
def test_an_expected_fingerprint_is_always_compared(terminal: Terminal, arguments: tuple[str, ...]):
    """With a saved plan or without, and where nothing would be carried out."""
    terminal.project.order()
    right = str(planned(terminal)["fingerprint"])
    ran = terminal.run("reconcile", *arguments, "--expect", "0123456789abcdef")
    assert (ran.code, ran.out) == (Exit.STALE, "")
    assert f"the fingerprint is {right} now, and 0123456789abcdef was expected" in ran.err
    assert terminal.project.creates() == 0
    assert terminal.run("reconcile", *arguments, "--expect", right).code == Exit.OK


def test_what_cannot_be_read_makes_no_plan_stale(terminal: Terminal):
    """The run leaves with 7 and does nothing; the plan is carried out when the provider answers again."""
    terminal.project.order()
    planned(terminal)
    terminal.project.fault("status", method="GET", status=503, times=0)
    assert terminal.run("reconcile", "--plan", "plan.json").code == Exit.UNREAD
    terminal.project.clear_faults()
    assert terminal.run("reconcile", "--plan", "plan.json").code == Exit.OK
    assert terminal.project.creates() == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"format": true}', f'{{"format": {FORMAT}}}', "\udcff"])
def test_a_file_that_is_no_plan(terminal: Terminal, content: str):
    """It is told as what it is, and nothing is asked."""
    terminal.project.order()
    Path("plan.json").write_bytes(content.encode(errors="surrogateescape"))
    ran = terminal.run("reconcile", "--plan", "plan.json")
    assert (ran.code, "is no saved plan" in ran.err) == (Exit.INVALID, True), ran.err
    assert terminal.project.requests() == {}


def test_a_file_that_is_not_there(terminal: Terminal):
    """Neither read nor written."""
    terminal.project.order()
    assert "cannot be read" in terminal.run("reconcile", "--plan", "none.json").err
    assert "cannot be written" in terminal.run("plan", "--out", "none/plan.json").err
    assert "is not a duration" in terminal.run("plan", "--out", "plan.json", "--expires", "soon").err


@pytest.mark.parametrize("form", ["markdown", "json"])
def test_the_fingerprint_is_shown_to_whoever_approves(terminal: Terminal, form: str):
    """It is what an approval names."""
    terminal.project.order()
    ran = terminal.run("plan", "--out", "plan.json", "--format", form)
    assert json.loads(Path("plan.json").read_text(encoding="utf-8"))["fingerprint"] in ran.out
