"""Of several processes that start with an empty cache, one compiles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from services.matching.engine import warm


def test_who_comes_second_waits_for_the_first(tmp_path: Path) -> None:
    inside = Event()

    def come_second() -> None:
        with warm._turn(tmp_path / "lock"):
            inside.set()

    with ThreadPoolExecutor(1) as thread:
        with warm._turn(tmp_path / "lock"):
            second = thread.submit(come_second)
            assert not inside.wait(0.2)
        second.result(10)
    assert inside.is_set()


def test_one_that_was_stopped_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "PATIENCE_SECONDS", 0.1)
    entered = False
    with warm._turn(tmp_path / "lock"), warm._turn(tmp_path / "lock"):
        entered = True
    assert entered


def test_what_was_compiled_is_said_to_be_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "native"
    monkeypatch.setattr(warm, "CACHE", cache)
    warm.warm_up()
    assert (cache / "complete").exists()
