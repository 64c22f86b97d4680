"""`migrate`: the database."""

from __future__ import annotations

import typer

from infra.cli.output import AsJson, CommandFailed, print_json
from infra.cli.target import current_settings


def register(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate(as_json: AsJson = False) -> None:
    """Create the logins and bring every schema to the newest revision."""
    settings = current_settings()
    from infra.migrate import migrate_now

    try:
        revisions = migrate_now(settings)
    except Exception as fault:
        lines = str(fault).strip().splitlines() or [repr(fault)]
        raise CommandFailed(f"the database cannot be migrated: {lines[0]}") from fault
    if as_json:
        print_json(revisions)
    else:
        for schema, revision in revisions.items():
            typer.echo(f"{schema} is at {revision or 'no revision yet'}")
