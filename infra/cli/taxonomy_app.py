"""The group `taxonomy`, which commands of several files belong to."""

from __future__ import annotations

import typer

NAME = "taxonomy"


def taxonomy_group(app: typer.Typer) -> typer.Typer:
    """The group below `app`; made by whoever asks first."""
    for known in app.registered_groups:
        if known.name == NAME and known.typer_instance is not None:
            return known.typer_instance
    group = typer.Typer(
        no_args_is_help=True, help="Skills, occupations, and what people call them."
    )
    app.add_typer(group, name=NAME)
    return group
