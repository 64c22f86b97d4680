"""Pairs of what is typed and what it looks like: never is the one taken for the other.

`lookalikes.csv` names concepts by a label or alias; a pair counts once such a name is
one of the taxonomy's.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

from services.matching.skills.concepts import Kind
from services.matching.skills.folding import fold
from services.matching.skills.names import names_of
from services.matching.skills.normalise import Normalised, normalise
from services.matching.skills.titles import resolve_title

KINDS: tuple[Kind, ...] = ("skill", "occupation")


@cache
def owners() -> dict[str, set[tuple[Kind, str]]]:
    found: dict[str, set[tuple[Kind, str]]] = {}
    for kind in KINDS:
        for name in names_of(kind).all:
            found.setdefault(name.folded, set()).add((kind, name.concept.id))
    return found


def pairs() -> list[tuple[str, str]]:
    file = Path(__file__).with_name("lookalikes.csv")
    with file.open(encoding="utf-8", newline="") as text:
        rows = csv.DictReader(text)
        return [(row["phrase"], row["not_concept_label"]) for row in rows]


def test_three_hundred_pairs_and_more_name_a_concept_that_could_be_mistaken() -> None:
    assert sum(fold(label) in owners() for _, label in pairs()) >= 300
    assert len(set(pairs())) == len(pairs())


@pytest.mark.parametrize(("phrase", "label"), pairs())
def test_a_look_alike_is_not_taken_for_what_it_looks_like(
    phrase: str, label: str
) -> None:
    wrong = owners().get(fold(label), set())
    assert not taken(normalise(phrase, "skill")) & wrong
    assert not taken(resolve_title(phrase)) & wrong


def taken(found: Normalised) -> set[tuple[Kind, str]]:
    return {(found.concept.kind, found.concept.id)} if found.concept else set()
