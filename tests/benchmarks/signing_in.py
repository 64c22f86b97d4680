"""Whether the time of a refusal tells who has an account, and what signing in costs.

Known and unknown users are asked about in turns, so that whatever else the machine does
falls on both; each answer is timed from outside, over HTTP.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import numpy as np

from infra.accounts import create_staff
from infra.onebox import running

KNOWN = "known@bureau.example"
PASSWORD = "correct horse battery staple"
TARGET = 0.10


def main(scale: int) -> None:
    """Prints medians of `scale` refusals of each kind, and of sign-ins."""
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as directory:
        here = {
            "ROLLCALL_DATA_DIR": str(Path(directory) / "data"),
            "ROLLCALL_RATE_LIMITS": "off",
        }
        with running(here) as box, httpx.Client(base_url=box.url) as http:
            create_staff(box.settings, "clerk", KNOWN, PASSWORD)
            good = [_timed(http, KNOWN, PASSWORD, 200) for _ in range(scale // 4)]
            times: Mapping[str, list[float]] = {
                "wrong password": [],
                "unknown user": [],
                "new unknown user": [],
            }
            for number in range(scale):
                asked = (KNOWN, "nobody@bureau.example", f"n{number}@bureau.example")
                for into, username in zip(times.values(), asked, strict=True):
                    into.append(_timed(http, username, f"wrong {number}", 400))
    medians = {name: float(np.median(each)) for name, each in times.items()}
    for name, median in medians.items():
        print(f"{name:<18} median {median * 1000:6.2f} ms")
    print(f"{'sign-in':<18} median {np.median(good) * 1000:6.2f} ms")
    least, most = min(medians.values()), max(medians.values())
    print(f"apart by {most / least - 1:.1%}   (wanted: within {TARGET:.0%})")


def _timed(http: httpx.Client, username: str, password: str, status: int) -> float:
    form = {"grant_type": "password", "username": username, "password": password}
    started = time.perf_counter()
    answer = http.post("/v1/accounts/token", data=form)
    taken = time.perf_counter() - started
    assert answer.status_code == status, answer.text
    return taken
