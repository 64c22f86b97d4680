"""How often a caller may ask: a quota of requests per window, refilled steadily."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from enum import StrEnum

from shared.variables import Variables

WORDING = re.compile(r"([0-9]{1,7})/([0-9]{1,4})")
MOST_REQUESTS = 1_000_000
MOST_SECONDS = 3_600
RULE = "must be requests/seconds, such as 600/60"


class RateClass(StrEnum):
    """What a route costs, and so which of a caller's buckets it draws from."""

    SIGN_IN = "sign-in"
    READS = "reads"
    WRITES = "writes"
    HEAVY = "heavy"


@dataclass(frozen=True, slots=True)
class Rate:
    """`quota` requests at once, and as many again in every `seconds`, one by one.

    The bounds keep quota × microseconds exact in the floats of the bucket script.
    """

    quota: int
    seconds: int

    def __post_init__(self) -> None:
        if not (1 <= self.quota <= MOST_REQUESTS and 1 <= self.seconds <= MOST_SECONDS):
            raise ValueError(
                f"1 to {MOST_REQUESTS} requests in 1 to {MOST_SECONDS} seconds"
            )

    @classmethod
    def parse(cls, words: str) -> Rate:
        """`600/60` is 600 requests in 60 seconds; raises ValueError."""
        found = WORDING.fullmatch(words)
        if found is None:
            raise ValueError(RULE)
        return cls(int(found[1]), int(found[2]))

    def times(self, factor: float) -> Rate:
        quota = min(max(1, int(self.quota * factor)), MOST_REQUESTS)
        return Rate(quota, self.seconds)

    def __str__(self) -> str:
        return f"{self.quota}/{self.seconds}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The limits of an installation.

    A rate is that of one account, and of one address nobody signed in from. One API
    key gets `key_percent` of it, so that one integration cannot use up its account;
    the signed-in people of one address (an office, a phone network) together
    `address_factor` times it; an operator, who imports, `operator_factor` times.
    """

    on: bool = True
    sign_in: Rate = Rate(30, 60)
    sign_in_account: Rate = Rate(10, 300)
    reads: Rate = Rate(1_200, 60)
    writes: Rate = Rate(600, 60)
    heavy: Rate = Rate(300, 60)
    key_percent: int = 50
    address_factor: int = 10
    operator_factor: int = 50

    @classmethod
    def from_variables(cls, read: Variables) -> Rates:
        given: dict[str, bool | int | Rate] = {}
        for field in fields(cls):
            name, default = _variable(field.name), field.default
            if isinstance(default, Rate):
                given[field.name] = read.parsed(name, default, Rate.parse, RULE)
            elif isinstance(default, bool):
                given[field.name] = read.switch(name, default)
            elif isinstance(default, int):
                given[field.name] = read.number(name, default, 1, 1_000)
        return cls(**given)  # type: ignore[arg-type]

    def environment(self) -> dict[str, str]:
        """The variables that say the same."""
        return {
            f"ROLLCALL_{_variable(field.name)}": _worded(getattr(self, field.name))
            for field in fields(self)
        }

    def of(self, rate_class: RateClass) -> Rate:
        return {
            RateClass.SIGN_IN: self.sign_in,
            RateClass.READS: self.reads,
            RateClass.WRITES: self.writes,
            RateClass.HEAVY: self.heavy,
        }[rate_class]


def _variable(field: str) -> str:
    """RATE_LIMITS is the switch, RATE_READS and so on the limits."""
    return "RATE_LIMITS" if field == "on" else f"RATE_{field.upper()}"


def _worded(value: bool | int | Rate) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
