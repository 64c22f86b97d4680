"""Made-up workers: documents of the profiles service's own shape, valid by rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import pi
from random import Random
from typing import Any
from uuid import UUID

from infra.seed.cities import City, Country, cities, city_shares, countries, offset
from infra.seed.hours import PATTERN_SHARES, dated_exceptions, weekly_pattern
from infra.seed.pay import local_pay, rounded
from infra.seed.people import full_name
from infra.seed.trades import Trade
from shared.values import Kind, Market

Document = dict[str, Any]

KINDS: Mapping[str, tuple[Kind, ...]] = {
    Market.TEMPORARY: (Kind.TEMPORARY, Kind.PART_TIME, Kind.SEASONAL),
    Market.LABOR: (Kind.FULL_TIME, Kind.PART_TIME, Kind.TEMPORARY),
    Market.TALENT: (Kind.FULL_TIME, Kind.CONTRACT, Kind.PART_TIME),
}
RADII_KM: Mapping[str, tuple[int, ...]] = {
    Market.TEMPORARY: (8, 10, 15, 20, 20, 25, 30),
    Market.LABOR: (10, 15, 20, 25, 30, 40),
    Market.TALENT: (15, 25, 30, 40, 60),
}
YEARLY_PAY = frozenset({"US", "GB", "DE", "IN", "AU", "CA", "FR", "ES"})
FIRST_YEARS = 1.5
# share of workers who say nothing there
LEFT_OUT = {"skills": 0.02, "places": 0.01, "weekly": 0.03, "pay_floors": 0.06}
DAILY_PAY = frozenset({"CN", "IN", "MX", "BR", "KE", "ZA"})


@dataclass(frozen=True, slots=True)
class MadeWorker:
    """`document` is a WorkerProfile of the profiles API as JSON."""

    id: UUID
    document: Document
    confirmed_at: datetime | None
    last_active_at: datetime | None

    def columns(self) -> dict[str, Any]:
        """The row of the table: what `register_workers` asks of whom it registers."""
        return self.document | {
            "id": self.id,
            "source_system": None,
            "source_id": None,
            "confirmed_at": self.confirmed_at,
            "last_active_at": self.last_active_at,
        }


def make_workers(
    count: int,
    seed: int,
    today: date,
    trades: Sequence[Trade],
    city: City | None = None,
) -> Iterator[MadeWorker]:
    """The same workers for the same seed and day; fewer are the first of more.

    All over the world, or all in one `city`.
    """
    random = Random(f"rollcall workers {seed} {city.name if city else ''}")
    towns = (city,) if city else cities()
    town_weights = [1.0] if city else list(accumulate(city_shares()))
    trade_weights = list(accumulate(trade.weight for trade in trades))
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    for _ in range(count):
        home = random.choices(towns, cum_weights=town_weights)[0]
        trade, other = random.choices(trades, cum_weights=trade_weights, k=2)
        yield _worker(random, home, trade, other, noon)


def _worker(
    random: Random,
    city: City,
    trade: Trade,
    other: Trade,
    noon: datetime,
) -> MadeWorker:
    country = countries()[city.country]
    chance = random.random
    today = noon.date()
    years = min(random.gammavariate(1.6, 4.0), 40.0)
    level = min(1 + (years > 1) + (years > 3) + (years > 8) + (chance() < 0.15), 5)
    market = random.choice(trade.markets)
    markets = [m for m in trade.markets if m == market or chance() < 0.5]
    skills = _skills(random, trade, level, years)
    certificates = trade.certificates
    if chance() < 0.22:
        skills = _skills(random, other, max(1, level - 1), years / 2) | skills
        certificates += other.certificates
    document: Document = {
        "display_name": full_name(city.country, random),
        "email": None,
        "phone": None,
        "active": True,
        "markets": markets,
        "kinds": _kinds(random, markets, years),
        "skills": list(skills.values()),
        "places": _places(random, city, market, today),
        "accepts_lodging": chance() < 0.2,
        "accepts_remote": chance() < (0.6 if market == Market.TALENT else 0.08),
        "zone": city.zone,
        "weekly": weekly_pattern(_pattern_name(random, market), random),
        "exceptions": dated_exceptions(random, today) if chance() < 0.25 else [],
        "pay_floors": _pay_floors(random, country, trade, level, markets),
        "certificates": _certificates(random, certificates, today),
        "languages": _languages(random, country),
        "blocked_organisations": [],
    }
    for section, share in LEFT_OUT.items():
        if chance() < share:
            document[section] = []
    confirmed = None if chance() < 0.06 else _days_ago(noon, _staleness(random))
    return MadeWorker(
        id=UUID(int=random.getrandbits(128), version=4),
        document=document,
        confirmed_at=confirmed,
        last_active_at=_days_ago(noon, random.expovariate(1 / 9)),
    )


def _skills(
    random: Random, trade: Trade, level: int, years: float
) -> dict[str, Document]:
    """Nearly all essential skills at about the worker's level, some optional ones."""
    claims = {}
    for skills, share, lower in ((trade.essential, 0.93, 0), (trade.optional, 0.4, 1)):
        for skill in skills:
            if random.random() < share:
                own = level - lower + random.choice((-1, 0, 0, 0, 1))
                claims[skill] = {
                    "skill": skill,
                    "level": min(max(own, 1), 5),
                    "years": round(years * random.uniform(0.4, 1.0), 1),
                }
    return claims


