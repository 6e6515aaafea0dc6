"""The assessment on what a provider asks back: which way to collect an order, and at what price. Git answers both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model.offer import AcceptQuote, ChooseOption, Decision, Offers, Quote, RejectQuote, Study
from reconciler.model.order import Confirm as Agreed
from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.record import Record
from reconciler.plan.about import about_bound
from reconciler.plan.actions import Amend, Cancel, Confirm, change_of
from reconciler.plan.assessments import Assessment, NeedsFunds
from reconciler.plan.findings import Choice, Finding, FindingKind
from reconciler.plan.gates import confirm_lines, price_gate
from reconciler.plan.inputs import AccountView, PlanInput, Wanted

_READ_AGAIN = "nothing is accepted; run again when the provider answers"


def judge_offers(wanted: Wanted, record: Record, observed: ObservedOrder, inputs: PlanInput) -> tuple[Assessment, ...]:
    """Return what to do about the offers that wait for an answer; nothing where none does."""
    study, quotes = observed.offers.study, observed.offers.open_quotes
    if study is not None and study.waits:
        return (_choose(wanted, record, observed, study),)
    if len(quotes) > 1:
        return (_several(wanted, record, observed, quotes),)
    if quotes:
        return (_answer(wanted, record, observed, quotes[0], inputs),)
    return ()


def _choose(wanted: Wanted, record: Record, observed: ObservedOrder, study: Study) -> Confirm | Finding:
    order = wanted.order
    chosen = [option for option in study.options if option.id in order.confirm.options]
    if len(chosen) == 1:
        return confirmed(record, observed, ChooseOption(study_id=study.id, option=chosen[0]), wanted=wanted)
    text = f"{len(study.options)} feasibility option{'s' * (len(study.options) > 1)} to choose from"
    if chosen:
        text = f"{len(chosen)} options are chosen, and one is to be; {text}"
    elif order.confirm.options:
        text = f"option {', '.join(order.confirm.options)} is not offered; {text}"
    others = _of_others(order, study)
    choices = tuple(
        Choice(o.text, confirm_lines(replace(order.confirm, options=(*others, o.id)))) for o in study.options
    )
    remedy, deadline = f"commit one in {order.source}", order.window.end
    if "/" in order.key:
        remedy += "; the ids of several geometries stand in one list:  optionId: [ID, ID]"
    held = about_bound(record, FindingKind.HELD, text, remedy, wanted=wanted, observed=observed, deadline=deadline)
    return replace(held, choices=choices)


def _of_others(order: DesiredOrder, study: Study) -> tuple[str, ...]:
    """Return the options that were chosen for the other geometries of the same manifest."""
    offered = {option.id for option in study.options}
    return tuple(id_ for id_ in order.confirm.options if id_ not in offered) if "/" in order.key else ()


def _several(wanted: Wanted, record: Record, observed: ObservedOrder, quotes: Sequence[Quote]) -> Finding:
    """Which of several counts is not for a program to say."""
    listed = ", ".join(f"{quote.id} ({quote.price})" for quote in quotes)
    text = f"{len(quotes)} quotes are open for one order: {listed}"
    remedy = "have all but one rejected at the provider"
    return about_bound(record, FindingKind.HELD, text, remedy, wanted=wanted, observed=observed)


def _answer(
    wanted: Wanted, record: Record, observed: ObservedOrder, quote: Quote, inputs: PlanInput
) -> Confirm | Finding | NeedsFunds:
    """Accept a quote at or below the ceiling, reject it where Git says so, hold it otherwise."""
    order = wanted.order
    if order.confirm.reject_quote:
        return confirmed(record, observed, RejectQuote(quote_id=quote.id, price=quote.price), wanted=wanted)
    if gate := price_gate(order, quote.price, inputs.policy):
        reject = f"; or reject it:  {confirm_lines(Agreed(options=order.confirm.options, reject_quote=True))}"
        text = f"quote {quote.id} {gate.message}"
        remedy, deadline = gate.remedy + reject, order.window.end
        return about_bound(record, gate.kind, text, remedy, wanted=wanted, observed=observed, deadline=deadline)
    accepting = confirmed(record, observed, AcceptQuote(quote_id=quote.id, price=quote.price), wanted=wanted)
    if isinstance(accepting, Finding):
        return accepting
    weighed = inputs.preflights.get(wanted.reference)
    if weighed is None:
        return NeedsFunds(wanted=wanted, observed=observed, quote=quote)
    if weighed.unread is not None:
        text = f"quote {quote.id} over {quote.price} waits: {weighed.unread}"
        return about_bound(record, FindingKind.UNREAD, text, _READ_AGAIN, wanted=wanted, observed=observed)
    if weighed.objections:
        text = f"quote {quote.id} over {quote.price} cannot be accepted: {'; '.join(weighed.objections)}"
        remedy = "have that changed at the provider; a later pass accepts the quote"
        return about_bound(record, FindingKind.HELD, text, remedy, wanted=wanted, observed=observed)
    return accepting


def confirmed(
    record: Record, observed: ObservedOrder, decision: Decision, *, wanted: Wanted | None
) -> Confirm | Finding:
    """Return the action that answers an offer; only accepting a quote binds money.

    An answer that the provider has refused for its own sake, as to a quote that has expired, is not given again.
    """
    action = Confirm(
        key=wanted.order.key if wanted is not None else record.key,
        reference=record.reference,
        account=record.account,
        order_id=observed.id,
        decision=decision,
        commits=decision.price if isinstance(decision, AcceptQuote) else None,
        ceiling=wanted.order.confirm.max_price if wanted is not None and isinstance(decision, AcceptQuote) else None,
        location=wanted.order.source if wanted is not None else None,
    )
    remedy = "answer otherwise in Git; or have the provider offer anew, or decide it, at its console"
    return refused_change(action, record, observed, remedy, wanted=wanted) or action


def refused_change(
    action: Confirm | Amend | Cancel, record: Record, observed: ObservedOrder, remedy: str, *, wanted: Wanted | None
) -> Finding | None:
    """Hold a change that its provider has refused for its own sake: asking again would only be refused again."""
    if record.declined != change_of(action, observed.status):
        return None
    text = f"its provider refused to {record.declined}: reconciler history {record.key} tells why"
    return about_bound(record, FindingKind.HELD, text, remedy, wanted=wanted, observed=observed)


def unpaid(observed: ObservedOrder, view: AccountView) -> bool:
    """Tell whether rejecting quotes is a free way out: they are what binds the money, and none was accepted."""
    return view.traits.places_free and observed.offers.accepted is None


def decided(offers: Offers) -> tuple[str, ...]:
    """Say what was decided about an order's offers, and by whom where that is told."""
    found = []
    if offers.study is not None and offers.study.chosen is not None:
        chosen = offers.study.chosen
        found.append(f"option {chosen.id} chosen{_by(offers.study.by)}: {chosen.text}")
    if offers.accepted is not None:
        found.append(f"quote over {offers.accepted.price} accepted{_by(offers.accepted.by)}")
    return tuple(found)


def _by(who: str | None) -> str:
    return f" by {who}" if who is not None and who != "USER" else ""


def overpaid(wanted: Wanted, record: Record, observed: ObservedOrder) -> Finding | None:
    """Report a quote that was accepted, by whomever, for more than Git agrees to."""
    quote, ceiling = observed.offers.accepted, wanted.order.confirm.max_price
    if quote is None:
        return None
    if ceiling is not None and ceiling.currency == quote.price.currency and quote.price.minor <= ceiling.minor:
        return None
    against = f"above the ceiling of {ceiling}" if ceiling is not None else "and no ceiling is committed"
    text = f"its quote was accepted{_by(quote.by)} at {quote.price}, {against}"
    lines = confirm_lines(replace(wanted.order.confirm, max_price=quote.price, unpriced=False, reject_quote=False))
    remedy = f"the money is bound; to agree to it afterwards, commit in {wanted.order.source}:  {lines}"
    return about_bound(record, FindingKind.DRIFTED, text, remedy, wanted=wanted, observed=observed)
