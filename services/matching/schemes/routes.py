"""/v1/skills/schemes: the classifications of others, and what stands for what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.matching.schemes.crosswalks import BACK
from services.matching.schemes.entries import ATTRIBUTIONS, EntryKind, SchemeId
from services.matching.schemes.errors import EntryNotFound, SchemeNotFound
from services.matching.schemes.queries import (
    all_schemes,
    crosswalk_of,
    find_entries,
    find_entry,
    find_scheme,
    heads,
    links_of,
)
from services.matching.schemes.schemas import (
    Code,
    CrosswalkView,
    EntryHead,
    EntryView,
    LinkView,
    NamesView,
    SchemesAnswer,
    SchemeView,
)
from services.matching.skills.access import READING
from shared.database import SessionDep
from shared.fields import LanguageCode, ShortText
from shared.openapi import problems
from shared.paging import Page, Paging

router = APIRouter(prefix="/v1/skills/schemes", tags=["schemes"])

MOST_LINKS = 500
MOST_CROSSWALK = 200

LabelLanguage = Annotated[
    LanguageCode | None, Query(description="Of the labels, where there are such.")
]


@router.get(
    "",
    summary="List the imported classifications",
    dependencies=READING,
    responses=problems(),
)
async def list_schemes(session: SessionDep) -> SchemesAnswer:
    """ESCO, O*NET, CSCO and ISCO-08, as far as an operator has imported them."""
    return SchemesAnswer(
        items=[
            SchemeView.model_validate(
                dict(row) | {"attribution": ATTRIBUTIONS[row["id"]]}
            )
            for row in await all_schemes(session)
        ]
    )


@router.get(
    "/{scheme}/entries",
    summary="Search a classification",
    dependencies=READING,
    responses=problems(SchemeNotFound),
)
async def search_entries(
    scheme: SchemeId,
    session: SessionDep,
    paging: Paging,
    q: Annotated[
        ShortText | None, Query(description="Part of a name, in whatever case.")
    ] = None,
    kind: Annotated[EntryKind | None, Query(description="Only such entries.")] = None,
    language: Annotated[
        LanguageCode | None,
        Query(description="Only names in this language, ISO 639-1."),
    ] = None,
) -> Page[EntryHead]:
    """Entries in the order of their codes, without retired ones."""
    after = paging.after(str)
    if await find_scheme(session, scheme) is None:
        raise SchemeNotFound
    rows = await find_entries(
        session,
        scheme,
        words=q,
        kind=kind,
        language=language,
        after=after,
        limit=paging.limit + 1,
    )
    shown, following = paging.cut(rows, "code")
    return Page(items=[_head(row, language) for row in shown], next=following)


@router.get(
    "/{scheme}/entries/{code}",
    summary="Read an entry of a classification",
    dependencies=READING,
    responses=problems(EntryNotFound),
)
async def read_entry(
    scheme: SchemeId, code: Code, session: SessionDep, language: LabelLanguage = None
) -> EntryView:
    """An entry, retired or not, with what stands for it in other classifications."""
    row = await find_entry(session, scheme, code)
    if row is None:
        raise EntryNotFound
    names = {
        spoken: NamesView(**labels, description=row["descriptions"].get(spoken))
        for spoken, labels in row["labels"].items()
    }
    broader = await heads(session, scheme, row["broader"] or ())
    links = await links_of(session, scheme, code, MOST_LINKS)
    crosswalk = await crosswalk_of(session, scheme, code, MOST_CROSSWALK)
    return EntryView(
        **_head(row, language).model_dump(),
        uri=row["uri"],
        names=names,
        extra=row["extra"] or {},
        broader=[_head(above, language) for above in broader],
        links=[
            LinkView(
                relation=link["relation"],
                rank=link["rank"],
                entry=_head(link, language),
            )
            for link in links
        ],
        crosswalk=[_other(other, language) for other in crosswalk],
    )


def _head(row: Mapping[str, Any], language: str | None) -> EntryHead:
    spoken = _spoken(row["labels"], language)
    return EntryHead(
        scheme=row["scheme"],
        kind=row["kind"],
        code=row["code"],
        label=row["labels"][spoken]["preferred"],
        language=spoken,
        retired=row["retired"],
    )


def _other(row: Mapping[str, Any], language: str | None) -> CrosswalkView:
    labels = row["labels"]
    relation = row["relation"]
    return CrosswalkView(
        scheme=row["scheme"],
        code=row["code"],
        # Rollcall's own concept may be gone since
        label=labels[_spoken(labels, language)]["preferred"],
        relation=BACK[relation] if row["back"] else relation,
        confidence=row["confidence"],
        source=row["source"],
    )


def _spoken(labels: Mapping[str, Any], language: str | None) -> str:
    if language is not None and language in labels:
        return language
    return "en" if "en" in labels else min(labels)
