"""A pasted advert or CV → what it says, each statement with where it says it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from services.matching.extract.headline import Headline, announces, find_headline
from services.matching.extract.languages import Spoken, find_languages
from services.matching.extract.levels import Cue, assign, find_cues
from services.matching.extract.levels import Kind as CueKind
from services.matching.extract.lodging import Board, find_lodging
from services.matching.extract.mentions import DOUBTED, Mention, find_mentions
from services.matching.extract.negation import Negations
from services.matching.extract.pay import Pay, find_pay
from services.matching.extract.schedule import When, find_schedule
from services.matching.extract.sections import Sections
from services.matching.extract.spans import Reading, Span, read
from services.matching.extract.unnamed import labelled_title, unnamed_terms
from services.matching.skills.bound import NOTHING_BOUND, Bound
from services.matching.skills.concepts import Concept, Occupation

TextKind = Literal["advert", "cv"]
LONGEST = 20_000
"""Code points of a text that is looked at."""


@dataclass(frozen=True, slots=True)
class Named:
    """A concept of the taxonomy that the text speaks of. `level` is 1 to 5."""

    concept: Concept
    span: Span
    confidence: float
    negated: bool
    level: int | None = None
    years: float | None = None


@dataclass(frozen=True, slots=True)
class Language:
    spoken: Spoken
    negated: bool


@dataclass(frozen=True, slots=True)
class Extract:
    """What a text says, each field in the order of the text.

    `unnamed` are terms that it lists as skills, and `unnamed_title` is what it calls
    the job, where nothing is understood.
    """

    occupation: Named | None
    skills: tuple[Named, ...]
    certificates: tuple[Named, ...]
    languages: tuple[Language, ...]
    pay: tuple[Pay, ...]
    schedule: tuple[When, ...]
    lodging: tuple[Board, ...]
    unnamed: tuple[Span, ...]
    unnamed_title: Span | None


def extract(
    text: str,
    kind: TextKind = "advert",
    country: str | None = None,
    language: str | None = None,
    bound: Bound = NOTHING_BOUND,
) -> Extract:
    """What the first LONGEST code points of `text` say. Never raises.

    What is `bound` is a name beside those of the taxonomy.
    `country` (ISO 3166) decides what a bare $ or 15.00 is; in a CV, dates are of the
    past and not of the work. Cues of every language are understood;
    `language` (ISO 639-1) rules out words that are cues in another ("Do" and "So" are
    days in German only).
    """
    reading = read(text[:LONGEST])
    negations = Negations(reading.plain)
    sections = Sections(reading.plain)
    mentions = find_mentions(reading, bound)
    cues = find_cues(reading)
    titled = kind == "advert"
    headline = find_headline(
        reading, mentions, negations, sections, titled=titled, bound=bound
    )
    pay = find_pay(reading, country)
    schedule = find_schedule(reading, negations, country, language, dated=titled)
    board = find_lodging(reading.plain, negations)
    spoken_for = _Covered(
        [*(each.span for each in pay), *(each.span for each in schedule)]
    )
    told = [
        each
        for each in mentions
        if not sections.cover(each.span.start)
        and not spoken_for.cover(each.span)
        and not announces(each, headline, reading.plain)
    ]
    levels = _assigned(reading, told, cues, "level")
    years = _assigned(reading, told, cues, "years")
    named = _Named(told, levels, years, negations)
    languages = find_languages(reading, cues)
    taken = _Covered(
        [
            each.span
            for some in (mentions, cues, languages, pay, schedule, board)
            for each in some
        ]
    )

    def is_told(span: Span) -> bool:
        return taken.touch(span) or negations.cover(span.start, span.end)

    return Extract(
        occupation=_occupation(headline, told, years, cues, reading),
        skills=named.skills(headline),
        certificates=named.certificates(),
        languages=tuple(
            Language(each, negations.cover(each.span.start, each.span.end))
            for each in languages
        ),
        pay=tuple(pay),
        schedule=tuple(schedule),
        lodging=tuple(board),
        unnamed=unnamed_terms(reading, is_told),
        unnamed_title=labelled_title(reading) if titled and not headline else None,
    )


def _assigned(
    reading: Reading, mentions: Sequence[Mention], cues: Sequence[Cue], kind: CueKind
) -> dict[int, Cue]:
    """The cues of skills and occupations, by the place of the mention."""
    places = [
        place
        for place, mention in enumerate(mentions)
        if "skill" in mention.concepts or "occupation" in mention.concepts
    ]
    assigned = assign(
        reading,
        [mentions[place].span for place in places],
        [reading.sentence_of[mentions[place].first] for place in places],
        cues,
        kind,
    )
    return {places[place]: cue for place, cue in assigned.items()}


class _Covered:
    """Stretches that already say something: "night shift", "AED 1,800"."""

    def __init__(self, spans: Sequence[Span]) -> None:
        ordered = sorted(spans, key=lambda span: span.start)
        self._starts = [span.start for span in ordered]
        self._ends = list(accumulate((span.end for span in ordered), max))

    def cover(self, span: Span) -> bool:
        place = bisect_right(self._starts, span.start) - 1
        return place >= 0 and span.end <= self._ends[place]

    def touch(self, span: Span) -> bool:
        """Whether one of them has a character of `span`."""
        place = bisect_left(self._starts, span.end) - 1
        return place >= 0 and span.start < self._ends[place]


class _Named:
    """Skills and certificates out of the names in a text, each concept once."""

    def __init__(
        self,
        mentions: Sequence[Mention],
        levels: dict[int, Cue],
        years: dict[int, Cue],
        negations: Negations,
    ) -> None:
        self._mentions = mentions
        self._levels = levels
        self._years = years
        self._negations = negations

    def skills(self, headline: Headline | None) -> tuple[Named, ...]:
        return self._all("skill", headline)

    def certificates(self) -> tuple[Named, ...]:
        return self._all("certificate", None)

    def _all(
        self, kind: Literal["skill", "certificate"], headline: Headline | None
    ) -> tuple[Named, ...]:
        found: dict[str, Named] = {}
        for place, mention in enumerate(self._mentions):
            if kind not in mention.concepts:
                continue
            if kind == "skill" and _is_another_kind(mention, headline):
                continue
            each = self._one(place, mention, kind)
            held = found.get(each.concept.id)
            found[each.concept.id] = each if held is None else _joined(held, each)
        return tuple(sorted(found.values(), key=lambda each: each.span.start))

    def _one(
        self, place: int, mention: Mention, kind: Literal["skill", "certificate"]
    ) -> Named:
        concept, confidence = mention.concepts[kind]
        level, years = self._levels.get(place), self._years.get(place)
        return Named(
            concept,
            mention.span,
            min(confidence, DOUBTED) if mention.doubtful else confidence,
            self._negations.cover(mention.span.start, mention.span.end),
            int(level.value) if level and kind == "skill" else None,
            years.value if years and kind == "skill" else None,
        )


def _is_another_kind(mention: Mention, headline: Headline | None) -> bool:
    """A certificate of the same name, or the job itself, is meant and no skill."""
    if "certificate" in mention.concepts:
        return True
    return headline is not None and headline.is_title and mention.span == headline.span


def _joined(held: Named, other: Named) -> Named:
    """Two mentions of one concept: asked for beats denied, a level beats none."""
    if held.negated and not other.negated:
        held, other = other, held
    if other.negated != held.negated:
        return held
    return Named(
        held.concept,
        held.span,
        max(held.confidence, other.confidence),
        held.negated,
        held.level if held.level is not None else other.level,
        held.years if held.years is not None else other.years,
    )


def _occupation(
    headline: Headline | None,
    mentions: Sequence[Mention],
    years: dict[int, Cue],
    cues: Sequence[Cue],
    reading: Reading,
) -> Named | None:
    """The occupation with the years that are asked of it, or of no skill by name."""
    if headline is None:
        return None
    told: float | None = None
    for place, cue in sorted(years.items()):
        own = mentions[place].of("occupation")
        if own is not None and own.id == headline.concept.id:
            told = cue.value
            break
    if told is None and isinstance(headline.concept, Occupation):
        own_skills = headline.concept.essential
        for place, cue in sorted(years.items()):
            skill = mentions[place].of("skill")
            if skill is not None and skill.id in own_skills:
                told = cue.value
                break
    if told is None:
        taken = {cue.span for cue in years.values()}
        free = [cue for cue in cues if cue.kind == "years" and cue.span not in taken]
        told = free[0].value if free else None
    return Named(
        headline.concept, headline.span, headline.confidence, False, None, told
    )
