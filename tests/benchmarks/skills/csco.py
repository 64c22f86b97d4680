"""Titles of Chinese adverts → codes of the Chinese classification."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from services.matching.skills.ranking.classification import rank_csco
from tests.benchmarks.skills.figures import Figure, Options
from tests.benchmarks.skills.measures import all_ranks, hits
from tests.benchmarks.skills.peers import rapidfuzz, some, tfidf
from tests.benchmarks.skills.popular import ranks_by_folds
from tests.benchmarks.skills.sources import csco, labelled, table
from tests.benchmarks.skills.speed import per_second, scored

TOP_1, HIT_5 = 0.55, 0.80
LEAST = 3


def run(options: Options) -> Iterator[Figure]:
    file = options.splits / "csco_titles_dev.csv"
    asked = {row["job_name"] for row in table(file)}
    occupations = csco(options.taxonomy, asked)
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
    ranker = rank_csco(occupations, usual={})
    yield Figure("csco index build", time.perf_counter() - started, "s", 10)
    ranks = all_ranks(scored(ranker, split.queries), split.right)
    yield Figure("csco top-1: nothing learned", hits(ranks, 1), target=TOP_1)
    yield Figure("csco hit@5: nothing learned", hits(ranks, 5), target=HIT_5)
    build = partial(rank_csco, occupations)
    ranks = ranks_by_folds(split, codes, build, least=LEAST)
    yield Figure("csco top-1: popularity by folds", hits(ranks, 1), target=TOP_1)
    yield Figure("csco hit@5: popularity by folds", hits(ranks, 5), target=HIT_5)
    yield Figure("csco titles, cold", per_second(ranker, split.queries), "1/s", 1500)
