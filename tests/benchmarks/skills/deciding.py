"""Phrases → one concept or none: never a look-alike, and how many in a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

from infra.training.labelled import esco_skills, rows
from services.matching.skills.concepts import Kind
from services.matching.skills.folding import fold
from services.matching.skills.names import names_of
from services.matching.skills.normalise import REMEMBERED, normalise
from services.matching.skills.titles import resolve_title
from services.matching.skills.understanding.verdict import Verdicts
from tests.benchmarks.skills.figures import Figure, Options

LOOK_ALIKES = Path(__file__).parents[2] / "matching/skills/lookalikes.csv"
COLD, CACHED = 1_500, 100_000
PHRASES = 3_000
Named = Callable[[str], set[str]]
"""The folded names of the concept that a phrase is taken for, none if for none."""


def run(options: Options) -> Iterator[Figure]:
    pairs = [
        (row["phrase"], fold(row["not_concept_label"])) for row in rows(LOOK_ALIKES)
    ]
    inventories: list[tuple[str, set[str], Named]] = [
        ("own taxonomy", *_own()),
        ("ESCO", *_esco(options)),
    ]
    for name, known, taken_for in inventories:
        can_fail = [(phrase, other) for phrase, other in pairs if other in known]
        wrong = [pair for pair in can_fail if pair[1] in taken_for(pair[0])]
        yield Figure(f"look-alikes that {name} could take", len(can_fail), "count")
        yield Figure(f"look-alikes that {name} takes", len(wrong), "count", 0)
    yield from _speed("skill")
    yield from _speed("occupation")


def _own() -> tuple[set[str], Named]:
    kinds: tuple[Kind, ...] = ("skill", "occupation")
    known = {name.folded for kind in kinds for name in names_of(kind).all}

    def taken_for(phrase: str) -> set[str]:
        found = (normalise(phrase, "skill"), resolve_title(phrase))
        return {
            fold(name)
            for one in found
            if one.concept
            for _, name in one.concept.names()
        }

    return known, taken_for


def _esco(options: Options) -> tuple[set[str], Named]:
    skills = [(one.label, one.aliases) for one in esco_skills(options.data)]
    table = rows(options.taxonomy / "esco_v1.2.0/occupations_en.csv")
    jobs = [(row["preferred_label"], row["alt_labels"].split(" | ")) for row in table]
    owned: list[tuple[Verdicts, dict[int, set[str]]]] = []
    for concepts in (skills, jobs):
        labels = [(label, number) for number, (label, _) in enumerate(concepts)]
        aliases = [
            (alias, number) for number, (_, own) in enumerate(concepts) for alias in own
        ]
        names: dict[int, set[str]] = {}
        for name, number in labels + aliases:
            names.setdefault(number, set()).add(fold(name))
        owned.append((Verdicts(labels, aliases), names))

    def taken_for(phrase: str) -> set[str]:
        found = [(verdicts.of(phrase), names) for verdicts, names in owned]
        return set().union(*(names[one.concept] for one, names in found if one))

    known = set().union(*(own for _, names in owned for own in names.values()))
    return known, taken_for


def _speed(kind: Kind) -> Iterator[Figure]:
    """Two of three phrases are no name as it stands."""
    random = Random(7)
    names = [name.folded for name in names_of(kind).all]
    plain = random.sample(names, PHRASES // 3)
    slips = [_slip(name, random) for name in random.sample(names, PHRASES // 3)]
    turned = [
        " ".join((random.choice(names).split()[0], *reversed(name.split())))
        for name in random.sample(names, PHRASES // 3)
    ]
    phrases = [*dict.fromkeys((*plain, *slips, *turned))]
    random.shuffle(phrases)
    answer: Callable[[str], object] = resolve_title
    if kind == "skill":
        answer = lambda phrase: normalise(phrase, "skill")  # noqa: E731
    answer("warm up of what is built once")
    yield Figure(f"normalise {kind}s, cold", _rate(answer, phrases), "1/s", COLD)
    some = phrases[: min(len(phrases), REMEMBERED // 10)]
    for phrase in some:
        answer(phrase)
    rate = _rate(answer, some * 50)
    yield Figure(f"normalise {kind}s, cached", rate, "1/s", CACHED)


def _rate(answer: Callable[[str], object], phrases: Sequence[str]) -> float:
    started = time.process_time()
    for phrase in phrases:
        answer(phrase)
    return len(phrases) / (time.process_time() - started)


def _slip(name: str, random: Random) -> str:
    at = random.randrange(len(name))
    return name[:at] + random.choice("etaoinsr") + name[at + random.choice((0, 1)) :]
