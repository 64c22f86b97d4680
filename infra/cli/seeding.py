"""`seed`: a realistic market to try things on."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer

from infra.cli.output import AsJson, CommandFailed, print_json
from infra.cli.progress import progress_bars
from infra.cli.target import current_settings


def register(app: typer.Typer) -> None:
    app.command()(seed)


def seed(
    workers: Annotated[int, typer.Option(min=0, help="How many people.")] = 3_000,
    postings: Annotated[int, typer.Option(min=0, help="How many open jobs.")] = 300,
    number: Annotated[
        int, typer.Option("--seed", help="Another number is another market.")
    ] = 1,
    city: Annotated[
        str | None, typer.Option(help='Only there: "London, GB". Else the world.')
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fill the market with made-up people and jobs of real cities.

    The same seed gives the same people: those who are there already are left alone.
    Postings are for the days to come, and new each time.
    """
    settings = current_settings()
    from infra.seed.cities import find_city, find_country
    from infra.seed.filling import TaxonomyNotLoaded, fill
    from infra.seed.trades import trades
    from shared.values import now

    town = None
    if city is not None:
        name, _, country = city.partition(",")
        town = find_city(name, find_country(country))
        if town is None:
            raise typer.BadParameter(f"--city {city}: is none of the known cities")
    started = time.monotonic()
    try:
        with progress_bars(workers=workers, postings=postings) as progress:
            filled = asyncio.run(
                fill(
                    settings,
                    trades(),
                    workers=workers,
                    postings=postings,
                    seed=number,
                    today=now().date(),
                    city=town,
                    progress=progress,
                )
            )
    except (TaxonomyNotLoaded, OSError) as fault:
        raise CommandFailed(str(fault) or str(type(fault).__doc__)) from None
    seconds = time.monotonic() - started
    if as_json:
        print_json(
            {
                "seed": number,
                "workers": filled.workers,
                "organisations": filled.organisations,
                "postings": filled.postings,
                "seconds": round(seconds, 2),
            }
        )
    else:
        typer.echo(
            f"Added {filled.workers:,} workers, {filled.organisations:,} organisations"
            f" and {filled.postings:,} open postings in {seconds:.1f} s."
        )
