"""Counting in memory what was not understood, to be written once a second."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.matching.phrases.privacy import (
    LONGEST_KEPT,
    MOST_MARKS,
    digest_of,
    mark_of,
    may_be_kept,
    printable,
)
from services.matching.skills.concepts import Kind, Language
from services.matching.skills.folding import fold

MOST_HELD = 5_000
"""Different things that one process notes between two writes, some 2 MB at most."""


class Typed(NamedTuple):
    kind: Kind
    phrase: str
    language: Language | None
    caller: str


class PhraseCounter:
    """Counts from any thread; a look-up and an addition are all that a request pays."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._counts: dict[Typed, int] = {}
        self._dropped = 0

    def note(self, typed: Typed, times: int = 1) -> None:
        """What is known is always counted; what is new, while there is room."""
        if len(typed.phrase) > LONGEST_KEPT:
            return
        with self._lock:
            held = self._counts.get(typed)
            if held is not None or len(self._counts) < self._most:
                self._counts[typed] = (held or 0) + times
            else:
                self._dropped += times

    def take(self) -> tuple[dict[Typed, int], int]:
        """What was counted since the last time, and how many there was no room for."""
        with self._lock:
            taken = self._counts, self._dropped
            self._counts, self._dropped = {}, 0
        return taken

    def give_back(self, counts: Mapping[Typed, int]) -> None:
        """What could not be written is kept for the next time, if there is room."""
        for typed, times in counts.items():
            self.note(typed, times)


@dataclass(slots=True)
class Tally:
    """All that was typed of one folded phrase."""

    kind: Kind
    folded: str
    digest: bytes
    count: int = 0
    marks: set[int] = field(default_factory=set)
    examples: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)

    @property
    def example(self) -> str:
        return self.examples.most_common(1)[0][0]

    @property
    def language(self) -> str | None:
        return self.languages.most_common(1)[0][0] if self.languages else None


def tallied(counts: Mapping[Typed, int]) -> list[Tally]:
    """One tally for each folded phrase that may be kept, ordered by digest."""
    tallies: dict[bytes, Tally] = {}
    for typed, times in counts.items():
        folded = fold(typed.phrase)
        if not folded or not may_be_kept(typed.phrase):
            continue
        digest = digest_of(typed.kind, folded)
        tally = tallies.setdefault(digest, Tally(typed.kind, folded, digest))
        tally.count += times
        if len(tally.marks) < MOST_MARKS:
            tally.marks.add(mark_of(typed.caller, digest))
        tally.examples[printable(typed.phrase)] += times
        if typed.language:
            tally.languages[typed.language] += times
    return [tallies[digest] for digest in sorted(tallies)]
