"""What only a person decides: `resolve` and `forget`, each after a look that may contradict."""

from __future__ import annotations

import pytest

from reconciler.model.errors import ConfigError, ProviderError
from reconciler.model.ids import AccountName
from reconciler.model.journal import EventKind
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import remedy
from tests.support.project import OTHER_CONTRACT, Project, actions, finding, findings, outcomes, window


@pytest.fixture
def doubtful(project: Project) -> Project:
    """Return a project whose order had no answer and does not exist."""
    project.order()
    project.fault("drop-before")
    project.reconcile()
    return project


def test_not_created_opens_the_way_for_the_same_reference(doubtful: Project) -> None:
    """The reason is journaled; the next pass places it, under the reference that it had."""
    doubtful.settle()
    with doubtful.deciding() as decision:
        text = decision.not_created("the console shows nothing")
    assert "4 complete listings of iceye-sim did not show it" in text
    decided = doubtful.journal("alice")[-1]
    assert (decided.kind, decided.event.reason) == (EventKind.DECISION, "the console shows nothing")
    assert (decided.event.by, decided.event.early) == ("tester", False)
    assert outcomes(doubtful.reconcile()) == {"alice": OutcomeKind.DONE}
    (order,) = doubtful.orders()
    assert order["text"] == doubtful.reference()


def test_not_created_is_refused_while_the_order_may_still_show(doubtful: Project) -> None:
    """Neither its provider's clock alone nor ours nor the listings alone are enough; all of them are."""
    for _ in range(3):
        doubtful.reconcile()
    for wait in (lambda: None, lambda: doubtful.sim("POST", "/clock", {"advance": "1h"})):
        wait()
        with doubtful.deciding() as decision, pytest.raises(ConfigError, match="It may show until 2026-12-01T"):
            decision.not_created("I am sure")
    doubtful.clock.sleep(900)
    with doubtful.deciding() as decision:
        decision.not_created("I am sure")
    assert outcomes(doubtful.reconcile()) == {"alice": OutcomeKind.DONE}


def test_not_created_is_refused_before_three_listings(doubtful: Project) -> None:
    """However long ago it was sent."""
    doubtful.advance("1h")
    with doubtful.deciding() as decision, pytest.raises(ConfigError, match="1 of 3 complete listings"):
        decision.not_created("I am sure")
    assert doubtful.record().unresolved


def test_who_knows_more_decides_early(doubtful: Project) -> None:
    """What was overridden is journaled, with who and why."""
    with doubtful.deciding() as decision:
        decision.not_created("their support says so", early=True)
    event = doubtful.journal("alice")[-1].event
    assert (event.early, event.by, event.reason) == (True, "tester", "their support says so")
    told = doubtful.command("history", "alice").out
    assert "not created (before its time to show was over, by tester): their support says so" in told


def test_a_doubt_is_ended_while_another_account_is_dead(doubtful: Project) -> None:
    """The other account is not looked at if that is said; the order's own is."""
    doubtful.account("dead", contract=OTHER_CONTRACT)
    doubtful.settle()
    doubtful.fault("status", method="GET", path="/tasking/v2/tasks", status=500, times=3, skip=1)
    with doubtful.deciding() as decision, pytest.raises(ProviderError, match="add --without"):
        decision.not_created("I am sure")
    with doubtful.deciding() as decision:
        decision.not_created("I am sure", without=[AccountName("dead")])
    assert doubtful.journal("alice")[-1].event.without == ("dead",)


def test_a_doubt_is_ended_at_an_account_that_is_gone(doubtful: Project) -> None:
    """Only a person knows what became of it; while Git still names the account, it is looked at."""
    gone = AccountName("iceye-sim")
    with doubtful.deciding() as decision, pytest.raises(ConfigError, match="is still in"):
        decision.not_created("I am sure", without=[gone])
    doubtful.remove()
    (doubtful.folder / "accounts" / "iceye-sim.yaml").unlink()
    doubtful.account("other", contract=OTHER_CONTRACT)
    said = remedy(finding(doubtful.reconcile()))
    assert "reconciler resolve alice --not-created --without iceye-sim --reason TEXT" in said
    with doubtful.deciding() as decision:
        decision.not_created("the contract has ended", without=[gone])
    assert findings(doubtful.reconcile()) == []


