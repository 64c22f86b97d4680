"""How many database connections a whole installation may open at once."""

from __future__ import annotations

from shared.settings import Settings

SERVICES = ("profiles", "postings", "matching")

# Each service has an API and a loop process, each with an app and a system pool.
PROCESSES_PER_SERVICE = 2
POOLS_PER_PROCESS = 2

# Outside the pools: the connection on which each matching process tails the change log
# (API and worker), a migration, an import, an operator's psql, and the doctor.
BESIDE_POOLS = 2 + 4

# superuser_reserved_connections, which only a superuser gets.
RESERVED = 3


def connections_needed(settings: Settings) -> int:
    """The least `max_connections` with which nobody ever waits for a slot."""
    pools = len(SERVICES) * PROCESSES_PER_SERVICE * POOLS_PER_PROCESS
    return pools * settings.pool_size + BESIDE_POOLS + RESERVED
