"""Pay as adverts write it → whole minor units of a currency, per unit of time.

An amount counts when something says that it is pay: a unit behind it ("an hour",
"/Std.", "元/月") or a word before it ("Salary:", "时薪"). A bonus, a voucher or a
turnover is none.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from services.matching.extract.pay_words import (
    BEFORE,
    BY_COUNTRY,
    BY_SIGN,
    DOLLARS,
    NO_PAY_AFTER,
    NO_PAY_BEFORE,
    SETTLEMENTS,
    UNIT_AFTER,
    UNIT_BEFORE,
)
from services.matching.extract.spans import Reading, Span
from shared.money import NotMoney, minor_digits, to_minor_units
from shared.values import PayUnit, Settlement

MOST = 10**12
"""Minor units that any pay has at most."""
NEAR = 40
# between the word for pay and the amount: "Salary: up from", "月薪约"
_NEXT_TO = re.compile(r"[^\d,.;!?。\n]{0,24}|[^\d,.;!?。\n]{0,12}[^\d;!?。\w]{1,3}")

_SIGN = (
    r"(?:(?P<{0}>us\$|ca\$|c\$|a\$|au\$|nz\$|s\$|hk\$|nt\$|r\$|mx\$|[$£€¥₹₽₩₺₫₱฿]|zł"
    r"|rmb|kwd|bhd|omr|jod|tnd|egp|ngn|kes|ghs|pkr|lkr|bdt|idr|uah|ils|clp|ars|chf|eur(?:os?)?|gbp|usd|aud|nzd|cad|sgd|hkd|twd|jpy|cny|aed|sar|qar|inr|pln"
    r"|sek|nok|dkk|czk|huf|ron|mxn|brl|zar|krw|myr|php|thb|vnd|pounds?|dollars?"
    r"|fr\.|sfr\.?|kr\.?|新币|新加坡元|港币|港元|台币|新台币|美元|美金|欧元|英镑|日元"
    r"|人民币|块钱|块|元|圆|円)(?![a-z]))"
)
_NUMBER = (
    r"(?P<{0}>\d{{1,3}}(?:[.,' ]\d{{3}}){{1,3}}(?:[.,]\d{{1,2}})?(?!\d)"
    r"|\d{{1,9}}(?:[.,]\d{{1,2}})?(?!\d))"
)
_SCALE = r"\s?(?P<{0}>k(?![a-z])|千|万(?:\d(?!\d))?|tsd\.?|thousand)?"
_PLUS = r"(?:,-|,--|\.-|\+)?"
_AMOUNT = re.compile(
    r"(?<!\d)(?<!\d[.,])(?:" + _SIGN.format("s1") + r"\s?)?"
    r"(?<![\d])"
    + _NUMBER.format("n1")
    + _SCALE.format("k1")
    + _PLUS
    + r"(?:\s?"
    + _SIGN.format("s2")
    + ")?"
    r"(?P<range>\s{0,2}(?:-|to|bis(?: zu)?|a|and|und|至|到|或)\s{0,2}"
    r"(?:"
    + _SIGN.format("s3")
    + r"\s?)?"
    + _NUMBER.format("n2")
    + _SCALE.format("k2")
    + _PLUS
    + r"(?:\s?"
    + _SIGN.format("s4")
    + ")?)?"
)

# between an amount and its unit
_BETWEEN = re.compile(
    r"\s{0,3}(?:\+|plus)?\s?(?:\(?(?:brutto|netto|gross|net|bruts?|nets?|gbp|eur|usd"
    r"|before tax|plus tips|dollars?|euros?|pounds?|税前|税后|左右|以上|起"
    r"|包底)\)?\s{0,2}){0,2}"
)


@dataclass(frozen=True, slots=True)
class Pay:
    """`minimum` and `maximum` are minor units; the unit is None when it is not said."""

    span: Span
    currency: str
    unit: PayUnit | None
    minimum: int
    maximum: int
    settlement: Settlement | None
    confidence: float


def find_pay(reading: Reading, country: str | None) -> list[Pay]:
    """What the text offers or asks as pay, in order."""
    plain = reading.plain
    settlement = find_settlement(plain)
    words = _Words(plain)
    pays = (
        _pay(plain, amount, words, country, settlement)
        for amount in _AMOUNT.finditer(plain)
    )
    return [pay for pay in pays if pay is not None]


class _Words:
    """The units and the words for pay in a text, for every amount to look up."""

    def __init__(self, plain: str) -> None:
        self._plain = plain
        self._behind = list(UNIT_AFTER.finditer(plain))
        self._starts = [found.start() for found in self._behind]
        self._before = list(UNIT_BEFORE.finditer(plain))
        self._ends = [found.end() for found in self._before]
        self._told = [found.end() for found in BEFORE.finditer(plain)]

    def unit_behind(self, end: int) -> tuple[PayUnit | None, int]:
        """The unit right behind an amount, with a word such as "gross" between."""
        place = bisect_left(self._starts, end)
        if place == len(self._starts) or self._starts[place] > end + NEAR:
            return None, end
        unit = self._behind[place]
        if _BETWEEN.fullmatch(self._plain, end, unit.start()):
            return PayUnit(unit.lastgroup or ""), unit.end()
        return None, end

    def unit_before(self, start: int) -> tuple[PayUnit | None, int]:
        place = bisect_right(self._ends, start) - 1
        if place < 0 or not self._is_next_to(self._ends[place], start):
            return None, start
        return PayUnit(self._before[place].lastgroup or ""), self._before[place].start()

    def tell_of(self, start: int) -> bool:
        """Whether a word for pay stands before, with hardly anything between."""
        place = bisect_right(self._told, start) - 1
        return place >= 0 and self._is_next_to(self._told[place], start)

    def _is_next_to(self, end: int, start: int) -> bool:
        if start - end > NEAR:
            return False
        return _NEXT_TO.fullmatch(self._plain, end, start) is not None


def find_settlement(plain: str) -> Settlement | None:
    """How often wages are paid out."""
    for settlement, words in SETTLEMENTS:
        if words.search(plain):
            return settlement
    return None


def _pay(
    plain: str,
    amount: re.Match[str],
    words: _Words,
    country: str | None,
    settlement: Settlement | None,
) -> Pay | None:
    start, end = amount.span()
    sign = amount["s1"] or amount["s2"] or amount["s3"] or amount["s4"]
    unit, unit_end = words.unit_behind(end)
    unit_start = start
    if unit is None:
        unit, unit_start = words.unit_before(start)
    told = words.tell_of(start)
    scaled = (amount["k1"] or amount["k2"]) and (told or (amount["n2"] and not sign))
    if not (sign or scaled or (unit and (told or _is_money_like(amount)))):
        return None
    if unit is None and not (told or scaled) and not _is_annual(amount):
        return None
    before = plain[max(0, start - NEAR) : start]
    if NO_PAY_AFTER.match(plain, unit_end) or NO_PAY_BEFORE.search(before):
        return None
    currency = _currency(sign, country, plain[:200])
    if currency is None:
        return None
    try:
        low, high = _values(amount, currency)
        minimum = to_minor_units(low, currency, "half-even")
        maximum = to_minor_units(high, currency, "half-even")
    except (NotMoney, InvalidOperation):
        return None
    if not 0 < minimum <= maximum <= MOST:
        return None
    confidence = 0.9 if sign and unit else 0.7
    if unit is None:
        unit, confidence = _guessed_unit(low, currency), 0.5
    return Pay(
        Span(unit_start, unit_end),
        currency,
        unit,
        minimum,
        maximum,
        settlement,
        confidence,
    )


def _currency(sign: str | None, country: str | None, plain: str) -> str | None:
    local = BY_COUNTRY.get(country or "")
    if sign is None:
        return local or ("CNY" if re.search("[\u4e00-\u9fff]", plain) else None)
    sign = sign.rstrip(".")
    if sign in ("$", "dollar", "dollars"):
        return local if local in DOLLARS else "USD"
    if sign == "¥":
        return local if local in ("CNY", "JPY") else "CNY"
    if sign in ("元", "块", "块钱", "圆"):
        return local if local in ("CNY", "TWD", "HKD", "SGD", "MOP") else "CNY"
    if sign in ("kr", "fr") and local:
        return local
    return BY_SIGN.get(sign) or sign.upper()


def _values(amount: re.Match[str], currency: str = "") -> tuple[Decimal, Decimal]:
    scale = amount["k1"] or (amount["k2"] if amount["n2"] else None)
    low = _value(amount["n1"], scale, currency)
    if not amount["n2"]:
        return low, low
    high = _value(amount["n2"], amount["k2"] or amount["k1"], currency)
    return low, high


def _value(text: str, scale: str | None, currency: str) -> Decimal:
    digits = re.sub(r"[ ']", "", text)
    groups = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits)
    if groups and digits.count(".") == 1 and minor_digits(currency) == 3:
        pass  # 1.500 dinars are one and a half
    elif groups:
        digits = re.sub(r"[.,]", "", digits)
    elif mixed := re.fullmatch(r"(\d{1,3}(?:[.,]\d{3})+)[.,](\d{1,2})", digits):
        digits = re.sub(r"[.,]", "", mixed[1]) + "." + mixed[2]
    else:
        digits = digits.replace(",", ".")
    value = Decimal(digits)
    if scale in ("k", "千", "thousand") or (scale or "").startswith("tsd"):
        return value * 1000
    if scale and scale[0] == "万":
        # 1万2 is 12,000
        return value * 10_000 + Decimal(scale[1:] or "0") * 1000
    return value


def _is_money_like(amount: re.Match[str]) -> bool:
    """Without a sign and a word: decimals, a range, or a whole number over nine."""
    if amount["n2"] or amount["k1"] or re.search(r"[.,]\d\d$", amount["n1"]):
        return True
    return len(re.sub(r"\D", "", amount["n1"])) > 1


def _is_annual(amount: re.Match[str]) -> bool:
    return (
        bool(amount["s1"] or amount["s2"])
        and bool(amount["n2"])
        and (_values(amount)[0] >= 10_000)
    )


def _guessed_unit(low: Decimal, currency: str) -> PayUnit | None:
    """What nobody says because everybody knows: £28,000 is a year's, 8,000 元 a
    month's pay."""
    if currency in ("CNY", "TWD", "HKD", "SGD"):
        return PayUnit.MONTH if low >= 2_000 else None
    if currency in ("USD", "GBP", "EUR", "CAD", "AUD", "NZD", "CHF"):
        if low >= 12_000:
            return PayUnit.YEAR
        return PayUnit.HOUR if 5 <= low <= 100 else None
    return None
