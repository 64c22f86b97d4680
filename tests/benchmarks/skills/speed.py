"""How many phrases a ranker ranks in a second of one core, none of them twice."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from services.matching.skills.concepts import Language
from services.matching.skills.ranking.ranker import Ranker
from tests.benchmarks.skills.measures import Floats

MOST = 3_000


def scored(
    ranker: Ranker, queries: Sequence[str], language: Language | None = None
) -> Iterator[Floats]:
    for query in queries:
        yield ranker.scores(ranker.reader.read(query, language))


def per_second(ranker: Ranker, queries: Sequence[str]) -> float:
    """By the time of the process: other load on the machine does not count."""
    different = list(dict.fromkeys(queries))[:MOST]
    ranker.rank("warm up")
    started = time.process_time()
    for query in different:
        ranker.rank(query, None, 5)
    return len(different) / (time.process_time() - started)
