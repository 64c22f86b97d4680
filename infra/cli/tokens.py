"""`token`: an access token for whoever holds this installation's key."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from infra.cli.output import AsJson, CommandFailed, print_json
from infra.cli.target import offline_settings

LIFETIME = re.compile(r"(\d+)([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LONGEST = timedelta(days=7)


class RoleName(StrEnum):
    """The roles of shared.identity, which is slow to import; a test compares them."""

    WORKER = "worker"
    EMPLOYER = "employer"
    AGENCY = "agency"
    CLERK = "clerk"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    SERVICE = "service"


def register(app: typer.Typer) -> None:
    app.command()(token)


def token(
    role: Annotated[RoleName, typer.Option(help="Who the caller is.")],
    tenant: Annotated[
        UUID | None, typer.Option(help="The organisation an employer acts for.")
    ] = None,
    subject: Annotated[
        UUID | None, typer.Option(help="The person; a worker's is the worker id.")
    ] = None,
    ttl: Annotated[str, typer.Option(help="How long it is valid: 15m, 1h, 7d.")] = "1h",
    as_json: AsJson = False,
) -> None:
    """Mint a short-lived access token (EdDSA)."""
    lifetime = read_lifetime(ttl)
    organisation = role in (RoleName.EMPLOYER, RoleName.AGENCY)
    if organisation and tenant is None:
        raise typer.BadParameter(f"--role {role.value} needs --tenant")
    if tenant is not None and not organisation:
        raise typer.BadParameter(f"--role {role.value} has no --tenant")
    if role is RoleName.WORKER and subject is None:
        raise typer.BadParameter("--role worker needs --subject, the worker id")
    from shared.identity import Caller, Role
    from shared.tokens import signing_key
    from shared.values import new_id

    settings = offline_settings()
    caller = Caller(subject or new_id(), Role(role.value), tenant)
    try:
        key = signing_key(settings)
    except (OSError, ValueError) as fault:
        raise CommandFailed(f"no token key: {fault}") from None
    minted = key.mint(settings, caller, lifetime)
    if as_json:
        print_json(
            {
                "token": minted,
                "role": role.value,
                "subject": caller.subject,
                "tenant": tenant,
                "seconds": int(lifetime.total_seconds()),
            }
        )
    else:
        typer.echo(minted)


def read_lifetime(text: str) -> timedelta:
    """`15m` and the like; raises BadParameter, also over seven days."""
    matched = LIFETIME.fullmatch(text)
    if not matched:
        raise typer.BadParameter(f"--ttl {text}: write it as 90s, 15m, 1h or 7d")
    try:
        lifetime = timedelta(**{UNITS[matched[2]]: int(matched[1])})
    except OverflowError:
        lifetime = timedelta.max
    if not timedelta(0) < lifetime <= LONGEST:
        raise typer.BadParameter(f"--ttl {text}: from 1s to 7d")
    return lifetime
