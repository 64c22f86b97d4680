"""English words cut to what their forms have in common, for finding, never for naming.

"manages", "managing" and "management" share a stem; so may words that mean different
things (nursing, nurse), which is why a stem alone decides nothing.
"""

from __future__ import annotations

from functools import lru_cache


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SUFFIXES = _words(
    """
    ationally isations izations isation ization fulness iveness ational ments ously
    ities ation ators ative ising izing ingly ement ances ences ably ibly ness ised
    ized ises izes ment ions ally able ible ance ence ator ings ists isms ies ing ion
    ers ors ity ise ize ive ist ism ant ent ate ous ful ed es er or al ly ic s e y
    """
)
_IRREGULAR = {
    "driving": "drive",
    "driven": "drive",
    "written": "write",
    "wrote": "write",
    "writing": "write",
    "built": "build",
    "taught": "teach",
    "teaching": "teach",
    "led": "lead",
    "made": "make",
    "making": "make",
    "sold": "sell",
    "bought": "buy",
    "kept": "keep",
    "held": "hold",
    "ran": "run",
    "running": "run",
    "men": "man",
    "women": "woman",
    "people": "person",
    "children": "child",
}
_DOUBLED_BEFORE = frozenset(["ing", "ings", "ed", "er", "ers"])
_KEPT_DOUBLE = frozenset("ls")
_VOWELS = frozenset("aeiouy")

FUNCTION_WORDS = frozenset(
    _words(
        """
    a an the of and or in on for to with by at from as is are be this that these those
    their its your our you we they it his her him them us will would can could should
    may must have has had do does did not no nor such other others etc any all both each
    more most some into through during within per via about than then so if but also
    only own same too very who whom which what when where how why i me my
    """
    )
)


@lru_cache(100_000)
def stem(word: str) -> str:
    """The stem of one folded word; words that are short or not of letters stay."""
    word = _IRREGULAR.get(word, word)
    if len(word) <= 3 or not (word.isascii() and word.isalpha()):
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and _cuts(word, suffix):
            return _smoothed(word.removesuffix(suffix), suffix)
    return word


def content_stems(folded: str) -> list[str]:
    """The stems of a folded phrase's words, in their order, without function words."""
    return [stem(word) for word in folded.split() if word not in FUNCTION_WORDS]


def _cuts(word: str, suffix: str) -> bool:
    rest = word.removesuffix(suffix)
    if len(rest) < (3 if len(suffix) <= 2 else 4) or _VOWELS.isdisjoint(rest):
        return False
    return not (suffix == "s" and rest.endswith(("s", "u", "i")))


def _smoothed(rest: str, suffix: str) -> str:
    doubled = len(rest) > 3 and rest[-1] == rest[-2] and rest[-1] not in _KEPT_DOUBLE
    if suffix in _DOUBLED_BEFORE and doubled:
        rest = rest[:-1]
    if suffix == "es" and rest.endswith("i"):
        rest = rest[:-1] + "y"
    return rest.rstrip("e") if len(rest) > 4 else rest
