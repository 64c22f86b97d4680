"""Addresses of logins and names of members, sealed; versions of memberships.

A login's address is kept, sealed with its person's own key, so that they can be told of
what happens to their account; one from before is sealed when it next signs in. Names
that an existing database holds openly are sealed here.

Revision ID: 0012_sealed_logins
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson
from alembic import context, op
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text

from infra.migrations import walls
from services.profiles.accounts.keeping import NOBODYS
from services.profiles.accounts.secrets import AccountSecrets
from services.profiles.vault.envelope import new_data_key, open_with, seal_with
from services.profiles.vault.keyring import KeyRing, keyring_of
from shared.keys import InstallationSecret

revision = "0012_sealed_logins"
down_revision = "0011_may_work"
branch_labels = None
depends_on = None

MEMBER_NAME = "member name"
PURPOSES = "'verify', 'sign-in', 'reset', 'consent'"
KEYS = {"membership": ("organisation", "account"), "invitation": ("id",)}

Row = Mapping[str, Any]


def upgrade() -> None:
    op.execute(
        "ALTER TABLE profiles.login ADD COLUMN id uuid NOT NULL UNIQUE"
        " DEFAULT gen_random_uuid(), ADD COLUMN sealed_address bytea"
    )
    op.execute("ALTER TABLE profiles.login ALTER COLUMN id DROP DEFAULT")
    _allow_codes_for(f"{PURPOSES}, 'login'")
    op.execute(
        "ALTER TABLE profiles.membership ADD COLUMN version integer NOT NULL DEFAULT 1,"
        " ADD COLUMN sealed_name bytea"
    )
    op.execute("ALTER TABLE profiles.invitation ADD COLUMN sealed bytea")
    _rewrite("membership", "sealed_name", _sealed_name)
    _rewrite("invitation", "sealed", _sealed_invitation)
    for table in KEYS:
        # a dropped column stays in the rows' bytes until they are written anew
        op.execute(f"UPDATE profiles.{table} SET name = ''")
        op.execute(f"ALTER TABLE profiles.{table} DROP COLUMN name")
    op.execute(
        "ALTER TABLE profiles.invitation ADD CONSTRAINT sealed_while_open CHECK"
        " (sealed IS NOT NULL OR accepted_at IS NOT NULL OR revoked_at IS NOT NULL)"
    )
    # a membership decides who acts for whom: the app login makes none, nor gives one
    # to anybody else
    op.execute(f"REVOKE INSERT, UPDATE ON profiles.membership FROM {walls.APP}")
    op.execute(
        f"GRANT UPDATE (kind, state, version) ON profiles.membership TO {walls.APP}"
    )


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE ON profiles.membership FROM {walls.APP}")
    op.execute(f"GRANT INSERT, UPDATE ON profiles.membership TO {walls.APP}")
    for table in KEYS:
        op.execute(
            f"ALTER TABLE profiles.{table} ADD COLUMN name text NOT NULL DEFAULT ''"
        )
    _rewrite("membership", "name", _opened_name)
    _rewrite("invitation", "name", _opened_invitation)
    op.execute(
        "ALTER TABLE profiles.invitation DROP CONSTRAINT sealed_while_open,"
        " DROP COLUMN sealed"
    )
    op.execute(
        "ALTER TABLE profiles.membership DROP COLUMN sealed_name, DROP COLUMN version"
    )
    op.execute("DELETE FROM profiles.one_time_code WHERE purpose = 'login'")
    _allow_codes_for(PURPOSES)
    op.execute("ALTER TABLE profiles.login DROP COLUMN sealed_address, DROP COLUMN id")


def _allow_codes_for(purposes: str) -> None:
    op.execute(
        "ALTER TABLE profiles.one_time_code"
        " DROP CONSTRAINT one_time_code_purpose_check,"
        " ADD CONSTRAINT one_time_code_purpose_check"
        f" CHECK (purpose IN ({purposes}))"
    )


def _rewrite(table: str, column: str, value: Callable[[KeyRing, Row], Any]) -> None:
    connection = op.get_bind()
    rows = connection.execute(text(f"SELECT * FROM profiles.{table}")).mappings().all()
    where = " AND ".join(f"{name} = :{name}" for name in KEYS[table])
    for row in rows:
        # asked for only now: an empty database is migrated without the secret
        ring = keyring_of(context.config.attributes["settings"])
        connection.execute(
            text(f"UPDATE profiles.{table} SET {column} = :value WHERE {where}"),
            {"value": value(ring, dict(row))}
            | {name: row[name] for name in KEYS[table]},
        )


def _sealed_name(ring: KeyRing, row: Row) -> bytes:
    account = row["account"]
    content = orjson.dumps(row["name"])
    return seal_with(_key(ring, account), account, MEMBER_NAME, content)


def _opened_name(ring: KeyRing, row: Row) -> str:
    sealed, account = row["sealed_name"], row["account"]
    if sealed is None:
        return ""
    content = open_with(_key(ring, account), account, MEMBER_NAME, sealed)
    return str(orjson.loads(content))


def _sealed_invitation(ring: KeyRing, row: Row) -> bytes:
    content = orjson.dumps({"name": row["name"], "address": None})
    return _secrets(ring).invitations.seal(content, row["id"])


def _opened_invitation(ring: KeyRing, row: Row) -> str:
    if row["sealed"] is None:
        return ""
    content = _secrets(ring).invitations.open(row["sealed"], row["id"])
    return str(orjson.loads(content)["name"])


def _secrets(ring: KeyRing) -> AccountSecrets:
    found = op.get_bind().execute(text("SELECT * FROM profiles.account_key")).one()
    key = ring.unwrap(NOBODYS, found.wrapped, found.wrapped_by)
    return AccountSecrets(InstallationSecret(key))


def _key(ring: KeyRing, subject: UUID) -> AESGCM:
    """The person's key, made if there is none."""
    connection = op.get_bind()
    held = text(
        "SELECT wrapped, wrapped_by FROM profiles.subject_key WHERE subject = :id"
    )
    found = connection.execute(held, {"id": subject}).one_or_none()
    if found is not None:
        return AESGCM(ring.unwrap(subject, found.wrapped, found.wrapped_by))
    key = new_data_key()
    connection.execute(
        text("INSERT INTO profiles.subject_key VALUES (:id, :wrapped, :by)"),
        {"id": subject, "wrapped": ring.wrap(subject, key), "by": ring.name},
    )
    return AESGCM(key)
