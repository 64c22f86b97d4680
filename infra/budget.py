"""How many database connections a whole installation may open at once."""

from __future__ import annotations

from shared.settings import Settings

SERVICES = ("profiles", "postings", "matching")

# Each service has an API and a loop process, each with an app and a system pool, and a
# connection for auditors.
PROCESSES_PER_SERVICE = 2
POOLS_PER_PROCESS = 2
AUDITOR_CONNECTIONS = 1

# Outside the pools: the connection on which each matching process tails the change log
# (API and worker), a migration, an import, an operator's psql, and the doctor.
BESIDE_POOLS = 2 + 4

# superuser_reserved_connections, which only a superuser gets.
RESERVED = 3


def connections_needed(settings: Settings) -> int:
    """The least `max_connections` with which nobody ever waits for a slot."""
    process = POOLS_PER_PROCESS * settings.pool_size + AUDITOR_CONNECTIONS
    return len(SERVICES) * PROCESSES_PER_SERVICE * process + BESIDE_POOLS + RESERVED
