"""No clear answer to an order: it is looked for, and never sent twice."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

import pytest

from reconciler.model.errors import ConfigError, StateError
from reconciler.model.journal import EventKind
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import message, remedy
from tests.support.project import (
    CREATE,
    OTHER_CONTRACT,
    Impatient,
    Project,
    actions,
    eur,
    eventually,
    finding,
    findings,
    outcomes,
)


@dataclass(frozen=True)
class Case:
    """One way in which an answer is lost: the fault, and whether an order exists behind it."""

    name: str
    kind: str
    committed: bool
    more: dict[str, Any]
    impatient: bool = False


_BODY = '{"code": "ERR_INTERNAL", "message": "an error occurred"}'
CASES = [
    Case("dropped after commit", "drop-after", True, {}),
    Case("reset after commit", "reset-after", True, {}),
    Case("dropped before commit", "drop-before", False, {}),
    Case("reset before commit", "reset-before", False, {}),
    Case("truncated 201", "truncate", True, {}),
    Case("malformed 201", "malformed", True, {}),
    Case("empty 201", "empty", True, {}),
    Case("201 as text", "wrong-content-type", True, {}),
    Case("a proxy's page with 200", "html", True, {"status": 200}),
    Case("a proxy's page with 400", "html", True, {"status": 400}),
    Case("a proxy's page with 403", "html", True, {"status": 403}),
    Case("a proxy's page with 429", "html", True, {"status": 429}),
    Case("a proxy's page with 502", "html", True, {"status": 502}),
    Case("201 without an id", "mutate", True, {"patch": {"id": None}}),
    Case("201 with an id that is none", "mutate", True, {"patch": {"id": "../../x"}}),
    Case("201 with a list", "status", True, {"status": 201, "body": "[]", "commit": True}),
    Case("200 with nothing", "status", True, {"status": 200, "body": "{}", "commit": True}),
    Case("204", "status", True, {"status": 204, "body": "", "commit": True}),
    Case("500 after commit", "status", True, {"status": 500, "commit": True}),
    Case("500 before commit", "status", False, {"status": 500}),
    Case("503 with Retry-After", "status", False, {"status": 503, "headers": {"Retry-After": "1"}}),
    Case("504 after commit", "status", True, {"status": 504, "commit": True}),
    Case("408 after commit", "status", True, {"status": 408, "commit": True}),
    Case("409 after commit", "status", True, {"status": 409, "commit": True}),
    Case("409 before commit", "status", False, {"status": 409}),
    Case("412", "status", False, {"status": 412}),
    Case("418", "status", False, {"status": 418}),
    Case("400 of nobody's form", "status", True, {"status": 400, "body": "{}", "commit": True}),
    Case("422 of nobody's form", "status", True, {"status": 422, "body": '"no"', "commit": True}),
    Case(
        "301", "status", True, {"status": 301, "commit": True, "headers": {"Location": "/iceye/api/tasking/v2/tasks"}}
    ),
    Case("303", "status", False, {"status": 303, "headers": {"Location": "/iceye/api/tasking/v2/tasks"}}),
    Case("307", "status", False, {"status": 307, "headers": {"Location": "/iceye/api/tasking/v2/tasks"}}),
    Case(
        "308 after commit",
        "status",
        True,
        {"status": 308, "commit": True, "headers": {"Location": "http://localhost/"}},
    ),
    Case("a body that never ends", "huge", True, {"size": 40 * 2**20}),
    Case("later than the time-out", "delay", True, {"seconds": 1.0, "when": "after"}, impatient=True),
    Case("taken later than the time-out", "delay", True, {"seconds": 0.6, "when": "before"}, impatient=True),
]


def lose(project: Project, case: Case) -> None:
    """Place one order whose answer is lost, and be sure that exactly one request went out."""
    project.order()
    usual = project.transport
    project.transport = Impatient() if case.impatient else None
    project.fault(case.kind, **case.more)
    report = project.reconcile()
    project.transport = usual
    assert outcomes(report) == {"alice": OutcomeKind.UNKNOWN}
    assert project.creates() == 1
    record = project.record()
    assert record.unresolved
    assert [event.kind for event in project.journal()] == [EventKind.INTENT, EventKind.OUTCOME]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_lost_answer_is_unknown_and_the_next_pass_settles_it_without_a_second_order(
    project: Project, case: Case
) -> None:
    """Found by its reference: adopted. Not found: unresolved, and nothing is sent however many passes run."""
    lose(project, case)
    if case.impatient:
        eventually(lambda: len(project.orders()) == 1)
    second = project.reconcile()
    if case.committed:
        assert actions(second) == [("adopt", "alice")]
        third = project.reconcile()
        assert (actions(third), findings(third)) == ([], [("alice", FindingKind.IN_SYNC)])
        assert project.record().order_id == project.orders()[0]["id"]
    else:
        for _ in range(5):
            report = project.reconcile()
            assert (actions(report), finding(report).kind) == ([], FindingKind.UNRESOLVED)
    assert project.creates() == 1
    assert len(project.orders()) == (1 if case.committed else 0)


@pytest.mark.parametrize("status", [502, 503])
def test_a_status_that_repeats_is_still_one_request(project: Project, status: int) -> None:
    """A spending call is not tried again, whatever the answer invites to."""
    project.order()
    project.fault("status", status=status, times=0, headers={"Retry-After": "0"})
    project.reconcile()
    assert project.creates() == 1


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "7"}, {"Retry-After": "Tue, 01 Dec 2026 00:00:07 GMT"}])
def test_too_many_requests_is_refused_and_a_later_pass_looks_before_it_orders_again(
    project: Project, headers: dict[str, str]
) -> None:
    """429 in the provider's form: a pass after the settle time lists, finds nothing, and places it; none before."""
    project.order()
    project.fault("status", status=429, headers=headers)
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.REFUSED}
    assert finding(project.reconcile()).kind is FindingKind.WAITING
    assert project.creates() == 1
    project.advance("16m")
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}
    assert (project.creates(), len(project.orders())) == (2, 1)


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_a_refusal_that_lies_is_not_repeated_while_the_order_may_be_shown_late(project: Project, status: int) -> None:
    """Taken although refused, and listed only ten minutes later: it is adopted then, not ordered again before."""
    project.order()
    project.fault("status", status=status, commit=True)
    project.fault("lag", seconds=600, where="list")
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.REFUSED}
    assert actions(project.reconcile()) == []
    project.advance("11m")
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert (project.creates(), len(project.orders())) == (1, 1)


