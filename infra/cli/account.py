"""`account create`: an operator, auditor or clerk, on the installation's machine."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from infra.cli.output import AsJson, CommandFailed, print_json
from infra.cli.target import current_settings


class StaffRole(StrEnum):
    OPERATOR = "operator"
    AUDITOR = "auditor"
    CLERK = "clerk"


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="People who run the installation.", no_args_is_help=True)
    group.command("create")(create)
    app.add_typer(group, name="account")


def create(
    role: Annotated[StaffRole, typer.Option(help="What the account may do.")],
    login: Annotated[str, typer.Option(help="An e-mail address or phone number.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read it instead of asking.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make an account; operators and auditors get their second factor, shown once."""
    settings = current_settings()
    from infra.accounts import NotMade, create_staff

    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        made = create_staff(settings, role.value, login, password)
    except NotMade as fault:
        raise CommandFailed(str(fault)) from None
    except OSError as fault:
        raise CommandFailed(f"the database does not answer: {fault}") from None
    if as_json:
        print_json(asdict(made))
        return
    typer.echo(f"{role.value} {made.id}")
    if made.totp is not None:
        typer.echo(f"Authenticator  {made.totp.uri}")
        typer.echo("Recovery codes, each good once; none is shown again:")
        for code in made.totp.recovery_codes:
            typer.echo(f"  {code}")
