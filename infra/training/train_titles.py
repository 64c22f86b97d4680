"""Learns from Chinese adverts' titles which part of a title speaks for which code.

python -m infra.training.train_titles DATA OUT.npz

No title is kept: parts that only one title has are left out, and so is what says
little. The same titles give the same file. SciPy is needed (extra "bench").
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import sparse

from infra.training.labelled import csco_occupations, csco_titles
from infra.training.title_softmax import Floats, Ints, fit, kinds_of
from services.matching.skills.ranking.classification import rank_csco
from services.matching.skills.ranking.latent import Latent
from services.matching.skills.ranking.learned_titles import (
    STEPS,
    LearnedTitles,
    parts_of,
    weighed,
    write_learned,
)
from services.matching.skills.ranking.phrases import Phrase
from services.matching.skills.ranking.ranker import Ranker, Weights
from services.matching.skills.ranking.readers import terms_in

LEAST_TITLES = 2
LEAST_STEPS = 5
"""Weights of fewer steps are left out: 127 are the largest."""
NAME_DIMENSIONS = 100


class TitleCases:
    """Titles with what the ranker says of them untaught, to learn from some of them.

    `right` are the places of the right ones among the ranker's entries.
    """

    def __init__(self, ranker: Ranker, titles: Sequence[str], right: Ints) -> None:
        self._codes = ranker.ids
        self._phrases = [ranker.reader.read(title, None) for title in titles]
        self._signals = np.stack([_signals(ranker, one) for one in self._phrases])
        self._right = right
        terms = terms_in("zh")
        own = [
            [term for name in names for term in terms(name)] for names in ranker.names
        ]
        self._names = Latent(own, NAME_DIMENSIONS).places

    def learn(self, which: Ints) -> LearnedTitles:
        titles = [self._phrases[at].alone for at in which.tolist()]
        held = Counter(part for title in titles for part in set(parts_of(title)))
        parts = sorted(part for part, count in held.items() if count >= LEAST_TITLES)
        often = np.array([held[part] for part in parts])
        idf = (np.log((1 + len(titles)) / (1 + often)) + 1).astype(np.float32)
        right = self._right[which]
        found = fit(
            self._signals[which],
            _weighed_parts(titles, parts, idf),
            right,
            kinds_of(self._codes, right, self._names),
        )
        # on the scale of the untaught ranker
        scale = Weights().together / float(found.signals[1])
        names, together, about = (found.signals * scale).tolist()
        of_parts = scale * (found.of_parts - found.of_parts.mean(1, keepdims=True))
        step = np.abs(of_parts).max() / STEPS
        of_parts[np.abs(of_parts) < LEAST_STEPS * step] = 0
        kept = sparse.csr_matrix(of_parts)
        return LearnedTitles(
            codes=self._codes,
            usual=scale * (found.usual - found.usual.min()),
            parts=tuple(parts),
            idf=idf,
            starts=kept.indptr.astype(np.int64),
            holders=kept.indices.astype(np.int32),
            weights=kept.data.astype(np.float32),
            names=names,
            together=together,
            about=about,
        )


def _signals(ranker: Ranker, phrase: Phrase) -> Floats:
    return np.stack(ranker.signals(phrase), axis=1)


def _weighed_parts(
    titles: Sequence[str], parts: Sequence[str], idf: Floats
) -> sparse.csr_matrix:
    numbers = {part: number for number, part in enumerate(parts)}
    every = [weighed(title, numbers, idf) for title in titles]
    starts = np.cumsum([0, *(len(known) for known, _ in every)])
    known = np.concatenate([known for known, _ in every])
    values = np.concatenate([values for _, values in every])
    return sparse.csr_matrix((values, known, starts), (len(titles), len(parts)))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="train_titles", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args(arguments)
    labelled = csco_titles(asked.data)
    ranker = rank_csco(csco_occupations(asked.data, {title for title, _ in labelled}))
    place = {code: at for at, code in enumerate(ranker.ids)}
    known = [(title, place[code]) for title, code in labelled if code in place]
    right = np.array([at for _, at in known], np.int64)
    cases = TitleCases(ranker, [title for title, _ in known], right)
    write_learned(asked.out, cases.learn(np.arange(len(known))))


if __name__ == "__main__":
    main()
