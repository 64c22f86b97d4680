"""`keys list`, `keys rotate`: what signs access tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from infra.cli.output import AsJson, CommandFailed, print_json, print_table
from infra.cli.target import offline_settings


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="What signs access tokens.", no_args_is_help=True)
    group.command("list")(list_keys)
    group.command("rotate")(rotate)
    app.add_typer(group, name="keys")


def list_keys(as_json: AsJson = False) -> None:
    """Print the keys that are honoured, and since when each signs."""
    from shared.signing_keys import held_keys, signer_of

    try:
        held = held_keys(offline_settings())
    except (OSError, ValueError) as fault:
        raise CommandFailed(f"the keys cannot be read: {fault}") from None
    signer = signer_of(held).kid
    rows = [
        {
            "kid": key.kid,
            "signs_from": datetime.fromtimestamp(key.signs_from, UTC).isoformat(),
            "signs": key.kid == signer,
        }
        for key in held
    ]
    if as_json:
        print_json(rows)
    else:
        cells = [
            [row["kid"], row["signs_from"], "yes" if row["signs"] else ""]
            for row in rows
        ]
        print_table("Signing keys", ("kid", "signs from", "signs now"), cells)


def rotate(
    leaked: Annotated[
        bool,
        typer.Option(
            "--leaked",
            help="Sign with the new key at once and refuse what the others signed.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a signing key: published now, signing in ten minutes, no restart needed."""
    from datetime import timedelta

    from shared.signing_keys import PUBLISHED_AHEAD
    from shared.signing_keys import rotate as add_key

    try:
        key = add_key(offline_settings(), timedelta(0) if leaked else PUBLISHED_AHEAD)
    except (OSError, ValueError) as fault:
        raise CommandFailed(f"no key could be added: {fault}") from None
    moment = datetime.fromtimestamp(key.signs_from, UTC).isoformat()
    if as_json:
        print_json({"kid": key.kid, "signs_from": moment, "path": str(key.path)})
    else:
        typer.echo(f"{key.kid} signs from {moment}")
