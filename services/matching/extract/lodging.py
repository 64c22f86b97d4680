"""Whether a place to sleep and meals come with the work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from services.matching.extract.negation import Negations
from services.matching.extract.spans import Span

Kind = Literal["lodging", "meals"]

_OFFERED = re.compile(
    r"(?P<both>包吃包?住|包住包?吃|包食宿|包吃宿|提供食宿|免费食宿|管吃管?住|供食宿"
    r"|吃住全包"
    r"|room and board|board and lodging|meals and (?:accommodation|lodging|housing)"
    r"|(?:with )?(?:accommodation|housing|lodging)(?:,| and| &) (?:meals|food|board)"
    r"|kost und logis|kost & logis|unterkunft und verpflegung|nourri(?:e|s)? et loge"
    r"|loge(?:e|s)? et nourri|nourri[e-]*,? loge|kost en inwoning"
    r"|alojamiento y (?:comida|manutencion))"
    r"|(?P<lodging>包住宿?|提供住宿|免费住宿|有宿舍|提供宿舍|员工宿舍|管住"
    r"|(?:free|paid|staff|shared|company|subsidi[sz]ed) (?:accommodation|housing"
    r"|lodging)"
    r"|(?:accommodation|housing|lodging)(?: is| are| will be| can be)?(?: available"
    r"| provided| included| offered| supplied)|with (?:accommodation|housing)|live-in"
    r"|unterkunft|huisvesting|mitarbeiterwohnung|personalzimmer|wohnmoglichkeit"
    r"|logement"
    r"|hebergement"
    r"|alojamiento|vivienda incluida)"
    r"|(?P<meals>包吃|管饭|供餐|包餐|提供午餐|提供工作餐|免费工作餐|包[三两]餐|工作餐"
    r"|(?:free|staff|daily|paid) (?:meals?|lunch|food)|meals?(?: is| are| will be)?"
    r"(?: included| provided| free)|verpflegung|gratis maaltijden"
    r"|maaltijden inbegrepen|freies? essen|mitarbeiteressen"
    r"|repas\b|comidas? incluidas?|manutencion)"
)


@dataclass(frozen=True, slots=True)
class Board:
    span: Span
    kind: Kind
    negated: bool


def find_lodging(plain: str, negations: Negations) -> list[Board]:
    """Lodging and meals, each once, the first time it is told."""
    told: dict[Kind, Board] = {}
    for found in _OFFERED.finditer(plain):
        span = Span(*found.span())
        negated = negations.cover(span.start, span.end) or (
            plain[span.start - 1 : span.start] == "不"
        )
        kinds: tuple[Kind, ...] = ("lodging", "meals")
        if found["lodging"]:
            kinds = ("lodging",)
        elif found["meals"]:
            kinds = ("meals",)
        for kind in kinds:
            held = told.get(kind)
            if held is None or (held.negated and not negated):
                told[kind] = Board(span, kind, negated)
    return list(told.values())
