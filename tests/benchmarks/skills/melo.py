"""French occupations → English names of ESCO, over the bridge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from services.matching.skills.folding import fold
from services.matching.skills.ranking.classification import rank_esco
from services.matching.skills.ranking.phrases import Phrase
from services.matching.skills.ranking.ranker import Entry, Name, Ranker, Weights
from services.matching.skills.ranking.readers import PlainReader, terms_in
from tests.benchmarks.skills.figures import Figure, Options
from tests.benchmarks.skills.measures import Floats, all_ranks, mrr
from tests.benchmarks.skills.peers import rapidfuzz, some, tfidf
from tests.benchmarks.skills.sources import LANGUAGES, esco, retrieval

TIMES = 3.0
SECOND_NAMES = 100.0
"""Above any score: names of occupations that were named already come behind all."""


def run(options: Options) -> Iterator[Figure]:
    corpus, split = retrieval(
        options.splits / "melo_bel_q_fr_c_en",
        suffix=".tsv",
        judgements="annotations.tsv",
        header=False,
    )
    alone = [(name,) for name in corpus]
    peer = mrr(all_ranks(tfidf(alone, split.queries), split.right))
    yield Figure("melo MRR: TF-IDF", peer)
    few = split.only(some(len(split.queries), options.fuzzy))
    fuzzy = mrr(all_ranks(rapidfuzz(alone, few.queries), few.right))
    yield Figure(f"melo MRR: rapidfuzz, {len(few.queries)} titles", fuzzy)
    surface = Surface(corpus, rank_esco(esco(options.taxonomy, LANGUAGES), usual={}))
    by_score, each_once = [], []
    for query in split.queries:
        scores, owners = surface.scores(surface.occupations.reader.read(query, "fr"))
        by_score.append(scores)
        each_once.append(_each_once(scores, owners))
    target = TIMES * peer
    found = mrr(all_ranks(by_score, split.right))
    yield Figure("melo MRR: all names by score", found, target=target)
    found = mrr(all_ranks(each_once, split.right))
    yield Figure("melo MRR: each occupation once", found, target=target)
    yield Figure("melo MRR: each occupation once ÷ TF-IDF", found / peer, "x", TIMES)


class Surface:
    """Names, each ranked by itself and by the occupations that have it."""

    def __init__(self, corpus: Sequence[str], occupations: Ranker) -> None:
        self.occupations = occupations
        folded = [fold(name) for name in corpus]
        terms = terms_in("en")
        entries = [Entry(name, (Name(name, tuple(terms(name))),)) for name in folded]
        reader = PlainReader(terms)
        self._alone = Ranker(entries, reader, weights=Weights(about=0, usual=0))
        letters = Weights(together=0, about=0, usual=0, foreign=0)
        self._names = Ranker(entries, reader, weights=letters)
        owners: dict[str, list[int]] = {}
        for place, names in enumerate(occupations.names):
            for name in names:
                owners.setdefault(name, []).append(place)
        count = len(occupations.ids)
        own = [owners.get(name, [count + at]) for at, name in enumerate(folded)]
        most = max(map(len, own))
        self._owners = np.array([(places * most)[:most] for places in own])

    def scores(self, phrase: Phrase) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Of each name its score, and the likeliest of its occupations; a name that no
        occupation has is one of its own."""
        of = np.concatenate(
            [self.occupations.scores(phrase), self._alone.scores(phrase)]
        )[self._owners]
        likeliest = self._owners[np.arange(len(of)), of.argmax(1)]
        scores: Floats = self._names.scores(phrase) + of.max(1)
        return scores, likeliest


def _each_once(scores: Floats, owners: npt.NDArray[np.int64]) -> Floats:
    """The best name of each occupation first, then all further names."""
    order = np.argsort(-scores, kind="stable")
    _, first = np.unique(owners[order], return_index=True)
    second = np.ones(len(scores), bool)
    second[order[first]] = False
    again: Floats = np.where(second, scores - np.float32(SECOND_NAMES), scores)
    return again
