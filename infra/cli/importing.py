"""`import`: jobs and people from files of other systems."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from infra.cli.access import open_client
from infra.cli.output import AsJson, CommandFailed, print_json
from infra.cli.progress import progress_bars

if TYPE_CHECKING:
    import httpx

    from infra.imports.draft import Draft

File = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, readable=True, help="What to read."),
]
MappingFile = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        exists=True,
        dir_okay=False,
        help="TOML: how the columns of a CSV become fields (docs/importing.md).",
    ),
]
SystemName = Annotated[
    str | None,
    typer.Option(
        "--system", help="What the source is called; part of a row's identity."
    ),
]
PlaceName = Annotated[
    str | None,
    typer.Option(
        "--place", help='Where rows without a known place are: "New York, US".'
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", help="Rows that did not simply land: .csv or .ndjson."),
]
Url = Annotated[str | None, typer.Option("--url", help="Base URL of the service.")]
Token = Annotated[
    str | None,
    typer.Option("--token", help="Else ROLLCALL_TOKEN, else one is minted."),
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Bring jobs and people in.")
    group.command("postings")(import_postings)
    group.command("workers")(import_workers)
    app.add_typer(group, name="import")


def import_postings(
    file: File,
    mapping: MappingFile = None,
    system: SystemName = None,
    place: PlaceName = None,
    market: Annotated[
        str | None, typer.Option(help="labor, talent or temporary, for all rows.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Of rows that name no kind of employment.")
    ] = None,
    organisation: Annotated[
        UUID | None,
        typer.Option(help="Whose postings they are; else one of the source's own."),
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="Leave them unpublished.")
    ] = False,
    report: ReportFile = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Import schema.org JobPosting (JSON-LD, or web pages with it) or a CSV table.

    Run it again whenever you like: rows are known by their source's ids. A row that
    cannot land is reported with its field and reason; the others land.
    """
    from infra.imports.sources import Choices, organisation_of, posting_drafts
    from infra.imports.taxonomy import TaxonomyLexicon
    from shared.identity import Caller, Role
    from shared.values import new_id

    choices = Choices(mapping, system, place, market, kind, publish=not draft)
    with _usable():
        source, drafts = posting_drafts(file, choices, TaxonomyLexicon())
    owner = organisation or organisation_of(source)
    with open_client(url, token, Caller(new_id(), Role.EMPLOYER, owner)) as client:
        _run("postings", file, drafts, client, report, as_json, organisation)


def import_workers(
    file: File,
    mapping: MappingFile = None,
    system: SystemName = None,
    place: PlaceName = None,
    report: ReportFile = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Import people: a CSV table, or JSON (a list, or a line each) of the API's shape.

    Run it again whenever you like: rows are known by their source's ids. A row that
    cannot land is reported with its field and reason; the others land.
    """
    from infra.imports.sources import Choices, worker_drafts
    from infra.imports.taxonomy import TaxonomyLexicon
    from shared.identity import Caller, Role
    from shared.values import new_id

    choices = Choices(mapping, system, place)
    with _usable():
        _, drafts = worker_drafts(file, choices, TaxonomyLexicon())
    with open_client(url, token, Caller(new_id(), Role.OPERATOR)) as client:
        _run("workers", file, drafts, client, report, as_json)


@contextmanager
def _usable() -> Iterator[None]:
    from infra.imports.sources import SourceUnusable

    try:
        yield
    except SourceUnusable as reason:
        raise CommandFailed(str(reason)) from None


def _run(
    kind: str,
    file: Path,
    drafts: Sequence[Draft],
    client: httpx.Client,
    report_file: Path | None,
    as_json: bool,
    organisation: UUID | None = None,
) -> None:
    from infra.imports.report import Report
    from infra.imports.running import run_import
    from infra.imports.sending import ImportStopped

    report_file = report_file or Path(f"{file.stem}.report.csv")
    started = time.monotonic()
    try:
        with (
            Report(report_file) as report,
            progress_bars(rows=len(drafts)) as progress,
        ):
            summary = run_import(
                kind, drafts, client, report, lambda: progress("rows", 1), organisation
            )
    except (ImportStopped, OSError) as fault:
        raise CommandFailed(str(fault)) from None
    document = {
        "file": str(file),
        **summary.as_json(),
        "report": str(report_file) if report.entries else None,
        "seconds": round(time.monotonic() - started, 2),
    }
    if as_json:
        print_json(document)
    else:
        _print_summary(document)


def _print_summary(document: Mapping[str, Any]) -> None:
    landed = document["landed"]
    typer.echo(
        f"{document['rows']:,} rows: {landed['created']:,} created,"
        f" {landed['updated']:,} updated, {landed['unchanged']:,} unchanged"
        f" ({document['held']:,} held for review), {document['rejected']:,} rejected."
    )
    for title in ("rejected_by_reason", "held_by_reason", "left_out"):
        if reasons := document[title]:
            typer.echo(title.replace("_", " ").capitalize() + ":")
            for reason, count in list(reasons.items())[:12]:
                typer.echo(f"  {count:6,}  {reason}")
    if document["report"]:
        typer.echo(f"Row by row: {document['report']}")
