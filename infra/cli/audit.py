"""`audit verify`, `audit accept`: has anybody changed the audit log?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from infra.cli.output import AsJson, CommandFailed, note, print_json
from infra.cli.target import current_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from shared.audit.anchors import Anchor
    from shared.audit.verdict import Verdict
    from shared.settings import Settings

Answer = TypeVar("Answer")
Service = Annotated[str, typer.Argument(help="profiles, postings or matching.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="The log of who looked at whom and who decided what.", no_args_is_help=True
    )
    group.command("verify")(verify)
    group.command("accept")(accept)
    app.add_typer(group, name="audit")


def verify(
    services: Annotated[
        list[str] | None, typer.Argument(help="profiles, postings, matching; else all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Name the first row that is not as it was sealed; 1 when there is one."""
    from infra.revisions import SCHEMAS

    for service in services or ():
        _check(service)
    verdicts = _verdicts(current_settings(), services or list(SCHEMAS))
    if as_json:
        print_json([verdict.document() for verdict in verdicts])
    else:
        for verdict in verdicts:
            for line in verdict.lines():
                typer.echo(line)
    raise typer.Exit(0 if all(verdict.sound for verdict in verdicts) else 1)


def accept(
    service: Service,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Go on from what the database has now: after a restore, or lost anchors.

    The sealer stops where anchors and database do not fit. Look first why.
    """
    _check(service)
    settings = current_settings()
    [verdict] = _verdicts(settings, [service])
    for line in verdict.lines():
        note(line)
    if not yes:
        typer.confirm("Accept this log as it stands?", abort=True, err=True)
    anchor = _accept(settings, service)
    if as_json:
        print_json({"service": service, "seal": anchor.number, "row": anchor.last})
    else:
        typer.echo(f"{service}: goes on from seal {anchor.number}, row {anchor.last:,}")


def _check(service: str) -> None:
    from infra.revisions import SCHEMAS

    if service not in SCHEMAS:
        raise typer.BadParameter(f"no service {service}: {', '.join(SCHEMAS)}")


def _verdicts(settings: Settings, services: list[str]) -> list[Verdict]:
    from shared.audit.verifying import verify

    async def all_of_them(engine: AsyncEngine) -> list[Verdict]:
        return [await verify(engine, name, settings.audit_dir) for name in services]

    return _as_auditor(settings, all_of_them)


def _accept(settings: Settings, service: str) -> Anchor:
    from shared.audit.accepting import NotNow, accept

    async def one(engine: AsyncEngine) -> Anchor:
        return await accept(engine, service, settings.audit_dir)

    try:
        return _as_auditor(settings, one)
    except NotNow:
        raise CommandFailed("the sealer is just writing; ask again") from None


def _as_auditor(
    settings: Settings, work: Callable[[AsyncEngine], Awaitable[Answer]]
) -> Answer:
    import asyncio

    from sqlalchemy.exc import SQLAlchemyError

    from shared.database import new_engine

    async def run() -> Answer:
        engine = new_engine(settings.auditor_database_url, "rollcall audit", 1)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(run())
    except (OSError, SQLAlchemyError) as fault:
        lines = str(fault).strip().splitlines() or [repr(fault)]
        raise CommandFailed(f"the audit log cannot be read: {lines[0]}") from None
