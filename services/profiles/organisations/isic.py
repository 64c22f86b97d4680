"""ISIC Rev.4, the United Nations' classification of industries, down to divisions."""

from __future__ import annotations

import re

SECTIONS = frozenset("ABCDEFGHIJKLMNOPQRSTU")
# the numbers that Rev.4 leaves out are no divisions
DIVISIONS = frozenset(range(1, 100)) - frozenset(
    (4, 34, 40, 44, 48, 54, 57, 67, 76, 83, 89)
)
PATTERN = "^([A-U]|({})[0-9]{{0,2}})$".format(
    "|".join(f"{division:02}" for division in sorted(DIVISIONS))
)


def isic_code(code: str) -> bool:
    """Whether it is a section letter, or 2 to 4 digits within a division."""
    if code in SECTIONS:
        return True
    return re.fullmatch(r"[0-9]{2,4}", code) is not None and int(code[:2]) in DIVISIONS
