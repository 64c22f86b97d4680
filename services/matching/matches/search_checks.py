"""What is wrong with a search beyond its fields: broken rules, unknown concepts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.matching.matches.search_rules import search_faults
from services.matching.skills.taxonomy import load_taxonomy
from shared.problems import Fault
from shared.vocabulary import mentions

SKILLS = {"/required_skills/*/skill": "skill", "/preferred_skills/*/skill": "skill"}
CERTIFICATES = {"/certificates/*": "certificate"}


def check_search(body: Any) -> list[Fault]:
    """Faults of a search of any shape, parsed or raw."""
    return [*search_faults(body), *_unknown_concepts(body)]


def _unknown_concepts(body: Any) -> Iterator[Fault]:
    taxonomy = load_taxonomy()
    for places, known in (
        (SKILLS, taxonomy.skills),
        (CERTIFICATES, taxonomy.certificates),
    ):
        for mention in mentions(body, places):
            if mention.id not in known:
                message = f"is no {mention.kind} of the taxonomy"
                yield Fault(mention.pointer, f"unknown_{mention.kind}", message)
