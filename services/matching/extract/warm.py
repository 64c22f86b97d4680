"""Building what understanding needs, before somebody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.matching.extract.extract import extract
from services.matching.skills.normalise import normalise
from services.matching.skills.ranking.occupations import own_occupations
from services.matching.skills.suggest import suggest
from services.matching.skills.text_skills import skills_spoken_of

QUESTIONS: tuple[Callable[[], object], ...] = (
    own_occupations,
    partial(normalise, "warm up zq", "skill"),
    partial(suggest, "warm", "skill"),
    partial(skills_spoken_of, "fork lift", 1),
    partial(extract, "warm up\nwelder"),
)


def warm_understanding(stopped: Callable[[], bool] = lambda: False) -> None:
    """Ask each kind of question once (some three seconds), until `stopped`: a process
    that is to end soon after its start is not kept by what nobody will ask."""
    for ask in QUESTIONS:
        if stopped():
            return
        ask()
