"""Names of a vocabulary as small integers: skills, markets, organisations, …"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

UNKNOWN = -1

Number = Callable[[str, Hashable], int]


class Names:
    """One number for each name of a vocabulary, given at first sight and kept."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[Hashable, int]] = {}
        self._names: dict[str, list[Any]] = {}

    def intern(self, vocabulary: str, name: Hashable) -> int:
        numbers = self._numbers.setdefault(vocabulary, {})
        number = numbers.get(name)
        if number is None:
            number = numbers[name] = len(numbers)
            self._names.setdefault(vocabulary, []).append(name)
        return number

    def find(self, vocabulary: str, name: Hashable) -> int:
        """The number, or UNKNOWN for a name that nothing in the index carries."""
        numbers = self._numbers.get(vocabulary)
        return UNKNOWN if numbers is None else numbers.get(name, UNKNOWN)

    def name(self, vocabulary: str, number: int) -> Any:
        return self._names[vocabulary][number]

    def count(self, vocabulary: str) -> int:
        return len(self._names.get(vocabulary, ()))

    def all(self) -> dict[str, list[Any]]:
        """Every vocabulary's names, each at the place of its number."""
        return self._names

    def __len__(self) -> int:
        return sum(map(len, self._names.values()))
