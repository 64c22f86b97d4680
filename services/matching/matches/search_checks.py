"""What is wrong with a search beyond its fields: broken rules, unknown concepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
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


def check_what_if(body: Any) -> list[Fault]:
    """Faults of the search inside, where there is one."""
    search = body.get("search") if isinstance(body, Mapping) else None
    return [
        replace(fault, pointer=f"/search{fault.pointer}")
        for fault in (check_search(search) if isinstance(search, Mapping) else ())
    ]


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
