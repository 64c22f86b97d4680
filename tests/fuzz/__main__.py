"""`python -m tests.fuzz [--cases N] [--role ROLE] [--service SERVICE] [--json]`.

Starts Rollcall with PostgreSQL and Valkey of its own, sends Schemathesis' requests to
the live services as a worker, an employer and an operator, and ends with 1 if a check
failed or a server did.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from infra.onebox import Box, running
from shared.identity import Role
from shared.telemetry import set_up_logs
from tests.fuzz import plan, report
from tests.walls.world import World

CASES = 10_000
OWN = (
    *("ROLLCALL_DATABASE_URL", "ROLLCALL_REDIS_URL", "ROLLCALL_TOKEN_KEY_FILE"),
    *("ROLLCALL_PROFILES_URL", "ROLLCALL_POSTINGS_URL", "ROLLCALL_MATCHING_URL"),
)
"""Variables that would send the requests elsewhere; here everything is new."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="at least so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--role", choices=[role.value for role in Role], action="append"
    )
    parser.add_argument("--service", choices=plan.SERVICES, action="append")
    parser.add_argument("--json", action="store_true", help="one object a figure")
    asked = parser.parse_args()
    roles = [Role(role) for role in asked.role or plan.ROLES]
    services = asked.service or plan.SERVICES
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rollcall-fuzz-") as directory:
        overrides = dict.fromkeys(OWN, "") | {
            "ROLLCALL_DATA_DIR": str(Path(directory) / "data"),
            "ROLLCALL_RATE_LIMITS": "off",
        }
        with running(overrides, tell=_aside) as box, World(box) as world:
            tallies = plan.run(
                world,
                cases=asked.cases,
                seed=asked.seed,
                services=services,
                roles=roles,
                tell=_aside,
            )
            crashes = _crashes(box) if any(t.server_errors for t in tallies) else []
    pairs = len(tallies) / (len(plan.ROLES) * len(plan.SERVICES))
    lines = (
        report.figures(tallies, round(asked.cases * min(pairs, 1)))
        if asked.json
        else report.table(tallies)
    )
    for line in lines:
        print(line)
    told = sys.stderr if asked.json else sys.stdout
    for line in [*report.findings(tallies), *crashes]:
        print(line, file=told)
    _aside(f"{time.monotonic() - begun:.0f} s, seed {asked.seed}")
    return 0 if all(tally.clean for tally in tallies) else 1


def _crashes(box: Box) -> list[str]:
    """What the APIs wrote into their log of errors that they did not expect."""
    log = box.settings.data_dir / "logs" / "apis.log"
    text = log.read_text(errors="replace") if log.exists() else ""
    return [line for line in text.splitlines() if "unexpected error" in line]


def _aside(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    set_up_logs()
    sys.exit(main())
