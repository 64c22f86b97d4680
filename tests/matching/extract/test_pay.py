"""Pay as adverts write it, in minor units."""

from __future__ import annotations

import pytest

from services.matching.extract.pay import find_pay
from services.matching.extract.spans import read


@pytest.mark.parametrize(
    ("text", "country", "told"),
    [
        ("£14.50 per hour", None, "GBP hour 1450-1450"),
        ("$18–$22/hr", "US", "USD hour 1800-2200"),
        ("$18 - 22 p.h.", "AU", "AUD hour 1800-2200"),
        ("14,50 €/Std.", "DE", "EUR hour 1450-1450"),
        ("3.200 € – 3.600 € brutto im Monat", "DE", "EUR month 320000-360000"),
        ("£38k - £42k p.a.", "GB", "GBP year 3800000-4200000"),
        ("Salary: £28,000", "GB", "GBP year 2800000-2800000"),
        ("8000-12000元/月", "CN", "CNY month 800000-1200000"),
        ("月薪1.2-1.5万", "CN", "CNY month 1200000-1500000"),
        ("薪资：8千-1万2", "CN", "CNY month 800000-1200000"),
        ("时薪25元", None, "CNY hour 2500-2500"),
        ("200元一天，日结", None, "CNY day 20000-20000 daily"),
        ("¥250,000–¥280,000/month", "JP", "JPY month 250000-280000"),
        ("1 850 € par mois", "FR", "EUR month 185000-185000"),
        ("15 an hour", "GB", "GBP hour 1500-1500"),
        ("£450 a week, paid weekly", None, "GBP week 45000-45000 weekly"),
        ("KWD 1.500 per hour", "KW", "KWD hour 1500-1500"),
        ("￥２５／小时", "CN", "CNY hour 2500-2500"),
    ],
)
def test_pay_is_read(text: str, country: str | None, told: str) -> None:
    [pay] = find_pay(read(text), country)
    shown = f"{pay.currency} {pay.unit} {pay.minimum}-{pay.maximum}"
    assert (f"{shown} {pay.settlement}" if pay.settlement else shown) == told


@pytest.mark.parametrize(
    "text",
    [
        "Sign-on bonus of £1,000",
        "£50 voucher for every referral",
        "We made $40 million in revenue",
        "押金200元",
        "Call 0171 555 1234",
        "40 hours per week",
        "from 12 December 2026",
        "25 days of holiday a year",
        "we serve 300 meals a day",
    ],
)
def test_other_amounts_are_no_pay(text: str) -> None:
    assert find_pay(read(text), "GB") == []
