"""The declared data that rules are trained on and measured with, read from DATA.

DATA holds `taxonomy/` and `bench_dev/`, laid out as they were published.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from infra.training.alias_homes import rehomed
from services.matching.skills.ranking.classification import Coded
from services.matching.skills.understanding.sentence_skills import SkillEntry

PARTS = ("house", "tech")
UNLABELLED = ("UNDERSPECIFIED", "LABEL NOT PRESENT", "")
# ESCO 1.1 labels that 1.2 renamed
RENAMED = {
    "think innovately": "think innovatively",
    "visual studio .net": "visual basic",
    "saas (service-oriented modelling)": "service-oriented modelling",
    "develop technological improvement strategies": "define technology strategy",
}
# rows of this source may hold the aliases of another label
DOUBTED_SOURCE = "moffapps"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and, of each label given to it, the skills that bear that label."""

    text: str
    right: Sequence[Sequence[int]]


class Tagged(TypedDict):
    tokens: list[str]
    tags_skill: list[str]
    tags_knowledge: list[str]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def tags(data: Path) -> tuple[list[str], list[int]]:
    """Stack Overflow's tags and how often each is used."""
    table = rows(data / "taxonomy/stackoverflow_tags/tags.csv")
    return [row["tag"] for row in table], [int(row["count"]) for row in table]


def tag_synonyms(data: Path) -> list[dict[str, str]]:
    return rows(data / "bench_dev/so_tag_synonyms_dev.csv")


def esco_skills(data: Path, *, rehome: bool = True) -> list[SkillEntry]:
    """ESCO's skills; with `rehome` doubted aliases stand beside the labels they fit."""
    folder = data / "taxonomy/esco_v1.2.0"
    table = [row for row in rows(folder / "skills_en.csv") if row["preferred_label"]]
    labels = [row["preferred_label"] for row in table]
    cells: list[Sequence[str]] = [
        [alias for alias in row["alt_labels"].split(" | ") if alias] for row in table
    ]
    if rehome:
        doubted = [DOUBTED_SOURCE in row.get("alias_source", "") for row in table]
        cells = list(rehomed(labels, cells, doubted).aliases)
    links: Counter[str] = Counter()
    for row in rows(folder / "skillSkillRelations_en.csv"):
        links.update((row["originalSkillUri"], row["relatedSkillUri"]))
    return [
        SkillEntry(label, cell, links[row["uri"]])
        for label, cell, row in zip(labels, cells, table, strict=True)
    ]


def csco_titles(data: Path) -> list[tuple[str, str]]:
    """Chinese adverts' titles, each with the code it means."""
    table = rows(data / "bench_dev/csco_titles_dev.csv")
    return [(row["job_name"], row["expected_code"]) for row in table]


def csco_occupations(data: Path, titles: Collection[str]) -> list[Coded]:
    """The Chinese classification. Its aliases come from adverts too: those that are
    one of the `titles` are no names here."""
    found = []
    for row in rows(data / "taxonomy/csco_2022/csco22.csv"):
        aliases = (alias.strip() for alias in row["alias"].split(","))
        kept = (alias for alias in aliases if alias and alias not in titles)
        names = tuple(dict.fromkeys([row["name"], *kept]))
        text = f"{row['definition']} {row['tasks']}"
        found.append(Coded(row["code"], {"zh": names}, text))
    return found


def sentences(data: Path, part: str, skills: Sequence[SkillEntry]) -> list[Sentence]:
    """A part's labelled sentences in their order, those of a posting side by side."""
    by_label: dict[str, list[int]] = {}
    for number, skill in enumerate(skills):
        by_label.setdefault(skill.label.lower(), []).append(number)
    found: dict[str, dict[str, Sequence[int]]] = {}
    for row in rows(_annotations(data, part)):
        if row["label"] not in UNLABELLED:
            label = row["label"].lower()
            known = by_label.get(label) or by_label.get(RENAMED.get(label, ""), [])
            found.setdefault(row["sentence"], {})[label] = known
    return [Sentence(text, list(right.values())) for text, right in found.items()]


def skillspan(data: Path) -> list[Tagged]:
    """SkillSpan's training sentences but those that are labelled in `sentences`."""
    held = {
        _key(row["sentence"])
        for part in PARTS
        for row in rows(_annotations(data, part))
    }
    file = data / "bench_dev/skillspan/train.json"
    every: list[Tagged] = [json.loads(line) for line in file.open(encoding="utf-8")]
    return [one for one in every if _key(" ".join(one["tokens"])) not in held]


def _annotations(data: Path, part: str) -> Path:
    folder = data / "bench_dev/esco_skill_extraction"
    return folder / f"{part}_validation_annotations.csv"


def _key(text: str) -> str:
    return re.sub(r"\W", "", text).lower()
