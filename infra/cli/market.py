"""The market's tools: try it, fill it, bring jobs and people in, see who fits."""

from __future__ import annotations

import typer

from infra.cli import demo, importing, match, seeding, whatif


def register(app: typer.Typer) -> None:
    demo.register(app)
    seeding.register(app)
    importing.register(app)
    match.register(app)
    whatif.register(app)