def test_too_many_requests_after_a_commit_is_found_by_the_next_listing(project: Project) -> None:
    """Should a 429 lie, the listing before the repeat finds the order."""
    project.order()
    project.fault("status", status=429, commit=True)
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.REFUSED}
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert (project.creates(), len(project.orders())) == (1, 1)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_after_a_commit_is_found_by_the_next_listing(project: Project, status: int) -> None:
    """The same for every other refusal that a later pass may repeat."""
    project.order()
    project.fault("status", status=status, commit=True)
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.REFUSED}
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert (project.creates(), len(project.orders())) == (1, 1)


def test_trouble_with_the_first_order_sends_no_other(project: Project) -> None:
    """An unknown outcome holds back the rest, which the next pass places, but for the one in doubt."""
    keys = ["alice", "bruce", "chris"]
    for key in keys:
        project.order(key)
    project.fault("drop-before")
    first = project.reconcile()
    assert outcomes(first) == {
        "alice": OutcomeKind.UNKNOWN,
        "bruce": OutcomeKind.NOT_SENT,
        "chris": OutcomeKind.NOT_SENT,
    }
    assert project.creates() == 1
    second = project.reconcile()
    assert actions(second) == [("place", "bruce"), ("place", "chris")]
    assert finding(second, "alice").kind is FindingKind.UNRESOLVED
    assert sorted(order["text"] for order in project.orders()) == sorted(map(project.reference, keys[1:]))


