"""What Valkey must be like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import redis

from infra.doctor.findings import Finding, judge
from shared.settings import Settings


def valkey_findings(settings: Settings) -> Iterator[Finding]:
    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=5) as client:
            server: dict[str, Any] = client.info()
    except (redis.RedisError, OSError) as fault:
        yield Finding("valkey", "fault", f"cannot be asked: {fault}")
        return
    yield Finding(
        "valkey", "ok", f"{server.get('valkey_version', server['redis_version'])}"
    )
    policy = server["maxmemory_policy"]
    yield judge(
        "eviction",
        policy == "noeviction",
        policy,
        f"maxmemory-policy is {policy}; a queue needs noeviction",
    )
    if server["aof_enabled"]:
        yield Finding("persistence", "ok", "append-only file")
    else:
        # PostgreSQL holds the truth: a wiped Valkey costs only seconds.
        yield Finding("persistence", "warning", "no append-only file")
