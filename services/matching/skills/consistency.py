"""What a taxonomy may not be: ambiguous, dangling, self-linked, badly named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from services.matching.skills.concepts import Concept, Occupation, Skill
from services.matching.skills.folding import fold

Placed = tuple[str, Concept]
"""A concept and where it stands: "general.csv:3"."""

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 80
ISCO_UNIT_GROUP = re.compile(r"[0-9]\d{3}", re.ASCII)


def faults(placed: Sequence[Placed]) -> list[str]:
    """Everything that is wrong, each as "file:line: what"."""
    return [message for rule in RULES for message in rule(placed)]


def ids_are_slugs(placed: Sequence[Placed]) -> Iterator[str]:
    for place, concept in placed:
        if not SLUG.fullmatch(concept.id) or len(concept.id) > LONGEST_SLUG:
            yield f"{place}: {concept.id!r} is no slug such as forklift-driving"


def ids_are_unique(placed: Sequence[Placed]) -> Iterator[str]:
    first: dict[tuple[str, str], str] = {}
    for place, concept in placed:
        before = first.setdefault((concept.kind, concept.id), place)
        if before != place:
            yield f"{place}: {concept.kind} {concept.id!r} stands in {before} already"


def names_can_be_typed(placed: Sequence[Placed]) -> Iterator[str]:
    """Both labels are there, and no name folds to nothing."""
    for place, concept in placed:
        for language, name in concept.names():
            if not fold(name):
                yield f"{place}: {concept.id}: the name {name!r} ({language}) is empty"


def names_mean_one_concept(placed: Sequence[Placed]) -> Iterator[str]:
    """No label or alias is, once folded, also that of another concept of the kind."""
    owners: dict[tuple[str, str], str] = {}
    for place, concept in placed:
        for folded in dict.fromkeys(fold(name) for _, name in concept.names()):
            owner = owners.setdefault((concept.kind, folded), concept.id)
            if folded and owner != concept.id:
                yield f"{place}: {concept.id}: {folded!r} is a name of {owner} too"


def links_lead_to_other_skills(placed: Sequence[Placed]) -> Iterator[str]:
    skills = _ids(placed, "skill")
    for place, concept in placed:
        if not isinstance(concept, Skill):
            continue
        for link in concept.links:
            if link.skill == concept.id:
                yield f"{place}: {concept.id} is related to itself"
            elif link.skill not in skills:
                yield f"{place}: {concept.id}: there is no skill {link.skill!r}"
            if not 0 < link.credit < 1:
                yield f"{place}: {concept.id}: credit for {link.skill} not in (0, 1)"


def skills_link_once_to_each_other(placed: Sequence[Placed]) -> Iterator[str]:
    for place, concept in placed:
        if isinstance(concept, Skill):
            for twice in _twice(link.skill for link in concept.links):
                yield f"{place}: {concept.id}: {twice} is linked twice"


def broader_skills_exist_and_never_circle(placed: Sequence[Placed]) -> Iterator[str]:
    skills = {
        concept.id: concept for _, concept in placed if isinstance(concept, Skill)
    }
    for place, concept in placed:
        if not isinstance(concept, Skill):
            continue
        for broader in concept.broader:
            if broader not in skills:
                yield f"{place}: {concept.id}: there is no broader skill {broader!r}"
        if twice := _twice(concept.broader):
            yield f"{place}: {concept.id}: broader names {twice[0]!r} twice"
        if concept.id in _above(concept.id, skills):
            yield f"{place}: {concept.id} is broader than itself"


def further_names_name_what_exists(
    placed: Sequence[Placed], named: Iterable[tuple[str, str]]
) -> Iterator[str]:
    """`named` are the kinds and ids that names in a further language are given to."""
    known = {(concept.kind, concept.id) for _, concept in placed}
    for kind, id in named:
        if (kind, id) not in known:
            yield f"further names: there is no {kind} {id!r}"


def occupations_name_what_exists(placed: Sequence[Placed]) -> Iterator[str]:
    skills = _ids(placed, "skill")
    certificates = _ids(placed, "certificate")
    for place, concept in placed:
        if not isinstance(concept, Occupation):
            continue
        for skill in (*concept.essential, *concept.optional):
            if skill not in skills:
                yield f"{place}: {concept.id}: there is no skill {skill!r}"
        for certificate in concept.certificates:
            if certificate not in certificates:
                yield f"{place}: {concept.id}: there is no certificate {certificate!r}"
        lists: Mapping[str, Iterable[str]] = {
            "skills": (*concept.essential, *concept.optional),
            "certificates": concept.certificates,
            "markets": concept.markets,
        }
        for what, entries in lists.items():
            if twice := _twice(entries):
                yield f"{place}: {concept.id}: {what} name {twice[0]!r} twice"


def occupations_have_code_and_market(placed: Sequence[Placed]) -> Iterator[str]:
    for place, concept in placed:
        if not isinstance(concept, Occupation):
            continue
        if not ISCO_UNIT_GROUP.fullmatch(concept.isco08):
            yield f"{place}: {concept.id}: {concept.isco08!r} is no ISCO-08 unit group"
        if not concept.markets:
            yield f"{place}: {concept.id}: no market"


Rule = Callable[[Sequence[Placed]], Iterator[str]]
RULES: tuple[Rule, ...] = (
    ids_are_slugs,
    ids_are_unique,
    names_can_be_typed,
    names_mean_one_concept,
    links_lead_to_other_skills,
    skills_link_once_to_each_other,
    broader_skills_exist_and_never_circle,
    occupations_name_what_exists,
    occupations_have_code_and_market,
)


def _ids(placed: Sequence[Placed], kind: str) -> set[str]:
    return {concept.id for _, concept in placed if concept.kind == kind}


def _above(skill: str, skills: Mapping[str, Skill]) -> set[str]:
    """Every skill broader than this one, at whatever distance."""
    found: set[str] = set()
    waiting = list(skills[skill].broader)
    while waiting:
        broader = waiting.pop()
        if broader in skills and broader not in found:
            found.add(broader)
            waiting += skills[broader].broader
    return found


def _twice(entries: Iterable[str]) -> list[str]:
    return [str(entry) for entry, times in Counter(entries).items() if times > 1]
