"""Fifty tenants, and workers, operators and others, in turns over small pools.

Whatever a party writes carries their mark, and every id is remembered with whoever was
first told it: an answer with another's mark or id is a leak. All that is written stays
private (drafts, profiles, runs), so nobody but operators, auditors and services has a
reason to read what is another's.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy.dialects.postgresql import insert

from services.matching.app import build as build_matching
from services.matching.engine.warm import warm_up
from services.postings.app import build as build_postings
from services.postings.models import known_concept as known_to_postings
from services.profiles.app import build as build_profiles
from services.profiles.models import known_concept as known_to_profiles
from shared.database import Database
from shared.identity import Caller, Role
from shared.rates import Rates
from shared.settings import Settings
from shared.tokens import TokenKey
from shared.values import new_id
from tests.databases import execute, fetch
from tests.matching.documents import a_posting as a_known_posting
from tests.matching.market import open_market
from tests.postings.builders import CERTIFICATES, OCCUPATIONS, SKILLS, a_posting
from tests.profiles.builders import a_worker, an_organisation
from tests.walls.errands import ERRANDS, Errand, Party
from tests.walls.pools import Watch

TENANTS = 50
POOL = 5
AT_ONCE = 50
BROKEN_OFF = 0.08
"""The part of the requests whose caller goes away, within 30 ms."""
KILLED_EVERY = 400
"""Requests between two idle connections that the server ends."""

WALLED = {
    "profiles": (
        "profiles.worker",
        "profiles.organisation",
        "profiles.membership",
        "profiles.invitation",
        "profiles.subject_key",
        "profiles.idempotency_key",
    ),
    "postings": ("postings.posting", "postings.shift", "postings.idempotency_key"),
    "matching": ("matching.match_run", "matching.idempotency_key"),
}

MARK = re.compile(r"of-party-(\d+)\.")
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

APP_CONNECTIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = 'rollcall_app' AND state = 'idle' AND datname = current_database()
    ORDER BY random() LIMIT 1
"""


@dataclass
class Traffic:
    """`ends` counts how requests ended, `leaks` says what somebody was told of
    another."""

    settings: Settings
    http: dict[str, httpx.AsyncClient]
    app_pools: list[Watch]
    system_pools: list[Watch]
    parties: list[Party]
    random: random.Random
    ends: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    killed: int = 0
    told: dict[str, int] = field(default_factory=dict)

    @property
    def pools(self) -> list[Watch]:
        return self.app_pools + self.system_pools

    @property
    def left_behind(self) -> list[str]:
        return [str(left) for pool in self.pools for left in pool.left]

    async def run(self, count: int) -> None:
        """`count` requests, 50 at a time, and then a look at every connection."""
        numbers = iter(range(count))
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._requests(numbers))
        for pool in self.pools:
            await pool.all_at_rest(POOL)

    async def _requests(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            if number % KILLED_EVERY == KILLED_EVERY - 1:
                await asyncio.to_thread(
                    execute, self.settings.database_url, APP_CONNECTIONS
                )
                self.killed += 1
            party = self.random.choice(self.parties)
            kinds = ERRANDS[party.caller.role]
            errand = self.random.choice(kinds)(party, self.parties, self.random)
            if self.random.random() < BROKEN_OFF:
                try:
                    async with asyncio.timeout(self.random.uniform(0, 0.03)):
                        await self.send(party, errand)
                except TimeoutError:
                    self.ends["broken off"] += 1
            else:
                await self.send(party, errand)

    async def send(self, party: Party, errand: Errand) -> None:
        """Send one request, and look at what its answer tells."""
        answer = await self.http[errand.service].request(
            errand.method,
            errand.path,
            headers=party.headers | errand.headers,
            json=errand.body,
            params=errand.query,
        )
        self.ends[str(answer.status_code)] += 1
        if errand.keep is not None and answer.is_success:
            errand.keep.append(answer.json()["id"])
        if not party.sees_all:
            self._check(party, errand, answer)

    def _check(self, party: Party, errand: Errand, answer: httpx.Response) -> None:
        said = f"{answer.text} {answer.headers.get('location', '')}"
        for number in MARK.findall(said):
            if int(number) != party.number:
                self.leaks.append(f"{party.mark} read {number}: {errand}")
        for id in ID.findall(said):
            if self.told.setdefault(id, party.number) != party.number:
                self.leaks.append(f"{party.mark} was told {id}: {errand}")

    def misplaced(self) -> list[str]:
        """Rows that are in one party's hands and carry another's mark."""
        holders = {str(party.caller.tenant): party.number for party in self.parties}
        wrong = []
        for query in (
            "SELECT organisation AS holder, title AS said FROM postings.posting",
            "SELECT id AS holder, name AS said FROM profiles.organisation",
        ):
            rows = fetch(self.settings.database_url, query)
            assert len(rows) >= TENANTS
            for row in rows:
                [number] = MARK.findall(row["said"])
                if holders[str(row["holder"])] != int(number):
                    wrong.append(f"{row['holder']} holds {row['said']}")
        return wrong

    def summary(self, seconds: float) -> str:
        looked = sum(pool.reused for pool in self.app_pools)
        ends = ", ".join(f"{n} {end}" for end, n in sorted(self.ends.items()))
        return (
            f"{sum(self.ends.values()):,} requests of {TENANTS} tenants and"
            f" {len(self.parties) - TENANTS} others in {seconds:.0f} s over pools of"
            f" {POOL}: {len(self.leaks)} rows of another's,"
            f" {len(self.left_behind)} settings left on {looked:,} reused connections"
            f" ({ends}; {self.killed} connections killed)"
        )


@asynccontextmanager
async def opened_traffic(settings: Settings, seed: int = 4) -> AsyncIterator[Traffic]:
    """The three APIs in this process, and the parties with something of their own."""
    settings = replace(settings, pool_size=POOL, rates=Rates(on=False))
    key = TokenKey.read_or_create(settings.token_key_file)
    parties = [_party(settings, key, number) for number in range(TENANTS + 20)]
    warm_up()
    async with AsyncExitStack() as stack:
        http, app_pools, system_pools = {}, [], []
        for name, build in (
            ("profiles", build_profiles),
            ("postings", build_postings),
            ("matching", build_matching),
        ):
            app = build(settings)
            http[name] = await stack.enter_async_context(_serving(app))
            database: Database = app.state.database
            app_pools.append(Watch(database.app, WALLED[name]))
            system_pools.append(Watch(database.system))
            await _teach(name, database)
        traffic = Traffic(
            settings, http, app_pools, system_pools, parties, random.Random(seed)
        )
        await _settle(traffic)
        yield traffic


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    # a killed connection is answered with 500, which is counted
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://rollcall") as http,
    ):
        yield http


