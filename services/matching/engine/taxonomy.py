"""Which skills stand in for an asked one, and for how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Member(NamedTuple):
    skill: str
    credit: float


class RelatedSkills:
    """Links of the taxonomy: asked skill -> {related skill: credit in (0, 1]}."""

    def __init__(self, links: Mapping[str, Mapping[str, float]]) -> None:
        for asked, related in links.items():
            for skill, credit in related.items():
                if not 0.0 < credit <= 1.0:
                    raise ValueError(f"{asked} -> {skill}: credit {credit} not in 0..1")
        self._groups = {
            asked: (
                Member(asked, 1.0),
                *(Member(s, related[s]) for s in sorted(related) if s != asked),
            )
            for asked, related in links.items()
        }

    def group(self, asked: str) -> tuple[Member, ...]:
        """The asked skill itself (credit 1), then the skills that stand in for it."""
        return self._groups.get(asked) or (Member(asked, 1.0),)
