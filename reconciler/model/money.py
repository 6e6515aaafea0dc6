"""Money as whole minor units with a currency; never a float."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

# ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"), 0),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")
CREDITS = "credits"
"""A provider's own unit of account."""
CURRENCY_PATTERN = rf"^([A-Z]{{3}}|{CREDITS})$"


def exponent(currency: str) -> int:
    """Return how many decimal places the minor unit of a currency has (ISO 4217; 2 where it says nothing)."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the currency's minor units (cents; whole yen)."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str, currency: str) -> Money:
        """Read a decimal text such as `3500.00`; ValueError where it is no amount or finer than the minor unit."""
        if not _AMOUNT.fullmatch(amount):
            raise ValueError(f'{amount!r} is not an amount: write plain digits, such as "3500.00"')
        scaled = Decimal(amount).scaleb(exponent(currency))
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{amount} is finer than the smallest unit of {currency}")
        return cls(int(scaled), currency)

    @property
    def amount(self) -> str:
        """The decimal text without grouping, as a manifest states it."""
        return f"{Decimal(self.minor).scaleb(-exponent(self.currency)):.{exponent(self.currency)}f}"

    def __str__(self) -> str:
        places = exponent(self.currency)
        text = f"{Decimal(self.minor).scaleb(-places):,.{places}f}"
        return f"{text.removesuffix('.00')} credits" if self.currency == CREDITS else f"{self.currency} {text}"

    def percent(self, percent: int) -> Money:
        """Return that share, rounded up to a whole minor unit: a bound must not be too low."""
        return Money(-(-self.minor * percent // 100), self.currency)


def total(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Add up by currency; one Money a currency, in the currencies' alphabetical order."""
    sums: dict[str, int] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, 0) + money.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))


def in_currency(amounts: Iterable[Money], currency: str) -> Money | None:
    """Return the amount of one currency from a list that holds at most one of each."""
    return next((money for money in amounts if money.currency == currency), None)


def amounts_text(amounts: Iterable[Money]) -> str:
    """Write several amounts in one phrase; `nothing` where there are none."""
    return " + ".join(str(money) for money in amounts) or "nothing"
