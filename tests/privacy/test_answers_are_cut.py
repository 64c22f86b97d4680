"""Every figure about workers that an organisation is answered is one that `disclose`
has cut, or is named here with the reason why it tells nothing of a person.

A new route that organisations may call, or a new field, fails until that is decided.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from fastapi.routing import APIRoute
from pydantic import BaseModel

from services.matching.matches.disclosure import Blurred
from services.matching.matches.routes import router as matches
from services.matching.runs.routes import router as runs
from shared.access import Allow
from shared.identity import ORGANISATIONS

EXACT = {
    "RankedWorker.rank": "the place on the list",
    "EffectView.change": "of the posting that is asked about",
    "BatchLine.problem": "of the own posting",
    "WorkersCounted.seconds": "how long it took",
    "WhatIfView.seconds": "how long it took",
    "PartView.weight": "the same for every worker",
    "WorkersForPosting.applied_weights": "the same for every worker",
    "WorkersForPosting.seconds": "how long it took",
    "RunView.posting_version": "of the own posting",
    "RunView.attempts": "of the own run",
    "RunView.lost": "of the own run",
    "RunView.area": "of the own posting",
    "RunView.index_seq": "where the index stood",
    "RunView.seconds": "how long it took",
    "IndexView.seq": "where the index stood",
    "Noted.noted": "of the notes that were sent",
    "Noted.known": "of the notes that were sent",
}
TO_WORKERS_ALONE = {"PostingsForWorker"}


def figures(annotation: Any, of: str, cut: bool = False) -> Iterator[tuple[str, bool]]:
    """(Model.field, whether marked) of every number or open document inside."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        yield from figures(inner, of, cut or Blurred in marks)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation.__name__ in TO_WORKERS_ALONE:
            return
        for name, field in annotation.model_fields.items():
            marked = Blurred in field.metadata
            of_it = f"{annotation.__name__}.{name}"
            yield from figures(field.annotation, of_it, marked)
    elif origin is dict:
        if get_args(annotation)[1] in (int, float, Any):
            yield of, cut
    elif annotation in (int, float, Any):
        yield of, cut
    elif origin in (list, tuple, typing.Union, types.UnionType):
        for part in get_args(annotation):
            yield from figures(part, of, cut)


def answered() -> dict[str, bool]:
    found: dict[str, bool] = {}
    for router in (matches, runs):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            [said] = [
                d.dependency
                for d in route.dependencies
                if isinstance(d.dependency, Allow)
            ]
            if said.roles & ORGANISATIONS:
                found |= dict(figures(route.response_model, route.name))
                for answer in route.responses.values():
                    found |= dict(figures(answer.get("model"), route.name))
    return found


def test_every_figure_is_cut_or_tells_nothing_of_a_person() -> None:
    undecided = {name for name, cut in answered().items() if not cut}
    assert undecided - EXACT.keys() == set()


def test_nothing_is_excused_that_is_cut_or_gone() -> None:
    found = answered()
    assert [name for name in EXACT if found.get(name, True)] == []


def test_scores_evidence_and_counts_are_among_the_figures_that_are_cut() -> None:
    cut = {name for name, cut in answered().items() if cut}
    assert cut >= {
        "RankedWorker.score",
        "PartView.value",
        "PartView.evidence",
        "Step.left",
        "WorkersToAsk.total",
        "WorkersCounted.possible",
        "WhatIfView.eligible",
        "EffectView.eligible",
        "EffectView.gain",
    }
