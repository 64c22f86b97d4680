"""Extraction on whole adverts and CVs is no worse than it was measured to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.matching.extract.scoring import CORPUS, FIELDS, HELD_BACK, score

FLOORS = {"occupation": 0.9, "skill": 0.88, "certificate": 0.93, "language": 0.9}
FLOORS |= {"pay": 0.93, "schedule": 0.93, "lodging": 0.93}


@pytest.mark.parametrize("directory", [CORPUS, HELD_BACK], ids=["written", "held"])
@pytest.mark.parametrize("field", [field for field in FIELDS if field in FLOORS])
def test_precision_and_recall_hold(directory: Path, field: str) -> None:
    tally = score(directory)
    assert tally.right[field] > 0
    assert tally.precision(field) >= FLOORS[field]
    assert tally.recall(field) >= FLOORS[field]
