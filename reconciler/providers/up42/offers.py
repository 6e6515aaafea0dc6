"""Feasibility studies and quotations, joined to their orders; and how a decision of ours stands (sections 8 and 9).

Pure. An offer that cannot be read spoils its own order only, as long as it says which order that is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from reconciler.model.errors import UnclearError
from reconciler.model.offer import (
    AcceptQuote,
    ChooseOption,
    Decision,
    FeasibilityOption,
    Offers,
    Quote,
    QuoteState,
    Study,
)
from reconciler.providers.responses import printable
from reconciler.providers.up42.parse import credits_of
from reconciler.providers.up42.schemas import ID, Few, instant_or_none, read_as

_OPEN = "NOT_DECIDED"
_STATES = {_OPEN: QuoteState.OPEN, "ACCEPTED": QuoteState.ACCEPTED, "REJECTED": QuoteState.REJECTED}
_READER = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class _Option(BaseModel):
    model_config = _READER
    id: str = Field(min_length=1)
    description: str = ""


class _Study(BaseModel):
    model_config = _READER
    id: str = Field(pattern=ID)
    order_id: str = Field(alias="orderId", min_length=1)
    decision: str
    options: Annotated[list[_Option], Few] = Field(default_factory=list)
    option: _Option | None = Field(default=None, alias="decisionOption")
    by: str | None = Field(default=None, alias="decisionByType")
    created_at: str | None = Field(default=None, alias="createdAt")


class _Quotation(BaseModel):
    model_config = _READER
    id: str = Field(pattern=ID)
    order_id: str = Field(alias="orderId", min_length=1)
    price: float = Field(alias="creditsPrice", strict=True, ge=0)
    decision: str
    by: str | None = Field(default=None, alias="decisionByType")
    created_at: str | None = Field(default=None, alias="createdAt")


Offer = TypeVar("Offer", _Study, _Quotation)


@dataclass(slots=True)
class Joined:
    """What was offered, by order id in lower case. `broken` says why an order's offers are not known."""

    offers: dict[str, Offers] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def of(self, order_id: str) -> Offers:
        """Return an order's offers; none where there are none. Raises `UnclearError` where they could not be read."""
        if (why := self.broken.get(order_id.lower())) is not None:
            raise UnclearError(why)
        return self.offers.get(order_id.lower(), Offers())


def join(studies: Iterable[object], quotations: Iterable[object]) -> Joined:
    """Join studies and quotations to their orders; raises `UnclearError` for one that does not say whose it is."""
    joined = Joined()
    found_studies: dict[str, list[_Study]] = {}
    found_quotes: dict[str, list[_Quotation]] = {}
    for item in studies:
        if (study := _read(_Study, item, joined)) is not None:
            found_studies.setdefault(study.order_id.lower(), []).append(study)
    for item in quotations:
        if (quotation := _read(_Quotation, item, joined)) is not None:
            found_quotes.setdefault(quotation.order_id.lower(), []).append(quotation)
    for order_id in {*found_studies, *found_quotes}:
        quotes = sorted(found_quotes.get(order_id, ()), key=_age)
        joined.offers[order_id] = Offers(_current(found_studies.get(order_id, ())), tuple(map(_quote, quotes)))
    return joined


def read_study(value: object) -> Study:
    """Read the answer to a choice; raises `UnclearError`."""
    return _study(read_as(_Study, value, needed=_fields(_Study))[0])


def read_quote(value: object) -> Quote:
    """Read the answer to a decision on a quotation; raises `UnclearError`."""
    return _quote(read_as(_Quotation, value, needed=_fields(_Quotation))[0])


def decided(offers: Offers, answer: Study | Quote) -> Offers:
    """Return offers with one of them as it stands now."""
    if isinstance(answer, Study):
        return replace(offers, study=answer)
    return replace(offers, quotes=(*(quote for quote in offers.quotes if quote.id != answer.id), answer))


def stands(offers: Offers, decision: Decision) -> bool | None:
    """Tell whether a decision stands as it was meant (True) or otherwise (False); None while nobody has decided."""
    if isinstance(decision, ChooseOption):
        study = offers.study
        if study is None or study.id != decision.study_id or not study.decided:
            return None
        return study.chosen is not None and study.chosen.id == decision.option.id
    quote = next((quote for quote in offers.quotes if quote.id == decision.quote_id), None)
    if quote is None or quote.state not in (QuoteState.ACCEPTED, QuoteState.REJECTED):
        return None
    return quote.state is (QuoteState.ACCEPTED if isinstance(decision, AcceptQuote) else QuoteState.REJECTED)


def otherwise(offers: Offers, decision: Decision) -> str:
    """Say what was decided instead, and by whom."""
    if isinstance(decision, ChooseOption):
        study = offers.study
        chosen = f"option {study.chosen.id} ({study.chosen.text})" if study and study.chosen else "another way"
        return f"study {decision.study_id} was decided for {chosen}{_by(study.by if study else None)}"
    quote = next(quote for quote in offers.quotes if quote.id == decision.quote_id)
    return f"quote {quote.id} over {quote.price} was {quote.state}{_by(quote.by)}"


def _by(who: str | None) -> str:
    named = {"ADMIN": "UP42's staff (ADMIN)", "USER": "a user of the account (USER)"}
    return f" by {named.get(who, printable(who))}" if who else ""


def _read(model: type[Offer], item: object, joined: Joined) -> Offer | None:
    try:
        return read_as(model, item, needed=_fields(model))[0]
    except UnclearError as e:
        order_id = item.get("orderId") if isinstance(item, dict) else None
        if not isinstance(order_id, str) or not order_id:
            raise UnclearError(f"an offer that may be for one of our orders cannot be read: {e}") from e
        joined.broken[order_id.lower()] = f"an offer for order {printable(order_id)} cannot be read: {e}"
        return None


def _fields(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(shown.alias or name for name, shown in model.model_fields.items())


def _current(studies: Iterable[_Study]) -> Study | None:
    """Return the study that waits for a choice, else the latest; nobody has seen an order with two."""
    made = [_study(study) for study in sorted(studies, key=_age)]
    return next((study for study in made if study.waits), made[-1] if made else None)


def _study(study: _Study) -> Study:
    options = tuple(map(_option, study.options))
    chosen = _option(study.option) if study.option is not None else None
    return Study(id=study.id, options=options, decided=study.decision != _OPEN, chosen=chosen, by=study.by)


def _option(option: _Option) -> FeasibilityOption:
    return FeasibilityOption(option.id, printable(option.description))


def _quote(quotation: _Quotation) -> Quote:
    state = _STATES.get(quotation.decision, QuoteState.UNRECOGNIZED)
    created = instant_or_none(quotation.created_at)
    return Quote(id=quotation.id, price=credits_of(quotation.price), state=state, created_at=created, by=quotation.by)


def _age(offer: _Study | _Quotation) -> float:
    created = instant_or_none(offer.created_at)
    return created.timestamp() if created is not None else 0.0
