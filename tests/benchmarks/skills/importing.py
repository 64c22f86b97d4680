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
# what the kernel tells of a child's memory includes its parent's before the exec: the
# importing process reads its own high-water mark
MEASURED = """
import atexit, re, sys
from pathlib import Path
from infra.cli.main import main

def tell():
    status = Path("/proc/self/status").read_text()
    print(re.search(r"VmHWM:\\s+(\\d+) kB", status).group(1), file=sys.stderr)

atexit.register(tell)
main()
"""


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
    """Seconds, and the megabytes of the importing process at its largest (on Linux)."""
    words = ["taxonomy", "import", scheme, str(source), "--json"]
    words += ["--report", str(here / f"{scheme}.csv")]
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - started
    return seconds, int(done.stderr.split()[-1]) / 1000
