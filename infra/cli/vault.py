"""`vault`: the keys that seal what says who somebody is."""

from __future__ import annotations

import typer

from infra.cli.output import AsJson, CommandFailed, print_json
from infra.cli.target import current_settings


def register(app: typer.Typer) -> None:
    vault = typer.Typer(help="The keys that seal contacts and identity documents.")
    vault.command()(rewrap)
    app.add_typer(vault, name="vault", no_args_is_help=True)


def rewrap(as_json: AsJson = False) -> None:
    """Wrap every person's key with the newest secret of the installation, and hash the
    numbers of identity documents with it.

    While the secret before is named by ROLLCALL_PREVIOUS_SECRET_KEY_FILE, services open
    what either wrapped; once this is done it can go.
    """
    settings = current_settings()
    from infra.vault import rewrap_now

    try:
        done = rewrap_now(settings)
    except Exception as fault:
        raise CommandFailed(f"keys cannot be wrapped anew: {fault}") from fault
    if as_json:
        print_json(done)
    else:
        held = sum(done["keys"].values())
        typer.echo(f"{done['rewrapped']} of {held} keys wrapped anew")
        typer.echo(f"{done['rehashed']} identity documents hashed anew")
