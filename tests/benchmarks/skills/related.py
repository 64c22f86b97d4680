"""Which of many titles are akin to a title: by their letters and words, and by what the
occupations are about that either may name.

Titles that share no word are akin when they lead to the same or to similar occupations:
Bäcker and Konditorin through what ESCO says of bakers and of pastry makers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from services.matching.skills.ranking.latent import normalised
from services.matching.skills.ranking.phrases import Phrase, plain
from services.matching.skills.ranking.ranker import Ranker, Weights, highest
from services.matching.skills.ranking.term_index import Floats, TermIndex
from services.matching.skills.ranking.terms import grams

OCCUPATIONS = 10
SHARPNESS = 4
LETTERS, WORDS, ABOUT = 0.7, 0.5, 1.0

BY_NAME = Weights(about=0.0, usual=0.0)
"""How the occupations that a title may name are best found: what they are about comes
in afterwards."""


class RelatedTitles:
    """`titles`, folded, to be found by others like them through `occupations`.

    `places` says of each occupation where it is among the others (Latent.places): they
    may come from what is written about it in another language.
    """

    def __init__(
        self,
        titles: Sequence[str],
        terms_of: Callable[[str], Sequence[str]],
        occupations: Ranker,
        places: Floats,
    ) -> None:
        self._occupations = occupations
        self._of_occupations = places
        self._letters = TermIndex(map(grams, titles), damped=True)
        self._words = TermIndex(map(terms_of, titles), damped=False)
        self._of_titles = normalised(
            np.stack([self._place(plain(title, terms_of)) for title in titles])
        )

    def scores(self, phrase: Phrase) -> Floats:
        """How akin each title is; only to be compared for the same phrase."""
        place = normalised(self._place(phrase)[None])[0]
        total: Floats = (
            np.float32(LETTERS) * self._letters.cosine(grams(phrase.spelling))
            + np.float32(WORDS) * self._words.soft_cosine(phrase.groups)
            + np.float32(ABOUT) * (self._of_titles @ place)
        )
        return total

    def _place(self, phrase: Phrase) -> Floats:
        """The middle of the occupations a phrase may name, the likelier the nearer."""
        scores = self._occupations.scores(phrase)
        best = highest(scores, OCCUPATIONS)
        shares = scores[best] ** SHARPNESS
        middle: Floats = shares @ self._of_occupations[best]
        return middle