def _party(settings: Settings, key: TokenKey, number: int) -> Party:
    tenant = None
    if number < TENANTS:
        role = Role.AGENCY if number % 4 == 3 else Role.EMPLOYER
        tenant = new_id()
    elif number < TENANTS + 14:
        role = Role.WORKER
    else:
        staff = (Role.OPERATOR, Role.AUDITOR, Role.SERVICE)
        role = staff[number % len(staff)]
    caller = Caller(new_id(), role, tenant)
    token = key.mint(settings, caller, timedelta(hours=1))
    return Party(number, caller, {"Authorization": f"Bearer {token}"})


async def _teach(service: str, database: Database) -> None:
    """The vocabulary that bodies name."""
    table = {"profiles": known_to_profiles, "postings": known_to_postings}.get(service)
    if table is None:
        return
    words = {"skill": SKILLS, "occupation": OCCUPATIONS, "certificate": CERTIFICATES}
    rows = [
        {"kind": kind, "id": name, "version": 1, "retired": False}
        for kind, names in words.items()
        for name in names
    ]
    async with database.as_system() as session:
        await session.execute(insert(table).values(rows).on_conflict_do_nothing())


async def _settle(traffic: Traffic) -> None:
    """Organisations, profiles, and two drafts and a known posting for each tenant."""
    known = []
    for party in traffic.parties:
        caller = party.caller
        for id in {caller.subject, caller.tenant} - {None}:
            traffic.told[str(id)] = party.number
        if caller.tenant is not None:
            document = a_known_posting(organisation=str(caller.tenant))
            known.append(document)
            party.ranked = document["id"]
            traffic.told[party.ranked] = party.number
            body = an_organisation(kind=caller.role, name=f"Hall {party.mark}")
            await _made(traffic, party, "profiles", "/v1/organisations", body)
            for _ in range(2):
                body = a_posting(title=f"Packer {party.mark}")
                made = await _made(traffic, party, "postings", "/v1/postings", body)
                party.postings.append(made["id"])
        elif caller.role is Role.WORKER:
            body = a_worker(display_name=f"Jo {party.mark}")
            await _made(traffic, party, "profiles", "/v1/workers", body)
    async with open_market(traffic.settings) as market:
        await market.knows(*known)


async def _made(
    traffic: Traffic, party: Party, service: str, path: str, body: dict[str, object]
) -> dict[str, str]:
    http = traffic.http[service]
    answer = await http.post(path, json=body, headers=party.headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made
