"""The benchmark's market: workers and postings all over the world, from one seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.taxonomy import RelatedSkills
from tests.benchmarks.engine import documents
from tests.benchmarks.engine.postings import Postings, draw_postings, made_hard
from tests.benchmarks.engine.queries import (
    Links,
    Query,
    a_query,
    plain_rows,
    related_rows,
)
from tests.benchmarks.engine.workers import Workers, draw_workers
from tests.benchmarks.engine.world import CITIES, SKILLS, World, a_world

WORKERS_A_POSTING = 5
POPULAR = 12
DRAWN_A_QUERY = 60  # enough postings to choose a query of either sort from


@dataclass(frozen=True, slots=True)
class Market:
    world: World
    workers: Workers
    postings: Postings
    links: Links

    def worker_document(self, row: int) -> dict[str, Any]:
        return documents.worker_document(self.world, self.workers, row)

    def posting_document(self, row: int) -> dict[str, Any]:
        return documents.posting_document(self.world, self.postings, row)

    def related_skills(self) -> RelatedSkills:
        name = documents.skill_name
        return RelatedSkills(
            {
                name(asked): {name(skill): credit for skill, credit in related.items()}
                for asked, related in self.links.items()
            }
        )

    def random_queries(
        self, count: int, *, related: bool = False, seed: int = 5
    ) -> list[Query]:
        """Like the market's postings, though none of them.

        No skill they ask has related ones; with `related`, each required one has.
        """
        rng = np.random.default_rng((seed, related))
        return self._queries(rng, count, related, lambda postings: postings)

    def worst_queries(
        self, count: int, *, related: bool = False, seed: int = 6
    ) -> list[Query]:
        """For popular skills in the largest city, far around: most candidates."""
        rng = np.random.default_rng((seed, related))
        popular = self._popular(related)
        return self._queries(
            rng,
            count,
            related,
            lambda postings: made_hard(rng, self.world, postings, popular),
        )

    def _queries(
        self,
        rng: np.random.Generator,
        count: int,
        related: bool,
        bend: Callable[[Postings], Postings],
    ) -> list[Query]:
        drawn = bend(draw_postings(rng, self.world, DRAWN_A_QUERY * count))
        fitting = related_rows if related else plain_rows
        rows = fitting(drawn, self._linked())[:count].tolist()
        assert len(rows) == count
        return [a_query(self.world, drawn, row, self.links) for row in rows]

    def _linked(self) -> NDArray[Any]:
        """A flag for every skill that has related ones."""
        linked = np.zeros(SKILLS, bool)
        linked[list(self.links)] = True
        return linked

    def _popular(self, related: bool) -> NDArray[Any]:
        """The skills most held, of those that have related ones or of the others."""
        held = np.bincount(self.workers.skills.ravel() + 1, minlength=SKILLS + 1)[1:]
        order = np.argsort(-held)
        fitting: NDArray[Any] = order[self._linked()[order] == related]
        return fitting[:POPULAR]


def a_market(scale: int, *, cities: int = CITIES, seed: int = 1) -> Market:
    """`scale` workers, and a fifth as many postings."""
    rng = np.random.default_rng(seed)
    world = a_world(rng, cities)
    return Market(
        world,
        draw_workers(rng, world, scale),
        draw_postings(rng, world, scale // WORKERS_A_POSTING),
        draw_links(rng, world),
    )


def draw_links(rng: np.random.Generator, world: World) -> Links:
    """Of two skills in five, popular or not: 1 to 3 related ones of an occupation."""
    links: dict[int, dict[int, float]] = {}
    for rank, skill in enumerate(np.argsort(-world.popularity).tolist()):
        found = np.flatnonzero((world.occupation_skills == skill).any(1))
        if rank % 5 not in (1, 3) or not len(found):
            continue
        others = world.occupation_skills[rng.choice(found)]
        chosen = rng.choice(others[others != skill], rng.integers(1, 4), replace=False)
        credits = rng.choice((0.3, 0.5, 0.6, 0.8), len(chosen))
        links[skill] = dict(zip(chosen.tolist(), credits.tolist(), strict=True))
    return links
