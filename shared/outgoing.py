"""Clients for what is asked of others over HTTP."""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any

import httpx


def new_client(**how: Any) -> httpx.AsyncClient:
    """Without the environment's proxies: whom a service asks, its settings say."""
    return httpx.AsyncClient(trust_env=False, verify=_trusted(), **how)


@cache
def _trusted() -> ssl.SSLContext:
    """Certificates are read once a process, which takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)
