"""Token buckets in Valkey: all buckets of a request in one script, one round trip.

The arithmetic is in whole numbers, so it is exact: a bucket holds at most quota ×
window credits (window in microseconds), a request costs window of them, and quota of
them come back every microsecond. A request draws from all its buckets or from none, so
a refused one costs nothing. Valkey's clock is the only one that counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from shared.rates import Rate

MICROSECONDS = 1_000_000
KEPT_AFTER_FULL = 10_000  # milliseconds; a bucket that is gone is a full one

SCRIPT = f"""
local now = tonumber(ARGV[1])
if now < 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local levels, answer, fits = {{}}, {{}}, true
for i = 1, #KEYS do
  local quota, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local level, at = quota * window, now
  local kept = redis.call('GET', KEYS[i])
  if kept then
    local left, since = string.match(kept, '(%d+) (%d+)')
    at = math.max(now, tonumber(since))  -- a clock set back refills nothing
    local gone = math.min(at - tonumber(since), window)
    level = math.min(level, tonumber(left) + gone * quota)
  end
  levels[i] = {{level, at}}
  fits = fits and level >= window
end
for i = 1, #KEYS do
  local quota, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local level, at = levels[i][1], levels[i][2]
  if fits then
    level = level - window
    local text = string.format('%.0f %.0f', level, at)
    local life = math.ceil(window / 1000) + {KEPT_AFTER_FULL}
    redis.call('SET', KEYS[i], text, 'PX', string.format('%.0f', life))
  end
  answer[i] = string.format('%.0f', level)
end
table.insert(answer, 1, fits and 1 or 0)
return answer
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket to draw from: `name` as clients see it, `key` as Valkey does."""

    name: str
    key: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Level:
    """What a bucket holds after (or, if refused, without) this request, in credits."""

    bucket: Bucket
    credits: int

    @property
    def remaining(self) -> int:
        """Whole requests it is still good for."""
        return self.credits // _window(self.bucket.rate)

    @property
    def empty(self) -> bool:
        return self.remaining == 0

    @property
    def seconds_to_next(self) -> int:
        """Until one more request fits, rounded up."""
        return self._seconds(_window(self.bucket.rate) - self.credits)

    @property
    def seconds_to_full(self) -> int:
        full = self.bucket.rate.quota * _window(self.bucket.rate)
        return self._seconds(full - self.credits)

    def _seconds(self, missing: int) -> int:
        return max(0, -(-missing // (self.bucket.rate.quota * MICROSECONDS)))


class Buckets:
    """The buckets of one Valkey."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey
        self._hash: bytes | None = None

    async def draw(
        self, buckets: Sequence[Bucket], now: int | None = None
    ) -> tuple[bool, list[Level]]:
        """Take one request out of every bucket, if all of them hold one.

        `now` in microseconds replaces Valkey's clock. Raises RedisError or OSError.
        """
        arguments: list[str | int] = [-1 if now is None else now]
        for bucket in buckets:
            arguments += [bucket.rate.quota, _window(bucket.rate)]
        keys = [bucket.key for bucket in buckets]
        fits, *credits = await self._evaluate([len(keys), *keys, *arguments])
        levels = [
            Level(bucket, int(held))
            for bucket, held in zip(buckets, credits, strict=True)
        ]
        return fits == 1, levels

    async def _evaluate(self, words: list[str | int]) -> list[int]:
        """By the script's hash; a Valkey that was restarted or wiped gets it again."""
        found: list[int]
        if self._hash is not None:
            try:
                found = await self._run("EVALSHA", self._hash, *words)
            except NoScriptError:
                self._hash = None
            else:
                return found
        self._hash = await self._run("SCRIPT LOAD", SCRIPT)
        found = await self._run("EVALSHA", self._hash, *words)
        return found

    async def _run(self, *words: str | int | bytes) -> Any:
        return await self._valkey.execute_command(*words)  # type: ignore[no-untyped-call]


def _window(rate: Rate) -> int:
    return rate.seconds * MICROSECONDS
