"""Amounts as people write them, and as whole minor units."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shared.money import NotMoney, minor_digits, read_amount, show_money, to_minor_units


@pytest.mark.parametrize(
    ("told", "amount"),
    [
        (15, "15"),
        (15.1, "15.1"),
        ("15.10", "15.10"),
        ("1,234.50", "1234.50"),
        ("1,234", "1234"),
        ("12,34,567.5", "1234567.5"),
        ("1 234,50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("12,5", "12.5"),
        ("1'234'567.00", "1234567.00"),
        ("$45,000", "45000"),
        ("¥1500", "1500"),
        ("EUR 12.50", "12.50"),
        (" 300.25 USD ", "300.25"),
    ],
)
def test_amounts_are_read_exactly(told: object, amount: str) -> None:
    assert read_amount(told) == Decimal(amount)


@pytest.mark.parametrize(
    "told",
    [
        "",
        "9" * 30,
        "9" * 14,
        "0." + "1" * 30,
        "ten",
        "1,23,4",
        "1.2.3",
        "12-15",
        "1e3",
        True,
        None,
        [],
        float("nan"),
        "inf",
    ],
)
def test_what_is_no_amount_is_refused(told: object) -> None:
    with pytest.raises(NotMoney):
        read_amount(told)


@pytest.mark.parametrize("told", [-1, "-3.50", "$-3", float("-inf")])
def test_a_negative_or_endless_amount_is_refused(told: object) -> None:
    with pytest.raises(NotMoney):
        read_amount(told)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.5", "USD", 1250),
        ("1500", "JPY", 1500),
        ("4.125", "KWD", 4125),
        ("0.1", "EUR", 10),
    ],
)
def test_minor_units_follow_the_currency(
    amount: str, currency: str, minor: int
) -> None:
    assert to_minor_units(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"), [("12.505", "USD"), ("0.5", "JPY"), ("1.0001", "KWD")]
)
def test_an_amount_finer_than_the_smallest_unit_is_refused(
    amount: str, currency: str
) -> None:
    with pytest.raises(NotMoney, match="finer than the smallest unit"):
        to_minor_units(Decimal(amount), currency)


def test_rounding_is_done_only_when_asked_for() -> None:
    assert to_minor_units(Decimal("18.8175"), "USD", "down") == 1881
    assert to_minor_units(Decimal("18.815"), "USD", "half-even") == 1882


def test_money_is_shown_with_the_decimals_of_its_currency() -> None:
    assert show_money(150_000, "GBP") == "GBP 1,500.00"
    assert show_money(1_500, "JPY") == "JPY 1,500"
    assert show_money(4_125, "KWD") == "KWD 4.125"
    assert minor_digits("CHF") == 2
