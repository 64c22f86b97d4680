"""A sentence of an advert → the ESCO skills it speaks of: R-precision at five."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from infra.training.labelled import PARTS, esco_skills
from infra.training.listwise import fit
from infra.training.train_sentences import L2, PRIOR, Case, cases, held_out
from services.matching.skills.understanding.learned import sentence_rule
from services.matching.skills.understanding.sentence_skills import SentenceSkills
from tests.benchmarks.skills.figures import Figure, Options
from tests.benchmarks.skills.peers import rapidfuzz, tfidf

TARGETS = {"house": 0.45, "tech": 0.58}
FIRST = 5


def run(options: Options) -> Iterator[Figure]:
    skills = esco_skills(options.data)
    weights, coefficients = sentence_rule()
    every = cases(options.data, skills, weights)
    ranked = held_out(every)
    labels = [(skill.label.lower(),) for skill in skills]
    for part in PARTS:
        own = [case for case in every if case.part == part]
        texts = [case.sentence.text.lower() for case in own]
        for peer, rank in (("TF-IDF", tfidf), ("rapidfuzz", rapidfuzz)):
            best = (np.argsort(-row, kind="stable") for row in rank(labels, texts))
            found = [row[:FIRST].tolist() for row in best]
            yield Figure(f"{part} sentences RP@5: {peer} of labels", _mean(found, own))
        found = [list(case.ranked(PRIOR)) for case in own]
        yield Figure(f"{part} sentences RP@5: untrained", _mean(found, own))
        others = [case.group for case in every if case.part != part]
        rule = fit(others, L2, PRIOR)
        found = [case.ranked(rule) for case in own]
        yield Figure(f"{part} sentences RP@5: trained on the other", _mean(found, own))
        found = [
            skills
            for skills, case in zip(ranked, every, strict=True)
            if case.part == part
        ]
        name = f"{part} sentences RP@5, held out"
        yield Figure(name, _mean(found, own), target=TARGETS[part])
    ranking = SentenceSkills(skills, weights, coefficients)
    started = time.process_time()
    for case in every:
        ranking.rank(case.sentence.text, FIRST)
    seconds = time.process_time() - started
    yield Figure("sentences ranked over ESCO's skills", len(every) / seconds, "1/s")


def _mean(found: Sequence[Sequence[int]], own: Sequence[Case]) -> float:
    shares = [
        r_precision(skills, case.sentence.right)
        for skills, case in zip(found, own, strict=True)
    ]
    return float(np.mean(shares))


def r_precision(found: Sequence[int], right: Sequence[Sequence[int]]) -> float:
    """The share of labels of which a skill is among the first five, of five at most."""
    first = set(found[:FIRST])
    hit = sum(not first.isdisjoint(skills) for skills in right)
    return hit / min(FIRST, len(right))
