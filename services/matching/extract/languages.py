"""Languages and how well they are spoken, 1 to 6 (A1 to C2).

"English breakfast" and "a Polish bakery" name no language to be spoken: in English a
language needs company, such as a level, another language or "speak".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.matching.extract.levels import Cue, assign
from services.matching.extract.spans import Reading, Span

# code, English, then German | French | Spanish | Dutch, then Chinese
_NAMES: tuple[tuple[str, str, str, str], ...] = (
    ("en", "english", "englisch|anglais|ingles|engels", "英语|英文"),
    ("de", "german", "deutsch|allemand|aleman|duits", "德语|德文"),
    ("fr", "french", "franzosisch|francais|frances|frans", "法语|法文"),
    ("es", "spanish", "spanisch|espagnol|espanol|castellano|spaans", "西班牙语|西语"),
    ("it", "italian", "italienisch|italien|italiano|italiaans", "意大利语"),
    (
        "pt",
        "portuguese",
        "portugiesisch|portugais|portugues|portugees",
        "葡萄牙语|葡语",
    ),
    (
        "nl",
        "dutch|flemish",
        "niederlandisch|neerlandais|neerlandes|holandes|nederlands",
        "荷兰语",
    ),
    ("pl", "polish", "polnisch|polonais|polaco", "波兰语"),
    ("cs", "czech", "tschechisch|tcheque|checo|tsjechisch", "捷克语"),
    ("sk", "slovak", "slowakisch|slovaque|eslovaco", "斯洛伐克语"),
    ("hu", "hungarian", "ungarisch|hongrois|hungaro|hongaars", "匈牙利语"),
    ("ro", "romanian", "rumanisch|roumain|rumano|roemeens", "罗马尼亚语"),
    ("bg", "bulgarian", "bulgarisch|bulgare|bulgaro|bulgaars", "保加利亚语"),
    ("el", "greek", "griechisch|grec|griego|grieks", "希腊语"),
    ("ru", "russian", "russisch|russe|ruso", "俄语|俄文"),
    ("uk", "ukrainian", "ukrainisch|ukrainien|ucraniano|oekraiens", "乌克兰语"),
    ("hr", "croatian", "kroatisch|croate|croata", "克罗地亚语"),
    ("sr", "serbian", "serbisch|serbe|serbio", "塞尔维亚语"),
    ("sq", "albanian", "albanisch|albanais|albanes", "阿尔巴尼亚语"),
    ("tr", "turkish", "turkisch|turc|turco|turks", "土耳其语"),
    ("ar", "arabic", "arabisch|arabe", "阿拉伯语"),
    ("fa", "farsi|persian", "persisch|persan|persa", "波斯语"),
    ("he", "hebrew", "hebraisch|hebreu|hebreo", "希伯来语"),
    ("hi", "hindi", "", "印地语"),
    ("ur", "urdu", "ourdou", "乌尔都语"),
    ("bn", "bengali|bangla", "", "孟加拉语"),
    ("pa", "punjabi|panjabi", "", "旁遮普语"),
    ("ta", "tamil", "", "泰米尔语"),
    (
        "zh",
        "chinese|mandarin|putonghua",
        "chinesisch|mandarin|chinois|chino|chinees",
        "中文|汉语|普通话|国语|华语",
    ),
    ("yue", "cantonese", "kantonesisch|cantonais|cantones", "粤语|广东话|白话"),
    ("ja", "japanese", "japanisch|japonais|japones|japans", "日语|日文"),
    ("ko", "korean", "koreanisch|coreen|coreano", "韩语|韩文|朝鲜语"),
    ("vi", "vietnamese", "vietnamesisch|vietnamien|vietnamita", "越南语"),
    ("th", "thai", "thailandisch|thailandais|tailandes", "泰语"),
    ("id", "indonesian|bahasa", "indonesisch|indonesien", "印尼语"),
    ("ms", "malay", "malaiisch|malais|malayo", "马来语"),
    ("tl", "tagalog|filipino", "", "菲律宾语|他加禄语"),
    ("sv", "swedish", "schwedisch|suedois|sueco|zweeds", "瑞典语"),
    ("da", "danish", "danisch|danois|danes|deens", "丹麦语"),
    ("no", "norwegian", "norwegisch|norvegien|noruego|noors", "挪威语"),
    ("fi", "finnish", "finnisch|finnois|finlandes|fines", "芬兰语"),
    ("cy", "welsh", "walisisch|gallois|gales", "威尔士语"),
    ("ga", "irish", "irisch|irlandais|irlandes", "爱尔兰语"),
    ("ca", "catalan", "katalanisch", "加泰罗尼亚语"),
    ("sw", "swahili", "suaheli", "斯瓦希里语"),
    ("so", "somali", "", "索马里语"),
    ("am", "amharic", "amharisch", "阿姆哈拉语"),
)
_CODES = {
    name: code
    for code, english, others, chinese in _NAMES
    for name in f"{english}|{others}|{chinese}".split("|")
    if name
}
_ENGLISH = {name for _, english, _, _ in _NAMES for name in english.split("|")}
# the Chinese names begin with letters of their own, so the search skips the rest
_WORD = re.compile("[a-z]{4,25}|" + "|".join(name for name in _CODES if name > "~"))
_TAIL = re.compile(r"(?:e[nmrs]?|kenntnisse|sprachig\w*|kenntnissen)$")
_SPOKEN = re.compile(
    r"\b(?:speak\w*|spoken|written|language\w*|fluen\w*|bilingual|native|mother tongue"
    r"|conversational|read|write|understand|communicat\w*|proficien\w*|level|knowledge"
    r"|sprache\w*|sprichst|sprechen|langues?|parle\w*|idiomas?|habl\w*|talen"
    r"|spreek\w*|spreken)\b"
)
_WANTED = re.compile(
    r"\s*(?:\([^)]{0,30}\)\s*)?(?:(?:is|are|would be|language|skills?|speak\w*|an?|not"
    r"|no)\s+)*"
    r"(?:required|needed|necessary|essential|plus|advantage|asset|desirable|preferred"
    r"|helpful|a must|mandatory|speak\w*|language|skills?|native|fluent|ok|welcome)\b"
)
_LIST = re.compile(r"\s*(?:,|/|and|or|und|oder|et|y|en|of|&|\+)\s*")
_LEVELLED = re.compile(
    r"\s*[(:\-]?\s*(?:[abc][12]\b|fluent|native|basic|good|advanced)"
)
_NO_LANGUAGE = re.compile(
    r"\s*(?:breakfast|food|cuisine|restaurant|bakery|bread|cheese|market|company|compan"
    r"|firm|chef|cook|cooking|wine|bulldog|literature|customers?|clients?|passport"
    r"|citizen\w*|government|army|law|team|office|brand|medicine|taxi|garden|pub"
    r"|teacher|lessons?|class(?:es)?|teaching|tea)\b"
)
_TEACHING = re.compile(r"(?:教师|老师|教学|客服|翻译|培训|辅导|课|家教|专业|系)")
_CET = re.compile(r"(?:大学)?英语\s?(?:专业)?([四六八])级|cet-?\s?([46])\b|专([四八])")
_CET_LEVEL = {"四": 3, "4": 3, "六": 4, "6": 4, "八": 5}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language by its ISO 639 code; `level` is 1 (A1) to 6 (C2) where it is said."""

    span: Span
    language: str
    level: int | None
    confidence: float


