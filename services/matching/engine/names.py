"""Names of a vocabulary as small integers: skills, markets, organisations, …"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

UNKNOWN = -1

Number = Callable[[str, Hashable], int]


class Vocabulary(dict[Hashable, int]):
    """Name -> number; looking up a new name gives it the next one."""

    def __init__(self, names: Iterable[Any] = ()) -> None:
        self.names: list[Any] = list(names)
        super().__init__((name, number) for number, name in enumerate(self.names))

    def __missing__(self, name: Hashable) -> int:
        # whoever reads meanwhile and finds the number finds its name, too
        self.names.append(name)
        number = self[name] = len(self)
        return number


class Names:
    """One number for each name of a vocabulary, given at first sight and kept."""

    def __init__(
        self, names: Mapping[str, Iterable[Any]] = MappingProxyType({})
    ) -> None:
        """`names` as `all` gave them."""
        self._vocabularies = {
            vocabulary: Vocabulary(known) for vocabulary, known in names.items()
        }

    def vocabulary(self, vocabulary: str) -> Vocabulary:
        """What numbers its names, for whoever looks up many."""
        known = self._vocabularies.get(vocabulary)
        if known is None:
            known = self._vocabularies[vocabulary] = Vocabulary()
        return known

    def intern(self, vocabulary: str, name: Hashable) -> int:
        return self.vocabulary(vocabulary)[name]

    def find(self, vocabulary: str, name: Hashable) -> int:
        """The number, or UNKNOWN for a name that nothing in the index carries."""
        numbers = self._vocabularies.get(vocabulary)
        return UNKNOWN if numbers is None else numbers.get(name, UNKNOWN)

    def name(self, vocabulary: str, number: int) -> Any:
        return self._vocabularies[vocabulary].names[number]

    def count(self, vocabulary: str) -> int:
        numbers = self._vocabularies.get(vocabulary)
        return 0 if numbers is None else len(numbers)

    def all(self) -> dict[str, list[Any]]:
        """Every vocabulary's names, each at the place of its number."""
        return {name: known.names for name, known in self._vocabularies.items()}

    def __len__(self) -> int:
        return sum(map(len, self._vocabularies.values()))
