"""Amounts as people write them, and as Rollcall keeps them: whole minor units.

Nothing is ever rounded on the way in: an amount finer than the currency's smallest unit
is an error, unless the caller says which way to round.
"""

from __future__ import annotations

import re
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

# ISO 4217: all others have two decimals
# fmt: off
NO_DECIMALS = frozenset(
    {
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF",
        "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
    }
)
# fmt: on
THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
MOST_DIGITS = 20  # far from where decimal arithmetic begins to round
LARGEST = 12  # as a power of ten
ROUNDINGS = {"down": ROUND_FLOOR, "half-even": ROUND_HALF_EVEN}

# 1234.5 · 1,234.50 · 1,00,000 · 1 234,50 · 1.234,50 · 12,5 — three digits after a lone
# comma are thousands, after a lone point decimals
_POINT = re.compile(
    r"\d{1,3}(?:[,'\s]\d{3})+(?:\.\d+)?"
    r"|\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d+)?"
    r"|\d+(?:\.\d+)?|\.\d+"
)
_COMMA = re.compile(r"\d{1,3}(?:[.'\s]\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,})")


class NotMoney(ValueError):
    """The text is no amount, or no exact one."""


def minor_digits(currency: str) -> int:
    """How many decimals a currency has; an unknown one counts as having two."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def read_amount(value: object) -> Decimal:
    """A number, or a number as people write it; a currency sign may stand around it."""
    if isinstance(value, bool):
        raise NotMoney("is not an amount")
    if isinstance(value, int | float | Decimal):
        # str() of a float is the shortest text that means it: 15.1, not 15.0999…
        amount = Decimal(str(value))
    elif isinstance(value, str):
        amount = _read_text(value)
    else:
        raise NotMoney("is not an amount")
    if not amount.is_finite():
        raise NotMoney("is not a finite amount")
    if len(amount.as_tuple().digits) > MOST_DIGITS or amount.adjusted() > LARGEST:
        raise NotMoney("has more digits than any pay")
    if amount < 0:
        raise NotMoney("must not be negative")
    return amount


def to_minor_units(amount: Decimal, currency: str, rounding: str | None = None) -> int:
    """Whole minor units, exactly; `rounding` ("down", "half-even") permits the rest.

    Raises NotMoney for an amount finer than the currency's smallest unit.
    """
    digits = minor_digits(currency)
    scaled = amount.scaleb(digits)
    whole = scaled.to_integral_value(ROUNDINGS[rounding] if rounding else ROUND_FLOOR)
    if whole != scaled and rounding is None:
        smallest = Decimal(1).scaleb(-digits)
        raise NotMoney(f"{amount} is finer than the smallest unit, {smallest}")
    return int(whole)


def show_money(minor: int, currency: str) -> str:
    """Minor units as text: 150000, "GBP" → "GBP 1,500.00"."""
    digits = minor_digits(currency)
    return f"{currency} {Decimal(minor).scaleb(-digits):,.{digits}f}"


def _read_text(text: str) -> Decimal:
    stripped = re.sub(r"^[A-Z]{3}\b|\b[A-Z]{3}$|[$€£¥₹元]", "", text.strip()).strip()
    sign = stripped.startswith("-")
    digits = stripped.lstrip("+-").strip()
    if _POINT.fullmatch(digits):
        amount = Decimal(re.sub(r"[,'\s]", "", digits))
    elif _COMMA.fullmatch(digits):
        amount = Decimal(re.sub(r"[.'\s]", "", digits).replace(",", "."))
    else:
        raise NotMoney(f"{text!r} is not an amount")
    return -amount if sign else amount
