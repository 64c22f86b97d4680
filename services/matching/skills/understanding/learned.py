"""What infra/training learned, as it is kept in `data/`."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"


@cache
def rival_rule() -> dict[str, float]:
    """The coefficient of each figure by which rivals are compared."""
    return _numbers(json.loads((DATA / "rivals.json").read_text("utf-8")))


@cache
def sentence_rule() -> tuple[dict[str, float], dict[str, float]]:
    """The weight of each stem in a sentence, if not 1, and the coefficients."""
    both = json.loads((DATA / "sentences.json").read_text("utf-8"))
    return _numbers(both["word_weights"]), _numbers(both["coefficients"])


@cache
def tech_words() -> tuple[tuple[str, str], ...]:
    """(short, long) words that mean the same in names of techniques."""
    with (DATA / "tech_words.csv").open(encoding="utf-8", newline="") as text:
        return tuple(
            (row["short"], word)
            for row in csv.DictReader(text)
            for word in row["words"].split("|")
        )


def _numbers(read: dict[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in read.items()}
