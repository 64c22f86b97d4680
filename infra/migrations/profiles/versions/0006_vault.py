"""Name, contact and exact places sealed with a key of each person's own.

What an existing database holds openly is sealed here, in batches, with the secret of
the installation that migrates.

Revision ID: 0006_vault
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from alembic import context, op
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from infra.migrations import walls
from services.profiles.vault.envelope import new_data_key, open_with, seal_with
from services.profiles.vault.keyring import KeyRing, keyring_of
from shared.values import cell_centre

revision = "0006_vault"
down_revision = "0005_audit"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
NAMES = ("display_name", "email", "phone")

SUBJECT_KEY = """
    CREATE TABLE profiles.subject_key (
        subject uuid PRIMARY KEY,
        wrapped bytea NOT NULL,
        wrapped_by text NOT NULL,
        made_at timestamptz NOT NULL DEFAULT now()
    )
"""
IDENTITY_DOCUMENT = """
    CREATE TABLE profiles.identity_document (
        id uuid PRIMARY KEY,
        subject uuid NOT NULL,
        kind text NOT NULL,
        country text NOT NULL,
        number_hash bytea NOT NULL,
        sealed bytea NOT NULL,
        recorded_by uuid NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (subject, kind, country)
    )
"""


def upgrade() -> None:
    op.execute(SUBJECT_KEY)
    # a worker's key is the worker's, an organisation's its members'
    own = f"subject IN ({walls.SUBJECT}, {walls.TENANT})"
    walls.wall(
        "profiles.subject_key", read=own, write=own, app="SELECT, INSERT, DELETE"
    )
    op.execute(IDENTITY_DOCUMENT)
    op.execute(
        "CREATE INDEX identity_document_number"
        " ON profiles.identity_document (number_hash)"
    )
    theirs = f"subject = {walls.SUBJECT}"
    walls.wall(
        "profiles.identity_document",
        read=theirs,
        write=theirs,
        app="SELECT, INSERT, UPDATE, DELETE",
    )
    op.execute("ALTER TABLE profiles.worker ADD COLUMN sealed bytea")
    op.execute("ALTER TABLE profiles.organisation ADD COLUMN sealed_contact bytea")
    _drop_the_check_of_names()
    _move("worker", "removed_at IS NULL AND sealed IS NULL", _sealed_worker)
    _move(
        "organisation",
        "jsonb_typeof(contact) = 'object' AND sealed_contact IS NULL",
        _sealed_organisation,
    )
    op.execute(
        "ALTER TABLE profiles.worker DROP COLUMN display_name, DROP COLUMN email,"
        " DROP COLUMN phone, ADD CONSTRAINT sealed_until_removed"
        " CHECK ((removed_at IS NULL) = (sealed IS NOT NULL))"
    )
    op.execute("ALTER TABLE profiles.organisation DROP COLUMN contact")


def downgrade() -> None:
    op.execute(
        "ALTER TABLE profiles.worker DROP CONSTRAINT sealed_until_removed,"
        " ADD COLUMN display_name text, ADD COLUMN email text, ADD COLUMN phone text"
    )
    op.execute("ALTER TABLE profiles.organisation ADD COLUMN contact jsonb")
    _move("worker", "sealed IS NOT NULL", _open_worker)
    _move("organisation", "sealed_contact IS NOT NULL", _open_organisation)
    op.execute(
        "ALTER TABLE profiles.worker DROP COLUMN sealed,"
        " ADD CHECK ((removed_at IS NULL) = (display_name IS NOT NULL))"
    )
    op.execute("ALTER TABLE profiles.organisation DROP COLUMN sealed_contact")
    op.execute("DROP TABLE profiles.identity_document, profiles.subject_key")


def _drop_the_check_of_names() -> None:
    found = op.get_bind().execute(
        text(
            "SELECT conname FROM pg_constraint"
            " WHERE conrelid = 'profiles.worker'::regclass AND contype = 'c'"
            " AND pg_get_constraintdef(oid) LIKE '%display_name%'"
        )
    )
    for name in found.scalars().all():
        op.execute(f"ALTER TABLE profiles.worker DROP CONSTRAINT {name}")


def _move(
    table: str,
    waiting: str,
    moved: Callable[[KeyRing, Mapping[str, Any]], dict[str, Any]],
) -> None:
    """Rewrite the waiting rows of a table, some at a time."""
    connection = op.get_bind()
    select = text(
        f"SELECT t.*, k.wrapped, k.wrapped_by FROM profiles.{table} t"
        f" LEFT JOIN profiles.subject_key k ON k.subject = t.id"
        f" WHERE {waiting} LIMIT {AT_ONCE}"
    )
    while rows := connection.execute(select).mappings().all():
        # asked for only now: an empty database is migrated without the secret
        ring = keyring_of(context.config.attributes["settings"])
        values = [moved(ring, dict(row)) | {"row_id": row["id"]} for row in rows]
        keys = [v.pop("key") for v in values if "key" in v]
        if keys:
            insert = "INSERT INTO profiles.subject_key VALUES (:s, :w, :by)"
            connection.execute(text(insert), keys)
        names = [name for name in values[0] if name != "row_id"]
        update = text(
            f"UPDATE profiles.{table}"
            f" SET {', '.join(f'{name} = :{name}' for name in names)}"
            " WHERE id = :row_id"
        ).bindparams(*(bindparam(name, type_=TYPES.get(name)) for name in names))
        connection.execute(update, values)


TYPES: Mapping[str, Any] = {
    "places": JSONB(),
    "contact": JSONB(none_as_null=True),
    "sealed": LargeBinary(),
    "sealed_contact": LargeBinary(),
}


def _sealed_worker(ring: KeyRing, row: Mapping[str, Any]) -> dict[str, Any]:
    exact = [{n: place[n] for n in ("lat", "lon", "label")} for place in row["places"]]
    document = {name: row[name] for name in NAMES} | {"places": exact}
    places = [
        {name: value for name, value in place.items() if name != "label"}
        | {"lat": cell_centre(place["lat"]), "lon": cell_centre(place["lon"])}
        for place in row["places"]
    ]
    sealed, key = _sealed(ring, row, "worker profile", document)
    # a dropped column stays in the rows' bytes until they are written anew
    emptied = dict.fromkeys(NAMES)
    return emptied | {"sealed": sealed, "places": places, "key": key}


def _sealed_organisation(ring: KeyRing, row: Mapping[str, Any]) -> dict[str, Any]:
    sealed, key = _sealed(ring, row, "organisation contact", row["contact"])
    return {"sealed_contact": sealed, "contact": None, "key": key}


def _sealed(
    ring: KeyRing, row: Mapping[str, Any], purpose: str, document: Any
) -> tuple[bytes, dict[str, Any]]:
    key = new_data_key()
    stored = {"s": row["id"], "w": ring.wrap(row["id"], key), "by": ring.name}
    content = orjson.dumps(document)
    return seal_with(AESGCM(key), row["id"], purpose, content), stored


def _open_worker(ring: KeyRing, row: Mapping[str, Any]) -> dict[str, Any]:
    document = _opened(ring, row, "worker profile", row["sealed"])
    exact = document.pop("places")
    places = [cell | own for cell, own in zip(row["places"], exact, strict=True)]
    opened: dict[str, Any] = document | {"places": places, "sealed": None}
    return opened


def _open_organisation(ring: KeyRing, row: Mapping[str, Any]) -> dict[str, Any]:
    contact = _opened(ring, row, "organisation contact", row["sealed_contact"])
    return {"contact": contact, "sealed_contact": None}


def _opened(ring: KeyRing, row: Mapping[str, Any], purpose: str, sealed: bytes) -> Any:
    key = AESGCM(ring.unwrap(row["id"], row["wrapped"], row["wrapped_by"]))
    return orjson.loads(open_with(key, row["id"], purpose, sealed))
