"""Since when findings stand, which came and went, and who waits longest."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from reconciler.model.ids import OrderKey
from reconciler.model.journal import FindingChanged, TermDifference
from reconciler.plan import Plan, make_plan
from reconciler.plan.causes import Reported, TooMany
from reconciler.plan.findings import Finding, FindingKind, Refusal, Subject
from reconciler.plan.inputs import PlanInput
from reconciler.plan.last_pass import FindingChange, PassSnapshot, compared, dated, waiting
from reconciler.plan.remedies import Advice, remedies_of

from .case import NOW, Case, reference_of

DEAR = {"preflights": {"spot": {"price": "2000 EUR"}}}
BOUND = {"records": {"spot": {"id": "T1"}}}
DRIFTED = {**BOUND, "accounts": {"one": {"orders": {"T1": {"of": ["spot"], "terms": {"mode": "scan"}}}}}}
STEADY = {**BOUND, "accounts": {"one": {"orders": {"T1": {"of": ["spot"]}}}}}
UNREAD = {**BOUND, "accounts": {"one": {"problem": "page 2 was not answered"}}}


def inputs(hours: float = 0, **case: Any) -> PlanInput:
    """Return a world some hours after the start."""
    return Case(reason="a world of a pass of its own", now=NOW + timedelta(hours=hours), **case).inputs()


def looked(inputs: PlanInput, last: PassSnapshot | None = None) -> tuple[Plan, PassSnapshot, tuple[FindingChange, ...]]:
    """Return what a pass over a world plans, remembers and tells."""
    plan = dated(make_plan(inputs), last, inputs)
    return (plan, *compared(plan, last))


def kinds_and_ends(turns: tuple[FindingChange, ...]) -> list[tuple[str, bool]]:
    return [(turn.finding.kind, turn.went) for turn in turns]


def test_what_is_found_first_stands_since_now() -> None:
    """The clock is the plan's own; the finding names the reference that the journal tells it under."""
    plan, _, turns = looked(inputs(**DEAR))
    assert [(f.kind, f.since, f.subject.reference) for f in plan.findings] == [
        (FindingKind.HELD, NOW, reference_of("spot"))
    ]
    assert kinds_and_ends(turns) == [("held", False)]


def test_what_stood_before_keeps_its_instant_and_is_not_told_again() -> None:
    """However many passes find it, it stands since the first."""
    _, last, _ = looked(inputs(**DEAR))
    _, last, between = looked(inputs(5, **DEAR), last)
    plan, _, turns = looked(inputs(9, **DEAR), last)
    assert [f.since for f in plan.findings] == [NOW]
    assert (between, turns) == ((), ())


def test_what_needs_nobody_has_no_since() -> None:
    """An order in sync is in sync; since when is the history's."""
    plan, _, turns = looked(inputs(**STEADY))
    assert [(f.kind, f.since) for f in plan.findings] == [(FindingKind.IN_SYNC, None)]
    assert turns == ()


def test_drift_is_told_with_both_values_and_its_end_with_its_beginning() -> None:
    """The journal says what differed, and later since when it had."""
    _, last, appeared = looked(inputs(**DRIFTED))
    _, last, went = looked(inputs(3, **STEADY), last)
    (first,), (second,) = ([turn.event("why") for turn in turns] for turns in (appeared, went))
    assert (first.finding, first.appeared, first.message) == (FindingKind.DRIFTED, True, "why")
    assert first.differences == (TermDifference(term="mode", stated="spot", observed="scan"),)
    assert second == FindingChanged(finding=FindingKind.DRIFTED, appeared=False, since=NOW)


def test_an_order_that_comes_and_goes_is_dated_anew() -> None:
    """What went is over: found again, it stands since then."""
    _, last, _ = looked(inputs(**DRIFTED))
    _, last, _ = looked(inputs(3, **STEADY), last)
    plan, _, turns = looked(inputs(4, **DRIFTED), last)
    assert plan.findings[0].since == NOW + timedelta(hours=4)
    assert kinds_and_ends(turns) == [("drifted", False)]


def test_of_an_order_that_was_not_read_nothing_has_gone() -> None:
    """A provider that does not answer ends no drift: found again, it stands since it was found first."""
    _, last, _ = looked(inputs(**DRIFTED))
    for hours in (1, 2):
        plan, last, turns = looked(inputs(hours, **UNREAD), last)
        assert ([f.kind for f in plan.findings], turns) == ([FindingKind.UNREAD], ())
    plan, last, turns = looked(inputs(3, **DRIFTED), last)
    assert (plan.findings[0].since, turns, last.unjudged) == (NOW, (), ())


def test_while_an_order_rests_its_hold_has_not_gone() -> None:
    """Its price is not asked for then: the hold is neither told to have gone nor, found again, told anew."""
    _, last, _ = looked(inputs(**DEAR))
    resting, last, between = looked(inputs(1, paused={"spot": "left alone"}, preflights={"spot": None}), last)
    plan, last, turns = looked(inputs(2, **DEAR), last)
    assert [finding.kind for finding in resting.findings] == [FindingKind.UNREAD]
    assert [(f.kind, f.since) for f in plan.findings] == [(FindingKind.HELD, NOW)]
    assert (between, turns) == ((), ())


