"""Shorthand of techniques → the best known of 18,000 names: tags and their synonyms."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from infra.training.labelled import tag_synonyms, tags
from infra.training.train_rivals import groups, held_out
from services.matching.skills.understanding.learned import rival_rule, tech_words
from services.matching.skills.understanding.rivals import Rivals
from tests.benchmarks.skills.figures import Figure, Options
from tests.benchmarks.skills.measures import all_ranks, hits
from tests.benchmarks.skills.peers import rapidfuzz, some, tfidf

SEEDS = (1, 2, 3, 4, 5)
TOP1 = 0.65
TIMES = 1.35
COLD = 1_500


def run(options: Options) -> Iterator[Figure]:
    names, uses = tags(options.data)
    place = {name: at for at, name in enumerate(names)}
    rows = tag_synonyms(options.data)
    asked = [row["alias"] for row in rows]
    right = [{place[row["canonical"]]} for row in rows]
    alone = [(name,) for name in names]
    peer = hits(all_ranks(tfidf(alone, asked), right), 1)
    yield Figure("so_tag_synonyms top-1: TF-IDF", peer)
    few = some(len(asked), options.fuzzy)
    fuzzy = rapidfuzz(alone, [asked[at] for at in few])
    ranks = all_ranks(fuzzy, [right[at] for at in few])
    yield Figure("so_tag_synonyms top-1: rapidfuzz", hits(ranks, 1))

    weight = np.array([int(row["times_used_as_alias"]) for row in rows])
    for words, same in (("", None), (", no word list", ())):
        _, compared = groups(options.data, same)
        places = np.array([held_out(compared, seed) for seed in SEEDS])
        first = float((places == 1).mean())
        weighted = float(((places == 1).mean(0) * weight).sum() / weight.sum())
        name = f"so_tag_synonyms, held out{words}"
        yield Figure(f"{name}: top-1", first, target=min(TOP1, TIMES * peer))
        yield Figure(f"{name}: top-1 ÷ TF-IDF", first / peer, "x")
        yield Figure(f"{name}: hit@5", float((places <= 5).mean()))
        yield Figure(f"{name}: top-1 weighted by use", weighted)

    rivals = Rivals(names, uses, rival_rule(), tech_words())
    rivals.rank("warm up", 5)
    started = time.process_time()
    found = [rivals.rank(text, 5)[:1] for text in asked]
    seconds = time.process_time() - started
    seen = [
        bool(best) and best[0][0] in known
        for best, known in zip(found, right, strict=True)
    ]
    yield Figure("so_tag_synonyms, shipped rule (has seen them)", float(np.mean(seen)))
    yield Figure("so_tag_synonyms ranked cold", len(asked) / seconds, "1/s", COLD)