@pytest.mark.parametrize("where", ["list", "both"])
def test_an_order_that_shows_late_is_unresolved_until_it_is_found(project: Project, where: str) -> None:
    """The answer lost and the order not yet shown: passes wait; when it shows up it is bound, once."""
    project.order()
    project.fault("drop-after")
    project.fault("lag", seconds=600, where=where)
    project.reconcile()
    for _ in range(4):
        report = project.reconcile()
        assert (actions(report), finding(report).kind) == ([], FindingKind.UNRESOLVED)
        assert "settles after 15m and 3 listings" in message(finding(report))
    project.advance("10m")
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert (project.creates(), len(project.orders())) == (1, 1)


def test_after_the_settle_time_and_three_listings_it_is_held_for_a_person(project: Project) -> None:
    """`onUnknown: hold`: the doubt is named with its remedies and its deadline, and nothing is ever sent for it."""
    project.order()
    project.fault("drop-before")
    project.reconcile()
    project.advance("16m")
    early = [finding(project.reconcile()) for _ in range(2)]
    assert all("settles after" in message(found) for found in early)
    for _ in range(3):
        report = project.reconcile()
        held = finding(report)
        assert (actions(report), held.kind) == ([], FindingKind.UNRESOLVED)
        assert "settles after" not in message(held)
        assert "reconciler resolve alice --adopt ID" in remedy(held)
        assert "reconciler resolve alice --not-created --reason TEXT" in remedy(held)
        assert held.deadline is not None
    assert project.creates() == 1


def test_lookups_are_counted_only_by_complete_listings(project: Project) -> None:
    """A listing that broke off proves nothing."""
    project.order()
    project.fault("drop-before")
    project.reconcile()
    project.fault("status", method="GET", path="/tasking/v2/tasks", status=500, times=3)
    broken = project.reconcile()
    assert finding(broken).kind is FindingKind.UNREAD
    assert project.record().lookups == 0
    project.reconcile()
    assert project.record().lookups == 1


def test_a_repeat_comes_only_after_settle_time_and_three_listings(project: Project) -> None:
    """`onUnknown: retry`: two listings are too few, and so is a minute less; then once, with the same reference."""
    project.account(limits={"onUnknown": "retry"})
    project.order()
    project.fault("drop-before")
    project.reconcile()
    for _ in range(5):
        assert actions(project.reconcile()) == []
    project.advance("899s")
    assert actions(project.reconcile()) == []
    project.advance("1s")
    repeated = project.reconcile()
    assert outcomes(repeated) == {"alice": OutcomeKind.DONE}
    assert project.creates() == 2
    (order,) = project.orders()
    assert order["text"] == project.reference()


def test_two_listings_are_too_few_for_a_repeat(project: Project) -> None:
    """Long after the settle time, the third complete listing is the first that allows it."""
    project.account(limits={"onUnknown": "retry"})
    project.order()
    project.fault("drop-before")
    project.reconcile()
    project.advance("1h")
    assert actions(project.reconcile()) == []
    assert actions(project.reconcile()) == []
    assert actions(project.reconcile()) == [("place", "alice")]


def test_a_repeat_does_not_come_while_the_order_is_there(project: Project) -> None:
    """The listing that would allow the repeat finds the order instead."""
    project.account(limits={"onUnknown": "retry"})
    project.order()
    project.fault("drop-after")
    project.fault("lag", seconds=800)
    project.reconcile()
    for _ in range(3):
        assert actions(project.reconcile()) == []
    project.advance("15m")
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert (project.creates(), len(project.orders())) == (1, 1)


def test_a_repeat_that_is_lost_too_is_not_repeated(project: Project) -> None:
    """Two lost answers are no accident: from there on a person decides, however long it takes."""
    project.account(limits={"onUnknown": "retry"})
    project.order()
    project.fault("drop-before", times=2)
    project.reconcile()
    project.advance("1h")
    for _ in range(3):
        project.reconcile()
    assert project.creates() == 2
    for _ in range(4):
        assert actions(project.reconcile()) == []
        project.advance("1h")
    assert finding(project.reconcile()).kind is FindingKind.UNRESOLVED
    with project.deciding() as decision:
        decision.not_created("their support says so")
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}
    assert (project.creates(), len(project.orders())) == (3, 1)


