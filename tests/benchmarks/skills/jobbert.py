"""English titles of a job board → ESCO occupations."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from services.matching.skills.ranking.classification import rank_esco
from tests.benchmarks.skills.figures import Figure, Options
from tests.benchmarks.skills.measures import all_ranks, hits, mrr
from tests.benchmarks.skills.peers import rapidfuzz, some, tfidf
from tests.benchmarks.skills.popular import ranks_by_folds
from tests.benchmarks.skills.sources import esco, labelled
from tests.benchmarks.skills.speed import per_second, scored

MRR = 0.42
LEAST = 10


def run(options: Options) -> Iterator[Figure]:
    occupations = esco(options.taxonomy)
    codes = [occupation.code for occupation in occupations]
    names = [occupation.names["en"] for occupation in occupations]
    file = options.splits / "jobbert_titles_val.csv"
    every = labelled(file, "title", "esco_uri", codes)
    count = len(every.queries)
    asked = some(count, count if options.full else options.sample)
    split = every.only(asked)

    peer = all_ranks(tfidf(names, split.queries), split.right)
    yield Figure("jobbert MRR: TF-IDF", mrr(peer))
    few = split.only(some(len(asked), options.fuzzy))
    peer = all_ranks(rapidfuzz(names, few.queries), few.right)
    yield Figure(f"jobbert MRR: rapidfuzz, {len(few.queries)} titles", mrr(peer))
    yield Figure(
        f"jobbert top-1: rapidfuzz extractOne, {len(few.queries)} titles", hits(peer, 1)
    )

    started = time.perf_counter()
    ranker = rank_esco(occupations, usual={})
    seconds = time.perf_counter() - started
    yield Figure("jobbert index build, 33,000 names", seconds, "s", 10)
    ranks = all_ranks(scored(ranker, split.queries), split.right)
    yield Figure(
        f"jobbert MRR: nothing learned, {len(asked)} titles", mrr(ranks), target=MRR
    )
    yield Figure("jobbert top-1: nothing learned", hits(ranks, 1))
    build = partial(rank_esco, occupations, "en")
    ranks = ranks_by_folds(every, codes, build, least=LEAST, asked=asked)
    yield Figure(
        f"jobbert MRR: popularity by folds, {len(asked)} titles", mrr(ranks), target=MRR
    )
    yield Figure("jobbert top-1: popularity by folds", hits(ranks, 1))
    speed = per_second(ranker, split.queries)
    yield Figure("jobbert titles, cold, 33,000 names", speed, "1/s", 1500)