def find_languages(reading: Reading, cues: Sequence[Cue]) -> list[Spoken]:
    """The languages the text says somebody speaks or should speak, in order."""
    found = [each for each in _WORD.finditer(reading.plain) if _code(each[0])]
    sure = [_is_sure(reading.plain, each) for each in found]
    kept = [
        each
        for place, each in enumerate(found)
        if sure[place] or _beside_a_sure_one(reading.plain, found, sure, place)
    ]
    spans = [Span(*each.span()) for each in kept]
    sentences = [reading.sentence_at(span.start) for span in spans]
    levels = assign(reading, spans, sentences, cues, "level")
    spoken = []
    for place, (span, each) in enumerate(zip(spans, kept, strict=True)):
        code = _code(each[0]) or ""
        cue = levels.get(place)
        level = cue.spoken if cue else None
        spoken.append(Spoken(span, code, level, 0.95 if level else 0.85))
    return _once(_with_tests(reading.plain, spoken))


def _code(word: str) -> str | None:
    code = _CODES.get(word)
    if code is None and word.isascii() and len(word) > 7:
        code = _CODES.get(_TAIL.sub("", word))
    return code


def _is_sure(plain: str, found: re.Match[str]) -> bool:
    """Whether this word is a language to be spoken, by itself or by its company."""
    text = found[0]
    start, end = found.span()
    if not text.isascii():
        return not _TEACHING.match(plain, end)
    if text not in _ENGLISH:
        return True
    if _NO_LANGUAGE.match(plain, end):
        return False
    if _WANTED.match(plain, end) or _LEVELLED.match(plain, end):
        return True
    before = plain[max(0, start - 45) : start]
    before = before[max(before.rfind("."), before.rfind("\n")) + 1 :]
    if _SPOKEN.search(before) or _SPOKEN.search(plain, end, min(len(plain), end + 25)):
        return True
    return (
        re.search(r"(?:good|basic|excellent|bon niveau d'|no|gutes)\s$", before)
        is not None
    )


def _beside_a_sure_one(
    plain: str, found: Sequence[re.Match[str]], sure: Sequence[bool], place: int
) -> bool:
    own = found[place]
    if _NO_LANGUAGE.match(plain, own.end()) or not own[0].isascii():
        return False
    for other in (place - 1, place + 1):
        if 0 <= other < len(found) and sure[other]:
            low, high = sorted((own, found[other]), key=lambda each: each.start())
            if _LIST.fullmatch(plain, low.end(), min(high.start(), low.end() + 30)):
                return high.start() - low.end() <= 30
    return False


def _with_tests(plain: str, spoken: list[Spoken]) -> list[Spoken]:
    """The College English Test says a level of English."""
    for found in _CET.finditer(plain):
        grade = found[1] or found[2] or found[3]
        span = Span(*found.span())
        spoken = [each for each in spoken if not _overlap(each.span, span)]
        spoken.append(Spoken(span, "en", _CET_LEVEL[grade], 0.9))
    return sorted(spoken, key=lambda each: each.span.start)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _once(spoken: list[Spoken]) -> list[Spoken]:
    """One of each language: the first that says a level, else the first."""
    best: dict[str, Spoken] = {}
    for each in spoken:
        held = best.get(each.language)
        if held is None or (held.level is None and each.level is not None):
            best[each.language] = each
    return sorted(best.values(), key=lambda each: each.span.start)