def test_a_deleted_state_file_adopts_everything_and_places_nothing(project: Project) -> None:
    """What is bound, what is in doubt, and what was never known: all found by reference."""
    for key in ("alice", "bruce", "chris"):
        project.order(key)
    project.fault("drop-after", skip=1)
    project.reconcile()
    project.reconcile()
    before = {key: project.record(key).order_id for key in ("alice", "bruce", "chris")}
    project.lose_state()
    project.zero()
    assert actions(project.reconcile()) == [("adopt", key) for key in before]
    assert {key: project.record(key).order_id for key in before} == before
    assert actions(project.reconcile()) == []
    assert project.writes() == {}


def test_a_state_file_deleted_while_an_order_is_in_doubt_and_not_shown(project: Project) -> None:
    """Inside the visibility delay nothing but the state file knows: this is the documented limit, made visible."""
    project.order()
    project.switch(visibilitySeconds=60)
    project.reconcile()
    project.lose_state()
    project.advance("61s")
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert len(project.orders()) == 1


def test_a_deleted_state_file_at_attempt_two_does_not_order_again(project: Project) -> None:
    """The second attempt is adopted; the canceled first one stays ended."""
    _second_attempt(project)
    project.lose_state()
    project.zero()
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert actions(project.reconcile()) == []
    assert project.record(attempt=2).bound
    assert project.writes() == {}
    assert len(project.orders()) == 2


def _second_attempt(project: Project) -> None:
    project.order()
    project.reconcile()
    project.order(attempt=2)
    assert actions(project.reconcile()) == [("cancel", "alice")]
    assert actions(project.reconcile()) == [("place", "alice")]


def test_a_deleted_state_file_right_after_attempt_was_raised_cancels_before_it_orders(project: Project) -> None:
    """The live first attempt is adopted, canceled, and only then the second one placed."""
    project.order()
    project.reconcile()
    project.lose_state()
    project.order(attempt=2)
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert actions(project.reconcile()) == [("cancel", "alice")]
    assert actions(project.reconcile()) == [("place", "alice")]
    assert actions(project.reconcile()) == []
    assert sorted(order["status"] for order in project.orders()) == ["CANCELED", "RECEIVED"]


def test_an_old_backup_adopts_what_came_after_it(project: Project) -> None:
    """Orders placed after the backup are found; one that was in doubt in it is settled; nothing is sent."""
    project.order("alice")
    project.reconcile()
    project.order("bruce")
    project.fault("drop-after")
    project.reconcile()
    backup = project.root / "backup.db"
    shutil.copy(project.state, backup)
    project.order("chris")
    project.reconcile()
    project.reconcile()
    shutil.copy(backup, project.state)
    project.zero()
    assert actions(project.reconcile()) == [("adopt", "bruce"), ("adopt", "chris")]
    assert actions(project.reconcile()) == []
    assert project.writes() == {}
    assert len(project.orders()) == 3


def test_a_doubt_is_looked_for_however_old_it_is(project: Project) -> None:
    """Listings begin at the oldest live order only where nothing is in doubt: the doubt is older than that one."""
    project.order("alice")
    project.fault("drop-after")
    project.fault("lag", seconds=3 * 86400)
    project.reconcile()
    project.set_clock(2.9)
    project.order("bruce")
    assert actions(project.reconcile()) == [("place", "bruce")]
    project.set_clock(3.1)
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert len(project.orders()) == 2


def test_an_order_that_no_record_knows_is_looked_for_however_old_it_is(project: Project) -> None:
    """Of two records one is lost, that of the older order: it is found and not ordered again."""
    project.order("alice")
    project.reconcile()
    project.set_clock(3)
    project.order("bruce")
    project.reconcile()
    project.remove("alice")
    with project.deciding("alice") as decision:
        decision.forget()
    project.order("alice")
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert len(project.orders()) == 2


def test_a_damaged_state_file_sends_nothing(project: Project) -> None:
    """It is refused, and moving it away adopts everything."""
    project.order()
    project.reconcile()
    project.order("bruce")
    content = bytearray(project.state.read_bytes())
    content[100:4096] = b"\x55" * (4096 - 100)
    project.state.write_bytes(content)
    project.zero()
    with pytest.raises(StateError):
        project.reconcile()
    assert project.requests() == {}
    project.lose_state()
    assert actions(project.reconcile()) == [("adopt", "alice"), ("place", "bruce")]


