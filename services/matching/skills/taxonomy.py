"""The taxonomy in this package: what exists, and what stands in for what."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from services.matching.skills.concepts import (
    Certificate,
    Concept,
    Kind,
    Occupation,
    Skill,
)
from services.matching.skills.consistency import (
    faults,
    further_names_name_what_exists,
)
from services.matching.skills.files import (
    RowFault,
    read_certificates,
    read_further_names,
    read_occupations,
    read_skills,
    with_further_names,
)
from services.matching.skills.replacements import (
    Replacements,
    ReplacementsInvalid,
    read_replacements,
)

DATA = Path(__file__).resolve().parent / "data"
FULFILS = 0.5
"""From this credit on, a related skill counts as having the asked one."""

BROADER = 0.8
"""What a skill is worth of the next broader one, where no link says otherwise."""


class TaxonomyInvalid(ValueError):
    """The taxonomy's files contradict themselves; `faults` says where and how."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True)
class Taxonomy:
    """Concepts by id, each kind in the order of its files; `replacements` say what
    stands for some that are no more."""

    skills: Mapping[str, Skill]
    occupations: Mapping[str, Occupation]
    certificates: Mapping[str, Certificate]
    replacements: Replacements = field(default_factory=dict)

    def concepts(self) -> Iterator[Concept]:
        return chain(
            self.skills.values(), self.occupations.values(), self.certificates.values()
        )

    def of_kind(self, kind: Kind) -> Mapping[str, Concept]:
        if kind == "skill":
            return self.skills
        return self.occupations if kind == "occupation" else self.certificates

    def current(self, kind: Kind, id: str) -> Concept | None:
        """The concept of this id, or the one that replaced it."""
        return self.of_kind(kind).get(self.replacements.get((kind, id), id))

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of the content's hash: equal content, equal version."""
        content: list[tuple[str, dict[str, Any]]] = [
            (concept.kind, asdict(concept)) for concept in self.concepts()
        ]
        content += [
            ("replacement", {"id": f"{kind}:{old}", "new": new})
            for (kind, old), new in self.replacements.items()
        ]
        content.sort(key=lambda entry: (entry[0], entry[1]["id"]))
        return hashlib.sha256(orjson.dumps(content)).hexdigest()[:12]

    def related_credits(self, least: float = FULFILS) -> dict[str, dict[str, float]]:
        """asked skill → {skill that stands in for it: credit}, credits from `least` on.

        A link both ways counts in both directions (the lower credit if both skills have
        one), the others only for the skill that covers the asked one: a truck driver
        can drive a van, not the reverse. Where two skills have both kinds, the one-way
        link decides its direction. A skill covers the broader ones for what BROADER and
        the links on the way up come to, unless a link between the two says otherwise.
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
        inherited = self._inherited(credits)
        credits = inherited | credits
        by_asked: dict[str, dict[str, float]] = {}
        for (held, asked), credit in credits.items():
            if credit >= least:
                by_asked.setdefault(asked, {})[held] = credit
        return by_asked

    def _inherited(
        self, linked: Mapping[tuple[str, str], float]
    ) -> dict[tuple[str, str], float]:
        """(skill, broader skill at any distance) → credit for holding the first."""
        known: dict[str, dict[str, float]] = {}

        def covered(skill: str) -> dict[str, float]:
            if skill in known:
                return known[skill]
            found: dict[str, float] = {}
            for broader in self.skills[skill].broader:
                credit = linked.get((skill, broader), BROADER)
                for above, worth in [(broader, 1.0), *covered(broader).items()]:
                    found[above] = max(found.get(above, 0), round(credit * worth, 4))
            return known.setdefault(skill, found)

        return {
            (skill, above): credit
            for skill in self.skills
            for above, credit in covered(skill).items()
        }


@cache
def load_taxonomy() -> Taxonomy:
    """The taxonomy in this package; read once.

    What it must hold is checked by a test, not at every start of every process.
    """
    return read_taxonomy(DATA, check=False)


def read_taxonomy(directory: Path, *, check: bool = True) -> Taxonomy:
    """The taxonomy in a directory laid out as `data/`. Raises TaxonomyInvalid."""
    try:
        names = read_further_names(directory)
        skills = with_further_names(read_skills(directory), names)
        occupations = with_further_names(read_occupations(directory), names)
        certificates = with_further_names(read_certificates(directory), names)
    except RowFault as error:
        raise TaxonomyInvalid([str(error)]) from None
    placed = [*skills, *occupations, *certificates]
    if check:
        found = [*faults(placed), *further_names_name_what_exists(placed, names)]
        if found:
            raise TaxonomyInvalid(found)
    living = frozenset((concept.kind, concept.id) for _, concept in placed)
    try:
        replacements = read_replacements(directory, living)
    except ReplacementsInvalid as error:
        raise TaxonomyInvalid(error.faults) from None
    return Taxonomy(
        skills={skill.id: skill for _, skill in skills},
        occupations={occupation.id: occupation for _, occupation in occupations},
        certificates={certificate.id: certificate for _, certificate in certificates},
        replacements=replacements,
    )
