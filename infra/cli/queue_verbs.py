"""`queue retry`, `cancel`, `discard`, `replay`, `rerun`: of runs by id, or of all that
a filter names, counted first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.output import AsJson, CommandFailed, note, print_json
from infra.cli.queue_app import PATIENCE_SECONDS, Token, Url, filtered, operator

if TYPE_CHECKING:
    import httpx

VERBS = {
    "retry": ("Queue dead or cancelled runs again, due at once.", "retried"),
    "cancel": ("Call off runs that wait or run.", "cancelled"),
    "discard": ("Have done with dead runs.", "discarded"),
    "replay": ("Rank again exactly what runs kept; nothing is stored.", "replayed"),
    "rerun": ("Rank the postings of done runs over today's index.", "ranked anew"),
}
"""Verb → what it says of itself, and what has been done after it."""


def register(group: typer.Typer) -> None:
    for verb, (told, _) in VERBS.items():
        group.command(verb, help=told)(_command(verb))


def _command(verb: str) -> Callable[..., None]:
    @filtered
    def command(
        wanted: dict[str, str],
        runs: Annotated[
            list[str] | None,
            typer.Argument(help="Ids of runs; or name them by filters.", metavar="RUN"),
        ] = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="With filters: only count.")
        ] = False,
        yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
        url: Url = None,
        token: Token = None,
        as_json: AsJson = False,
    ) -> None:
        if bool(runs) == bool(wanted):
            raise CommandFailed("name runs by their ids, or by filters; not both")
        if runs and dry_run:
            raise CommandFailed("--dry-run counts what filters name")
        with operator(url, token) as client:
            if runs:
                _each(client, verb, runs, as_json=as_json)
                return
            counted = _bulk(client, verb, wanted, dry_run=True)
            if dry_run:
                _tell_bulk(verb, counted, as_json=as_json)
                return
            count = counted["matched"]
            if not yes:
                typer.confirm(f"{verb} {count:,} runs?", abort=True, err=True)
            done = _all_pages(client, verb, wanted, count)
            _tell_bulk(verb, done, as_json=as_json)

    return command


def _each(client: httpx.Client, verb: str, runs: list[str], *, as_json: bool) -> None:
    """One after the other; what is refused is told, and the others are done."""
    from infra.cli.matching import told

    answers, refused = [], 0
    for run in runs:
        answer = _post(client, f"/v1/runs/{run}/{verb}")
        if answer.is_success:
            answers.append(answer.json())
            if not as_json:
                typer.echo(_line(verb, run, answers[-1]))
        else:
            refused += 1
            note(told(answer))
    if as_json:
        print_json({"items": answers})
    if refused:
        raise CommandFailed(f"{refused} of {len(runs)} runs were refused")


def _post(client: httpx.Client, path: str) -> httpx.Response:
    import httpx

    from shared.values import new_id

    try:
        return client.post(path, headers={"Idempotency-Key": str(new_id())})
    except httpx.TransportError as fault:
        raise CommandFailed(f"{client.base_url}: {fault}") from None


def _line(verb: str, run: str, answer: dict[str, Any]) -> str:
    if verb not in ("replay", "rerun"):
        return f"{run}: {answer['state']}"
    named = f"{run} → {answer['run']}" if verb == "rerun" else run
    same = "the same list" if answer["same"] else "another list"
    return f"{named}: {same}{_changes(answer['workers'])}"


def _changes(workers: list[dict[str, Any]]) -> str:
    lines = []
    for each in workers:
        if each["change"] == "same":
            continue
        rank, score = each["rank"], each["score"]
        lines.append(
            f"\n  {each['worker']} {each['change']}: rank {_was(rank)},"
            f" score {_was(score)}"
        )
    return "".join(lines)


def _was(figure: dict[str, Any]) -> str:
    then, now = ("-" if figure[name] is None else figure[name] for name in figure)
    return f"{then} → {now}"


def _bulk(
    client: httpx.Client, verb: str, wanted: dict[str, str], **more: Any
) -> dict[str, Any]:
    from infra.cli.matching import ask

    body = {"verb": verb, "filter": wanted, **more}
    answer = ask(client, "POST", "/v1/runs/bulk", patience=PATIENCE_SECONDS, json=body)
    document: dict[str, Any] = answer.json()
    return document


def _all_pages(
    client: httpx.Client, verb: str, wanted: dict[str, str], count: int
) -> dict[str, Any]:
    """Page by page until none is left; refused if more match than were counted."""
    total: dict[str, Any] = {"verb": verb, "dry_run": False, "matched": count}
    total |= {"done": 0, "passed_over": 0, "same": None}
    cursor: str | None = None
    while True:
        page = _bulk(client, verb, wanted, at_most=max(1, count), cursor=cursor)
        for name in ("done", "passed_over"):
            total[name] += page[name]
        if page["same"] is not None:
            total["same"] = (total["same"] or 0) + page["same"]
        cursor = page["next"]
        if cursor is None:
            return total


def _tell_bulk(verb: str, bulk: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(bulk)
        return
    if bulk["dry_run"]:
        typer.echo(f"{bulk['matched']:,} runs would be {VERBS[verb][1]}.")
        return
    said = f"{bulk['done']:,} runs {VERBS[verb][1]}"
    if bulk["passed_over"]:
        said += f", {bulk['passed_over']:,} passed over"
    if bulk["same"] is not None:
        said += f"; {bulk['same']:,} gave exactly the stored list"
    typer.echo(f"{said}.")
