"""`routes`: who may call what, on whose things."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.cli.output import AsJson, print_json, print_table
from infra.cli.target import offline_settings

COLUMNS = ("method", "path", "who", "scope", "ownership", "operation")


def register(app: typer.Typer) -> None:
    app.command()(routes)


def routes(
    service: Annotated[
        str | None, typer.Argument(help="profiles, postings or matching; else all.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As docs/routes.md shows them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the registry of routes: who may call each, on whose things."""
    from infra.registry import as_markdown, registry

    found = registry(offline_settings())
    if service is not None:
        if service not in found:
            raise typer.BadParameter(f"no service {service}: {', '.join(found)}")
        found = {service: found[service]}
    if as_json:
        print_json([route.as_json() for each in found.values() for route in each])
    elif markdown:
        typer.echo(as_markdown(found), nl=False)
    else:
        rows = [route.as_json() for each in found.values() for route in each]
        cells = [[_cell(row[name]) for name in COLUMNS] for row in rows]
        print_table("Routes", COLUMNS, cells)


def _cell(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
