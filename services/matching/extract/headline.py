"""Which of the occupations in a text it is about: the one in the title, or behind
"we are looking for a …", "gesucht: …", "招聘…", "I am a …"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.matching.extract.mentions import Mention
from services.matching.extract.negation import Negations
from services.matching.extract.sections import Sections
from services.matching.extract.spans import Reading, Span
from services.matching.skills.bound import NOTHING_BOUND, Bound, understand
from services.matching.skills.concepts import Concept

_SOUGHT = re.compile(
    r"(?:\b(?:(?:we are|we're) (?:looking for|seeking|hiring|recruiting|searching for)"
    r"|looking for|seeks?|seeking|hiring|now hiring|recruiting|needs?|job title"
    r"|position"
    r"|role|title|vacancy|join (?:us|our team) as|i am|i'm|work(?:ing)? as|career as"
    r"|wir suchen|suchen(?: wir)?|suche|gesucht|sucht|stelle als|position als"
    r"|arbeit als"
    r"|ich bin|arbeite als|tatigkeit als|als|nous recherchons|nous cherchons|recherche"
    r"|recherchons|recrute|recrutons|poste de|poste|je suis|buscamos|se busca|busca"
    r"|se necesita|wij zoeken|we zoeken|zoeken wij|zoeken we|op zoek naar|gezocht"
    r"|werken als|functie|vacature|ik ben|necesitamos|puesto de|puesto|soy)\b"
    r"|招聘(?:岗位|职位)?|急招|急聘|诚聘|招募|招收?|职位(?:名称)?|岗位(?:名称)?"
    r"|求职意向"
    r"|应聘(?:职位|岗位)?|期望职位|意向岗位|本人|我是|做过)"
    r"[^.!?;\n。]{0,40}$"
)
_BEHIND = re.compile(
    r"[^.!?;\n。,]{0,30}\b(?:needed|wanted|required|gesucht|gezocht|gevraagd|h/f"
    r"|f/h|m/v|v/m|m/v/x|m/w/d|w/m/d|d/m/w"
    r"|m/f/d|mwd)\b|(?:若干|\d+)名|(?:数|多)名"
)
_OTHERS = re.compile(
    r"(?:report\w* to|work\w* (?:closely )?with|assist\w*|support\w*|together with"
    r"|under"
    r"|supervis\w+|manag\w+|lead\w*|clients?|our|unterstutz\w*|berichte\w*|an den|配合"
    r"|协助"
    r"|对接|汇报)\s(?:the|a|an|our|der|die|den|dem|unser\w*|of)?\s?(?:\w+\s)?$"
)
ANNOUNCING = frozenset(["招聘", "招募", "recruiting", "hiring"])
"""Words that announce the job where it follows them at once; elsewhere a skill."""
REACH = 60
LONGEST_TITLE = 200
MOST_NAMED = 200  # an occupation first named later is not what the text is about
HEAD_ALONE = 0.8
"""How much less sure a title is that only its head explains."""
TITLE, SECOND, SOUGHT, NAMED = 3.0, 1.0, 2.5, 1.5


@dataclass(frozen=True, slots=True)
class Headline:
    """`is_title`: whether it stands in the first two lines."""

    concept: Concept
    span: Span
    confidence: float
    is_title: bool


def announces(mention: Mention, headline: Headline | None, plain: str) -> bool:
    """Whether a name only announces the job, which follows at once: 招聘焊工."""
    if headline is None or not 0 <= headline.span.start - mention.span.end <= 1:
        return False
    return plain[mention.span.start : mention.span.end] in ANNOUNCING


def find_headline(
    reading: Reading,
    mentions: Sequence[Mention],
    negations: Negations,
    sections: Sections,
    *,
    titled: bool,
    bound: Bound = NOTHING_BOUND,
) -> Headline | None:
    """The occupation of an advert or a CV, or None; `titled`: whether the first lines
    are a title (in a CV they are somebody's name)."""
    named = [mention for mention in mentions if "occupation" in mention.concepts]
    named = named[:MOST_NAMED]
    scores = [_score(reading, mention, negations, sections) for mention in named]
    if named:
        counts: dict[str, int] = {}
        for mention in named:
            concept = mention.concepts["occupation"][0]
            counts[concept.id] = counts.get(concept.id, 0) + 1
        best = max(
            range(len(named)),
            key=lambda place: (
                scores[place]
                + 0.2 * min(5, counts[named[place].concepts["occupation"][0].id]),
                -place,
            ),
        )
        if scores[best] > 0:
            concept, sure = named[best].concepts["occupation"]
            confidence = sure if scores[best] >= SOUGHT else 0.6
            is_title = reading.sentence_of[named[best].first] <= 1
            sure = round(confidence, 2)
            return Headline(concept, named[best].span, sure, is_title)
    return _resolved_title(reading, bound) if titled else None


def _score(
    reading: Reading, mention: Mention, negations: Negations, sections: Sections
) -> float:
    start, end = mention.span.start, mention.span.end
    plain = reading.plain
    before = plain[max(0, start - REACH) : start]
    score = 0.5
    sentence = reading.sentence_of[mention.first]
    if sentence == 0:
        score += TITLE
    elif sentence == 1 or plain.count("\n", 0, start) <= 1:
        score += SECOND
    if _SOUGHT.search(before):
        score += SOUGHT
    if _BEHIND.match(plain, end):
        score += NAMED
    if _OTHERS.search(before):
        score -= SOUGHT
    if "skill" in mention.concepts:
        score -= 0.3
    if sections.cover(start) or negations.cover(start, end):
        score -= 5
    return score


def _resolved_title(reading: Reading, bound: Bound) -> Headline | None:
    """What one of the first lines names as a job title, at least its head."""
    for start, end in reading.bounds[:2]:
        line = reading.text[start:end].split("\n", 1)[0].strip()
        if not line or len(line) > LONGEST_TITLE:
            continue
        found = understand(line, "occupation", bound=bound)
        if found.concept is not None:
            place = reading.text.index(line, start)
            span = Span(place, place + len(line))
            confidence = round(found.confidence * HEAD_ALONE, 2)
            return Headline(found.concept, span, confidence, is_title=True)
    return None
