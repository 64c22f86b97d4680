"""An HTTP client that carries a token: the one given, or one minted with our key."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from infra.cli.output import CommandFailed
from infra.cli.target import offline_settings

if TYPE_CHECKING:
    import httpx

    from shared.identity import Caller

MINUTES = 60


def open_client(url: str | None, token: str | None, caller: Caller) -> httpx.Client:
    """A client of the installation at `url`, or of the one the settings name.

    Without `token` and ROLLCALL_TOKEN a token for `caller` is minted, where this
    installation's key can be read. Raises CommandFailed.
    """
    from datetime import timedelta

    import httpx

    from shared.tokens import signing_key

    settings = offline_settings()
    token = token or os.environ.get("ROLLCALL_TOKEN")
    if not token:
        try:
            key = signing_key(settings)
        except (OSError, ValueError) as fault:
            raise CommandFailed(
                f"no --token or ROLLCALL_TOKEN, and no key to mint one: {fault}"
            ) from None
        token = key.mint(settings, caller, timedelta(minutes=MINUTES))
    return httpx.Client(
        base_url=(url or settings.matching_url).rstrip("/"),
        headers={"Authorization": f"Bearer {token}"},
        timeout=httpx.Timeout(30, connect=5),
        trust_env=url is not None,  # no proxy knows the way to this machine's ports
    )
