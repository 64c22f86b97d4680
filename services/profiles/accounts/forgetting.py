"""What accounts keep for a while and no longer."""

from __future__ import annotations

from datetime import timedelta

from services.profiles.accounts.codes import forget_old_codes
from services.profiles.accounts.lockout import forget_old_attempts
from services.profiles.accounts.models import invitation
from services.profiles.sign_ins.sessions import forget_old_sign_ins
from shared.database import Database
from shared.values import now

SIGN_INS_KEPT = timedelta(days=30)
INVITATIONS_KEPT = timedelta(days=30)


async def forget_old_accounts(database: Database) -> None:
    """Old codes, attempts, sign-ins, revocations and invitations."""
    async with database.as_system() as session:
        await forget_old_codes(session)
        await forget_old_attempts(session)
        await forget_old_sign_ins(session, now() - SIGN_INS_KEPT)
        old = invitation.c.expires_at < now() - INVITATIONS_KEPT
        await session.execute(invitation.delete().where(old))
