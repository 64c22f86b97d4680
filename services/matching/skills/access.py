"""What the routes about words declare: all who are signed in may ask."""

from __future__ import annotations

from shared.access import Own, allow
from shared.idempotency import ONLY_ASKS
from shared.identity import SIGNED_IN, Scope
from shared.rate_limits.declared import rated
from shared.rates import RateClass

READING = [allow(SIGNED_IN, scope=Scope.SKILLS_READ, own=Own.SHARED)]

UNDERSTANDING = [*READING, ONLY_ASKS, rated(RateClass.HEAVY)]
"""Of a POST that brings texts along and computes over them."""
