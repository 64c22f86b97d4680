"""`doctor`: is everything here as Rollcall needs it?"""

from __future__ import annotations

from typing import Annotated

import typer

from infra.cli.output import AsJson, print_json

MARKS = {"ok": "✓", "warning": "!", "fault": "✗", "skipped": "·"}


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(
    production: Annotated[
        bool, typer.Option("--production", help="Also refuse what is unsafe there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check Python, packages, PostgreSQL, Valkey, clocks and disk; 1 on a fault."""
    from infra.cli.target import data_dir, settings_if_any
    from infra.doctor import examine

    findings = examine(data_dir(), settings_if_any(), production=production)
    healthy = all(finding.state != "fault" for finding in findings)
    if as_json:
        print_json(
            {
                "healthy": healthy,
                "findings": [
                    {"name": each.name, "state": each.state, "detail": each.detail}
                    for each in findings
                ],
            }
        )
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = MARKS[finding.state]
            typer.echo(f"{mark} {finding.name:<{width}}  {finding.detail}")
    raise typer.Exit(0 if healthy else 1)
