"""Made-up organisations and what they look for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from math import pi
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from infra.seed.cities import City, cities, city_shares, countries, offset
from infra.seed.pay import local_pay, rounded
from infra.seed.trades import Trade
from infra.seed.workers import KINDS, pay_unit
from shared.values import Kind, Market

Document = dict[str, Any]

POSTINGS_PER_ORGANISATION = 8
MARKET_SHARES = {Market.TEMPORARY: 0.5, Market.LABOR: 0.3, Market.TALENT: 0.2}
COMPANY_NAMES = (
    "North Star",
    "Blue Harbour",
    "Greenfield",
    "Union Square",
    "Silver Birch",
    "Riverside",
    "Golden Gate",
    "First Light",
    "Red Kite",
    "Lakeview",
    "Stonebridge",
    "Sunrise",
)
COMPANY_TRADES = (
    "Logistics",
    "Care",
    "Hospitality",
    "Retail",
    "Construction",
    "Works",
    "Foods",
    "Systems",
    "Events",
    "Partners",
)
# (start hour, hours) of a shift in local time
SHIFTS = ((6, 8), (8, 8), (9, 8), (14, 8), (16, 6), (18, 5), (22, 8), (7, 10))
WEEKS = (
    (range(5), "08:00", "17:00"),
    (range(5), "09:00", "17:30"),
    (range(5), "06:00", "14:00"),
    (range(5), "14:00", "22:00"),
    ((0, 1, 2, 3), "22:00", "06:00"),
    ((5, 6), "08:00", "18:00"),
    ((1, 2, 3, 4, 5), "10:00", "18:30"),
)


@dataclass(frozen=True, slots=True)
class MadeOrganisation:
    id: UUID
    name: str
    agency: bool
    city: City


@dataclass(frozen=True, slots=True)
class MadePosting:
    """`document` is the content of a posting as the postings API takes it."""

    organisation: MadeOrganisation
    document: Document


def make_postings(
    count: int,
    seed: int,
    today: date,
    trades: Sequence[Trade],
    city: City | None = None,
) -> Iterator[MadePosting]:
    """The same organisations for the same seed, and postings for the days to come.

    All over the world, or all in one `city`.
    """
    random = Random(f"rollcall postings {seed} {city.name if city else ''}")
    homes = random.choices(
        (city,) if city else cities(),
        weights=[1.0] if city else city_shares(),
        k=-(-count // POSTINGS_PER_ORGANISATION),
    )
    organisations = _organisations(random, homes)
    by_market = {
        market: [trade for trade in trades if market in trade.markets]
        for market in MARKET_SHARES
    }
    shares = list(accumulate(MARKET_SHARES.values()))
    weights = {
        market: list(accumulate(trade.weight for trade in some))
        for market, some in by_market.items()
    }
    for _ in range(count):
        market = random.choices(list(MARKET_SHARES), cum_weights=shares)[0]
        trade = random.choices(by_market[market], cum_weights=weights[market])[0]
        organisation = random.choice(organisations)
        yield MadePosting(
            organisation, _posting(random, organisation.city, market, trade, today)
        )


def _organisations(random: Random, homes: Sequence[City]) -> list[MadeOrganisation]:
    made = []
    for number, city in enumerate(homes, 1):
        agency = random.random() < 0.15
        name = f"{random.choice(COMPANY_NAMES)} {random.choice(COMPANY_TRADES)}"
        made.append(
            MadeOrganisation(
                id=UUID(int=random.getrandbits(128), version=4),
                name=f"{name} {'Staffing ' if agency else ''}{city.name} {number}",
                agency=agency,
                city=city,
            )
        )
    return made


def _posting(
    random: Random, city: City, market: Market, trade: Trade, today: date
) -> Document:
    chance = random.random
    country = countries()[city.country]
    level = random.choice((1, 2, 2, 3, 3, 4) if market != Market.TALENT else (2, 3, 4))
    asked = random.sample(
        trade.essential, min(len(trade.essential), random.choice((0, 1, 1, 2, 2, 3)))
    )
    liked = random.sample(trade.optional, min(len(trade.optional), random.randrange(3)))
    unit = pay_unit(market, city.country)
    pay = local_pay(country, trade.isco, level, unit) * random.lognormvariate(0.02, 0.1)
    lat, lon = offset(
        city.lat,
        city.lon,
        min(random.gammavariate(2.0, city.spread_km / 2), 50.0),
        random.uniform(0, 2 * pi),
    )
    remote = market == Market.TALENT and chance() < 0.25
    first_language = country.languages[0][0]
    document: Document = {
        "market": market,
        "kind": _kind(random, market),
        "title": trade.label,
        "occupation": trade.id,
        "required_skills": [
            {"skill": skill, "level": max(1, level - random.randrange(2))}
            for skill in asked
        ],
        "preferred_skills": [{"skill": skill, "weight": 0.5} for skill in liked],
        "certificates": [c for c in trade.certificates if chance() < 0.7],
        "languages": [{"language": first_language, "level": random.randrange(2, 5)}]
        if chance() < 0.3
        else [],
        "pay": {
            "currency": country.currency,
            "unit": unit,
            "minimum": rounded(pay, country, unit),
            "maximum": rounded(
                pay * random.choice((1.0, 1.0, 1.1, 1.2)), country, unit
            ),
        },
        "place": {"lat": lat, "lon": lon, "country": city.country, "label": city.name},
        "remote": remote,
        "radius_km": random.choice((None, 20.0, 30.0, 40.0)),
        "lodging": not remote and chance() < 0.06,
        "zone": city.zone,
    }
    return document | _schedule(random, market, city, today)


def _kind(random: Random, market: Market) -> Kind:
    usual = KINDS[market]
    return usual[0] if random.random() < 0.7 else random.choice(usual)


def _schedule(random: Random, market: Market, city: City, today: date) -> Document:
    """Dated shifts of the coming fortnight, a weekly pattern, or none."""
    days_open = timedelta(days=random.randrange(20, 60))
    expires = datetime.combine(today, time(12), UTC) + days_open
    if market == Market.TEMPORARY:
        shifts = _dated_shifts(random, city, today)
        commitment: Document = {"kind": "all"}
        if len(shifts) > 1 and random.random() < 0.5:
            commitment = {"kind": "any"}
            if random.random() < 0.5:
                count = random.randrange(1, len(shifts) + 1)
                commitment = {"kind": "at_least", "count": count}
        return {
            "shifts": shifts,
            "commitment": commitment,
            "expires_at": shifts[-1]["start"],
        }
    schedule: Document = {
        "expires_at": expires.isoformat(),
        "headcount": random.choice((1, 1, 1, 2, 3, 5)),
    }
    if market == Market.LABOR and random.random() < 0.75:
        days, start, end = random.choice(WEEKS)
        starts_on = today + timedelta(days=random.randrange(7, 40))
        schedule["weekly"] = [
            {"weekday": day, "start": start, "end": end} for day in days
        ]
        schedule["starts_on"] = starts_on.isoformat()
    return schedule


def _dated_shifts(random: Random, city: City, today: date) -> list[Document]:
    zone = ZoneInfo(city.zone)
    hour, hours = random.choice(SHIFTS)
    first = random.randrange(2, 9)
    days = sorted(
        random.sample(range(first, first + 7), random.choice((1, 1, 2, 3, 5)))
    )
    headcount = random.choice((1, 1, 2, 3, 5, 10))
    shifts = []
    for day in days:
        local = datetime.combine(today + timedelta(days=day), time(hour), zone)
        start = local.astimezone(UTC)
        end = start + timedelta(hours=hours)
        shifts.append(
            {
                "start": start.isoformat(),
                "end": end.isoformat(),
                "headcount": headcount,
            }
        )
    return shifts
