"""Titles of Chinese adverts → codes of the Chinese classification."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from infra.training.labelled import csco_occupations
from infra.training.train_titles import TitleCases
from services.matching.skills.ranking.classification import Coded, rank_csco
from services.matching.skills.ranking.ranker import Ranker
from tests.benchmarks.skills.figures import Figure, Options
from tests.benchmarks.skills.measures import Ranks, all_ranks, hits
from tests.benchmarks.skills.peers import rapidfuzz, some, tfidf
from tests.benchmarks.skills.popular import FOLDS
from tests.benchmarks.skills.sources import Split, labelled, table
from tests.benchmarks.skills.speed import per_second, scored

TOP_1, HIT_5 = 0.55, 0.80


def run(options: Options) -> Iterator[Figure]:
    file = options.splits / "csco_titles_dev.csv"
    asked = {row["job_name"] for row in table(file)}
    occupations = csco_occupations(options.data, asked)
    codes = [occupation.code for occupation in occupations]
    names = [occupation.names["zh"] for occupation in occupations]
    split = labelled(file, "job_name", "expected_code", codes)

    peer = all_ranks(tfidf(names, split.queries), split.right)
    yield Figure("csco top-1: TF-IDF", hits(peer, 1))
    yield Figure("csco hit@5: TF-IDF", hits(peer, 5))
    few = split.only(some(len(split.queries), options.fuzzy))
    peer = all_ranks(rapidfuzz(names, few.queries), few.right)
    yield Figure(f"csco top-1: rapidfuzz, {len(few.queries)} titles", hits(peer, 1))
    yield Figure(f"csco hit@5: rapidfuzz, {len(few.queries)} titles", hits(peer, 5))

    started = time.perf_counter()
    ranker = rank_csco(occupations)
    yield Figure("csco index build", time.perf_counter() - started, "s", 10)
    ranks = all_ranks(scored(ranker, split.queries), split.right)
    yield Figure("csco top-1: nothing learned", hits(ranks, 1), target=TOP_1)
    yield Figure("csco hit@5: nothing learned", hits(ranks, 5), target=HIT_5)
    ranks, ranker = _learned_by_folds(split, ranker, occupations)
    yield Figure("csco top-1: learned by folds", hits(ranks, 1), target=TOP_1)
    yield Figure("csco hit@5: learned by folds", hits(ranks, 5), target=HIT_5)
    speed = per_second(ranker, split.queries)
    yield Figure("csco titles, cold, learned", speed, "1/s", 1500)


def _learned_by_folds(
    split: Split, untaught: Ranker, occupations: Sequence[Coded]
) -> tuple[list[Ranks], Ranker]:
    """The ranks of all titles, each by a ranker that learned from the other folds as
    training does from all; and the last of these rankers."""
    right = np.array([min(places) for places in split.right])
    cases = TitleCases(untaught, split.queries, right)
    fold = np.random.default_rng(0).integers(0, FOLDS, len(right))
    found: dict[int, Ranks] = {}
    for number in range(FOLDS):
        learned = cases.learn(np.flatnonzero(fold != number))
        ranker = rank_csco(occupations, learned)
        held_out = np.flatnonzero(fold == number).tolist()
        some = split.only(held_out)
        ranks = all_ranks(scored(ranker, some.queries), some.right)
        found.update(zip(held_out, ranks, strict=True))
    return [found[at] for at in range(len(right))], ranker
