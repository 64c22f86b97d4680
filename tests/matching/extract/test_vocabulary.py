"""What a text is searched for: the taxonomy's names, and little beside them."""

from __future__ import annotations

import csv

import pytest

from services.matching.extract.extract import extract
from services.matching.extract.vocabulary import IN_TEXTS
from services.matching.skills.bound import understand
from services.matching.skills.concepts import KINDS
from services.matching.skills.folding import fold
from services.matching.skills.names import names_of


def test_what_is_written_for_texts_alone_is_no_name_of_the_taxonomy() -> None:
    with IN_TEXTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    twice = [
        name
        for row in rows
        for kind in KINDS
        for name in row["names"].split("|")
        if kind == row["kind"] and names_of(kind).exact(fold(name))
    ]
    assert rows
    assert twice == []


@pytest.mark.parametrize(
    ("title", "occupation"),
    [
        ("Koch", "line-cook"),
        ("Hausmeister", "custodian"),
        ("Buchhalter", "bookkeeper"),
        ("cocinero", "line-cook"),
        ("aide-soignante", "nursing-assistant"),
        ("magasinier", "stock-controller"),
    ],
)
def test_an_advert_and_a_typed_title_mean_the_same(title: str, occupation: str) -> None:
    typed, found = understand(title, "occupation").concept, extract(title).occupation
    assert typed is not None
    assert found is not None
    assert typed.id == found.concept.id == occupation
