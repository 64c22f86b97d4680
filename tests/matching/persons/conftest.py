"""The matching API over a small market, whose people leave."""

from __future__ import annotations

from tests.matching.market import market
from tests.matching.matches.conftest import api

__all__ = ["api", "market"]
