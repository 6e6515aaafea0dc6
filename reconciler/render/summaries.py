"""Actions in words, for every format: what each does, how it ended, and the fixed last lines that add them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from reconciler.model.money import Money, amounts_text
from reconciler.model.offer import AcceptQuote, ChooseOption, Decision, RejectQuote
from reconciler.model.outcome import Done, NotSent, OutcomeKind, Refused, Unknown
from reconciler.plan.actions import Action, Adopt, Amend, Cancel, Confirm, Place, Result
from reconciler.plan.findings import WAITS_FOR_A_PERSON, Finding, FindingKind
from reconciler.plan.gates import committed
from reconciler.plan.planner import Plan


def described(action: Action) -> str:
    """Say what an action does, without its order's name."""
    match action:
        case Place(free=True, estimate=estimate):
            guess = f", estimated at {estimate}" if estimate is not None else ""
            return f"free; its quote is decided about later{guess}"
        case Place(commits=None):
            return "unpriced, as agreed"
        case Place(commits=price, ceiling=ceiling):
            return f"{price} (ceiling {ceiling})"
        case Adopt(order_id=order_id, status=status, found_by=found_by):
            return f"order {order_id} ({status}), found by {found_by}"
        case Confirm(decision=decision, ceiling=ceiling):
            return _decided(decision, ceiling)
        case Amend(changes=changes):
            return "; ".join(str(change) for change in changes)
        case Cancel(unbounded=True, rule=rule, reason=reason):
            return f"charge unknown, as agreed ({rule}): {reason}"
        case Cancel(commits=None, rule=rule, reason=reason):
            return f"free ({rule}): {reason}"
        case Cancel(commits=charge, rule=rule, reason=reason):
            return f"charge {charge} ({rule}): {reason}"
        case _ as never:
            assert_never(never)


def _decided(decision: Decision, ceiling: Money | None) -> str:
    match decision:
        case ChooseOption(option=option):
            return f"choose option {option.id}: {option.text}"
        case AcceptQuote(quote_id=quote_id, price=price):
            return f"accept quote {quote_id} at {price} (ceiling {ceiling})"
        case RejectQuote(quote_id=quote_id, price=price):
            return f"reject quote {quote_id} over {price}"
        case _ as never:
            assert_never(never)


_DONE = {"place": "placed", "adopt": "adopted", "confirm": "confirmed", "amend": "amended", "cancel": "canceled"}


def outcome_text(result: Result) -> str:
    """Say how an action ended."""
    outcome = result.outcome
    match outcome:
        case Done() if isinstance(result.action, Confirm):
            return f"{described(result.action)}: done"
        case Done(order_id=order_id, pending=True):
            return f"asked to cancel order {order_id}, which its provider does later"
        case Done(order_id=order_id):
            return f"{_DONE[result.action.kind]}, order {order_id}"
        case Refused(message=message):
            return message
        case NotSent(message=message):
            return f"not sent: {message}"
        case Unknown(message=message):
            return f"unknown, it may have happened: {message}"
        case _ as never:
            assert_never(never)


def after(result: Result) -> str:
    """Say what comes next for an action that did not end as planned; empty where it did."""
    match result.outcome:
        case Done():
            return ""
        case Refused():
            return "nothing was ordered or changed; see the message, then run again"
        case NotSent():
            return "nothing was sent; run again"
        case Unknown():
            return "nothing is sent again before it is known; the next pass looks for it"
        case _ as never:
            assert_never(never)


def plan_summary(plan: Plan) -> str:
    """Return the fixed last line of a plan."""
    held = sum(finding.kind in WAITS_FOR_A_PERSON for finding in plan.findings)
    places = [action for action in plan.actions if isinstance(action, Place)]
    confirms = [action for action in plan.actions if isinstance(action, Confirm)]
    bound = f" ({_bound(places)})" if places else ""
    accepted = f" (at most {amounts_text(committed(confirms))})" if committed(confirms) else ""
    counts = f"{len(places)} to place{bound}, {len(confirms)} to confirm{accepted}, "
    counts += f"{_count(plan.actions, Adopt)} to adopt, "
    counts += f"{_count(plan.actions, Amend)} to amend, {_count(plan.actions, Cancel)} to cancel, "
    counts += f"{_unread(plan.findings)}{held} held"
    return f"Plan: {counts}." if not plan.refusals else f"Plan: refused; {counts}."


def _unread(findings: Sequence[Finding]) -> str:
    """Say how many orders nothing is known of, where there are any: a line without them must mean that all was read."""
    count = sum(finding.kind is FindingKind.UNREAD for finding in findings)
    return f"{count} unread, " if count else ""


def _bound(places: Sequence[Place]) -> str:
    unpriced = sum(place.commits is None and not place.free for place in places)
    if all(place.free for place in places):
        return "free"
    named = f"at most {amounts_text(committed(places))}"
    return f"{named} and {unpriced} without a price" if unpriced else named


def _count(actions: Sequence[Action], kind: type[Action]) -> int:
    return sum(isinstance(action, kind) for action in actions)


def _canceled(taken: int, asked: int) -> str:
    """Say how many are canceled, and apart from them how many only will be."""
    return f"{taken - asked} canceled{f' ({asked} asked for)' if asked else ''}"


def pass_summary(results: Sequence[Result], findings: Sequence[Finding], *, refused: bool) -> str:
    """Return the fixed last line of a reconcile."""
    return f"Reconcile: {'refused; ' * refused}{', '.join(text for _, text in _counts(results, findings))}."


def pass_story(results: Sequence[Result], findings: Sequence[Finding], *, refused: bool) -> str:
    """Return what a pass did, without what it did not do: for a log, in which most passes have nothing to do."""
    told = ", ".join(text for count, text in _counts(results, findings) if count)
    return f"{'refused; ' * refused}{told or 'nothing to do'}"


def _counts(results: Sequence[Result], findings: Sequence[Finding]) -> list[tuple[int, str]]:
    """Return how often each thing was done or found, with its words."""
    done = [result.action for result in results if result.outcome.kind is OutcomeKind.DONE]
    placed = [action for action in done if isinstance(action, Place)]
    confirmed = [action for action in done if isinstance(action, Confirm)]
    failed = sum(r.outcome.kind in (OutcomeKind.REFUSED, OutcomeKind.NOT_SENT) for r in results)
    unknown = sum(r.outcome.kind is OutcomeKind.UNKNOWN for r in results)
    unread = sum(finding.kind is FindingKind.UNREAD for finding in findings)
    held = sum(finding.kind in WAITS_FOR_A_PERSON for finding in findings)
    asked = sum(isinstance(r.outcome, Done) and r.outcome.pending for r in results)
    free = all(action.free for action in placed)
    money = f" ({'free' if free else amounts_text(committed(placed))})" if placed else ""
    accepted = f" ({amounts_text(committed(confirmed))})" if committed(confirmed) else ""
    adopted, amended, canceled = _count(done, Adopt), _count(done, Amend), _count(done, Cancel)
    return [
        (len(placed), f"{len(placed)} placed{money}"),
        (len(confirmed), f"{len(confirmed)} confirmed{accepted}"),
        (adopted, f"{adopted} adopted"),
        (amended, f"{amended} amended"),
        (canceled, _canceled(canceled, asked)),
        (failed, f"{failed} failed"),
        (unknown, f"{unknown} unknown"),
        *([(unread, f"{unread} unread")] if unread else []),
        (held, f"{held} held"),
    ]
