"""Limits on requests: which buckets a request draws from, and what its answer says.

Without Valkey there are no buckets. Sign-in then fails closed, because guessing
passwords is what its limit is against; everything else goes on unlimited.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Sequence

import structlog
from fastapi import Request
from prometheus_client import Counter, Gauge
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.access import signed_in
from shared.client_address import ClientAddresses
from shared.identity import Caller, Role
from shared.problems import NotSignedIn, Problem, problem_response
from shared.rate_limits.breaker import Breaker
from shared.rate_limits.buckets import Bucket, Buckets, Level
from shared.rate_limits.declared import RateClasses
from shared.rates import Rate, RateClass
from shared.settings import Settings

log = structlog.get_logger(__name__)

EXEMPT = frozenset({"/healthz", "/readyz", "/metrics"})
# a busy machine is no lost Valkey; the breaker spares whoever comes after
VALKEY_SECONDS = 0.25

REFUSED = Counter(
    "rollcall_rate_limited_total", "Requests over a limit", ("service", "limit")
)
UNLIMITED = Counter(
    "rollcall_rate_limits_unavailable_total",
    "Requests while Valkey did not answer: let through (open) or refused (closed)",
    ("service", "failed"),
)
AWAY = Gauge(
    "rollcall_rate_limits_away", "1 while Valkey is taken to be away", ("service",)
)


class RateLimited(Problem):
    """Too many requests; come back after Retry-After seconds."""

    status = 429
    kind = "rate-limited"


class SignInPaused(Problem):
    """Sign-in is paused for a moment; come back after Retry-After seconds."""

    status = 503
    kind = "sign-in-paused"


class RateLimits:
    """The limits of one service's API, kept on `app.state.rate_limits`."""

    def __init__(self, settings: Settings, service: str) -> None:
        self.rates = settings.rates
        self.addresses = ClientAddresses(settings)
        self._service = service
        # one timeout around all of it (_ask) costs less than one a read and write
        self._valkey = Redis.from_url(settings.redis_url)
        self._buckets = Buckets(self._valkey)
        self._breaker = Breaker()

    async def close(self) -> None:
        await self._valkey.aclose()

    async def draw(
        self, rate_class: RateClass, buckets: Sequence[Bucket]
    ) -> list[Level]:
        """Draw one request from all buckets; their levels, none without Valkey.

        Raises RateLimited, and SignInPaused when a sign-in cannot be counted.
        """
        if not self.rates.on or not buckets:
            return []
        try:
            fits, levels = await self._ask(buckets)
        except (RedisError, OSError, TimeoutError):
            return self._without_valkey(rate_class)
        if not fits:
            longest = max(level.seconds_to_next for level in levels)
            for level in levels:
                if level.empty:
                    REFUSED.labels(self._service, level.bucket.name).inc()
            wait = {"Retry-After": str(max(1, longest))}
            raise RateLimited(headers=wait | limit_headers(levels))
        return levels

    def buckets(
        self, rate_class: RateClass, scope: Scope, caller: Caller | None
    ) -> list[Bucket]:
        """Whose buckets a request draws from; none for a service."""
        rate = self.rates.of(rate_class)
        address = self.addresses.limited_as(scope)
        if rate_class is RateClass.SIGN_IN or caller is None:
            return [_bucket(f"{rate_class}-address", address, rate)]
        if caller.role is Role.SERVICE:
            return []
        # who acts for another spends their own, not that of whom they serve
        account = str(caller.hand.subject)
        if caller.role is Role.OPERATOR:
            rate = rate.times(self.rates.operator_factor)
            return [_bucket(rate_class, account, rate)]
        together = rate.times(self.rates.address_factor)
        drawn = [
            _bucket(rate_class, account, rate),
            _bucket(f"{rate_class}-office", address, together),
        ]
        if caller.key is not None:
            share = rate.times(self.rates.key_percent / 100)
            drawn.append(_bucket(f"{rate_class}-key", str(caller.key), share))
        return drawn

    async def _ask(self, buckets: Sequence[Bucket]) -> tuple[bool, list[Level]]:
        if not self._breaker.lets_through():
            raise TimeoutError
        try:
            async with asyncio.timeout(VALKEY_SECONDS):
                answer = await self._buckets.draw(buckets)
        except (RedisError, OSError, TimeoutError) as fault:
            self._breaker.failed()
            if self._breaker.open:
                log.warning("rate limits without Valkey", fault=type(fault).__name__)
                AWAY.labels(self._service).set(1)
            raise
        if self._breaker.open:
            AWAY.labels(self._service).set(0)
        self._breaker.succeeded()
        return answer

    def _without_valkey(self, rate_class: RateClass) -> list[Level]:
        closed = rate_class is RateClass.SIGN_IN
        UNLIMITED.labels(self._service, "closed" if closed else "open").inc()
        if closed:
            wait = max(1, math.ceil(self._breaker.seconds_to_try))
            raise SignInPaused(headers={"Retry-After": str(wait)})
        return []


class RateLimit:
    """ASGI middleware: a request over its limit is answered before its body is read,
    and every other answer says what is left."""

    def __init__(self, app: ASGIApp, limits: RateLimits, classes: RateClasses) -> None:
        self._app = app
        self._limits = limits
        self._classes = classes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in EXEMPT:
            await self._app(scope, receive, send)
            return
        rate_class = self._classes.of(scope["method"], scope["path"])
        caller = _caller(scope) if rate_class is not RateClass.SIGN_IN else None
        buckets = self._limits.buckets(rate_class, scope, caller)
        try:
            levels = await self._limits.draw(rate_class, buckets)
        except Problem as refusal:
            await problem_response(refusal)(scope, receive, send)
            return
        told = limit_headers(levels)
        raw = [(name.lower().encode(), told[name].encode()) for name in told]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", []).extend(raw)
            await send(message)

        await self._app(scope, receive, answer if raw else send)


async def limit_sign_in(request: Request, account: str) -> None:
    """Count one try to sign in as `account`, whoever tries and from wherever.

    For credential routes, once they know the name tried; `account` is hashed before
    it goes to Valkey. Raises RateLimited or SignInPaused.
    """
    limits: RateLimits = request.app.state.rate_limits
    named = hashlib.sha256(account.strip().casefold().encode()).hexdigest()
    rate = limits.rates.sign_in_account
    bucket = _bucket(f"{RateClass.SIGN_IN}-account", named, rate)
    await limits.draw(RateClass.SIGN_IN, [bucket])


def limit_headers(levels: Sequence[Level]) -> dict[str, str]:
    """The fields of draft-ietf-httpapi-ratelimit-headers-10: lists of RFC 9651."""
    if not levels:
        return {}
    policies = (
        f'"{level.bucket.name}";q={level.bucket.rate.quota}'
        f";w={level.bucket.rate.seconds}"
        for level in levels
    )
    states = (
        f'"{level.bucket.name}";r={level.remaining}'
        f";t={level.seconds_to_next if level.empty else level.seconds_to_full}"
        for level in levels
    )
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}


def _caller(scope: Scope) -> Caller | None:
    """Who asks, kept on the request for its route; None for nobody we know."""
    try:
        return signed_in(Request(scope))
    except NotSignedIn:
        return None


def _bucket(name: str, whose: str, rate: Rate) -> Bucket:
    return Bucket(name, f"limit:{name}:{whose}", rate)
