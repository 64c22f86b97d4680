"""Building what understanding needs, before somebody waits for it."""

from __future__ import annotations

from services.matching.extract.extract import extract
from services.matching.skills.normalise import normalise
from services.matching.skills.ranking.occupations import own_occupations
from services.matching.skills.suggest import suggest
from services.matching.skills.text_skills import skills_spoken_of


def warm_understanding() -> None:
    """Ask each kind of question once (some three seconds)."""
    own_occupations()
    normalise("warm up zq", "skill")
    suggest("warm", "skill")
    skills_spoken_of("fork lift", 1)
    extract("warm up\nwelder")
