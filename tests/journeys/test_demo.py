"""The demo as somebody runs it who has just cloned the repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DEMO = ("demo", "--once", "--json", "--workers", "600")
ROOT = Path(__file__).resolve().parents[2]


def demo(data_dir: Path) -> dict[str, Any]:
    """What `demo --once --json` prints, with a smaller market than it makes unasked."""
    environment = {
        name: value for name, value in os.environ.items() if "ROLLCALL" not in name
    }
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli.main", *DEMO],
        cwd=ROOT,
        env=environment | {"ROLLCALL_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.mark.slow
def test_the_demo_shows_a_ranked_list_and_runs_again_on_the_same_market(
    tmp_path: Path,
) -> None:
    first = demo(tmp_path / "box")
    assert set(first) >= {"posting", "matches", "funnel", "seconds"}
    assert first["matches"]
    assert set(first["matches"][0]) >= {"rank", "score", "parts"}
    assert all("evidence" in part for part in first["matches"][0]["parts"])
    assert first["funnel"][0]["rule"] == "within_reach"
    second = demo(tmp_path / "box")
    assert second["posting"]["id"] != first["posting"]["id"]
    assert [match["worker"] for match in second["matches"]] == [
        match["worker"] for match in first["matches"]
    ]
