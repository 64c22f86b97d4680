"""What a posting wants of the entries of a bucket, and what a score can be at most."""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from services.matching.engine.entries import (
    ALWAYS,
    ANY_PAY,
    IS_FAR,
    KINDS,
    MARKETS,
    pay_class,
    skill_bit,
)
from services.matching.engine.kernel_pair import Weights
from services.matching.engine.layout import f8_at, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    NO_KIND,
    REQUIREMENT_WORDS,
    members_at,
    requirements_at,
)
from services.matching.engine.scratch import MOST_PREFERRED


class Wanted(NamedTuple):
    """What an entry must have in one bucket, and what its score can be at most.

    The score of an entry at level L and distance d is at most `base + level * L +
    near * exp(-d / tau) + pay * min(1, (offer - floor) / margin) + trust * reliability`
    and `preferred_value[i]` for each of the `preferred` bits that it has. Entries with
    a bit of `waived` may come from any distance. Of `shifts`, where only some are
    needed, `needed` are.
    """

    sign: np.uint64
    level: int
    market: int
    kind: int
    pay: int
    waived: int
    base: float
    each_level: float
    near: float
    tau: float
    pay_weight: float
    offered: float
    trust: float
    preferred: int
    shifts: int
    needed: int


@inlined
def wanted_market(posting: Any) -> int:
    """The bits of which an entry must have one; of a market that nobody seeks, none."""
    market = posting.market
    return 0 if market < 0 else (1 << market if market < 3 else 7) << MARKETS


@inlined
def wanted_kind(posting: Any) -> int:
    kind = posting.kind
    if kind == NO_KIND:
        return ALWAYS
    return 0 if kind < 0 else (1 << kind if kind < 6 else 63) << KINDS


@compiled
def wanted_of(
    posting: Any,
    group: int,
    member: int,
    weights: Weights,
    sign: np.uint64,
    shifts: int,
    p: Any,
    memory: Any,
) -> Wanted:
    """What a posting wants in the bucket of a member of one of its required groups.

    `group` is a requirement's number or -1: the bucket of everyone. `shifts` are noted
    in `memory`; fills its preferred bits.
    """
    base = weights.free + weights.fresh + 2e-5
    level, each_level, preferred = 0, 0.0, 0
    for number in range(whole(posting.requirements_n)):
        asked = requirements_at(posting) + REQUIREMENT_WORDS * number
        share = 0.0
        if posting.total_weight > 0.0:
            share = weights.skill * f8_at(p, asked) / posting.total_weight
        if number == group:
            credit = f8_at(p, members_at(posting) + MEMBER_WORDS * member)
            level, each_level = whole(p[asked + 2]), share * credit / 5.0
        elif p[asked + 3] or preferred == MOST_PREFERRED:
            base += share
        else:
            bits = np.uint64(0)
            first = members_at(posting) + MEMBER_WORDS * p[asked + 4]
            for place in range(p[asked + 5]):
                bits |= skill_bit(whole(p[first + MEMBER_WORDS * place + 2]))
            memory.preferred[preferred] = bits
            memory.preferred_value[preferred] = share
            preferred += 1
    offered, pay = 1.0, ANY_PAY
    if posting.paid:
        offered = posting.top / posting.hours[posting.unit]
        pay = pay_class(offered * (1.0 + 1e-6))
    return Wanted(
        sign,
        level,
        wanted_market(posting),
        wanted_kind(posting),
        pay,
        IS_FAR if posting.lodging else 0,
        base,
        each_level,
        weights.near,
        posting.tau,
        weights.pay if offered > 0.0 else 0.0,
        offered,
        weights.trust,
        preferred,
        shifts,
        whole(posting.needed),
    )
