"""Token buckets in a real Valkey, held against a plain-Python twin."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import count

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.rate_limits.buckets import Bucket, Buckets
from shared.rates import MOST_REQUESTS, MOST_SECONDS, Rate
from tests.shared.rate_limits.twin import TwinBucket, draw

START = 1_800_000_000_000_000
_numbers = count()

rates = st.builds(
    Rate,
    st.integers(1, 6) | st.sampled_from([7, 600, MOST_REQUESTS]),
    st.integers(1, 3) | st.sampled_from([60, MOST_SECONDS]),
)
steps = st.lists(
    st.integers(0, 3) | st.integers(0, 4_000_000) | st.integers(-2_000_000, 0),
    min_size=1,
    max_size=30,
)


@pytest.fixture
async def valkey(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


def a_bucket(rate: Rate, name: str = "") -> Bucket:
    key = name or f"limit:test:{next(_numbers)}"
    return Bucket("reads", key, rate)


@given(st.lists(rates, min_size=1, max_size=3), steps)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_script_decides_as_the_twin_does(
    redis_url: str, drawn: list[Rate], steps: list[int]
) -> None:
    """Every decision and every level, to the microsecond, clocks set back included."""

    async def compare() -> None:
        async with Redis.from_url(redis_url) as client:
            script = Buckets(client)
            buckets = [a_bucket(rate) for rate in drawn]
            twins = [TwinBucket.full(rate, START + steps[0]) for rate in drawn]
            now = START
            for step in steps:
                now += step
                fits, levels = await script.draw(buckets, now)
                assert fits == draw(twins, now)
                for level, twin in zip(levels, twins, strict=True):
                    shown = TwinBucket(twin.rate, twin.tokens, twin.at)
                    shown.refill(now)
                    assert level.credits == shown.tokens * twin.rate.seconds * 10**6
                    assert level.remaining == int(shown.tokens)

    asyncio.run(compare())


async def test_a_burst_takes_the_whole_quota_and_not_one_more(valkey: Redis) -> None:
    buckets, bucket = Buckets(valkey), a_bucket(Rate(5, 10))
    burst = [await buckets.draw([bucket], START) for _ in range(6)]
    assert [fits for fits, _ in burst] == [True] * 5 + [False]
    assert [levels[0].remaining for _, levels in burst] == [4, 3, 2, 1, 0, 0]
    refused = burst[-1][1][0]
    assert refused.seconds_to_next == 2
    assert refused.seconds_to_full == 10


async def test_requests_come_back_one_by_one(valkey: Redis) -> None:
    buckets, bucket = Buckets(valkey), a_bucket(Rate(5, 10))
    for _ in range(5):
        await buckets.draw([bucket], START)
    early, _ = await buckets.draw([bucket], START + 1_999_999)
    in_time, _ = await buckets.draw([bucket], START + 2_000_000)
    again, _ = await buckets.draw([bucket], START + 2_000_001)
    assert (early, in_time, again) == (False, True, False)


async def test_a_refused_request_costs_nothing_in_the_other_buckets(
    valkey: Redis,
) -> None:
    buckets = Buckets(valkey)
    small, large = a_bucket(Rate(1, 60)), a_bucket(Rate(10, 60))
    await buckets.draw([small, large], START)
    for _ in range(5):
        fits, levels = await buckets.draw([small, large], START)
        assert not fits
        assert levels[1].remaining == 9


async def test_a_bucket_is_forgotten_once_it_is_full_again(valkey: Redis) -> None:
    bucket = a_bucket(Rate(5, 10))
    await Buckets(valkey).draw([bucket])
    assert 10_000 < await valkey.pttl(bucket.key) <= 20_000


async def test_valkeys_clock_is_the_one_that_counts(valkey: Redis) -> None:
    bucket = a_bucket(Rate(5, 10))
    await Buckets(valkey).draw([bucket])
    seconds, microseconds = await valkey.time()
    kept = int((await valkey.get(bucket.key)).split()[1])
    assert 0 <= seconds * 10**6 + microseconds - kept < 60 * 10**6


async def test_a_wiped_valkey_learns_the_script_again(valkey: Redis) -> None:
    buckets, bucket = Buckets(valkey), a_bucket(Rate(5, 10))
    assert (await buckets.draw([bucket], START))[0]
    await valkey.script_flush()
    await valkey.flushall()
    fits, levels = await buckets.draw([bucket], START)
    assert fits
    assert levels[0].remaining == 4


def test_two_processes_draw_from_one_bucket(redis_url: str) -> None:
    program = (
        "import asyncio, sys\n"
        "from redis.asyncio import Redis\n"
        "from shared.rate_limits.buckets import Bucket, Buckets\n"
        "from shared.rates import Rate\n"
        "async def run():\n"
        "    bucket = Bucket('reads', 'limit:shared', Rate(50, 3600))\n"
        "    async with Redis.from_url(sys.argv[1]) as valkey:\n"
        "        buckets = Buckets(valkey)\n"
        "        answers = [await buckets.draw([bucket]) for _ in range(40)]\n"
        "    print(sum(fits for fits, _ in answers))\n"
        "asyncio.run(run())\n"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program, redis_url],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    served = [int(process.communicate(timeout=60)[0]) for process in both]
    assert sum(served) == 50
    with redis.Redis.from_url(redis_url) as client:
        assert len(client.keys("limit:*")) == 1
