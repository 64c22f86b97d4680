"""German and Spanish titles → akin titles, through what ESCO says of occupations."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from services.matching.skills.concepts import Language
from services.matching.skills.folding import fold
from services.matching.skills.ranking.classification import (
    STOP_WORDS,
    Coded,
    about,
)
from services.matching.skills.ranking.latent import Latent
from services.matching.skills.ranking.ranker import Entry, Name, Ranker
from services.matching.skills.ranking.readers import (
    PlainReader,
    compounds_of,
    terms_in,
)
from tests.benchmarks.skills.figures import Figure, Options
from tests.benchmarks.skills.measures import all_ranks, mean_average_precision
from tests.benchmarks.skills.peers import rapidfuzz, some, tfidf
from tests.benchmarks.skills.related import BY_NAME, RelatedTitles
from tests.benchmarks.skills.sources import LANGUAGES, esco, retrieval, table

TIMES = 1.3
SPOKEN: tuple[tuple[str, Language], ...] = (("german", "de"), ("spanish", "es"))


def run(options: Options) -> Iterator[Figure]:
    for folder, language in SPOKEN:
        yield from _run(options, folder, language)


def _run(options: Options, folder: str, language: Language) -> Iterator[Figure]:
    titles, split = retrieval(
        options.splits / "talentclef2025_taskA_val" / folder,
        suffix="",
        judgements="qrels.tsv",
        header=True,
    )
    alone = [(title,) for title in titles]
    ranks = all_ranks(tfidf(alone, split.queries), split.right)
    peer = mean_average_precision(ranks)
    yield Figure(f"talentclef {folder} MAP: TF-IDF", peer)
    few = split.only(some(len(split.queries), options.fuzzy))
    ranks = all_ranks(rapidfuzz(alone, few.queries), few.right)
    fuzzy = mean_average_precision(ranks)
    yield Figure(f"talentclef {folder} MAP: rapidfuzz", fuzzy)

    started = time.perf_counter()
    related, reader = _related(options, [fold(title) for title in titles], language)
    seconds = time.perf_counter() - started
    yield Figure(f"talentclef {folder} index build", seconds, "s", 10)
    scores = (related.scores(reader.read(query)) for query in split.queries)
    found = mean_average_precision(all_ranks(scores, split.right))
    name = f"talentclef {folder} MAP"
    yield Figure(f"{name}: related titles", found, target=TIMES * peer)
    yield Figure(f"{name}: related titles ÷ TF-IDF", found / peer, "x", TIMES)


def _related(
    options: Options, titles: Sequence[str], language: Language
) -> tuple[RelatedTitles, PlainReader]:
    """Places come from the English names and texts, joined by code."""
    occupations = esco(options.taxonomy, LANGUAGES)
    groups = {
        row["uri"].rpartition("/")[2]: row["isco08"]
        for row in table(options.taxonomy / "esco_v1.2.0" / "occupations_en.csv")
    }
    named = [
        [*dict.fromkeys(map(fold, occupation.names[language]))]
        for occupation in occupations
    ]
    every = [*(name for names in named for name in names), *titles]
    terms = terms_in(language, compounds_of(every, language))
    reader = PlainReader(terms)
    entries = [
        Entry(occupation.code, tuple(Name(n, tuple(terms(n))) for n in names))
        for occupation, names in zip(occupations, named, strict=True)
    ]
    documents = [_document(each, groups[each.code]) for each in occupations]
    ranker = Ranker(entries, reader, weights=BY_NAME)
    return RelatedTitles(titles, terms, ranker, Latent(documents).places), reader


def _document(occupation: Coded, isco08: str) -> list[str]:
    names = dict.fromkeys(occupation.names["en"])
    english = [term for name in names for term in terms_in("en")(fold(name))]
    return [
        *(term for term in english if term not in STOP_WORDS),
        *about(occupation.text),
        *(f"@{isco08[:digits]}" for digits in (2, 3, 4)),
    ]
