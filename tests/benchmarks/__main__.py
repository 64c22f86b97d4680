"""`python -m tests.benchmarks [NAME …] [--scale N]`: figures, beside their peers."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from functools import partial

# one core, whoever measures: before numpy and numba are loaded
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from tests.benchmarks import (  # noqa: E402
    auditing,
    freshness,
    queueing,
    searching,
    signing_in,
    starting,
    tenants,
)
from tests.benchmarks.engine import (  # noqa: E402
    asking,
    checking,
    side_by_side,
    updating,
)

SUITE: dict[str, tuple[Callable[[int], None], int]] = {
    "engine": (side_by_side.main, 100_000),
    "checking": (checking.main, 10_000),
    "asking": (asking.main, 200_000),
    "updating": (updating.main, 200_000),
    "freshness": (freshness.main, 20_000),
    "queueing": (queueing.main, 5_000),
    "searching": (searching.main, 5_000),
    "starting": (starting.main, 3_000),
    "auditing": (auditing.main, 1_000),
    "signing_in": (signing_in.main, 200),
    "tenants": (tenants.main, 10_000),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *SUITE], default=[])
    parser.add_argument(
        "--scale", type=int, help="how many workers in the market, or requests"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="one object a figure (engine, asking, checking, queueing, updating)",
    )
    parser.add_argument(
        "--picture", action="store_true", help="draw the figures into docs/ (engine)"
    )
    asked = parser.parse_args()
    for name in asked.names or SUITE:
        run, scale = SUITE[name]
        if name == "engine":
            run = partial(side_by_side.main, as_json=asked.json, picture=asked.picture)
        if name in ("asking", "checking", "queueing", "updating"):
            run = partial(run, as_json=asked.json)  # type: ignore[call-arg]
        if not asked.json:
            print(f"== {name}", flush=True)
        run(asked.scale or scale)


if __name__ == "__main__":
    main()
