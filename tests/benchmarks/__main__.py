"""`python -m tests.benchmarks [NAME …] [--scale N]`: figures, beside their peers."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from tests.benchmarks import auditing, freshness, ranking, signing_in, starting

SUITE: dict[str, tuple[Callable[[int], None], int]] = {
    "ranking": (ranking.main, 100_000),
    "freshness": (freshness.main, 20_000),
    "starting": (starting.main, 3_000),
    "auditing": (auditing.main, 1_000),
    "signing_in": (signing_in.main, 200),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *SUITE], default=[])
    parser.add_argument(
        "--scale", type=int, help="how many workers in the market, or requests"
    )
    asked = parser.parse_args()
    for name in asked.names or SUITE:
        run, scale = SUITE[name]
        print(f"== {name}")
        run(asked.scale or scale)


if __name__ == "__main__":
    main()
