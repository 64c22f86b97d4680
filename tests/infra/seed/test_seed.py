"""A made-up market must be one that the services would take row by row."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from infra.seed.cities import cities, city_shares, countries, find_city, find_country
from infra.seed.employers import MadePosting, make_postings
from infra.seed.pay import local_pay, rounded
from infra.seed.showcase import showcase_posting
from infra.seed.trades import trades
from infra.seed.workers import MadeWorker, make_workers
from services.matching.engine.facts import worker_facts
from services.matching.skills.taxonomy import load_taxonomy
from services.postings.postings.rules import PostingDocument, posting_faults
from services.postings.postings.schemas import NewPosting, PostingContent
from services.profiles.work_papers.published import NOTHING_SAID
from services.profiles.workers.rules import profile_faults
from services.profiles.workers.schemas import WorkerProfile
from services.profiles.workers.state import published
from shared.documents import read
from shared.values import Market, PayUnit

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
COUNT = 1_500


@pytest.fixture(scope="module")
def people() -> list[MadeWorker]:
    return list(make_workers(COUNT, 1, TODAY, trades()))


@pytest.fixture(scope="module")
def offers() -> list[MadePosting]:
    return list(make_postings(600, 1, TODAY, trades()))


def test_cities_are_real_enough() -> None:
    assert len(cities()) >= 120
    assert len({city.country for city in cities()}) >= 12
    for city in cities():
        assert -60 < city.lat < 70
        assert -180 <= city.lon <= 180
        assert 50_000 < city.population < 30_000_000
        assert city.country in countries()
        offset = datetime(2026, 1, 1, tzinfo=ZoneInfo(city.zone)).utcoffset()
        assert offset is not None
        # the sun is overhead about noon: China alone has one zone for its whole width
        solar = timedelta(hours=city.lon / 15)
        assert abs(offset - solar) < timedelta(hours=3)


def test_the_shares_of_all_cities_are_the_whole() -> None:
    assert sum(city_shares()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "country", "found"),
    [
        ("new york", "US", "New York"),
        ("München", None, "Munich"),
        ("Sao Paulo", "BR", "São Paulo"),
        ("上海", "CN", "Shanghai"),
        ("LODZ", "PL", "Łódź"),
        ("London", "US", None),
        ("Atlantis", None, None),
    ],
)
def test_a_city_is_found_by_any_of_its_names(
    name: str, country: str | None, found: str | None
) -> None:
    city = find_city(name, country)
    assert (city.name if city else None) == found


def test_a_country_is_found_by_code_and_name() -> None:
    assert find_country("usa") == find_country("United States") == "US"
    assert find_country("U.S.A.") == "US"
    assert find_country("Freedonia") is None


def test_every_worker_is_one_that_the_profiles_service_takes(
    people: list[MadeWorker],
) -> None:
    known = load_taxonomy()
    for made in people:
        profile = WorkerProfile.model_validate(made.document)
        assert profile.model_dump(mode="json") == made.document
        assert profile_faults(made.document, NOW) == []
        assert {claim["skill"] for claim in made.document["skills"]} <= set(
            known.skills
        )
        assert {held["certificate"] for held in made.document["certificates"]} <= set(
            known.certificates
        )
        for moment in (made.confirmed_at, made.last_active_at):
            assert moment is None or moment < NOW


def test_the_engine_reads_every_worker(people: list[MadeWorker]) -> None:
    for made in people:
        row = {**made.columns(), "version": 1}
        facts = worker_facts(published(row, NOTHING_SAID))
        assert facts.id == made.id


def test_every_posting_is_one_that_the_postings_service_opens(
    offers: list[MadePosting],
) -> None:
    known = load_taxonomy()
    for made in offers:
        wanted, faults = read(PostingContent, made.document)
        assert faults == []
        assert wanted is not None
        assert posting_faults(PostingDocument(made.document, NOW, True)) == []
        assert made.document["occupation"] in known.occupations
        asked = made.document["required_skills"] + made.document["preferred_skills"]
        assert {item["skill"] for item in asked} <= set(known.skills)
        assert len(made.document["required_skills"]) <= 3


def test_the_same_seed_makes_the_same_market_and_another_a_different_one() -> None:
    first = list(make_workers(50, 7, TODAY, trades()))
    assert first == list(make_workers(50, 7, TODAY, trades()))
    assert first == list(make_workers(80, 7, TODAY, trades()))[:50]
    assert {made.id for made in first}.isdisjoint(
        made.id for made in make_workers(50, 8, TODAY, trades())
    )
    postings = list(make_postings(50, 7, TODAY, trades()))
    assert postings == list(make_postings(50, 7, TODAY, trades()))


def test_the_same_people_are_there_on_another_day() -> None:
    today = make_workers(200, 7, TODAY, trades())
    later = make_workers(200, 7, TODAY + timedelta(days=30), trades())
    assert [made.id for made in today] == [made.id for made in later]


def test_homes_lie_around_the_centres(people: list[MadeWorker]) -> None:
    zones = {city.zone for city in cities()}
    assert {made.document["zone"] for made in people} <= zones
    london = find_city("London", "GB")
    assert london is not None
    for made in make_workers(300, 1, TODAY, trades(), london):
        assert made.document["zone"] == "Europe/London"
        for place in made.document["places"][:1]:
            assert abs(place["lat"] - london.lat) < 0.6
            assert abs(place["lon"] - london.lon) < 1.0


def test_people_are_as_different_as_people(people: list[MadeWorker]) -> None:
    documents = [made.document for made in people]
    markets = Counter(market for doc in documents for market in doc["markets"])
    assert set(markets) == set(Market)
    assert len({doc["zone"] for doc in documents}) > 15
    nights = [
        doc
        for doc in documents
        if any(item["end"] <= item["start"] for item in doc["weekly"])
    ]
    assert 0.1 < len(nights) / COUNT < 0.5
    stale = [
        made
        for made in people
        if made.confirmed_at is None or NOW - made.confirmed_at > timedelta(days=14)
    ]
    assert 0.1 < len(stale) / COUNT < 0.3
    for section in ("skills", "places", "weekly", "pay_floors", "exceptions"):
        assert any(not doc[section] for doc in documents)
        assert any(doc[section] for doc in documents)


def test_all_three_markets_and_schedules_are_offered(offers: list[MadePosting]) -> None:
    documents = [made.document for made in offers]
    assert {doc["market"] for doc in documents} == set(Market)
    assert any(doc["remote"] for doc in documents)
    assert any(doc["lodging"] for doc in documents)
    assert any(len(doc.get("shifts", [])) > 1 for doc in documents)
    assert any(doc.get("weekly") for doc in documents)
    assert any(not doc.get("weekly") and not doc.get("shifts") for doc in documents)
    units = {doc["pay"]["unit"] for doc in documents}
    assert {PayUnit.HOUR, PayUnit.MONTH, PayUnit.YEAR} <= units


def test_pay_is_local_whole_and_better_for_the_skilled() -> None:
    for country in countries().values():
        simple = local_pay(country, "9112", 2, "hour")
        skilled = local_pay(country, "2211", 4, "hour")
        assert float(country.hourly_low) <= simple * 1.001
        assert simple < skilled
        assert rounded(skilled, country, "hour") > 0
    japan = countries()["JP"]
    assert rounded(1234.5, japan, "hour") == 1230
    assert rounded(5.1299, countries()["KW"], "hour") == 5100


def test_the_job_of_the_demo_can_be_opened_on_any_day() -> None:
    for days in range(0, 366, 5):
        now = NOW + timedelta(days=days)
        document = showcase_posting(now)
        _, faults = read(NewPosting, document)
        assert faults + posting_faults(PostingDocument(document, now, True)) == []
