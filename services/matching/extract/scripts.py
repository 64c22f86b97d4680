"""A text with every character in its plainest form, one for one: offsets stay.

Rules that look for cues read this instead of the text: lower case, bare letters,
simplified Chinese, ASCII digits, hyphens, quotes and spaces.
"""

from __future__ import annotations

import unicodedata

from services.matching.skills.chinese.characters import simplified

_DASHES = dict.fromkeys("‐‑‒–—―−－〜~～", "-")
_QUOTES = dict.fromkeys("'’‘ʼ`´′", "'")
_MARKS = {"，": ",", "：": ":", "；": ";", "！": "!", "？": "?", "（": "(", "）": ")"}


class _Plain(dict[int, str]):
    """For str.translate: each code point to exactly one."""

    def __missing__(self, code: int) -> str:
        plain = _plain(chr(code))
        if code < 0x10000:
            self[code] = plain
        return plain


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    base = unicodedata.normalize("NFKD", character)
    if category != "Lo" and (len(base) == 1 or unicodedata.combining(base[1])):
        lowered = base[0].lower()
        return lowered if len(lowered) == 1 else base[0]
    lowered = character.lower()
    return lowered if len(lowered) == 1 else character


_table = _Plain(
    {
        ord(written): plain
        for written, plain in (
            *((chr(each), chr(plain)) for each, plain in simplified().items()),
            *_DASHES.items(),
            *_QUOTES.items(),
            *_MARKS.items(),
        )
    }
)


def plain(text: str) -> str:
    """`text` in plain characters, as long as it was."""
    return text.translate(_table)


def cuts_a_word(plain: str, start: int, end: int) -> bool:
    """Whether letters go on before or behind [start, end) of plain text."""
    before = plain[start - 1 : start] + plain[start : start + 1]
    after = plain[end - 1 : end] + plain[end : end + 1]
    return any(
        len(pair) == 2 and pair.isascii() and pair.isalpha() for pair in (before, after)
    )
