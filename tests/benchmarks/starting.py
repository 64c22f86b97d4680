"""How soon a stopped Rollcall is up again, with its index loaded.

There is no peer for this; the target is printed beside the figures.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import numpy as np

from infra.onebox import running
from infra.seed.filling import fill
from infra.seed.trades import trades
from shared.values import now

RESTARTS = 5
TARGET_SECONDS = 3.0


def main(scale: int) -> None:
    """Prints the first start and the median restart with `scale` workers."""
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as directory:
        here = {"ROLLCALL_DATA_DIR": str(Path(directory) / "data")}
        started = time.perf_counter()
        with running(here) as box:
            first = time.perf_counter() - started
            today = now().date()
            asyncio.run(
                fill(
                    box.settings,
                    trades(),
                    workers=scale,
                    postings=100,
                    seed=7,
                    today=today,
                )
            )
        seconds = []
        for _ in range(RESTARTS):
            started = time.perf_counter()
            with running(here):
                seconds.append(time.perf_counter() - started)
    print(
        f"first start {first:.2f} s   restart with {scale:,} workers: median"
        f" {np.median(seconds):.2f} s, best {min(seconds):.2f} s"
        f"   (wanted: under {TARGET_SECONDS} s)"
    )
