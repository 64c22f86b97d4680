"""The plain ways beside which Rollcall is measured, on the same names and queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import numpy as np
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer

from tests.benchmarks.skills.measures import Floats

AT_A_TIME = 200

Names = Sequence[Sequence[str]]
"""The names of each concept, at least one."""


def tfidf(names: Names, queries: Sequence[str]) -> Iterator[Floats]:
    """Of each query the cosine with each concept's best name: TF-IDF of the words'
    2- to 4-grams, scikit-learn's defaults otherwise."""
    flat, starts = _flat(names)
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), dtype=np.float32)
    by_gram = vectors.fit_transform(flat).T.tocsr()
    asked = vectors.transform(queries)
    for first in range(0, len(queries), AT_A_TIME):
        cosines = (asked[first : first + AT_A_TIME] @ by_gram).toarray()
        yield from np.maximum.reduceat(cosines, starts, axis=1)


def rapidfuzz(names: Names, queries: Sequence[str]) -> Iterator[Floats]:
    """Of each query what `process.extractOne` compares by, WRatio, with each concept's
    best name: what it returns is the first of the highest."""
    flat, starts = _flat(names)
    for query in queries:
        row = process.cdist([query], flat, scorer=fuzz.WRatio, dtype=np.float32)[0]
        yield np.maximum.reduceat(row, starts)


def some(count: int, most: int) -> list[int]:
    """At most so many places of `count`, always the same, in ascending order."""
    places = list(range(count))
    Random(0).shuffle(places)
    return sorted(places[:most])


def _flat(names: Names) -> tuple[list[str], list[int]]:
    flat = [name for own in names for name in own]
    starts = np.cumsum([0, *(len(own) for own in names)])[:-1]
    return flat, [int(start) for start in starts]
