"""The taxonomy as an import asks it: words in, concepts out, and never a guess."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from shared.values import Market


class Occupation(NamedTuple):
    """`essential` are the skills without which nobody does this work."""

    id: str
    markets: tuple[Market, ...]
    essential: tuple[str, ...]


class Lexicon(Protocol):
    """Each answers None to words that it does not know for certain."""

    def occupation(self, text: str) -> Occupation | None:
        """By title, or by ISCO-08 code where only one occupation has it."""

    def skill(self, text: str) -> str | None: ...

    def certificate(self, text: str) -> str | None: ...
