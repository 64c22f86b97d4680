"""What is being typed → ESCO's names: how long it takes, and whether it helps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from math import log1p
from random import Random

import numpy as np

from infra.training.labelled import esco_skills
from services.matching.skills.understanding.completions import Completions
from tests.benchmarks.skills.figures import Figure, Options

TYPED = 3_000
SLIPS = 1_000
SHORTEST_SLIP = 10


def run(options: Options) -> Iterator[Figure]:
    skills = esco_skills(options.data, rehome=False)
    named = [
        (number, name, place)
        for number, skill in enumerate(skills)
        for place, name in enumerate((skill.label, *skill.aliases))
    ]
    names = [name for _, name, _ in named]
    usual = [
        (place == 0) + log1p(skills[number].relations) - len(name) / 60
        for number, name, place in named
    ]
    owners = [number for number, _, _ in named]
    started = time.process_time()
    completions = Completions(names, owners, usual)
    seconds = time.process_time() - started
    yield Figure(f"suggest: index of {len(names):,} names", seconds, "s")
    completions.suggest("warm up")
    random = Random(1)
    typed = dict.fromkeys(_typed(random.choice(names), random) for _ in range(TYPED))
    spent = []
    for text in typed:
        started = time.perf_counter()
        completions.suggest(text)
        spent.append(1_000 * (time.perf_counter() - started))
    for percent, target in ((50, 5.0), (99, 20.0)):
        value = float(np.percentile(spent, percent))
        yield Figure(f"suggest p{percent}", value, "ms", target)
    found = tried = 0
    for at in (random.randrange(len(names)) for _ in range(SLIPS)):
        if len(names[at]) >= SHORTEST_SLIP:
            text = names[at][: int(len(names[at]) * 0.7)]
            lost = random.randrange(1, len(text) - 1)
            offered = completions.suggest(text[:lost] + text[lost + 1 :])
            tried += 1
            found += owners[at] in {owners[number] for number in offered}
    name = "suggest: in ten, of 70 % typed with a letter lost"
    yield Figure(name, found / tried)


def _typed(name: str, random: Random) -> str:
    """The beginning of a name or of a word in it, a slip in it, its words anyhow."""
    text = name[: random.randint(1, 18)]
    kind = random.random()
    if kind < 0.25:
        return random.choice(name.split())[: random.randint(1, 8)]
    if kind < 0.55 and len(text) > 3:
        at = random.randrange(1, len(text))
        more = random.choice(("", random.choice("etaoinsr")))
        return text[:at] + more + text[at + random.choice((0, 1)) :]
    if kind < 0.65:
        words = name.split()
        random.shuffle(words)
        return " ".join(words)[: len(text) + 3]
    return text
