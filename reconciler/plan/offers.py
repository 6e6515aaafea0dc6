"""The assessment on what a provider asks back: which way to collect an order, and at what price. Git answers both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model.offer import AcceptQuote, ChooseOption, Decision, Offers, Quote, RejectQuote, Study
from reconciler.model.order import Cancellation, DesiredOrder, ObservedOrder
from reconciler.model.record import Record
from reconciler.plan.actions import Amend, Cancel, Confirm, change_of
from reconciler.plan.assessments import Assessment, NeedsFunds
from reconciler.plan.causes import (
    ChangeRefused,
    NamedQuote,
    Objections,
    OptionNotOurs,
    OptionsToChoose,
    PriceUnread,
    QuoteOverpaid,
    SeveralQuotes,
)
from reconciler.plan.findings import Choice, Finding, FindingKind
from reconciler.plan.gates import price_gate
from reconciler.plan.inputs import AccountView, PlanInput, Wanted
from reconciler.plan.lines import cancel_lines, confirm_lines
from reconciler.plan.remedies import Ask, Commit, Purpose, Remedy, Step, Wait


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
    not_offered = order.confirm.options if not chosen else ()
    cause = OptionsToChoose(offered=len(study.options), chosen=len(chosen), not_offered=not_offered)
    others = _of_others(order, study)
    choices = tuple(
        Choice(o.text, confirm_lines(replace(order.confirm, options=(*others, o.id)))) for o in study.options
    )
    purpose = Purpose.CHOOSE_OPTION_EACH if "/" in order.key else Purpose.CHOOSE_OPTION
    return Finding.for_record(
        record,
        FindingKind.HELD,
        cause,
        Commit(purpose=purpose, location=order.source),
        wanted=wanted,
        observed=observed,
        choices=choices,
        deadline=order.window.end,
    )


def _of_others(order: DesiredOrder, study: Study) -> tuple[str, ...]:
    """Return the options that were chosen for the other geometries of the same manifest."""
    offered = {option.id for option in study.options}
    return tuple(id_ for id_ in order.confirm.options if id_ not in offered) if "/" in order.key else ()


def _several(wanted: Wanted, record: Record, observed: ObservedOrder, quotes: Sequence[Quote]) -> Finding:
    """Which of several counts is not for a program to say."""
    cause = SeveralQuotes(tuple([NamedQuote(quote.id, quote.price) for quote in quotes]))
    reject = Ask(purpose=Purpose.REJECT_OTHER_QUOTES)
    return Finding.for_record(record, FindingKind.HELD, cause, reject, wanted=wanted, observed=observed)


def _answer(
    wanted: Wanted, record: Record, observed: ObservedOrder, quote: Quote, inputs: PlanInput
) -> Confirm | Finding | NeedsFunds:
    """Accept a quote at or below the ceiling, reject it where Git says so, hold it otherwise."""
    order = wanted.order
    if order.confirm.reject_quote:
        return confirmed(record, observed, RejectQuote(quote_id=quote.id, price=quote.price), wanted=wanted)
    if ways := agree_to_option(order, observed.offers):
        return _chosen_by_another(wanted, record, observed, quote, *ways)
    if gate := price_gate(order, quote.price, inputs.policy, quote=quote.id):
        return Finding.for_record(
            record,
            gate.kind,
            gate.cause,
            gate.remedy,
            _reject(order),
            wanted=wanted,
            observed=observed,
            deadline=order.window.end,
        )
    accepting = confirmed(record, observed, AcceptQuote(quote_id=quote.id, price=quote.price), wanted=wanted)
    if isinstance(accepting, Finding):
        return accepting
    weighed = inputs.preflights.get(wanted.reference)
    if weighed is None:
        return NeedsFunds(wanted=wanted, observed=observed, quote=quote)
    which = NamedQuote(quote.id, quote.price)
    if weighed.unread is not None:
        unread, wait = PriceUnread(weighed.unread, which), Wait(purpose=Purpose.PROVIDER_RESPONDS)
        return Finding.for_record(record, FindingKind.UNREAD, unread, wait, wanted=wanted, observed=observed)
    if weighed.objections:
        objected = Objections(weighed.objections, which)
        steps = Ask(purpose=Purpose.LIFT_OBJECTION), Wait(purpose=Purpose.ACCEPTED_LATER)
        return Finding.for_record(record, FindingKind.HELD, objected, steps, wanted=wanted, observed=observed)
    return accepting


def _reject(order: DesiredOrder) -> Commit:
    """Return the lines that reject an order's quote: of several geometries its own, for `confirm` is about all."""
    if order.part is not None:
        lines = cancel_lines(_canceled_too(order, order.part))
    else:
        lines = confirm_lines(replace(order.confirm, max_price=None, unpriced=False, reject_quote=True))
    return Commit(purpose=Purpose.REJECT_QUOTE, location=order.source, lines=lines)


