"""`python -m tests.benchmarks.skills DATA [TASK …] [--json] [--full]`.

DATA holds `bench_dev/` (labelled splits) and `taxonomy/` (classifications). Every task
is one module with a `run`; the plain ways it is compared with run beside it.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

# one core, whoever measures: before numpy and numba are loaded
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from tests.benchmarks.skills import (  # noqa: E402
    completing,
    csco,
    deciding,
    importing,
    jobbert,
    melo,
    sentences,
    tags,
    talentclef,
)
from tests.benchmarks.skills.figures import Options, Task, tell  # noqa: E402

TASKS: list[tuple[str, Task]] = [
    ("csco", csco.run),
    ("jobbert", jobbert.run),
    ("melo", melo.run),
    ("talentclef", talentclef.run),
    ("tags", tags.run),
    ("sentences", sentences.run),
    ("deciding", deciding.run),
    ("completing", completing.run),
    ("importing", importing.run),
]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench-skills", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("tasks", nargs="*", metavar="TASK", default=[])
    parser.add_argument("--json", action="store_true", help="one object a figure")
    parser.add_argument("--full", action="store_true", help="whole sets, no samples")
    parser.add_argument("--sample", type=int, default=3_000)
    asked = parser.parse_args()
    known = dict(TASKS)
    if wrong := [task for task in asked.tasks if task not in known]:
        parser.error(
            f"no such task: {', '.join(wrong)} (there are: {', '.join(known)})"
        )
    if not (asked.data / "bench_dev").is_dir():
        parser.error(f"{asked.data} has no bench_dev/")
    options = Options(asked.data, full=asked.full, sample=asked.sample)
    for task in asked.tasks or known:
        for figure in known[task](options):
            tell(figure, as_json=asked.json)


if __name__ == "__main__":
    main()
