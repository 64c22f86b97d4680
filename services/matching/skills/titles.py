"""A job title → the occupation it names, or an honest "unknown".

First the whole title; then what stays when seniority and grades are dropped; then the
longest run of words at the end of a part of the title (English and Chinese name the
work last) that is an occupation. A run that is also the end of another occupation's
name decides nothing: a train driver is not a driver of cars.

What names do not decide is ranked (ranking/), and the best are suggested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache, partial

from services.matching.skills.concepts import Language
from services.matching.skills.folding import LONGEST, fold, is_chinese
from services.matching.skills.likeness import (
    SOUNDS_SO,
    Suggestion,
    likeness,
    similar,
    sounding,
)
from services.matching.skills.names import Name, names_of
from services.matching.skills.normalise import (
    MOST_SUGGESTIONS,
    REMEMBERED,
    Normalised,
    meant,
    whole_name,
)
from services.matching.skills.ranking.occupations import own_occupations
from services.matching.skills.suggestions import A_SLIP
from services.matching.skills.taxonomy import load_taxonomy
from services.matching.skills.title_words import (
    CHINESE_AFTER,
    CHINESE_BEFORE,
    COMPLEMENTS,
    DROPPED,
    DROPPED_BEFORE_TWO_WORDS,
    GRADE,
    ONE_WORD_IN_TWO,
    RANKS,
    SPELT_OUT,
)

_PARTS = re.compile(r"[,/|:;()\[\]{}!·、，。；：（）【】！]|\s[-–—]+|[-–—]+\s|[–—]")
# of one part of a title: longer ones are sentences, and cost the square of that
MOST_WORDS = 12
WORTH_SUGGESTING = 0.6
"""Ranked lower, an occupation shares some letters with the title and no word."""

Words = tuple[str, ...]


def resolve_title(title: str, language: Language | None = None) -> Normalised:
    """The occupation a job title names; any string is answered.

    Parts of a title that name different occupations ("cook / cleaner") leave it
    unknown, with those as the suggestions.
    """
    if len(title) > LONGEST:
        return Normalised(None, 0.0, "unknown")
    return _resolve_title(title, language)


@lru_cache(REMEMBERED)
def _resolve_title(title: str, language: Language | None) -> Normalised:
    folded = fold(title)
    if found := whole_name(folded, "occupation") or _singular_name(folded):
        return found
    named = list(_named_parts(title))
    if len({found.concept.id for _, found in named if found.concept}) == 1:
        return max((found for _, found in named), key=lambda found: found.confidence)
    guesses = [
        Suggestion(found.concept, found.confidence, part)
        for part, found in named
        if found.concept
    ]
    return Normalised(None, 0.0, "unknown", _suggested(title, language, guesses))


def _suggested(
    title: str, language: Language | None, named: Sequence[Suggestion]
) -> tuple[Suggestion, ...]:
    """What parts of the title name, then what it is a slip of the pen from or the
    pinyin of, then what ranks best, then pinyin that goes on or is abbreviated."""
    folded = fold(title)
    alike = similar(folded, "occupation", language, MOST_SUGGESTIONS)
    slips = [guess for guess in alike if guess.likeness >= A_SLIP]
    best: dict[str, Suggestion] = {}
    heard = sounding(folded, "occupation", MOST_SUGGESTIONS)
    sure = [g for g in heard if g.likeness == SOUNDS_SO or language == "zh"]
    for guess in (*named, *slips, *sure):
        best.setdefault(guess.concept.id, guess)
    occupations = load_taxonomy().occupations
    for id, score in own_occupations().rank(title, language, MOST_SUGGESTIONS):
        if score >= WORTH_SUGGESTING and id not in best:
            name = max(_names_by_id()[id], key=partial(likeness, folded))
            best[id] = Suggestion(occupations[id], likeness(folded, name), name)
    for guess in heard:
        best.setdefault(guess.concept.id, guess)
    return tuple(best.values())[:MOST_SUGGESTIONS]


@cache
def _names_by_id() -> dict[str, list[str]]:
    """The folded names of each occupation."""
    found: dict[str, list[str]] = {}
    for name in names_of("occupation").all:
        found.setdefault(name.concept.id, []).append(name.folded)
    return found


def _named_parts(title: str) -> Iterator[tuple[str, Normalised]]:
    """What each part of the title names; stops behind a rank that is not understood."""
    for part in _PARTS.split(title):
        folded = fold(part)
        whole = _spelt_out(folded.split())
        head = _head_words(folded)
        if found := _graded(whole) or _graded(head) or _headed(head):
            yield folded, found
        elif RANKS.intersection(_bare(head)[-1:]):
            return


def _head_words(folded: str) -> Words:
    """The words before what says of what, for whom or where; none if they are one word
    that "of" makes another thing: mechanics of materials."""
    found = COMPLEMENTS.search(folded)
    words = _spelt_out((folded[: found.start()] if found else folded).split())
    return () if found and found[0] == "of" and len(words) == 1 else words


def _spelt_out(words: Sequence[str]) -> Words:
    return tuple(SPELT_OUT.get(word, word) for word in words[-MOST_WORDS:])


def _graded(words: Words) -> Normalised | None:
    """What the words name as a whole, but for what says how senior or employed."""
    for bare in _barer(words):
        if found := _name(bare):
            return meant(found, "title")
    return None


def _headed(words: Words) -> Normalised | None:
    """What the end of the words names, as long as it can be."""
    bare = _bare(words)
    if bare and is_chinese(bare[-1][-1]):
        return _chinese_head(bare[-1])
    for start in range(1, len(bare)):
        run = bare[start:]
        if found := _name(run):
            if " ".join(bare[start - 1 : start + 1]) in ONE_WORD_IN_TWO:
                continue
            return _head(found, bare[:start], run)
    return None


def _head(found: Name, before: Words, run: Words) -> Normalised | None:
    """`found`, the name of `run`, unless what stands before it may change the work."""
    if before[-1] in DROPPED_BEFORE_TWO_WORDS and len(run) == 1:
        return None
    if set(before) <= DROPPED_BEFORE_TWO_WORDS:
        return meant(found, "title")
    if before[-1] in ("and", "or"):
        return None  # half of a list
    if " ".join(run) in _ends_of_several() or RANKS.intersection(run[:1]):
        return None
    return meant(found, "head")


def _chinese_head(word: str) -> Normalised | None:
    names = names_of("occupation")
    bare = word
    for prefix in CHINESE_BEFORE:
        bare = bare.removeprefix(prefix)
    for suffix in CHINESE_AFTER:
        bare = bare.removesuffix(suffix)
    if found := names.exact(bare):
        return meant(found, "title")
    for start in range(1, len(bare) - 1):
        end = bare[start:]
        if found := names.exact(end):
            return None if end in _ends_of_several() else meant(found, "head")
    return None


def _barer(words: Words) -> Iterator[Words]:
    """The words with less and less of what says how senior or how employed: a senior
    bank teller is a bank teller before being a teller."""
    end = len(words)
    while end:
        for start in range(end):
            yield words[start:end]
            if words[start] not in DROPPED:
                break
        last = words[end - 1]
        if end == 1 or not (last in DROPPED or GRADE.fullmatch(last)):
            return
        end -= 1


def _bare(words: Words) -> Words:
    """The least that is left."""
    return [*_barer(words)][-1] if words else ()


def _singular_name(folded: str) -> Normalised | None:
    name = _name(tuple(folded.split()))
    return meant(name, "title") if name else None


def _name(words: Words) -> Name | None:
    """The occupation these words name, the last of them in singular or plural."""
    names = names_of("occupation")
    if not words:
        return None
    for last in (words[-1], *_singulars(words[-1])):
        folded = " ".join((*words[:-1], last))
        if found := names.exact(folded) or names.respaced(folded):
            return found
    return None


def _singulars(word: str) -> Sequence[str]:
    if len(word) < 4 or not word.isascii():
        return ()
    if word.endswith("men"):
        return (word[:-2] + "an",)
    if word.endswith("ies"):
        return (word[:-3] + "y", word[:-1])
    if word.endswith(("sses", "shes", "ches", "xes")):
        return (word[:-2],)
    if word.endswith("s") and not word.endswith("ss"):
        return (word[:-1],)
    return ()


@cache
def _ends_of_several() -> frozenset[str]:
    """Ends of names (of whole words, in Chinese of characters) of several occupations:
    with an unknown word before it, such an end may be any of them."""
    owners: dict[str, set[str]] = {}
    for name in names_of("occupation").all:
        for end in _ends(name.folded):
            owners.setdefault(end, set()).add(name.concept.id)
    return frozenset(end for end, ids in owners.items() if len(ids) > 1)


def _ends(folded: str) -> Iterator[str]:
    if any(is_chinese(character) for character in folded):
        yield from (folded[start:] for start in range(len(folded)))
    else:
        words = folded.split()
        yield from (" ".join(words[start:]) for start in range(len(words)))
