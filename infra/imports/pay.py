"""The pay of an advert: a range in minor units of its currency, per unit of time."""

from __future__ import annotations

from typing import Any

from infra.imports.advert import Raw, RawPay
from infra.imports.draft import Draft
from infra.imports.words import Unreadable, read_pay_unit, read_settlement
from shared.money import NotMoney, read_amount, to_minor_units
from shared.values import PayUnit, Settlement


def read_pay(
    raw: RawPay | None, draft: Draft, rounding: str | None
) -> dict[str, Any] | None:
    """None when nothing is said, or what is said is a fault (added to the draft).

    A range of which only the top is said lands held, with that as its bottom too.
    """
    if raw is None or (raw.minimum is None and raw.maximum is None):
        return None
    unit = _unit(raw.unit, draft)
    currency = str(raw.currency or "").strip().upper()
    if not currency:
        draft.add_fault("pay.currency", "is missing")
    if unit is None or not currency:
        return None
    minimum = _amount("pay.minimum", raw.minimum, currency, draft, rounding)
    maximum = _amount("pay.maximum", raw.maximum, currency, draft, rounding)
    if not minimum and not maximum:
        if not draft.faults:
            draft.add_fault("pay.maximum", "is nought")
        return None
    if not minimum:
        draft.held.append("only the highest pay is said")
    pay: dict[str, Any] = {
        "currency": currency,
        "unit": unit,
        "minimum": minimum or maximum,
        "maximum": maximum or minimum,
    }
    if settlement := _settlement(raw.settlement, draft):
        pay["settlement"] = settlement
    return pay


def _unit(raw: Raw, draft: Draft) -> PayUnit | None:
    if raw is None:
        draft.add_fault("pay.unit", "is missing: an amount for what?")
        return None
    try:
        return read_pay_unit(str(raw))
    except Unreadable as reason:
        draft.add_fault("pay.unit", str(reason))
        return None


def _amount(
    name: str, raw: Raw, currency: str, draft: Draft, rounding: str | None
) -> int | None:
    if raw is None:
        return None
    try:
        return to_minor_units(read_amount(raw), currency, rounding)
    except NotMoney as reason:
        draft.add_fault(name, str(reason))
        return None


def _settlement(raw: Raw, draft: Draft) -> Settlement | None:
    if raw is None:
        return None
    try:
        return read_settlement(str(raw))
    except Unreadable as reason:
        draft.add_fault("pay.settlement", str(reason))
        return None
