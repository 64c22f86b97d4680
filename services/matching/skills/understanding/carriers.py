"""Words around a skill that say only that somebody has it: "can do tiling".

They are taken away before the rest has to be a name as a whole; what remains decides
under the same rule as any phrase. Single Chinese characters (会, 能) are no carriers:
they begin other words.
"""

from __future__ import annotations

import re

_BEFORE = re.compile(
    r"^(?:i )?(?:(?:can|able to|capable of|know how to|knows how to)"
    r"(?: do| use| work with)?"
    r"|(?:good|great|skilled|experienced|proficient|competent|trained|qualified)"
    r" (?:at|in|with)"
    r"|(?:some|basic|good|strong|solid|advanced|working)? ?"
    r"(?:experience|knowledge|skills|command) (?:of|in|with)"
    r"|(?:familiar|experience) with|knowledge of"
    r"|kann|erfahrung (?:in|mit)|kenntnisse in|puedo|experiencia en"
    r"|experience en|je sais(?: faire)?) "
)
_BEHIND = re.compile(r" (?:experience|skills|knowledge|erfahrung|kenntnisse)$")
_BEFORE_CHINESE = re.compile(
    r"^(?:熟练掌握|熟练使用|熟练操作|熟练|熟悉|精通|擅长|掌握|会做|会开|会用|能做|懂得|有)"
)
_BEHIND_CHINESE = re.compile(r"(?:相关)?(?:工作)?经验$")


def without_carrier(folded: str) -> str:
    """A folded phrase without what carries it; itself where nothing does."""
    bare = _BEHIND.sub("", _BEFORE.sub("", folded, count=1), count=1)
    bare = _BEHIND_CHINESE.sub("", _BEFORE_CHINESE.sub("", bare, count=1), count=1)
    return bare.strip() or folded
