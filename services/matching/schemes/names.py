"""Reads the names that crosswalks are made from: imported ones, and Rollcall's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.matching.schemes.crosswalks import Names
from services.matching.schemes.evidence import Named
from services.matching.schemes.queries import names_page
from services.matching.skills.concepts import Concept, Language
from services.matching.skills.taxonomy import Taxonomy, load_taxonomy
from shared.database import Database

LANGUAGES = {"esco": "en", "onet": "en", "csco": "zh"}


async def read_names(database: Database, taxonomy: Taxonomy | None = None) -> Names:
    """Page by page, as no transaction may last for long."""
    named: dict[tuple[str, str], list[Named]] = {}
    isco08 = set()
    after = ("", "")
    while True:
        async with database.as_system() as session:
            page = await names_page(session, after)
        if not page:
            break
        for row in page:
            scheme, code = after = (row["scheme"], row["code"])
            if scheme == "isco08":
                isco08.add(code)
            elif names := row["labels"].get(LANGUAGES[scheme]):
                kept = named.setdefault((scheme, row["kind"]), [])
                kept.append(_named(code, names))
    taxonomy = taxonomy or load_taxonomy()
    occupations = taxonomy.occupations.values()
    return Names(
        isco08=frozenset(isco08),
        esco_occupations=named.get(("esco", "occupation"), ()),
        esco_skills=named.get(("esco", "skill"), ()),
        onet_occupations=named.get(("onet", "occupation"), ()),
        onet_skills=named.get(("onet", "skill"), ()),
        csco_occupations=named.get(("csco", "occupation"), ()),
        rollcall_occupations=[_own(concept, "en") for concept in occupations],
        rollcall_skills=[_own(concept, "en") for concept in taxonomy.skills.values()],
        rollcall_zh=[_own(concept, "zh") for concept in occupations],
        rollcall_isco08={_code(concept): concept.isco08 for concept in occupations},
    )


def _named(code: str, names: Mapping[str, Any]) -> Named:
    return Named(code, names["preferred"], tuple(names["aliases"]))


def _own(concept: Concept, language: Language) -> Named:
    return Named(_code(concept), concept.label(language), concept.aliases(language))


def _code(concept: Concept) -> str:
    return f"{concept.kind}:{concept.id}"