def _canceled_too(order: DesiredOrder, part: str) -> Cancellation:
    """Return the cancellation of one geometry, beside those that its manifest cancels already."""
    neighbors = order.canceled_neighbors(order.attempt) or Cancellation(reason="quote rejected")
    return replace(neighbors, only=(*neighbors.only, part))


def agree_to_option(order: DesiredOrder, offers: Offers) -> tuple[Commit, ...]:
    """Return the lines that agree to an option which somebody else has chosen; none if Git names it, or none is."""
    chosen = offers.chosen
    if chosen is None or chosen.id in order.confirm.options:
        return ()
    others = order.confirm.options if "/" in order.key else ()
    lines = confirm_lines(replace(order.confirm, options=(*others, chosen.id)))
    return (Commit(purpose=Purpose.AGREE_TO_OPTION, location=order.source, lines=lines),)


def _chosen_by_another(
    wanted: Wanted, record: Record, observed: ObservedOrder, quote: Quote, *agree: Commit
) -> Finding:
    """Hold a quote for an option that Git does not name: what it would buy was reviewed by nobody here."""
    study, chosen = observed.offers.study, observed.offers.chosen
    assert study is not None, "an option is chosen in a study"
    assert chosen is not None, "only a chosen option can be somebody else's"
    cause = OptionNotOurs(option=chosen, by=decided_by(study.by), quote=NamedQuote(quote.id, quote.price))
    return Finding.for_record(
        record,
        FindingKind.HELD,
        cause,
        *agree,
        _reject(wanted.order),
        wanted=wanted,
        observed=observed,
        deadline=wanted.order.window.end,
    )


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
    ways = Commit(purpose=Purpose.ANSWER_OTHERWISE, location=action.location), Ask(purpose=Purpose.OFFER_AGAIN)
    return refused_change(action, record, observed, *ways, wanted=wanted) or action


def refused_change(
    action: Confirm | Amend | Cancel,
    record: Record,
    observed: ObservedOrder,
    *remedies: Step | Remedy,
    wanted: Wanted | None,
) -> Finding | None:
    """Hold a change that its provider has refused for its own sake: asking again would only be refused again."""
    if record.declined is None or record.declined != change_of(action, observed.status):
        return None
    cause = ChangeRefused(record.declined)
    return Finding.for_record(record, FindingKind.HELD, cause, *remedies, wanted=wanted, observed=observed)


def unpaid(observed: ObservedOrder, view: AccountView) -> bool:
    """Tell whether rejecting quotes is a free way out: they are what binds the money, and none was accepted."""
    return view.traits.places_free and observed.offers.accepted is None


def decided_by(who: str | None) -> str | None:
    """Return who has decided about an offer, if it was somebody else than an API client such as this one."""
    return who if who != "USER" else None


def overpaid(wanted: Wanted, record: Record, observed: ObservedOrder) -> Finding | None:
    """Report a quote that was accepted, by whomever, for more than Git agrees to."""
    quote, ceiling = observed.offers.accepted, wanted.order.confirm.max_price
    if quote is None:
        return None
    if ceiling is not None and ceiling.currency == quote.price.currency and quote.price.minor <= ceiling.minor:
        return None
    rejects = wanted.order.confirm.reject_quote and wanted.order.part is not None  # those of its neighbors
    lines = confirm_lines(replace(wanted.order.confirm, max_price=quote.price, unpriced=False, reject_quote=rejects))
    agree = Commit(purpose=Purpose.AGREE_AFTERWARDS, location=wanted.order.source, lines=lines)
    cause = QuoteOverpaid(price=quote.price, by=decided_by(quote.by), ceiling=ceiling)
    return Finding.for_record(record, FindingKind.DRIFTED, cause, agree, wanted=wanted, observed=observed)
