"""`match`: who fits a posting, and why."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from infra.cli.output import AsJson, print_json


def register(app: typer.Typer) -> None:
    app.command()(match)


def match(
    posting: Annotated[UUID, typer.Argument(help="The posting's id.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1_000, help="How many.")] = 50,
    url: Annotated[
        str | None, typer.Option(help="Base URL; else this installation's.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="Else ROLLCALL_TOKEN, else one is minted.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the ranked list of a posting, with the reasons."""
    from infra.cli.access import open_client
    from infra.cli.matching import ask
    from infra.cli.ranked import print_ranked
    from shared.identity import Caller, Role
    from shared.values import new_id

    with open_client(url, token, Caller(new_id(), Role.OPERATOR)) as client:
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
