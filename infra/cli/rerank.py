"""Having all open postings ranked anew, and watching how far that is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from infra.cli.output import print_json

if TYPE_CHECKING:
    import httpx

PATH = "/v1/runs/all"
AT_ONCE = 1_000
LOOK_EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 60.0

Document = Mapping[str, Any]


def rerank_all(client: httpx.Client, *, dry_run: bool, as_json: bool) -> None:
    """Queue what is not queued yet, then wait until all of it has been ranked.

    Whatever stops this command, the rerank goes on; the next one takes it up where it
    stands.
    """
    from infra.cli.matching import ask

    stands = ask(client, "GET", PATH, patience=PATIENCE_SECONDS).json()
    if not dry_run:
        _queue(client, int(stands["open_postings"]))
        _watch(client)
        stands = ask(client, "GET", PATH, patience=PATIENCE_SECONDS).json()
    if as_json:
        print_json(stands)
    else:
        typer.echo(_told(stands, dry_run=dry_run))


def _queue(client: httpx.Client, postings: int) -> None:
    from infra.cli.matching import ask
    from infra.cli.progress import progress_bars

    with progress_bars(queued=postings or None) as advance:
        seen = 0
        while True:
            body = {"postings": AT_ONCE}
            said = ask(client, "POST", PATH, patience=PATIENCE_SECONDS, json=body)
            rerank = said.json()
            advance("queued", rerank["postings"] - seen)
            seen = rerank["postings"]
            if rerank["filled"]:
                return


def _watch(client: httpx.Client) -> None:
    from infra.cli.matching import ask
    from infra.cli.progress import progress_bars

    left = _left(ask(client, "GET", PATH, patience=PATIENCE_SECONDS).json())
    with progress_bars(ranked=left) as advance:
        while left:
            time.sleep(LOOK_EVERY_SECONDS)
            found = ask(client, "GET", PATH, patience=PATIENCE_SECONDS).json()
            advance("ranked", left - _left(found))
            left = _left(found)


def _left(stands: Document) -> int:
    rerank = stands["rerank"]
    return int(rerank["waiting"] + rerank["running"]) if rerank else 0


def _told(stands: Document, *, dry_run: bool) -> str:
    if dry_run:
        said = f"{stands['open_postings']:,} postings are open."
        if stands["under_way"]:
            said += f" A rerank is under way: {_left(stands):,} runs are left."
        return said
    rerank = stands["rerank"]
    return f"{rerank['postings']:,} postings ranked anew since {rerank['began_at']}."
