"""What the log says of proving who one is: who tried what from where, and the outcome.

A login appears as the keyed hash it is kept as: attempts at one can be told together,
and the log names nobody.
"""

from __future__ import annotations

import structlog

from shared.identity import Caller

log = structlog.get_logger(__name__)

LOGIN_BYTES = 8


def note_attempt(
    way: str,
    outcome: str,
    *,
    client: str | None = None,
    login: bytes | None = None,
    caller: Caller | None = None,
    second_factor: bool = False,
) -> None:
    """`way` is the grant or what was done with a password or code; `outcome` is
    "issued", "accepted", "refused" or an error of OAuth."""
    log.info(
        "sign-in",
        way=way,
        outcome=outcome,
        client=client,
        login=None if login is None else login[:LOGIN_BYTES].hex(),
        account=None if caller is None else str(caller.subject),
        session=None if caller is None or not caller.session else str(caller.session),
        second_factor=second_factor,
    )
