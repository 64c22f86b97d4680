"""`whatif`: what each single change would bring, to a posting or to a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from infra.cli.output import AsJson, CommandFailed, print_json, print_table
from shared.money import show_money

if TYPE_CHECKING:
    import httpx

Document = Mapping[str, Any]
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def register(app: typer.Typer) -> None:
    app.command()(whatif)


def whatif(
    posting: Annotated[
        UUID | None, typer.Argument(help="The posting's id.", show_default=False)
    ] = None,
    worker: Annotated[
        UUID | None, typer.Option(help="Instead: what would open postings to them.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Base URL; else this installation's.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="Else ROLLCALL_TOKEN, else one is minted.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what each single change would bring: more pay, a skill less and so on."""
    from infra.cli.access import open_client
    from shared.identity import Caller, Role
    from shared.values import new_id

    if (posting is None) == (worker is None):
        raise CommandFailed("name a posting, or a worker with --worker")
    with open_client(url, token, Caller(new_id(), Role.OPERATOR)) as client:
        found = _of_posting(client, posting) if posting else _of_worker(client, worker)
    if as_json:
        print_json(found)
    elif posting:
        _print_effects(found)
    else:
        _print_openings(found)


def _of_posting(client: httpx.Client, posting: UUID) -> Document:
    from infra.cli.matching import ask

    path, body = "/v1/matches/what-if", {"posting": str(posting)}
    found: Document = ask(client, "POST", path, json=body).json()
    return found


def _of_worker(client: httpx.Client, worker: UUID | None) -> Document:
    from infra.cli.matching import ask

    query = {"worker": str(worker)}
    found: Document = ask(client, "GET", "/v1/matches/what-if", params=query).json()
    return found


def _print_effects(found: Document) -> None:
    """The greatest gains first."""
    effects = sorted(found["effects"], key=lambda one: one["gain"], reverse=True)
    rows = [
        (_TOLD[one["kind"]](one["change"]), f"{one['gain']:+}", one["eligible"])
        for one in effects
        if one["gain"]
    ]
    title = f"{found['eligible']} eligible as it is"
    print_table(title, ("with", "more eligible", "eligible then"), rows)
    if not rows:
        typer.echo("No single change would bring anybody more.")


def _print_openings(found: Document) -> None:
    rows = [
        (
            _TOLD[one["kind"]](one["change"]),
            f"+{one['postings']}",
            f"{one['hours']:,.0f}",
            ", ".join(show_money(pay, unit) for unit, pay in one["pay"].items()),
        )
        for one in found["openings"]
    ]
    title = f"{found['eligible']} postings fit as it is"
    print_table(title, ("with", "postings", "hours", "pay"), rows)
    if not rows:
        typer.echo("No single change would open another posting.")


def _more_pay(change: Document) -> str:
    more = show_money(change["more"], change["currency"])
    top = show_money(change["to"], change["currency"])
    return f"{more} more per {change['unit']} (up to {top})"


def _weekdays(change: Document) -> str:
    days = [DAYS[day] for day in change["weekdays"]]
    return f"free on {', '.join(days)}" if len(days) < len(DAYS) else "free always"


_TOLD: Mapping[str, Callable[[Document], str]] = {
    "more_pay": _more_pay,
    "skill_made_preferred": lambda it: f"{it['skill']} liked, not required",
    "lower_skill_level": lambda it: f"{it['skill']} at level {it['to']}",
    "wider_radius": lambda it: f"{it['more_km']} km more of radius",
    "other_start": lambda it: f"starting {it['minutes']:+} minutes",
    "certificate_dropped": lambda it: f"without {it['certificate']}",
    "language_dropped": lambda it: f"without the language {it['language']}",
    "fewer_shifts": lambda it: f"{it['to']} of {it['of']} shifts are enough",
    "skill": lambda it: f"{it['skill']} at level {it['level']}",
    "certificate": lambda it: f"the certificate {it['certificate']}",
    "free_hours": _weekdays,
    "confirmed_hours": lambda it: "hours confirmed today",
    "radius": lambda it: f"{it['more_km']} km more of radius",
}
