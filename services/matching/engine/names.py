"""Names of any vocabulary as small integers: skills, markets, organisations, …"""

from __future__ import annotations

from collections.abc import Callable, Hashable

UNKNOWN = -1

Number = Callable[[str, Hashable], int]


class Names:
    """One number for each (vocabulary, name), given at first sight and kept."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, Hashable], int] = {}

    def intern(self, vocabulary: str, name: Hashable) -> int:
        return self._numbers.setdefault((vocabulary, name), len(self._numbers))

    def find(self, vocabulary: str, name: Hashable) -> int:
        """The number, or UNKNOWN for a name that nothing in the index carries."""
        return self._numbers.get((vocabulary, name), UNKNOWN)

    def __len__(self) -> int:
        return len(self._numbers)