def test_two_orders_under_one_reference_are_for_a_person(project: Project) -> None:
    """A duplicate is named with both ids, never chosen from, and never a reason to send anything."""
    project.order()
    ids = {project.place_by_hand(project.reference()) for _ in range(2)}
    project.zero()
    report = project.reconcile()
    found = finding(report)
    assert (actions(report), found.kind) == ([], FindingKind.DUPLICATE)
    assert all(id_ in message(found) for id_ in ids)
    assert project.writes() == {}


def test_a_second_order_under_the_reference_of_a_bound_one_is_reported(project: Project) -> None:
    """The binding stays; the other is named; nothing is canceled by itself."""
    project.order()
    project.reconcile()
    bound = project.record().order_id
    other = project.place_by_hand(f"x {project.reference().upper()}")
    project.zero()
    found = finding(project.reconcile(), kind=FindingKind.DUPLICATE)
    assert other in message(found)
    assert project.record().order_id == bound
    assert project.writes() == {}


def test_a_token_that_cannot_be_had_places_nothing(project: Project) -> None:
    """Neither a listing nor an order goes out without one; the account counts as unread."""
    project.order()
    project.fault("status", path="/oauth/v1/token", status=401, times=0)
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.UNREAD)
    assert project.requests().get(CREATE) is None


def test_a_listing_that_breaks_between_plan_and_order_changes_nothing(project: Project) -> None:
    """The price is read after the listing: when it cannot be, nothing is sent."""
    project.order()
    project.fault("status", method="GET", path="/tasking/v2/price", status=500, times=3)
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.UNREAD)
    assert project.creates() == 0
    project.order(confirm={"maxPrice": eur("3000.00")})
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}


@pytest.mark.parametrize("on_unknown", ["hold", "retry"])
def test_an_account_that_points_elsewhere_settles_no_doubt(project: Project, on_unknown: str) -> None:
    """With another contract in the account, absence proves nothing: no pass and no person sends the order again."""
    limits = {"onUnknown": on_unknown}
    project.account(limits=limits)
    project.order()
    project.fault("drop-after")
    project.reconcile()
    project.contract(OTHER_CONTRACT)
    project.account(contract=OTHER_CONTRACT, limits=limits)
    for _ in range(4):
        project.advance("1h")
        report = project.reconcile()
    doubt = finding(report, kind=FindingKind.UNRESOLVED)
    assert "no longer points" in message(doubt)
    assert "put account" in remedy(doubt)
    with project.deciding() as decision, pytest.raises(ConfigError, match="put it back first"):
        decision.not_created("not in the new contract")
    assert project.creates() == 1
    project.account(limits=limits)
    project.reconcile()
    assert project.record().bound


@pytest.mark.parametrize("lagging", [False, True])
@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_an_order_that_was_falsely_refused_is_not_ordered_again_under_another_name(
    project: Project, status: int, lagging: bool
) -> None:
    """Renamed while the refusal may be a lie it waits; when the order shows, it is adopted and the new name is held."""
    project.order("alice")
    project.fault("status", status=status, commit=True)
    if lagging:
        project.fault("lag", seconds=600)
    project.reconcile()
    project.remove("alice")
    project.order("carol", place_of="alice")
    for _ in range(4):
        report = project.reconcile()
        project.advance("6m")
    assert len(project.orders()) == 1
    assert finding(report, "carol").kind is FindingKind.HELD
    assert project.record("alice").bound


def test_a_renamed_order_is_placed_when_the_refusal_was_true(project: Project) -> None:
    """Nothing shows within the settle time: the old name does not exist."""
    project.order("alice")
    project.fault("status", status=429)
    project.reconcile()
    project.remove("alice")
    project.order("carol", place_of="alice")
    assert finding(project.reconcile(), "carol").kind is FindingKind.HELD
    project.advance("16m")
    assert outcomes(project.reconcile()) == {"carol": OutcomeKind.DONE}
