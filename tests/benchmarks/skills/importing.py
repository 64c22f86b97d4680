"""All of ESCO, O*NET and CSCO into an empty database: how long, how much memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from infra.onebox import running
from tests.benchmarks.skills.figures import Figure, Options

DIRECTORIES = {"esco": "esco_v1.2.0", "onet": "onet_27.0", "csco": "csco_2022"}
SECONDS, MEGABYTES = 60, 1000
# Linux tells kilobytes, macOS bytes
PER_MEGABYTE = 1e6 if sys.platform == "darwin" else 1e3


def run(options: Options) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as directory:
        here = Path(directory)
        with running({"ROLLCALL_DATA_DIR": str(here / "data")}) as box:
            environment = {**os.environ, **box.settings.environment()}
            total, peak = 0.0, 0.0
            for scheme, name in DIRECTORIES.items():
                seconds, megabytes = _import(
                    scheme, options.taxonomy / name, environment, here
                )
                yield Figure(f"import of {scheme}", seconds, "s")
                total, peak = total + seconds, max(peak, megabytes)
    yield Figure("import of all, with crosswalks", total, "s", SECONDS)
    yield Figure("import of all, peak memory of the client", peak, "MB", MEGABYTES)


def _import(
    scheme: str, source: Path, environment: dict[str, str], here: Path
) -> tuple[float, float]:
    """Seconds, and the megabytes of the importing process at its largest."""
    command = [sys.executable, "-m", "infra.cli.main", "taxonomy", "import", scheme]
    report = str(here / f"{scheme}.csv")
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, str(source), "--report", report, "--json"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the import of {scheme} failed")
    return time.perf_counter() - started, usage.ru_maxrss / PER_MEGABYTE
