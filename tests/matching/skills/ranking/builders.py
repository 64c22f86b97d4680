"""Small classifications, as they are ranked."""

from __future__ import annotations

from collections.abc import Sequence

from services.matching.skills.folding import fold
from services.matching.skills.ranking.classification import Coded, rank_esco
from services.matching.skills.ranking.ranker import Entry, Name, Ranker
from services.matching.skills.ranking.readers import PlainReader, TermsOf, terms_in

DRIVER = Coded(
    "truck-driver",
    {
        "en": ("truck driver", "lorry driver", "haulier"),
        "de": ("Lkw-Fahrer", "Lastkraftwagenfahrerin"),
    },
    "Drives goods over long distances by road.",
)
COOK = Coded(
    "cook",
    {"en": ("cook", "kitchen chef"), "de": ("Koch", "Köchin")},
    "Prepares meals in the kitchen of a restaurant.",
)
PLUMBER = Coded(
    "plumber",
    {"en": ("plumber", "pipe fitter"), "de": ("Klempner",)},
    "Lays and repairs water pipes.",
)
CARDIOLOGIST = Coded("cardiologist", {"en": ("cardiologist", "heart doctor")})
WAITER = Coded(
    "waiter",
    {"en": ("waiter", "food server"), "de": ("Kellner",)},
    "Serves meals in a restaurant.",
)
OCCUPATIONS = (DRIVER, COOK, PLUMBER, CARDIOLOGIST, WAITER)


def a_ranker(occupations: Sequence[Coded] = OCCUPATIONS) -> Ranker:
    return rank_esco(occupations, usual={})


def named(*names: str, terms_of: TermsOf | None = None) -> Ranker:
    """Entries of one name each, which is their id too."""
    terms_of = terms_of or terms_in("en")
    entries = [
        Entry(name, (Name(fold(name), tuple(terms_of(fold(name)))),)) for name in names
    ]
    return Ranker(entries, PlainReader(terms_of))


def ids(ranked: Sequence[tuple[str, float]]) -> list[str]:
    return [id for id, _ in ranked]
