"""`taxonomy phrases`, `bind`, `export-bindings`, `remap`: the human side of words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.output import AsJson, CommandFailed, print_json, print_table
from infra.cli.taxonomy_app import taxonomy_group

if TYPE_CHECKING:
    import httpx

PHRASES = "/v1/skills/phrases"
MOST_LISTED = 200


class Kind(StrEnum):
    SKILL = "skill"
    OCCUPATION = "occupation"
    CERTIFICATE = "certificate"


class State(StrEnum):
    OPEN = "open"
    BOUND = "bound"
    DISMISSED = "dismissed"


class Order(StrEnum):
    COUNT = "count"
    RECENT = "recent"


class Format(StrEnum):
    CSV = "csv"
    JSON = "json"


Url = Annotated[
    str | None, typer.Option(help="Base URL of matching; else this installation's.")
]
Token = Annotated[
    str | None, typer.Option(help="Else ROLLCALL_TOKEN, else one is minted.")
]
OfKind = Annotated[Kind, typer.Option(help="What kind of concept it names.")]


def register(app: typer.Typer) -> None:
    group = taxonomy_group(app)
    group.command("phrases")(phrases)
    group.command("bind")(bind)
    group.command("export-bindings")(export_bindings)
    group.command("remap")(remap)


def phrases(
    kind: Annotated[Kind | None, typer.Option(help="Of this kind only.")] = None,
    state: Annotated[State, typer.Option(help="What became of them.")] = State.OPEN,
    order: Annotated[Order, typer.Option(help="What comes first.")] = Order.COUNT,
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED)] = 30,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List what people typed and nobody understood."""
    from infra.cli.matching import ask

    query = {"state": state.value, "order": order.value, "limit": limit}
    with _operator(url, token) as client:
        wanted = query | ({"kind": kind.value} if kind else {})
        page = ask(client, "GET", PHRASES, params=wanted).json()
    if as_json:
        print_json(page)
        return
    columns = ("count", "callers", "kind", "example", "language", "last_seen")
    print_table(
        f"Phrases, {state.value}",
        [column.replace("_", " ") for column in columns],
        [[item[column] for column in columns] for item in page["items"]],
    )


def bind(
    phrase: Annotated[str, typer.Argument(help="What people type.")],
    concept: Annotated[str, typer.Argument(help="The id of what they mean.")],
    kind: OfKind = Kind.SKILL,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Say what a phrase means; live within seconds."""
    from infra.cli.matching import ask

    body = {"kind": kind.value, "phrase": phrase, "concept": concept}
    with _operator(url, token) as client:
        bound = ask(client, "POST", f"{PHRASES}/bindings", json=body).json()
    if as_json:
        print_json(bound)
    else:
        typer.echo(f"{bound['folded']!r} names the {kind.value} {bound['concept']}.")


def export_bindings(
    file: Annotated[
        Path | None, typer.Argument(help="Where to; else standard output.")
    ] = None,
    format: Annotated[Format, typer.Option(help="What to write.")] = Format.CSV,
    url: Url = None,
    token: Token = None,
) -> None:
    """Write down every binding."""
    import json

    from infra.cli.matching import ask

    with _operator(url, token) as client:
        if format is Format.CSV:
            query = {"format": "csv"}
            text = ask(client, "GET", f"{PHRASES}/bindings", params=query).text
        else:
            items = list(_all_bindings(client))
            text = json.dumps(items, ensure_ascii=False, indent=2) + "\n"
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise CommandFailed(str(fault)) from None


def remap(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count only; change nothing.")
    ] = False,
    url: Annotated[
        str | None, typer.Option(help="Base URL of all services at once.")
    ] = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Put replacements where profiles and postings name retired concepts.

    The services do so by themselves; this says how much there is, or does it now.
    """
    from infra.cli.target import offline_settings

    settings = offline_settings()
    document: dict[str, Any] = {
        "dry_run": dry_run,
        "workers": _remap(url or settings.profiles_url, token, "workers", dry_run),
        "postings": _remap(url or settings.postings_url, token, "postings", dry_run),
    }
    if as_json:
        print_json(document)
        return
    rows = [
        [what, entry["kind"], entry["old"], entry["new"], entry["rows"]]
        for what in ("workers", "postings")
        for entry in document[what]["concepts"]
    ]
    title = "To re-map" if dry_run else "Re-mapped"
    print_table(title, ["what", "kind", "old", "new", "rows"], rows)


def _remap(base: str, token: str | None, what: str, dry_run: bool) -> dict[str, Any]:
    """All transactions of one service together."""
    from infra.cli.matching import ask

    rows = 0
    concepts: dict[tuple[str, str], dict[str, Any]] = {}
    more = True
    with _operator(base, token) as client:
        while more:
            body = {"dry_run": dry_run}
            done = ask(client, "POST", f"/v1/{what}/remap", json=body).json()
            rows += done["rows"]
            for entry in done["concepts"]:
                key = (entry["kind"], entry["old"])
                before = concepts.get(key, {}).get("rows", 0)
                concepts[key] = entry | {"rows": before + entry["rows"]}
            more = done["more"]
    return {"rows": rows, "concepts": list(concepts.values())}


def _all_bindings(client: httpx.Client) -> Iterator[dict[str, Any]]:
    from infra.cli.matching import ask

    query: dict[str, Any] = {"limit": 200}
    while True:
        page = ask(client, "GET", f"{PHRASES}/bindings", params=query).json()
        yield from page["items"]
        if page["next"] is None:
            return
        query["cursor"] = page["next"]


@contextmanager
def _operator(url: str | None, token: str | None) -> Iterator[httpx.Client]:
    from infra.cli.access import open_client
    from shared.identity import Caller, Role
    from shared.values import new_id

    with open_client(url, token, Caller(new_id(), Role.OPERATOR)) as client:
        yield client