def test_no_unknown_account_is_left_out(doubtful: Project) -> None:
    """A name that is misspelt skips nothing."""
    with doubtful.deciding() as decision, pytest.raises(ConfigError, match="no account iceey"):
        decision.not_created("I am sure", without=[AccountName("iceey")])


def test_a_refusal_that_may_lie_is_neither_forgotten_nor_passed_over(project: Project) -> None:
    """A 429 came, and the order exists: it is neither ordered again after `forget` nor by a raised attempt."""
    project.order()
    project.switch(visibilitySeconds=600)
    project.fault("status", status=429, commit=True)
    project.reconcile()
    project.order(attempt=2)
    assert findings(project.reconcile())[0] == ("alice", FindingKind.UNRESOLVED)
    project.remove()
    with project.deciding() as decision, pytest.raises(ConfigError, match="may exist; forgotten"):
        decision.forget()
    project.order(attempt=2)
    project.advance("10m")
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert len(project.orders()) == 1


def test_not_created_is_refused_where_the_order_shows_up(project: Project) -> None:
    """The last look finds it: nothing is decided, and the next pass adopts it."""
    project.order()
    project.fault("drop-after")
    project.fault("lag", seconds=600)
    project.reconcile()
    project.reconcile()
    project.advance("11m")
    with project.deciding() as decision, pytest.raises(ConfigError, match="it exists: "):
        decision.not_created("I am sure")
    assert project.record().unresolved
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert len(project.orders()) == 1


def test_not_created_is_refused_where_a_listing_is_not_complete(doubtful: Project) -> None:
    """A look that could not be made supports nothing."""
    doubtful.fault("status", method="GET", path="/tasking/v2/tasks", status=500, times=3)
    with doubtful.deciding() as decision, pytest.raises(ProviderError, match="Nothing was decided"):
        decision.not_created("I am sure")
    assert doubtful.record().unresolved
    assert actions(doubtful.reconcile()) == []


def test_not_created_is_refused_where_there_is_no_doubt(project: Project) -> None:
    """Neither a bound order nor one that was never sent can be declared not created."""
    project.order("alice")
    project.reconcile()
    project.order("bruce")
    for key in ("alice", "bruce"):
        with project.deciding(key) as decision, pytest.raises(ConfigError, match="nothing to resolve"):
            decision.not_created("I am sure")
    assert project.record("alice").bound


def test_a_lasting_refusal_is_opened_by_a_person(project: Project) -> None:
    """An order refused for its own sake is sent again after `--not-created`, unchanged."""
    project.order()
    project.fault("status", status=422)
    project.reconcile()
    assert finding(project.reconcile()).kind is FindingKind.HELD
    with project.deciding() as decision:
        decision.not_created("ICEYE has renewed the contract")
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}
    assert len(project.orders()) == 1


def test_an_earlier_attempt_in_doubt_is_decided_by_its_number(doubtful: Project) -> None:
    """`--attempt 1` while Git states the second: then the second is placed, and only that."""
    doubtful.order(attempt=2)
    assert actions(doubtful.reconcile()) == []
    with doubtful.deciding(attempt=1) as decision:
        decision.not_created("the console shows nothing", early=True)
    assert actions(doubtful.reconcile()) == [("place", "alice")]
    assert [len(doubtful.orders_of(attempt=n)) for n in (1, 2)] == [0, 1]


