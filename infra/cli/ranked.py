"""A ranked list for people: the posting, who fits and why, the funnel, whom to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.money import show_money

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Document = Mapping[str, Any]
SHOWN = 10


def print_ranked(posting: Document, ranked: Document, seconds: float | None) -> None:
    """`ranked` is the answer of GET /v1/matches?posting=; `seconds` from publishing."""
    from rich.console import Console

    console = Console()
    console.print(_posting_panel(posting))
    matches = ranked["matches"]
    if matches:
        console.print(_matches_table(matches))
    else:
        console.print("Nobody fits this posting.")
    more = len(matches) - SHOWN
    if more > 0:
        console.print(f"  … and {more} more in the list.", highlight=False)
    _print_people(console, ranked)
    if seconds is not None:
        console.print(
            f"From publishing to this list: [bold]{seconds:.3f} s[/bold]",
            highlight=False,
        )


def _print_people(console: Console, ranked: Document) -> None:
    console.print(_funnel_table(ranked["funnel"]))
    possible = ranked["possible"]
    if possible["workers"]:
        console.print(
            f"Possible, to be asked first: {possible['total']}", highlight=False
        )
        for entry in possible["workers"][:5]:
            asks = ", ".join(entry["ask"])
            console.print(f"  {short(entry['worker'])}  ask about {asks}", markup=False)


def why(parts: Sequence[Document]) -> str:
    """The evidence of each part in a few words."""
    told = []
    for part in parts:
        text = _TOLD[part["name"]](part["evidence"]) if part["name"] in _TOLD else ""
        if text:
            told.append(text)
    return " · ".join(told)


def short(worker: str) -> str:
    """Enough of an id to tell people on one list apart; names stay hidden."""
    return f"worker {worker[-12:]}"


def pay_text(pay: Document | None) -> str:
    if not pay:
        return "pay not said"
    low, high = pay["minimum"], pay.get("maximum") or pay["minimum"]
    text = show_money(low, pay["currency"])
    if high != low:
        text += " to " + show_money(high, pay["currency"]).split(" ", 1)[1]
    return f"{text} per {pay['unit']}"


def _posting_panel(posting: Document) -> RenderableType:
    from rich.panel import Panel

    place = posting.get("place") or {}
    where = "remote" if posting.get("remote") else place.get("label") or "a place"
    facts = (posting["market"], posting["kind"], where, pay_text(posting.get("pay")))
    lines = [" · ".join(facts)]
    asked = [_asked(item) for item in posting.get("required_skills", [])]
    liked = [item["skill"] for item in posting.get("preferred_skills", [])]
    for title, values in (
        ("needs", [*asked, *posting.get("certificates", [])]),
        ("likes", liked),
        ("speaks", [item["language"] for item in posting.get("languages", [])]),
        ("shifts", [_shift(shift) for shift in posting.get("shifts", [])]),
        ("weekly", [_weekly(item) for item in posting.get("weekly", [])]),
    ):
        if values:
            lines.append(f"{title}: {', '.join(values)}")
    return Panel(
        "\n".join(lines), title=posting.get("title"), title_align="left", expand=False
    )


def _matches_table(matches: Sequence[Document]) -> RenderableType:
    from rich.table import Table

    table = Table(title="Ranked people", title_justify="left")
    table.add_column("", justify="right")
    table.add_column("who", no_wrap=True)
    table.add_column("score", justify="right")
    table.add_column("why")
    for match in matches[:SHOWN]:
        table.add_row(
            str(match["rank"]),
            short(str(match["worker"])),
            f"{match['score']:.3f}",
            why(match["parts"]),
        )
    return table


def _funnel_table(funnel: Sequence[Document]) -> RenderableType:
    from rich.table import Table

    table = Table(title="Who is left after each rule", title_justify="left")
    table.add_column("rule")
    table.add_column("left", justify="right")
    for step in funnel:
        left = step["left"]
        shown = f"{left:,}" if isinstance(left, int) else str(left)
        table.add_row(str(step["rule"]).replace("_", " "), shown)
    return table


def _asked(item: Document) -> str:
    return f"{item['skill']} (level {item.get('level', 1)})"


def _shift(shift: Document) -> str:
    start, end = str(shift["start"]), str(shift["end"])
    return f"{start[:10]} {start[11:16]}–{end[11:16]} UTC × {shift['headcount']}"


def _weekly(item: Document) -> str:
    day = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")[item["weekday"]]
    return f"{day} {item['start']}–{item['end']}"


def _skills(evidence: Document) -> str:
    told = [f"{item['skill']} {item['level']}" for item in evidence["matched"]]
    told += [f"{item['held']} for {item['skill']}" for item in evidence["related"]]
    told += [f"no {skill}" for skill in evidence["missing"]]
    return ", ".join(told)


def _distance(evidence: Document) -> str:
    if evidence["km"] is None:
        return "lives elsewhere, lodging is offered"
    via = evidence.get("via")
    return f"{evidence['km']} km" + (f" ({via})" if via not in (None, "place") else "")


def _hours(evidence: Document) -> str:
    return f"{evidence['covered']} of {evidence['of']} {evidence['unit']}"


def _pay(evidence: Document) -> str:
    return (
        f"pay {evidence['band']} over the floor" if "band" in evidence else "no floor"
    )


def _record(evidence: Document) -> str:
    if not evidence["bookings"]:
        return "new here"
    return f"came to {evidence['shows']:g} of {evidence['bookings']:g}"


def _seen(evidence: Document) -> str:
    days = evidence["days"]
    if days is None:
        return ""
    return "active today" if days == 0 else f"active {days} d ago"


_TOLD = {
    "skill_fit": _skills,
    "closeness": _distance,
    "availability_slack": _hours,
    "pay_fit": _pay,
    "reliability": _record,
    "recency": _seen,
}
