"""Weights: a market's own, or a caller's, applied to the parts that there are."""

from __future__ import annotations

import math

import pytest

from services.matching.engine.weights import (
    DEFAULTS,
    FALLBACK,
    PARTS,
    WeightFault,
    applied_weights,
    caller_weights,
    market_weights,
)


def test_every_markets_weights_sum_to_one() -> None:
    for weights in DEFAULTS.values():
        assert len(weights) == len(PARTS)
        assert math.fsum(weights) == pytest.approx(1.0)


def test_a_market_we_do_not_know_ranks_like_labor() -> None:
    assert market_weights("barter") == FALLBACK == market_weights("labor")


def test_a_part_left_out_weighs_nothing() -> None:
    weights = caller_weights({"closeness": 0.75, "recency": 0.25})
    assert weights == (0.0, 0.75, 0.0, 0.0, 0.0, 0.25)


@pytest.mark.parametrize(
    ("weights", "field"),
    [
        ({"charm": 1.0}, "charm"),
        ({"closeness": 1.5, "recency": -0.5}, "recency"),
        ({"closeness": math.nan}, "closeness"),
        ({"closeness": math.inf}, "closeness"),
        ({"closeness": True}, "closeness"),
        ({"closeness": 0.5}, "weights"),
        ({"closeness": 0.7, "recency": 0.7}, "weights"),
        ({}, "weights"),
    ],
)
def test_unusable_weights_name_the_field(weights: dict[str, float], field: str) -> None:
    with pytest.raises(ValueError, match=field) as caught:
        caller_weights(weights)
    assert isinstance(caught.value, WeightFault)
    assert caught.value.field == field


def test_parts_that_the_posting_lacks_are_shared_out() -> None:
    present = (True, False, True, True, True, True)
    applied = applied_weights(DEFAULTS["temporary"], present)
    assert applied[1] == 0.0
    assert math.fsum(applied) == pytest.approx(1.0)
    assert applied[0] == 0.35 / (0.35 + 0.15 + 0.05 + 0.15 + 0.05)


def test_nothing_left_to_weigh_applies_nothing() -> None:
    only_closeness = (0.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    remote = (True, False, True, True, True, True)
    assert applied_weights(only_closeness, remote) == (0.0,) * 6
