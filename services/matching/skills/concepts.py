"""What the taxonomy is made of: skills, occupations and certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from shared.values import Market

Kind = Literal["skill", "occupation", "certificate"]
Language = Literal["en", "zh", "de", "es", "fr", "nl"]
KINDS: tuple[Kind, ...] = ("skill", "occupation", "certificate")
LANGUAGES: tuple[Language, ...] = ("en", "zh")
"""Those with a label of every concept; a label in any other is the English one."""


@dataclass(frozen=True, slots=True)
class Concept:
    """One entry of the taxonomy; `id` is a slug, unique within its kind, for good.

    `further_names` are aliases in languages without a label, each with its language.
    """

    kind: ClassVar[Kind]

    id: str
    label_en: str
    label_zh: str
    aliases_en: tuple[str, ...]
    aliases_zh: tuple[str, ...]
    further_names: tuple[tuple[Language, str], ...] = ()

    def label(self, language: Language) -> str:
        return self.label_zh if language == "zh" else self.label_en

    def aliases(self, language: Language) -> tuple[str, ...]:
        if language in LANGUAGES:
            return self.aliases_zh if language == "zh" else self.aliases_en
        return tuple(name for spoken, name in self.further_names if spoken == language)

    def names(self) -> Iterator[tuple[Language, str]]:
        """Every label and alias with its language, labels first."""
        for language in LANGUAGES:
            yield language, self.label(language)
        for language in LANGUAGES:
            for alias in self.aliases(language):
                yield language, alias
        yield from self.further_names


@dataclass(frozen=True, slots=True)
class Link:
    """Who holds the skill this link belongs to holds `skill` for `credit`.

    `both_ways` says that the reverse is worth the same.
    """

    skill: str
    credit: float
    both_ways: bool


@dataclass(frozen=True, slots=True)
class Skill(Concept):
    """Who holds it holds each `broader` skill as well, not the other way round."""

    kind = "skill"

    links: tuple[Link, ...] = ()
    broader: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Occupation(Concept):
    """`isco08` is the four-digit unit group; skills and certificates are ids."""

    kind = "occupation"

    isco08: str = ""
    markets: tuple[Market, ...] = ()
    essential: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate(Concept):
    kind = "certificate"
