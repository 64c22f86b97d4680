"""Counting costs little, holds little, and loses nothing that was typed often."""

from __future__ import annotations

import threading

from services.matching.phrases.counting import PhraseCounter, Typed, tallied


def typed(phrase: str, caller: str = "a", language: str | None = None) -> Typed:
    return Typed("skill", phrase, language, caller)  # type: ignore[arg-type]


def test_threads_lose_no_count() -> None:
    counter = PhraseCounter()

    def note() -> None:
        for _ in range(1_000):
            counter.note(typed("tile fixing"))

    threads = [threading.Thread(target=note) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.take() == ({typed("tile fixing"): 4_000}, 0)
    assert counter.take() == ({}, 0)


def test_beyond_the_room_only_what_is_new_is_dropped() -> None:
    counter = PhraseCounter(most=2)
    for phrase in ("one", "two", "three", "one", "four"):
        counter.note(typed(phrase))
    assert counter.take() == ({typed("one"): 2, typed("two"): 1}, 2)


def test_what_could_not_be_written_is_kept() -> None:
    counter = PhraseCounter()
    counter.note(typed("one"))
    taken, _ = counter.take()
    counter.note(typed("one"))
    counter.give_back(taken)
    assert counter.take() == ({typed("one"): 2}, 0)


def test_a_long_text_is_not_even_held() -> None:
    counter = PhraseCounter()
    counter.note(typed("x" * 81))
    assert counter.take() == ({}, 0)


def test_spellings_of_one_phrase_are_counted_together() -> None:
    [tally] = tallied(
        {
            typed("Tile Fixing", "a", "en"): 2,
            typed("tile  fixing!", "b"): 3,
            typed("TILE FIXING", "a", "en"): 1,
        }
    )
    assert (tally.folded, tally.count, len(tally.marks)) == ("tile fixing", 6, 2)
    assert (tally.example, tally.language) == ("tile fixing!", "en")


def test_what_is_nothing_or_personal_is_not_tallied() -> None:
    assert tallied({typed("!!!"): 9, typed("me@example.org"): 9}) == []
