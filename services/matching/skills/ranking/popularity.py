"""How usual each concept is, from how often a sample of real titles meant it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import log
from pathlib import Path

NEVER = 0.5
"""Unseen is not impossible: what has never been meant counts as meant so often."""


def usualness(counts: Mapping[str, int]) -> dict[str, float]:
    """Of each concept the logarithm of how much more often it was meant than never."""
    return {id: log(1 + times / NEVER) for id, times in counts.items()}


def write_counts(path: Path, counts: Mapping[str, int]) -> None:
    path.write_text(json.dumps(dict(sorted(counts.items())), indent=0) + "\n", "utf-8")


def read_usualness(path: Path) -> dict[str, float]:
    return usualness(json.loads(path.read_text("utf-8")))
