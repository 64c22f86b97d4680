"""One worker and one posting, judged and explained in plain Python.

This is the meaning of the ranking; the kernel only does the same faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.matching.engine.demand import Demand, demand
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.order import points
from services.matching.engine.ranking import Part
from services.matching.engine.rules import FILTERS, Outcome, Verdict
from services.matching.engine.scores import SCORES
from services.matching.engine.supply import Supply, supply
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.weights import (
    PARTS,
    applied_weights,
    caller_weights,
    market_weights,
)


@dataclass(frozen=True, slots=True)
class Context:
    """`weights` None means those of the posting's market."""

    now: datetime
    related: RelatedSkills
    weights: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`parts` and `score` (exact, not rounded) are those of an eligible pair."""

    verdicts: tuple[tuple[str, Verdict], ...]
    parts: tuple[Part, ...]
    score: float

    @property
    def eligible(self) -> bool:
        return all(v.outcome is Outcome.PASS for _, v in self.verdicts)

    @property
    def possible(self) -> bool:
        """Fails nothing, but lacks something that can be asked."""
        outcomes = {verdict.outcome for _, verdict in self.verdicts}
        return Outcome.WANT in outcomes and Outcome.FAIL not in outcomes

    @property
    def passed(self) -> int:
        """How many filters in a row were passed, from the first."""
        for count, (_, verdict) in enumerate(self.verdicts):
            if verdict.outcome is not Outcome.PASS:
                return count
        return len(self.verdicts)

    @property
    def ask(self) -> tuple[str, ...]:
        return tuple(name for _, verdict in self.verdicts for name in verdict.ask)

    @property
    def points(self) -> int:
        return points(self.score)


def explain_pair(
    worker: WorkerFacts, posting: PostingFacts, context: Context
) -> Explanation:
    """Every rule's verdict and, for an eligible pair, every part of the score."""
    asked = demand(posting, context.now, context.related)
    offered = supply(worker)
    weights = part_weights(asked, context.weights)
    verdicts = tuple((rule.__name__, rule(offered, asked)) for rule in FILTERS)
    if any(verdict.outcome is not Outcome.PASS for _, verdict in verdicts):
        return Explanation(verdicts, (), 0.0)
    parts = score_parts(offered, asked, weights)
    return Explanation(verdicts, parts, total(parts))


def asks(worker: Supply, posting: Demand) -> tuple[str, ...]:
    """What a possible worker would have to tell."""
    return tuple(name for rule in FILTERS for name in rule(worker, posting).ask)


def part_weights(
    posting: Demand, weights: Mapping[str, float] | None
) -> dict[str, float]:
    """The applied weights, by name, of the parts that the posting has."""
    base = market_weights(posting.market)
    if weights is not None:
        base = caller_weights(weights)
    applied = applied_weights(base, posting.present)
    return {
        name: weight
        for name, weight, there in zip(PARTS, applied, posting.present, strict=True)
        if there
    }


def score_parts(
    worker: Supply, posting: Demand, weights: Mapping[str, float]
) -> tuple[Part, ...]:
    """The parts named by `weights`, in the order of SCORES."""
    return tuple(
        Part(score.__name__, value, weights[score.__name__], evidence)
        for score in SCORES
        if score.__name__ in weights
        for value, evidence in (score(worker, posting),)
    )


def total(parts: tuple[Part, ...]) -> float:
    score = 0.0
    for part in parts:
        score += part.weight * part.value
    return score
