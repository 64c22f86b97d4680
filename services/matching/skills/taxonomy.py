"""The taxonomy in this package: what exists, and what stands in for what."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from itertools import chain
from pathlib import Path

import orjson

from services.matching.skills.concepts import (
    Certificate,
    Concept,
    Kind,
    Occupation,
    Skill,
)
from services.matching.skills.consistency import faults
from services.matching.skills.files import (
    RowFault,
    read_certificates,
    read_occupations,
    read_skills,
)

DATA = Path(__file__).resolve().parent / "data"
FULFILS = 0.5
"""From this credit on, a related skill counts as having the asked one."""


class TaxonomyInvalid(ValueError):
    """The taxonomy's files contradict themselves; `faults` says where and how."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True)
class Taxonomy:
    """Concepts by id, each kind in the order of its files."""

    skills: Mapping[str, Skill]
    occupations: Mapping[str, Occupation]
    certificates: Mapping[str, Certificate]

    def concepts(self) -> Iterator[Concept]:
        return chain(
            self.skills.values(), self.occupations.values(), self.certificates.values()
        )

    def of_kind(self, kind: Kind) -> Mapping[str, Concept]:
        if kind == "skill":
            return self.skills
        return self.occupations if kind == "occupation" else self.certificates

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of the content's hash: equal content, equal version."""
        content = [(concept.kind, asdict(concept)) for concept in self.concepts()]
        content.sort(key=lambda entry: (entry[0], entry[1]["id"]))
        return hashlib.sha256(orjson.dumps(content)).hexdigest()[:12]

    def related_credits(self, least: float = FULFILS) -> dict[str, dict[str, float]]:
        """asked skill → {skill that stands in for it: credit}, credits from `least` on.

        A link both ways counts in both directions (the lower credit if both skills have
        one), the others only for the skill that covers the asked one: a truck driver
        can drive a van, not the reverse. Where two skills have both kinds, the one-way
        link decides its direction.
        """
        credits: dict[tuple[str, str], float] = {}
        links = [
            (skill.id, link) for skill in self.skills.values() for link in skill.links
        ]
        for held, link in links:
            if link.both_ways:
                credit = min(link.credit, credits.get((held, link.skill), 1.0))
                credits[held, link.skill] = credits[link.skill, held] = credit
        for held, link in links:
            if not link.both_ways:
                credits[held, link.skill] = link.credit
        by_asked: dict[str, dict[str, float]] = {}
        for (held, asked), credit in credits.items():
            if credit >= least:
                by_asked.setdefault(asked, {})[held] = credit
        return by_asked


@cache
def load_taxonomy() -> Taxonomy:
    """The taxonomy in this package; read once. Raises TaxonomyInvalid."""
    return read_taxonomy(DATA)


def read_taxonomy(directory: Path) -> Taxonomy:
    """The taxonomy in a directory laid out as `data/`. Raises TaxonomyInvalid."""
    try:
        skills = read_skills(directory)
        occupations = read_occupations(directory)
        certificates = read_certificates(directory)
    except RowFault as error:
        raise TaxonomyInvalid([str(error)]) from None
    if found := faults([*skills, *occupations, *certificates]):
        raise TaxonomyInvalid(found)
    return Taxonomy(
        skills={skill.id: skill for _, skill in skills},
        occupations={occupation.id: occupation for _, occupation in occupations},
        certificates={certificate.id: certificate for _, certificate in certificates},
    )
