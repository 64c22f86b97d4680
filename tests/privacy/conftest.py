"""The whole system, running for the tests of a module."""

from __future__ import annotations

from tests.journeys.conftest import box

__all__ = ["box"]
