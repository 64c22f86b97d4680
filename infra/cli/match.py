"""`match`: who fits a posting, and why; or all open postings ranked anew."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from infra.cli.output import AsJson, CommandFailed, print_json


def register(app: typer.Typer) -> None:
    app.command()(match)


def match(
    posting: Annotated[
        UUID | None, typer.Argument(help="The posting's id.", show_default=False)
    ] = None,
    all_open: Annotated[
        bool, typer.Option("--all", help="Instead: rank all open postings anew.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option(help="With --all: only tell how many there are.")
    ] = False,
    k: Annotated[int, typer.Option("-k", min=1, max=1_000, help="How many.")] = 50,
    url: Annotated[
        str | None, typer.Option(help="Base URL; else this installation's.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="Else ROLLCALL_TOKEN, else one is minted.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the ranked list of a posting, with the reasons; or, with --all, have every
    open posting ranked anew.

    A rerank goes on without this command, and started again it watches the one that is
    under way.
    """
    from infra.cli.access import open_client
    from infra.cli.matching import ask
    from infra.cli.ranked import print_ranked
    from infra.cli.rerank import rerank_all
    from shared.identity import Caller, Role
    from shared.values import new_id

    if (posting is None) != all_open:
        raise CommandFailed("name a posting, or all of them with --all")
    with open_client(url, token, Caller(new_id(), Role.OPERATOR)) as client:
        if posting is None:
            rerank_all(client, dry_run=dry_run, as_json=as_json)
            return
        ranked = ask(
            client,
            "GET",
            "/v1/matches",
            params={"posting": str(posting), "k": k},
        ).json()
        if as_json:
            print_json(ranked)
            return
        document = ask(client, "GET", f"/v1/postings/{posting}").json()
    print_ranked(document, ranked, seconds=None)