def _kinds(random: Random, markets: Sequence[Market], years: float) -> list[Kind]:
    """The most usual kind, most of the others, and for beginners internships."""
    usual = dict.fromkeys(kind for market in markets for kind in KINDS[market])
    first, *others = usual
    beginner = years < FIRST_YEARS and random.random() < 0.4
    return [
        first,
        *(kind for kind in others if random.random() < 0.6),
        *([Kind.INTERNSHIP] if beginner else []),
    ]


def _places(random: Random, city: City, market: Market, today: date) -> list[Document]:
    places = [_place(random, city, random.choice(RADII_KM[market]))]
    draw = random.random()
    if draw < 0.04:
        # a second base: where the parents live, say
        places.append(_place(random, city, 10))
    elif draw < 0.07:
        elsewhere = random.choice(
            [other for other in cities() if other.country == city.country]
        )
        moves = today + timedelta(days=random.randrange(14, 90))
        places.append(
            _place(random, elsewhere, 30) | {"available_from": moves.isoformat()}
        )
    return places


def _place(random: Random, city: City, radius_km: int) -> Document:
    distance = min(random.gammavariate(2.0, city.spread_km / 2), 60.0)
    lat, lon = offset(city.lat, city.lon, distance, random.uniform(0, 2 * pi))
    return {
        "lat": lat,
        "lon": lon,
        "radius_km": float(radius_km),
        "available_from": None,
        "available_until": None,
        "label": None,
    }


def _pattern_name(random: Random, market: Market) -> str:
    shares = PATTERN_SHARES[market]
    return random.choices(list(shares), weights=list(shares.values()))[0]


def _pay_floors(
    random: Random,
    country: Country,
    trade: Trade,
    level: int,
    markets: Sequence[Market],
) -> list[Document]:
    """A little below what the work usually pays; one floor for each unit asked in."""
    wish = random.lognormvariate(-0.12, 0.13)
    floors = []
    for unit in dict.fromkeys(pay_unit(market, country.code) for market in markets):
        amount = wish * local_pay(country, trade.isco, level, unit)
        floors.append(
            {
                "unit": unit,
                "amount": rounded(amount, country, unit),
                "currency": country.currency,
            }
        )
    if Market.TEMPORARY in markets and country.code in DAILY_PAY:
        amount = wish * local_pay(country, trade.isco, level, "day")
        daily = {"unit": "day", "amount": rounded(amount, country, "day")}
        floors.append(daily | {"currency": country.currency})
    return floors


def pay_unit(market: Market, country: str) -> str:
    """The unit in which pay is named there: hours, months or years."""
    if market == Market.TALENT:
        return "year" if country in YEARLY_PAY else "month"
    if market == Market.LABOR and country not in ("US", "GB", "AU", "CA", "DE"):
        return "month"
    return "hour"


def _certificates(
    random: Random, certificates: Sequence[str], today: date
) -> list[Document]:
    held = []
    for certificate in dict.fromkeys(certificates):
        if random.random() < 0.82:
            day = today + timedelta(days=random.randrange(2, 1500))
            expires = None if random.random() < 0.2 else day.isoformat()
            held.append({"certificate": certificate, "expires_on": expires})
    return held


def _languages(random: Random, country: Country) -> list[Document]:
    spoken = []
    for number, (code, share) in enumerate(country.languages):
        if random.random() < share:
            level = random.choice((5, 6, 6) if number == 0 else (2, 3, 3, 4, 4, 5))
            spoken.append({"language": code, "level": level})
    return spoken


def _staleness(random: Random) -> float:
    """Days since the hours were confirmed: mostly days, for one in eight weeks."""
    return random.uniform(15, 60) if random.random() < 0.12 else random.uniform(0, 9)


def _days_ago(noon: datetime, days: float) -> datetime:
    """Whole seconds, and before today's noon whatever the hour of the run."""
    return noon - timedelta(days=1) - timedelta(seconds=int(days * 86_400))
