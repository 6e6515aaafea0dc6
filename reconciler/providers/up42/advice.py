"""What UP42 says of an order before it is placed, and of a quotation before it is accepted: reads alone."""

from __future__ import annotations

from datetime import datetime

from reconciler.model.errors import ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.money import Money
from reconciler.model.offer import Quote
from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.provider import Preflight
from reconciler.providers.http import ApiSession
from reconciler.providers.responses import printable
from reconciler.providers.up42.facts import Facts
from reconciler.providers.up42.glossary import ESTIMATED, QUOTED, Collection, DataProduct, objections
from reconciler.providers.up42.parse import credits_of, error_text
from reconciler.providers.up42.rules import problems, readiness
from reconciler.providers.up42.schemas import Balance, Budget, Estimate, read_as
from reconciler.providers.up42.terms import body, settings_of

ESTIMATE = "/v2/orders/estimate"
BALANCES = "/v2/payments/balances"
BUDGET = "/v2/budgets/{budget}"
_GONE = (404, 410)


def preflight(order: DesiredOrder, session: ApiSession, facts: Facts, now: datetime) -> Preflight:
    """Judge an order by the glossary, its form, its license and an estimate, which binds nobody.

    Whether access to a collection was granted is told nowhere: placing is refused without it. Where a collection does
    not say that it quotes, nobody is asked again before the credits go, so placing is what binds them.
    """
    if lasting := problems(order):
        return Preflight(objections=lasting)
    try:
        found = facts.glossary().find(settings_of(order))
        if isinstance(found, str):
            return Preflight(objections=(found,))
        collection, product = found
        against = _against(order, collection, product, facts)
        price, refused = _estimate(order, collection, product, session) if not against else (None, ())
    except ProviderError as e:
        return Preflight(unread=str(e))
    return Preflight(
        price=price,
        objections=(*against, *refused),
        readiness=readiness(order, now),
        binding=QUOTED not in collection.integrations,
    )


def _against(order: DesiredOrder, collection: Collection, product: DataProduct, facts: Facts) -> tuple[str, ...]:
    if (hindered := objections(collection, product)) or product.id is None:
        return hindered
    return (*facts.form(product.id).objections(order), *_license(product, facts))


def _license(product: DataProduct, facts: Facts) -> tuple[str, ...]:
    if product.eula_id is None:
        return ()
    eula = facts.eula(product.eula_id)
    if eula.is_accepted:
        return ()
    return (
        f"the license of {product.title or product.name} ({printable(eula.title) or product.eula_id}) is not accepted,"
        " or has a new text: accept it in UP42's console",
    )


def _estimate(
    order: DesiredOrder, collection: Collection, product: DataProduct, session: ApiSession
) -> tuple[Money | None, tuple[str, ...]]:
    if ESTIMATED not in collection.integrations or product.id is None:
        return None, ()
    try:
        answer = session.ask(ESTIMATE, body(order, product=product.id))
    except RefusedError as e:
        if e.status in (400, 422):
            return None, (str(e),)
        if e.kind is RefusalKind.NOT_FOUND:
            return None, ()
        raise
    estimate, _ = read_as(Estimate, answer.body)
    if estimate.errors:
        return None, tuple(f"UP42 objects: {error_text(error)}" for error in estimate.errors)
    return (credits_of(estimate.summary.total) if estimate.summary is not None else None), ()


def preflight_quote(order: ObservedOrder, quote: Quote, session: ApiSession) -> Preflight:
    """Hold a quote against what the account, and the order's budget, have left."""
    try:
        available = _balance(session)
        against = list(_budget(order, quote, session))
    except ProviderError as e:
        return Preflight(price=quote.price, unread=str(e))
    if available is not None and quote.price.minor > available.minor:
        against.insert(0, f"the account has {available} left, and the quote is over {quote.price}: buy credits")
    return Preflight(price=quote.price, available=available, objections=tuple(against))


def _balance(session: ApiSession) -> Money | None:
    """Return the credits that are left; None where UP42 does not tell any more."""
    try:
        answer = session.read(BALANCES)
    except (RefusedError, UnclearError) as e:
        if e.status in _GONE:
            return None
        raise
    shown = answer.body.get("available") if isinstance(answer.body, dict) else None
    return credits_of(read_as(Balance, shown)[0].amount)


def _budget(order: ObservedOrder, quote: Quote, session: ApiSession) -> tuple[str, ...]:
    budget_id = order.terms.get("budgetId")
    if budget_id is None:
        return ()
    try:
        answer = session.read(BUDGET, {"includeUsage": "true"}, budget=str(budget_id))
    except RefusedError as e:
        if e.status in _GONE:
            return (f"the order's budget {budget_id} does not exist: state another `up42.budgetId`",)
        raise
    budget, _ = read_as(Budget, answer.body, needed=frozenset({"remainingCredits"}))
    name = f"the order's budget {printable(budget.name) or budget_id}"
    if budget.status != "ACTIVE":
        return (f"{name} is {printable(budget.status)}: activate it, or state another `up42.budgetId`",)
    if budget.remaining is not None and quote.price.minor > (left := credits_of(budget.remaining)).minor:
        return (f"{name} has {left} left, and the quote is over {quote.price}: raise it",)
    return ()
