"""Reads the classifications and the labelled splits as they were published."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.matching.skills.concepts import Language
from services.matching.skills.ranking.classification import Coded

LANGUAGES: tuple[Language, ...] = ("en", "de", "es")


@dataclass(frozen=True, slots=True)
class Split:
    """Queries, and of each which concepts (by place) are right."""

    queries: Sequence[str]
    right: Sequence[Collection[int]]

    def only(self, places: Sequence[int]) -> Split:
        return Split(
            [self.queries[at] for at in places], [self.right[at] for at in places]
        )


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def tab_separated(file: Path) -> list[list[str]]:
    lines = file.read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines]


def esco(taxonomy: Path, languages: Sequence[Language] = ("en",)) -> list[Coded]:
    """ESCO's occupations, known by the last part of their URI."""
    names: dict[str, dict[Language, tuple[str, ...]]] = {}
    texts: dict[str, str] = {}
    for language in languages:
        for row in table(taxonomy / "esco_v1.2.0" / f"occupations_{language}.csv"):
            code = row["uri"].rpartition("/")[2]
            label = row["preferred_label"]
            # "Bäcker/Bäckerin": further languages write both sexes into the label
            labels = [label] if language == "en" else label.split("/")
            aliases = row["alt_labels"].split(" | ")
            own = dict.fromkeys(name.strip() for name in (*labels, *aliases))
            names.setdefault(code, {})[language] = tuple(filter(None, own))
            if row.get("description"):
                texts[code] = row["description"]
    return [Coded(code, own, texts.get(code, "")) for code, own in names.items()]


def labelled(file: Path, query: str, answer: str, codes: Sequence[str]) -> Split:
    """A CSV of queries with one right code each; unknown codes are left out."""
    place = {code: at for at, code in enumerate(codes)}
    rows = [
        (row[query], place.get(row[answer].rpartition("/")[2])) for row in table(file)
    ]
    known = [(text, at) for text, at in rows if at is not None]
    return Split([text for text, _ in known], [{at} for _, at in known])


def retrieval(
    folder: Path, *, suffix: str, judgements: str, header: bool
) -> tuple[list[str], Split]:
    """The elements of a TREC-like corpus, and the queries with what is relevant."""
    first = int(header)
    corpus = tab_separated(folder / f"corpus_elements{suffix}")[first:]
    place = {id: at for at, (id, _) in enumerate(corpus)}
    relevant: dict[str, set[int]] = {}
    for query, _, element, *_ in tab_separated(folder / judgements):
        relevant.setdefault(query, set()).add(place[element])
    queries = tab_separated(folder / f"queries{suffix}")[first:]
    right = [relevant.get(id, set()) for id, _ in queries]
    return [name for _, name in corpus], Split([text for _, text in queries], right)
