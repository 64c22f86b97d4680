"""The part of the taxonomy that an index is built with."""

from __future__ import annotations

from dataclasses import dataclass

from services.matching.engine.taxonomy import RelatedSkills
from services.matching.skills.taxonomy import load_taxonomy


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Which skills stand in for which, and the name of this state of it."""

    version: str
    related: RelatedSkills


def shipped_taxonomy() -> Taxonomy:
    """The taxonomy of this code."""
    taxonomy = load_taxonomy()
    return Taxonomy(taxonomy.version, RelatedSkills(taxonomy.related_credits()))
