"""The tables of accounts: who signs in and with what.

No plain address is kept: a login is the keyed hash of one (`secrets.lookup`).
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    true,
)

from services.profiles.models import metadata


def _moment(name: str, *, now: bool = False) -> Column[object]:
    return Column(
        name, DateTime(timezone=True), server_default=func.now() if now else None
    )


account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="active"),
    _moment("created_at", now=True),
)

login = Table(
    "login",
    metadata,
    Column("kind", Text, nullable=False),
    Column("lookup", LargeBinary, primary_key=True),
    Column("account", Uuid, nullable=False),
    _moment("verified_at", now=True),
)

password = Table(
    "password",
    metadata,
    Column("account", Uuid, primary_key=True),
    Column("hash", Text, nullable=False),
    _moment("changed_at", now=True),
)

# `pending` is a secret shown to the person but not confirmed by a code yet
totp = Table(
    "totp",
    metadata,
    Column("account", Uuid, primary_key=True),
    Column("secret", LargeBinary),
    Column("pending", LargeBinary),
    Column("last_step", BigInteger, nullable=False, server_default="0"),
    _moment("confirmed_at"),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("account", Uuid, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
)

one_time_code = Table(
    "one_time_code",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("login_kind", Text, nullable=False),
    Column("lookup", LargeBinary, nullable=False),
    Column("account", Uuid),
    Column("detail", LargeBinary),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    _moment("created_at", now=True),
    _moment("expires_at"),
    _moment("used_at"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("may_try", Boolean, nullable=False),
    _moment("last_at"),
    _moment("locked_until"),
)

membership = Table(
    "membership",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("account", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="active"),
    Column("name", Text, nullable=False),
    _moment("since", now=True),
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation", Uuid),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("login_kind", Text, nullable=False),
    Column("lookup", LargeBinary, nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("invited_by", Uuid, nullable=False),
    _moment("invited_at", now=True),
    _moment("expires_at"),
    _moment("accepted_at"),
    _moment("revoked_at"),
)

sign_in = Table(
    "sign_in",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account", Uuid, nullable=False),
    Column("organisation", Uuid),
    Column("scopes", ARRAY(Text)),
    Column("method", Text, nullable=False),
    _moment("started_at", now=True),
    _moment("last_used_at", now=True),
    _moment("ends_at"),
    _moment("revoked_at"),
    Column("revoked_reason", Text),
)

refresh_token = Table(
    "refresh_token",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("sign_in", Uuid, nullable=False),
    _moment("issued_at", now=True),
    _moment("used_at"),
)

revocation = Table(
    "revocation",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("target", Uuid, nullable=False),
    _moment("revoked_at", now=True),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation", Uuid),
    Column("prefix", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_by", Uuid, nullable=False),
    _moment("created_at", now=True),
    _moment("expires_at"),
    Column("last_used_day", Date),
    _moment("revoked_at"),
)

acting_consent = Table(
    "acting_consent",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("worker", Uuid, nullable=False),
    Column("given", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("reference", Text),
    Column("recorded_by", Uuid, nullable=False),
    _moment("recorded_at", now=True),
    _moment("confirmed_at"),
    Column("challenge", Uuid),
    _moment("until"),
    _moment("withdrawn_at"),
    Column("withdrawn_by", Uuid),
)

acting = Table(
    "acting",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("actor", Uuid, nullable=False),
    Column("actor_session", Uuid),
    Column("subject", Uuid, nullable=False),
    Column("tenant", Uuid),
    Column("basis", Text, nullable=False),
    Column("basis_id", Uuid, nullable=False),
    _moment("started_at", now=True),
    _moment("ends_at"),
    _moment("revoked_at"),
)

# the key that all others of accounts are derived from, wrapped by the installation's
account_key = Table(
    "account_key",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=true()),
    Column("wrapped", LargeBinary, nullable=False),
    Column("wrapped_by", Text, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    _moment("queued_at", now=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _moment("next_at", now=True),
    _moment("expires_at"),
)
