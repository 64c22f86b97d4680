"""Groups of skills that satisfy an asked one."""

from __future__ import annotations

import pytest

from services.matching.engine.taxonomy import RelatedSkills


def test_a_skill_without_links_stands_alone() -> None:
    assert RelatedSkills({}).group("welding") == (("welding", 1.0),)


def test_the_asked_skill_comes_first_and_full() -> None:
    related = RelatedSkills({"cooking": {"baking": 0.6, "cooking": 0.1}})
    assert related.group("cooking") == (("cooking", 1.0), ("baking", 0.6))


@pytest.mark.parametrize("credit", [0.0, -0.1, 1.1, float("nan")])
def test_credit_is_a_share(credit: float) -> None:
    with pytest.raises(ValueError, match="cooking -> baking"):
        RelatedSkills({"cooking": {"baking": credit}})
