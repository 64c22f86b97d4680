"""One spelling for every way of writing a phrase, so that aliases compare as equal.

Case, width, accents, punctuation and invisible characters do not matter; the signs that
tell C, C++, C#, .NET and Node.js apart do. Traditional Chinese is folded to simplified,
one character to one (see chinese/characters.py): 叉車 is 叉车, and 會計 never 会议.
"""

from __future__ import annotations

import re
import unicodedata

from services.matching.skills.chinese.characters import simplified

LONGEST = 500
"""Characters of a phrase that are looked at, and the longest folded phrase."""

# letters that Unicode does not decompose, as people without that keyboard write them
_LATIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
# compatibility folding would turn ™ into letters; the musical sharp stands for #
_MARKS = str.maketrans({"™": None, "℠": None, "®": None, "©": None, "♯": "#"})
# fillers, joiners and variation selectors that are not of the category Cf
_INVISIBLE = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    ]
)
_APOSTROPHES = frozenset(map(ord, "'’‘ʼ`´′"))
_SIGNS = frozenset(map(ord, "+#."))
_HAS_SIGN = re.compile(r"[+#.]")
_SPACED_SIGN = re.compile(r"(?<![^ ])([a-z]) ?(\+ ?\+|#)(?![^ ])")
# C-- is no C either; to keep the hyphens would keep those of every other word
_TWO_MINUS = re.compile(r"(?<!\w)([a-z])--(?![\w-])")
_LETTER = r"[^\W\d_]"
_ACRONYM = re.compile(rf"(?:{_LETTER}\.)+{_LETTER}")
_SEPARATOR = re.compile(
    rf"\.{{2,}}|(?<![+])\+(?={_LETTER})|(?<=[+#])(?=[^+#])|(?<=[+#])\.|\.(?=[+#])"
)
_MOST_PASSES = 8


def fold(text: str) -> str:
    """`text` folded: idempotent, at most LONGEST characters, words one space apart.

    Never raises; a text of nothing but signs folds to "". What lies beyond the first
    LONGEST characters is not looked at.
    """
    text = text[:LONGEST]
    for _ in range(_MOST_PASSES):
        folded = _fold_once(text)
        if folded == text or (folded.isascii() and not _HAS_SIGN.search(folded)):
            return folded
        text = folded
    return text


def joined(folded: str) -> str:
    """A folded phrase without what splits words: "fork lift", "forklift" → "forklift".

    A leading dot and dots between digits stay.
    """
    words = folded.replace(" ", "")
    return re.sub(rf"(?<={_LETTER})\.(?={_LETTER})", "", words)


def is_chinese(character: str) -> bool:
    """Whether this is one of the Han characters, which need no spaces between words."""
    code = ord(character)
    return (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0x20000 <= code < 0x32000
    )


def _fold_once(text: str) -> str:
    if text.isascii():
        text = text.lower()
    else:
        text = _without_accents(
            unicodedata.normalize("NFKC", text.translate(_MARKS)).casefold()
        ).translate(_LATIN)
    if "--" in text:
        text = _TWO_MINUS.sub(r"\1 minus minus ", text)
    words = " ".join(text.translate(_separated).split())
    if _HAS_SIGN.search(words):
        words = _SPACED_SIGN.sub(
            lambda found: found[1] + found[2].replace(" ", ""), words
        )
        words = " ".join(" ".join(map(_word, words.split())).split())
    return words[:LONGEST].rstrip()


def _closed_up(spaced: re.Match[str]) -> str:
    return spaced[1] + spaced[2].replace(" ", "")


def _without_accents(text: str) -> str:
    """Latin and Greek letters bare; in other scripts a mark makes another letter."""
    kept = []
    base = 0
    for character in unicodedata.normalize("NFD", text):
        if "\u0300" <= character <= "\u036f":
            if base < 0x400 or 0x1E00 <= base < 0x2000:
                continue
        else:
            base = ord(character)
        kept.append(character)
    return unicodedata.normalize("NFKC", "".join(kept))


class _Separated(dict[int, int | str | None]):
    """For str.translate: letters, digits and signs stay, the rest separates words."""

    def __missing__(self, code: int) -> int | str | None:
        kept = _kept(code)
        if code < 0x10000:
            self[code] = kept
        return kept


def _kept(code: int) -> int | str | None:
    if code in _INVISIBLE or code in _APOSTROPHES:
        return None
    if code in _SIGNS:
        return code
    if code == ord("&"):
        return " and "
    if (plain := simplified().get(code)) is not None:
        return plain
    category = unicodedata.category(chr(code))
    if category in ("Cf", "Me"):
        return None
    return code if category[0] in "LMN" else " "


_separated = _Separated()


def _word(word: str) -> str:
    """The signs of one word that carry meaning: after it, within it, or in .NET."""
    if word.isalnum():
        return word
    word = word.rstrip(".")
    bare = word.lstrip("+#.")
    if bare[:3] == "net" and not bare[3:4].isalpha() and word.startswith(".net"):
        bare = "." + bare
    if _ACRONYM.fullmatch(bare):
        return bare.replace(".", "")
    return _SEPARATOR.sub(" ", bare)
