"""What a token bucket means, in plain fractions: the script's twin."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from shared.rates import Rate


@dataclass
class TwinBucket:
    """Full at first; refilled steadily, never above its quota; time never goes back."""

    rate: Rate
    tokens: Fraction
    at: int

    @classmethod
    def full(cls, rate: Rate, now: int) -> TwinBucket:
        return cls(rate, Fraction(rate.quota), now)

    def refill(self, now: int) -> None:
        gone = max(0, now - self.at)
        back = Fraction(gone * self.rate.quota, self.rate.seconds * 1_000_000)
        self.tokens = min(Fraction(self.rate.quota), self.tokens + back)
        self.at = max(self.at, now)


def draw(buckets: list[TwinBucket], now: int) -> bool:
    """One token out of each, or none out of any.

    A refused request leaves no trace: what the buckets were refilled with is reckoned
    again at the next one, from the same past.
    """
    tried = [TwinBucket(each.rate, each.tokens, each.at) for each in buckets]
    for each in tried:
        each.refill(now)
    if any(each.tokens < 1 for each in tried):
        return False
    for kept, each in zip(buckets, tried, strict=True):
        kept.tokens, kept.at = each.tokens - 1, each.at
    return True
