"""The profiles API, for tests of what it seals."""

from __future__ import annotations

from tests.profiles.conftest import api, somebody

__all__ = ["api", "somebody"]
