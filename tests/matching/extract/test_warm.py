"""Warming up ends where the process does."""

from __future__ import annotations

import pytest

from services.matching.extract import warm


def test_who_is_to_stop_builds_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []
    questions = [lambda number=number: built.append(number) for number in range(3)]
    monkeypatch.setattr(warm, "QUESTIONS", questions)
    warm.warm_understanding(lambda: len(built) == 2)
    assert built == [0, 1]
