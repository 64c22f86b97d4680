"""`demo`: from nothing to a ranked, explained list, with one command."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.boxes import stopped_by_signals
from infra.cli.output import AsJson, CommandFailed, note, print_json
from infra.cli.progress import progress_bars

if TYPE_CHECKING:
    import httpx

    from infra.onebox import Box
    from shared.identity import Caller

PATIENCE = 60.0
ORGANISATION = "0b0d7a3e-5c3a-4c52-9d5f-4d2f6a1f5e10"
SEED = 1
POSTINGS = 120
MARKER = "demo-seed"


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after printing.")] = False,
    workers: Annotated[
        int, typer.Option(min=1, help="How many people an empty market gets.")
    ] = 3_000,
    port: Annotated[
        int, typer.Option(help="0 takes the last one used, or any free one.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Start everything, publish a job and show who fits, and why."""
    from infra.onebox import AlreadyRunning, BoxFailed, running

    with stopped_by_signals():
        try:
            note("Starting PostgreSQL, Valkey, the services and their workers …")
            with running(port=port, tell=note) as box:
                shown = _show(box, workers, as_json)
                if not once:
                    if not as_json:
                        _print_ways_on(box, shown)
                    threading.Event().wait()
        except (AlreadyRunning, BoxFailed) as fault:
            raise CommandFailed(str(fault)) from None


def _show(box: Box, workers: int, as_json: bool) -> dict[str, Any]:
    """Publish one job, print the list; the document that --json prints."""
    from uuid import UUID

    from infra.cli.ranked import print_ranked
    from infra.seed.showcase import showcase_posting
    from shared.identity import Caller, Role
    from shared.values import new_id, now

    operator = Caller(new_id(), Role.OPERATOR)
    employer = Caller(new_id(), Role.EMPLOYER, UUID(ORGANISATION))
    with _client(box, operator) as desk, _client(box, employer) as client:
        _seed_if_empty(box, desk, workers)
        _await_rankable(box, desk)
        _register_organisation(client)
        document = _publish_and_rank(client, desk, showcase_posting(now()))
    if as_json:
        print_json(document)
    else:
        print_ranked(document["posting"], document, document["seconds"])
    return document


def _publish_and_rank(
    client: httpx.Client, desk: httpx.Client, posting: dict[str, Any]
) -> dict[str, Any]:
    """The employer publishes; the list is read with an operator's eyes, exact."""
    from infra.cli.matching import ask

    started = time.perf_counter()
    published = ask(client, "POST", "/v1/postings", json=posting, patience=PATIENCE)
    created = published.json()
    ranked = ask(
        desk,
        "GET",
        "/v1/matches",
        params={"posting": created["id"]},
        headers={"Feed-Position": published.headers["Feed-Position"]},
        patience=PATIENCE,
    ).json()
    seconds = time.perf_counter() - started
    names = ("matches", "funnel", "possible", "applied_weights", "run")
    return {
        "posting": created,
        **{name: ranked[name] for name in names},
        "seconds": round(seconds, 4),
    }


def _seed_if_empty(box: Box, client: httpx.Client, workers: int) -> None:
    """Half of the people in the city of the demo's job, half all over the world.

    A marker tells a seeding that was broken off from people who came otherwise: it is
    done again, and finds those who are there already.
    """
    from infra.cli.matching import ask

    marker = Path(box.settings.data_dir) / MARKER
    begun = marker.exists() and marker.read_text() == "begun"
    people = ask(client, "GET", "/v1/workers", params={"limit": 1}, patience=PATIENCE)
    if people.json()["items"] and not begun:
        return
    from infra.seed.filling import TaxonomyNotLoaded, fill
    from infra.seed.showcase import showcase_city, showcase_trades
    from infra.seed.trades import trades
    from shared.values import now

    marker.write_text("begun")
    near, far = workers - workers // 2, workers // 2
    try:
        with progress_bars(workers=workers, postings=POSTINGS) as progress:
            for count, offers, city, who in (
                (far, POSTINGS // 2, None, trades()),
                (near, POSTINGS - POSTINGS // 2, showcase_city(), showcase_trades()),
            ):
                asyncio.run(
                    fill(
                        box.settings,
                        who,
                        workers=count,
                        postings=offers,
                        seed=SEED,
                        today=now().date(),
                        city=city,
                        progress=progress,
                    )
                )
    except TaxonomyNotLoaded as fault:
        raise CommandFailed(str(fault)) from None
    marker.write_text("done")


def _await_rankable(box: Box, client: httpx.Client) -> None:
    """Until the index holds everybody whom profiles knows now."""
    from infra.cli.matching import ask
    from infra.seed.filling import newest_worker_event

    newest = asyncio.run(newest_worker_event(box.settings))
    ask(
        client,
        "POST",
        "/v1/matches/search",
        json={"market": "temporary", "remote": True, "k": 1},
        headers={"Feed-Position": newest} if newest else None,
        patience=PATIENCE,
    )


def _register_organisation(client: httpx.Client) -> None:
    from infra.cli.matching import ask, told

    existing = client.get(f"/v1/organisations/{ORGANISATION}")
    if existing.status_code == 404:
        ask(
            client,
            "POST",
            "/v1/organisations",
            json={
                "kind": "employer",
                "name": "Northgate Warehousing",
                "isic": "5210",
                "country": "GB",
                "zone": "Europe/London",
            },
        )
    elif not existing.is_success:
        raise CommandFailed(told(existing))


def _client(box: Box, caller: Caller) -> httpx.Client:
    import httpx

    from shared.tokens import signing_key

    key = signing_key(box.settings)
    token = key.mint(box.settings, caller, timedelta(hours=1))
    return httpx.Client(
        base_url=box.url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=httpx.Timeout(30, connect=5),
    )


def _print_ways_on(box: Box, shown: dict[str, Any]) -> None:
    from rich.console import Console

    from infra.budget import SERVICES

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n[bold]Rollcall is up[/bold] at {box.url}; read its APIs at")
    for name in SERVICES:
        console.print(f"  {box.url}/docs/{name}", markup=False)
    console.print(
        "The list once more, and a token for this employer, who sees it with figures"
        " that give nobody away:",
        markup=False,
    )
    posting = shown["posting"]["id"]
    console.print(
        f"  .venv/bin/rollcall match {posting}\n"
        f"  .venv/bin/rollcall token --role employer --tenant {ORGANISATION}",
        markup=False,
    )
    if shown["matches"]:
        worker = shown["matches"][0]["worker"]
        console.print("A token for the first of these people:", markup=False)
        console.print(
            f"  .venv/bin/rollcall token --role worker --subject {worker}", markup=False
        )
    console.print("Ctrl-C stops it, and so does `rollcall down`.", markup=False)
