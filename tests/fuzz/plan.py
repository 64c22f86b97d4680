"""Every service as every caller, until enough cases were sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shared.identity import Role
from tests.fuzz import campaign
from tests.fuzz.campaign import Tally
from tests.fuzz.possessions import Possessions
from tests.walls.world import World

SERVICES = ("profiles", "postings", "matching")
ROLES = (Role.WORKER, Role.EMPLOYER, Role.OPERATOR)
GIVEN = ("examples", "coverage")
"""What the documents themselves give: as many cases as there are."""
AT_RANDOM = ("fuzzing", "stateful")
LEAST_AT_RANDOM = 0.4
"""The share of the cases wanted that is made at random, however many are given."""
FULL = 5_000
"""From here on every boundary of every schema is tried; below, only the examples."""


def run(
    world: World,
    *,
    cases: int,
    seed: int,
    services: Sequence[str] = SERVICES,
    roles: Sequence[Role] = ROLES,
    tell: Callable[[str], None] = lambda line: None,
) -> list[Tally]:
    """At least `cases` in all, where all services and roles are asked for.

    The boundaries of an operation are tried by the first who may call it; what is made
    at random is the same number for each pair.
    """
    callers = {role: Possessions(world, role) for role in roles}
    tallies = {
        (role, service): Tally(role.value, service)
        for role in roles
        for service in services
    }
    wanted = cases * len(tallies) / (len(ROLES) * len(SERVICES))
    given = GIVEN if cases >= FULL else GIVEN[:1]
    for phases in (given, AT_RANDOM):
        sent = sum(tally.cases for tally in tallies.values())
        tried: set[tuple[str, str]] = set()
        missing = max(wanted - sent, wanted * LEAST_AT_RANDOM)
        for (role, service), tally in tallies.items():
            tell(f"{', '.join(phases)}: {service} as {role.value}")
            known = set(tally.found)
            campaign.run(
                service,
                callers[role],
                tally,
                phases=phases,
                cases=round(missing / len(tallies)),
                seed=seed,
                tried={name for where, name in tried if where == service},
            )
            tried |= {(service, name) for name in callers[role].permitted(service)}
            for kind in tally.found.keys() - known:
                tell("  " + ": ".join(kind))
    return list(tallies.values())
