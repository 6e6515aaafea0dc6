"""Money: whole minor units, no floats, and bounds that are never too low."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.money import Money, amounts_text, exponent, in_currency, total

steady = settings(derandomize=True, max_examples=100, deadline=None)

READ = [
    ("3500.00", "EUR", 350_000),
    ("3500", "EUR", 350_000),
    ("0.01", "USD", 1),
    ("0", "EUR", 0),
    ("0.10", "EUR", 10),
    ("4500", "credits", 450_000),
    ("1200", "JPY", 1200),
    ("1.5000", "EUR", 150),
    ("1.234", "KWD", 1234),
    ("999999999999999", "EUR", 99_999_999_999_999_900),
]


@pytest.mark.parametrize(("amount", "currency", "minor"), READ)
def test_an_amount_is_read_exactly(amount: str, currency: str, minor: int):
    """A decimal text becomes whole minor units of its currency."""
    assert Money.parse(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "amount",
    ["", "-1", "+1", "1,000.00", "1e3", ".5", "5.", " 5", "5 ", "5\n", "NaN", "inf", "0x1F", "1_000", "1.23456"],
)
def test_what_is_no_amount_is_refused(amount: str):
    """Anything but plain digits is refused with an example, for a misread ceiling costs money."""
    with pytest.raises(ValueError, match=r'write plain digits, such as "3500.00"'):
        Money.parse(amount, "EUR")


@pytest.mark.parametrize(("amount", "currency"), [("0.001", "EUR"), ("1.5", "JPY"), ("1.2345", "KWD")])
def test_nothing_is_rounded_when_read(amount: str, currency: str):
    """An amount finer than the smallest unit is an error and never rounded."""
    with pytest.raises(ValueError, match=f"finer than the smallest unit of {currency}"):
        Money.parse(amount, currency)


@pytest.mark.parametrize(("currency", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("credits", 2), ("XXX", 2)])
def test_decimal_places(currency: str, places: int):
    """Minor units are those of ISO 4217; a hundredth where it says nothing."""
    assert exponent(currency) == places


@pytest.mark.parametrize(
    ("money", "shown", "amount"),
    [
        (Money(1_240_000, "EUR"), "EUR 12,400.00", "12400.00"),
        (Money(5, "EUR"), "EUR 0.05", "0.05"),
        (Money(1_200_000, "JPY"), "JPY 1,200,000", "1200000"),
        (Money(1234, "KWD"), "KWD 1.234", "1.234"),
        (Money(450_000, "credits"), "4,500 credits", "4500.00"),
    ],
)
def test_money_is_shown_for_people_and_for_manifests(money: Money, shown: str, amount: str):
    """People see groups of thousands; a manifest has none."""
    assert (str(money), money.amount) == (shown, amount)


@steady
@given(minor=st.integers(0, 10**15), currency=st.sampled_from(["EUR", "JPY", "KWD", "credits"]))
def test_what_is_shown_for_a_manifest_is_read_back(minor: int, currency: str):
    """Lines that a finding asks to commit mean exactly the amount that it names."""
    assert Money.parse(Money(minor, currency).amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("minor", "percent", "expected"),
    [(100, 10, 10), (101, 10, 11), (1, 1, 1), (999, 100, 999), (999, 0, 0), (0, 50, 0)],
)
def test_a_share_is_rounded_up(minor: int, percent: int, expected: int):
    """A charge is a bound, which must not be too low."""
    assert Money(minor, "EUR").percent(percent) == Money(expected, "EUR")


@steady
@given(minor=st.integers(0, 10**15), percent=st.integers(0, 100))
def test_a_share_is_exact_but_for_the_last_unit(minor: int, percent: int):
    """A share is at least the exact one, and less than one unit above it, at any size."""
    share = Money(minor, "EUR").percent(percent).minor
    assert 0 <= share * 100 - minor * percent < 100


def test_sums_are_by_currency():
    """Amounts of different currencies are never added to each other."""
    amounts = [Money(5, "USD"), Money(1, "EUR"), Money(2, "EUR"), Money(7, "credits")]
    assert total(amounts) == (Money(3, "EUR"), Money(5, "USD"), Money(7, "credits"))
    assert total([]) == ()
    assert in_currency(total(amounts), "EUR") == Money(3, "EUR")
    assert in_currency(total(amounts), "JPY") is None


def test_several_amounts_in_one_phrase():
    """Several amounts are written in one phrase, and none as nothing."""
    assert amounts_text(total([Money(300, "EUR"), Money(500, "USD")])) == "EUR 3.00 + USD 5.00"
    assert amounts_text([]) == "nothing"


@steady
@given(st.lists(st.integers(-(10**18), 10**18)))
def test_sums_are_exact(minors: list[int]):
    """However many and however large, no unit is lost: nothing is a float."""
    assert sum(money.minor for money in total(Money(minor, "EUR") for minor in minors)) == sum(minors)
