"""The key that accounts' own keys are derived from: in the database, wrapped.

So the installation's secret can be changed: logins go on being found, and sealed
secrets being opened. Whoever reads the key wraps it anew if the secret has changed.
"""

from __future__ import annotations

import secrets
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.models import account_key
from services.profiles.accounts.secrets import AccountSecrets
from services.profiles.vault.keyring import keyring
from shared.keys import SECRET_BYTES, InstallationSecret

NOBODYS = UUID(int=0)
"""In the place of the person whose key the vault wraps: this one is everybody's."""


async def account_secrets(session: AsyncSession) -> AccountSecrets:
    """Made when first asked for; safe when two race. Raises CannotOpen."""
    ring = keyring(session)
    found = (await session.execute(select(account_key))).one_or_none()
    if found is None:
        fresh = ring.wrap(NOBODYS, secrets.token_bytes(SECRET_BYTES))
        row = upsert(account_key).values(wrapped=fresh, wrapped_by=ring.name)
        await session.execute(row.on_conflict_do_nothing())
        found = (await session.execute(select(account_key))).one()
    key = ring.unwrap(NOBODYS, found.wrapped, found.wrapped_by)
    if found.wrapped_by != ring.name:
        anew = ring.wrap(NOBODYS, key)
        await session.execute(
            update(account_key).values(wrapped=anew, wrapped_by=ring.name)
        )
    return AccountSecrets(InstallationSecret(key))
