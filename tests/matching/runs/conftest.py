from tests.matching.market import market

__all__ = ["market"]
