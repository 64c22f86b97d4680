"""A technical name in the forms in which people shorten, join and inflect it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from services.matching.skills.folding import fold
from services.matching.skills.understanding.stems import stem

_RUNS = re.compile(r"[a-z]+|[0-9]+|[^\W\d_]+")
_DOT_AT_START = re.compile(r"(?<![a-z0-9])\.(?=[a-z])")
LONGEST = 60
MOST_WORDS = 8


@dataclass(frozen=True)
class Form:
    """`joined` has all letters and digits, `words` the letters, `numbers` the digits:
    "Visual-Studio2012" is visualstudio2012, (visual, studio), (2012,)."""

    joined: str
    words: tuple[str, ...]
    numbers: tuple[str, ...]

    @cached_property
    def letters(self) -> str:
        return "".join(self.words)

    @cached_property
    def stems(self) -> tuple[str, ...]:
        return tuple(stem(word) for word in self.words)

    @cached_property
    def initials(self) -> str:
        return "".join(word[0] for word in self.words)

    @cached_property
    def skeleton(self) -> str:
        """Consonants, the first letter kept: msg for message."""
        return self.letters[:1] + re.sub("[aeiou]", "", self.letters[1:])

    @cached_property
    def numeronym(self) -> str:
        """k8s for kubernetes; a name of several words has none."""
        if len(self.words) != 1 or self.numbers or len(self.joined) < 5:
            return ""
        return f"{self.joined[0]}{len(self.joined) - 2}{self.joined[-1]}"

    def runs_initials(self) -> list[str]:
        """The initials of every two, three or four words in a row."""
        return [
            self.initials[start : start + length]
            for length in (2, 3, 4)
            for start in range(len(self.initials) - length + 1)
        ]


def form(text: str) -> Form:
    """The forms of a name; C++, C# and .NET keep their signs as words."""
    folded = fold(text[:LONGEST])
    spelt = folded.replace("++", "plusplus").replace("#", "sharp")
    runs = _RUNS.findall(_DOT_AT_START.sub("dot", spelt))
    words = tuple(run for run in runs if not run.isdigit())[:MOST_WORDS]
    numbers = tuple(run for run in runs if run.isdigit())[:MOST_WORDS]
    return Form("".join(runs)[:LONGEST], words, numbers)


def spelling_grams(joined: str) -> list[str]:
    """All runs of two to four characters, the ends marked."""
    marked = f"^{joined}$"
    return list(
        dict.fromkeys(
            marked[start : start + size]
            for size in (2, 3, 4)
            for start in range(len(marked) - size + 1)
        )
    )