def test_an_earlier_attempt_that_shows_up_after_all_is_canceled(project: Project) -> None:
    """Declared not created, and yet it appears: adopted and canceled, so that one order lives."""
    project.order()
    project.fault("drop-after")
    project.fault("lag", seconds=7200)
    project.reconcile()
    project.order(attempt=2)
    with project.deciding(attempt=1) as decision:
        decision.not_created("the console shows nothing", early=True)
    assert actions(project.reconcile()) == [("place", "alice")]
    project.advance("121m")
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert actions(project.reconcile()) == [("cancel", "alice")]
    assert sorted(order["status"] for order in project.orders()) == ["ACTIVE", "CANCELED"]


def test_an_earlier_attempt_that_shows_up_days_later_is_still_found(project: Project) -> None:
    """The second attempt was ordered three days after the first: the listing reaches back to the first all the same."""
    project.order()
    project.fault("drop-after")
    project.fault("lag", seconds=4 * 86400)
    project.reconcile()
    project.set_clock(3)
    project.order(attempt=2, window={"start": "2026-12-10T00:00:00Z", "end": "2026-12-12T00:00:00Z"})
    with project.deciding(attempt=1) as decision:
        decision.not_created("the console shows nothing", early=True)
    assert actions(project.reconcile()) == [("place", "alice")]
    project.set_clock(4.01)
    assert actions(project.reconcile()) == [("adopt", "alice")]


def test_adopt_binds_the_order_that_a_person_names(doubtful: Project) -> None:
    """An order placed by hand at the console, without our reference, becomes this order's."""
    order_id = doubtful.place_by_hand("by hand")
    with doubtful.deciding() as decision:
        text = decision.adopt(order_id)
    assert "does not carry our reference" in text
    assert doubtful.record().order_id == order_id
    assert findings(doubtful.reconcile()) != [("alice", FindingKind.UNRESOLVED)]
    assert len(doubtful.orders()) == 1


def test_adopt_settles_a_duplicate(project: Project) -> None:
    """The named one is bound; the other stays reported until it has ended."""
    project.order()
    first, second = (project.place_by_hand(project.reference()) for _ in range(2))
    project.reconcile()
    with project.deciding() as decision:
        decision.adopt(second)
    assert finding(project.reconcile(), kind=FindingKind.DUPLICATE).subject.order_id == second
    project.edit(first, cancel=True)
    assert findings(project.reconcile()) == [("alice", FindingKind.IN_SYNC)]
    assert len(project.orders()) == 2


@pytest.mark.parametrize("order_id", ["11111111-2222-3333-4444-555555555555"])
def test_adopt_refuses_an_id_that_its_provider_does_not_know(doubtful: Project, order_id: str) -> None:
    """Nothing is changed."""
    with doubtful.deciding() as decision, pytest.raises(ConfigError, match="nothing was changed"):
        decision.adopt(order_id)
    assert doubtful.record().unresolved


@pytest.mark.parametrize("order_id", ["", "../../company/v1/contracts", "a b", "x" * 200])
def test_adopt_refuses_what_cannot_be_an_id(doubtful: Project, order_id: str) -> None:
    """It never becomes part of an address."""
    doubtful.zero()
    with doubtful.deciding() as decision, pytest.raises((ConfigError, ProviderError)):
        decision.adopt(order_id)
    assert doubtful.record().unresolved
    assert all(name.endswith("/token") for name in doubtful.requests())


def test_adopt_refuses_an_order_that_belongs_to_another(project: Project) -> None:
    """One provider order is one order of ours."""
    project.order("alice")
    project.reconcile()
    project.order("bruce")
    alices = project.orders()[0]["id"]
    with project.deciding("bruce") as decision, pytest.raises(ConfigError, match="belongs to alice already"):
        decision.adopt(alices)
    assert [record.key for record in project.records().values()] == ["alice"]


def test_adopt_refuses_an_order_that_belongs_to_another_in_other_letters(project: Project) -> None:
    """An id in capitals is the same order."""
    project.order("alice")
    project.reconcile()
    project.order("bruce")
    alices = project.orders()[0]["id"].upper()
    with project.deciding("bruce") as decision, pytest.raises(ConfigError, match="belongs to alice already"):
        decision.adopt(alices)