def test_a_doubt_stands_since_its_order_was_sent() -> None:
    """Whenever a pass looks for it first: its intent says when it began."""
    plan, _, turns = looked(inputs(records={"spot": {"intent": {}, "phase": None, "status": None}}))
    assert [(f.kind, f.since) for f in plan.findings] == [(FindingKind.UNRESOLVED, NOW - timedelta(days=1))]
    assert kinds_and_ends(turns) == [("unresolved", False)]


def test_of_two_attempts_in_doubt_the_earlier_one_counts() -> None:
    """An order is in doubt since its first attempt without a clear answer was sent."""
    sent = {f"spot@{n}": {"intent": {"at": NOW - timedelta(days=3 - n)}, "phase": None} for n in (1, 2)}
    plan, _, _ = looked(inputs(desired={"spot": {"attempt": 2}}, records=sent))
    assert {(f.kind, f.since) for f in plan.findings} == {(FindingKind.UNRESOLVED, NOW - timedelta(days=2))}


def test_a_refused_order_that_shows_up_twice_is_in_doubt_since_it_was_found() -> None:
    """A refusal was a clear outcome when it was sent; the doubt begins with the two orders that carry its reference."""
    refused = {"intent": {}, "outcome": {"kind": "refused", "refusal": "invalid"}}
    twice = {"T1": {"of": ["spot"]}, "T2": {"of": ["spot"]}}
    removed = {"desired": {}, "records": {"spot": refused}, "accounts": {"one": {"orders": twice}}}
    _, last, turns = looked(inputs(**removed))
    plan, _, _ = looked(inputs(4, **removed), last)
    assert [(f.kind, f.since) for f in plan.findings] == [(FindingKind.UNRESOLVED, NOW)]
    assert kinds_and_ends(turns) == [("unresolved", False)]


def test_what_ends_by_itself_is_dated_but_not_told() -> None:
    """The journal is frugal: a window that opens later is no event."""
    plan, _, turns = looked(inputs(desired={"spot": {"window": {"opens": "2026-12-02T00:00:00Z"}}}))
    assert [(f.kind, f.since) for f in plan.findings] == [(FindingKind.WAITING, NOW)]
    assert turns == ()


def test_what_a_person_decided_about_is_judged_anew() -> None:
    """It is shown no more, and the next pass tells whether it has gone."""
    _, last, _ = looked(inputs(**DRIFTED))
    decided = last.without(OrderKey("spot"))
    assert decided.findings == ()
    assert kinds_and_ends(looked(inputs(1, **STEADY), decided)[2]) == [("drifted", True)]
    again, _, turns = looked(inputs(1, **DRIFTED), decided)
    assert (again.findings[0].since, turns) == (NOW, ())


def test_what_waits_for_a_person_waits_while_its_order_cannot_be_read() -> None:
    """A provider that does not answer decides nothing; a person who decides meanwhile is not asked again."""
    _, last, _ = looked(inputs(**DRIFTED))
    for hours in (1, 2):
        _, last, _ = looked(inputs(hours, **UNREAD), last)
        assert [(f.kind, f.since) for f in waiting(last.standing)] == [(FindingKind.DRIFTED, NOW)]
    decided = last.without(OrderKey("spot"))
    assert decided.standing == ()
    for hours in (3, 4):
        _, decided, turns = looked(inputs(hours, **UNREAD), decided)
        assert (waiting(decided.standing), turns) == ((), ())
    assert kinds_and_ends(looked(inputs(5, **STEADY), decided)[2]) == [("drifted", True)]


def test_it_reads_back_equal() -> None:
    """What is remembered is the same after it was written."""
    last = replace(
        looked(inputs(**DRIFTED))[1],
        refusals=(Refusal(TooMany(what="new orders", count=3, limit=2), remedies_of(Advice("commit more"))),),
    )
    assert PassSnapshot.from_text(last.to_text()) == last


def test_what_an_older_version_remembered_is_read() -> None:
    """Its findings say neither since when nor of which reference: they stand since that pass at the latest."""
    document = json.loads(looked(inputs(**DRIFTED))[1].to_text())
    del document["findings"][0]["since"], document["findings"][0]["subject"]["reference"]
    del document["refusals"], document["unjudged"]
    last = PassSnapshot.from_text(json.dumps(document))
    plan, _, turns = looked(inputs(2, **DRIFTED), last)
    assert (plan.findings[0].since, turns) == (NOW, ())


def test_the_soonest_deadline_comes_first() -> None:
    """Then what has waited longest; what ends by itself is not there."""

    def one(key: str, deadline: int | None, since: int, kind: FindingKind = FindingKind.HELD) -> Finding:
        late = NOW + timedelta(days=deadline) if deadline is not None else None
        subject, first = Subject(key=OrderKey(key)), NOW + timedelta(hours=since)
        return Finding(kind=kind, subject=subject, cause=Reported("text"), deadline=late, since=first)

    found = [
        one("never", None, 5),
        one("old", None, 1, FindingKind.DRIFTED),
        one("late", 3, 0),
        one("soon", 2, 9, FindingKind.REFUSED),
        one("itself", 1, 0, FindingKind.WAITING),
    ]
    assert [finding.key for finding in waiting(found)] == ["soon", "late", "old", "never"]
