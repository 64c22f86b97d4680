"""`taxonomy import`, `list`, `crosswalk`: the classifications of others."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from infra.cli.output import AsJson, CommandFailed, note, print_json, print_table
from infra.cli.progress import progress_bars
from infra.cli.target import current_settings
from infra.cli.taxonomy_app import taxonomy_group

if TYPE_CHECKING:
    from infra.schemes import BadRow

Result = TypeVar("Result")


class SchemeName(StrEnum):
    """What can be imported; ISCO-08 comes with ESCO."""

    ESCO = "esco"
    ONET = "onet"
    CSCO = "csco"


def register(app: typer.Typer) -> None:
    group = taxonomy_group(app)
    group.command("import")(import_taxonomy)
    group.command("list")(list_taxonomies)
    group.command("crosswalk")(refresh_crosswalk)


def import_taxonomy(
    scheme: Annotated[SchemeName, typer.Argument(help="Whose files these are.")],
    directory: Annotated[
        Path,
        typer.Argument(exists=True, file_okay=False, help="With the official files."),
    ],
    language: Annotated[
        str | None,
        typer.Option(help="Only this language of ESCO, as de; else all there are."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Where rows that were left out are told, .csv.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import a classification: names, hierarchy, relations, crosswalks.

    Run it again whenever you like: what is there already stays as it is, another
    language adds its names, an entry that vanished is retired. A row at fault is told
    with its file, line and reason; the others land.
    """
    settings = current_settings()
    from infra.schemes import SourceUnusable, open_source, rows_of, run_import

    report = report or Path(f"{scheme.value}.report.csv")
    started = time.monotonic()
    try:
        source = open_source(scheme.value, directory, language)
        with (
            _reported(report) as bad,
            progress_bars(**rows_of(source), crosswalk=None) as progress,
        ):
            done = _run(run_import(settings, source, progress, bad.append))
    except (SourceUnusable, OSError) as fault:
        raise CommandFailed(str(fault)) from None
    document = {
        **done.as_json(),
        "report": str(report) if bad else None,
        "seconds": round(time.monotonic() - started, 2),
    }
    if as_json:
        print_json(document)
    else:
        _print_done(document)


def list_taxonomies(as_json: AsJson = False) -> None:
    """Show which classifications are here, their versions, counts and languages."""
    settings = current_settings()
    from infra.schemes import imported_schemes

    schemes = _run(imported_schemes(settings))
    if as_json:
        print_json(schemes)
        return
    kinds = ("occupation", "skill", "group", "link")
    print_table(
        "Classifications",
        [
            "scheme",
            "version",
            "jobs",
            "skills",
            "groups",
            "links",
            "languages",
            "as of",
        ],
        [
            [
                scheme["id"],
                scheme["version"],
                *(f"{scheme['counts'].get(kind, 0):,}" for kind in kinds),
                " ".join(scheme["languages"]),
                f"{scheme['imported_at']:%Y-%m-%d}",
            ]
            for scheme in schemes
        ],
    )


def refresh_crosswalk(as_json: AsJson = False) -> None:
    """Make the crosswalks anew, after a change of Rollcall's own taxonomy."""
    settings = current_settings()
    from infra.schemes import run_refresh

    count = _run(run_refresh(settings))
    if as_json:
        print_json(count)
    else:
        typer.echo(_counted("crosswalk rows", count))


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """Raises CommandFailed for what a database or a second import may do to it."""
    from sqlalchemy.exc import SQLAlchemyError

    from shared.problems import Problem

    try:
        return asyncio.run(work)
    except Problem as fault:
        raise CommandFailed(str(fault)) from None
    except (SQLAlchemyError, OSError) as fault:
        lines = str(fault).strip().splitlines() or [repr(fault)]
        raise CommandFailed(f"the database does not do this: {lines[0]}") from None


@contextmanager
def _reported(file: Path) -> Iterator[list[BadRow]]:
    """Collects rows at fault, and writes them to `file` at the end if there are any."""
    bad: list[BadRow] = []
    try:
        yield bad
    finally:
        if bad:
            with file.open("w", encoding="utf-8", newline="") as text:
                writer = csv.writer(text)
                writer.writerow(("file", "line", "reason"))
                writer.writerows((row.file, row.line, row.reason) for row in bad)


def _print_done(document: Mapping[str, Any]) -> None:
    version = document["version"] or "of an unknown version"
    if not document["changed"]:
        typer.echo(f"{document['scheme']} {version} is here already: nothing changed.")
    for kind, count in document["entries"].items():
        typer.echo(_counted(f"{kind}s", count))
    typer.echo(_counted("links", document["links"]))
    typer.echo(_counted("crosswalk rows", document["crosswalk"]))
    typer.echo(f"{document['seconds']:.1f} s")
    if document["bad_rows"]:
        note(f"{document['bad_rows']:,} rows were left out; why: {document['report']}")


def _counted(what: str, count: Mapping[str, int]) -> str:
    return (
        f"{what}: {count['created']:,} new, {count['updated']:,} changed,"
        f" {count['unchanged']:,} as they were, {count['gone']:,} gone"
    )