def test_decisions_send_nothing_but_reads(doubtful: Project) -> None:
    """Resolve and forget never order and never cancel."""
    order_id = doubtful.place_by_hand("by hand")
    doubtful.zero()
    with doubtful.deciding() as decision:
        decision.not_created("x", early=True)
    with doubtful.deciding() as decision:
        decision.adopt(order_id)
    doubtful.remove()
    with doubtful.deciding() as decision:
        decision.forget()
    assert doubtful.writes() == {}


def test_forget_refuses_what_git_still_states(project: Project) -> None:
    """The manifest goes first; otherwise the next pass would order again."""
    project.order()
    project.reconcile()
    with project.deciding() as decision, pytest.raises(ConfigError, match="still states alice"):
        decision.forget()
    assert project.record().bound


def test_forget_drops_the_record_and_leaves_the_order_alone(project: Project) -> None:
    """It lives on at its provider; the journal remembers; restored, the manifest adopts it."""
    project.order("alice")
    project.order("bruce")
    project.reconcile()
    project.remove("alice")
    with project.deciding("alice") as decision:
        decision.forget()
    assert findings(project.reconcile()) == [("bruce", FindingKind.IN_SYNC)]
    assert project.journal("alice")[-1].kind is EventKind.FORGOTTEN
    project.order("alice")
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert len(project.orders()) == 2


def test_an_earlier_attempt_in_doubt_cannot_be_forgotten_while_git_states_a_later_one(doubtful: Project) -> None:
    """Forgetting the doubt would let the later attempt be ordered beside it: it is resolved, not forgotten."""
    doubtful.order(attempt=2)
    with doubtful.deciding(attempt=1) as decision, pytest.raises(ConfigError, match="resolve alice --attempt 1"):
        decision.forget()
    assert actions(doubtful.reconcile()) == []


def test_an_order_in_doubt_cannot_be_forgotten(doubtful: Project) -> None:
    """Its manifest removed and brought back, a forgotten doubt would be ordered once more: it is resolved instead."""
    doubtful.remove()
    with doubtful.deciding() as decision, pytest.raises(ConfigError, match="resolve alice --attempt 1 --adopt ID"):
        decision.forget()
    with doubtful.deciding() as decision:
        decision.not_created("the provider's support says so", early=True)
    with doubtful.deciding() as decision:
        decision.forget()
    assert doubtful.records() == {}
    assert doubtful.creates() == 1


def test_every_remedy_opens(project: Project) -> None:
    """As commands, in the words that the findings print: resolve, adopt, forget."""
    project.order("alice")
    project.fault("drop-before")
    project.settle()
    said = remedy(finding(project.reconcile()))
    assert "reconciler resolve alice --not-created --reason TEXT" in said
    resolved = project.command("resolve", "alice", "--not-created", "--reason", "the console shows nothing")
    assert (resolved.code, "Booked as not created" in resolved.out) == (0, True)
    assert project.command("reconcile").code == 0
    project.order("bruce", place_of="alice", window=window(9, 11))
    same = window(9, 11)
    twins = [project.place_by_hand(project.reference("bruce"), acquisitionWindow=same) for _ in range(2)]
    doubled = project.command("reconcile")
    assert (doubled.code, "reconciler resolve bruce --adopt ID" in doubled.out) == (3, True)
    assert project.command("resolve", "bruce", "--adopt", twins[0]).code == 0
    project.edit(twins[1], cancel=True)
    assert project.command("reconcile").code == 0
    project.remove("bruce")
    orphaned = project.command("reconcile")
    assert (orphaned.code, "reconciler forget bruce --attempt 1" in orphaned.out) == (0, True)
    assert project.command("forget", "bruce", "--attempt", "1").code == 0
    assert "bruce" not in project.command("reconcile").out
    assert len(project.orders()) == 3
