"""Appending to a service's audit log: one row in the transaction of what it tells of.

A row holds references and codes only, never a name, a contact or free text about a
person, so that erasing somebody leaves the log as it is. Rows are appended unchained
(chaining in the request would make all writers queue); `sealing` chains them later.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    insert,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.identity import Caller
from shared.outbox import Xid8

REFERENCE = re.compile(r"[A-Za-z0-9_.:/-]{1,200}")
NOBODY = "nobody"

Subject = tuple[str, UUID]
"""What an entry is about: its kind, such as "worker", and its id."""


class AuditLog:
    """The audit log of the service whose schema `metadata` names."""

    def __init__(self, metadata: MetaData) -> None:
        assert metadata.schema is not None
        self.service = metadata.schema
        self.entry = _entry_table(metadata)
        self.seal = _seal_table(metadata)
        self.link = _link_table(metadata)

    async def __call__(
        self,
        session: AsyncSession,
        caller: Caller | None,
        action: str,
        subject: Subject | None = None,
        *,
        tenant: UUID | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Append what `caller` does, such as "worker.read", in their transaction.

        `tenant` is the organisation concerned, by default the caller's own. `detail`
        holds references and codes; anything else raises ValueError. No caller is
        somebody who has not signed in.
        """
        if detail is not None:
            _refuse_text(detail)
        kind, id = subject or (None, None)
        values = {
            "actor": caller.subject if caller else None,
            "actor_role": caller.role.value if caller else NOBODY,
            "acting": acting(caller),
            "tenant": tenant or (caller.tenant if caller else None),
            "action": action,
            "subject_kind": kind,
            "subject_id": id,
            "request_id": structlog.contextvars.get_contextvars().get("request_id"),
            "detail": detail,
        }
        # nothing is read back: the app login may not
        await session.execute(insert(self.entry).inline(), values)

    async def by_another(
        self,
        session: AsyncSession,
        caller: Caller,
        action: str,
        subject: Subject,
        *,
        tenant: UUID | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Append it unless the caller is the subject themself, or of its tenant.

        Who acts for another in their name is another.
        """
        if not _is_own(caller, subject[1], tenant):
            await self(session, caller, action, subject, tenant=tenant, detail=detail)


def acting(caller: Caller | None) -> dict[str, Any] | None:
    """Who really acts in the caller's name (RFC 8693 `act`), if it is another."""
    actor = caller.actor if caller else None
    if actor is None:
        return None
    return {
        "subject": str(actor.subject),
        "role": actor.role.value,
        "tenant": str(actor.tenant) if actor.tenant else None,
    }


def counted(ids: Collection[UUID]) -> dict[str, Any]:
    """A detail that says of how many, and whether somebody's list is the same one."""
    text = "\n".join(sorted(map(str, ids)))
    return {"count": len(ids), "digest": hashlib.sha256(text.encode()).hexdigest()}


def listed(ids: Collection[UUID]) -> dict[str, Any]:
    """A detail that names everybody on a page; found again by each of them."""
    return {"ids": [str(id) for id in ids]}


def _is_own(caller: Caller, subject: UUID, tenant: UUID | None) -> bool:
    if caller.actor is not None:
        return False
    own_tenant = caller.tenant is not None and caller.tenant in (subject, tenant)
    return caller.subject == subject or own_tenant


def _refuse_text(value: Any) -> None:
    """Raises ValueError for what is no reference, code or number."""
    match value:
        case None | bool() | int() | UUID():
            return
        case str():
            if REFERENCE.fullmatch(value):
                return
        case Mapping():
            for name, item in value.items():
                _refuse_text(name)
                _refuse_text(item)
            return
        case list() | tuple():
            for item in value:
                _refuse_text(item)
            return
    raise ValueError(f"the audit log holds references and codes, not {type(value)}")


def _entry_table(metadata: MetaData) -> Table:
    return Table(
        "audit_entry",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("xid", Xid8, nullable=False, server_default=func.pg_current_xact_id()),
        Column("at", DateTime(timezone=True), server_default=func.clock_timestamp()),
        Column("actor", Uuid),
        Column("actor_role", Text, nullable=False),
        Column("acting", JSONB(none_as_null=True)),
        Column("tenant", Uuid),
        Column("action", Text, nullable=False),
        Column("subject_kind", Text),
        Column("subject_id", Uuid),
        Column("request_id", Text),
        Column("detail", JSONB(none_as_null=True)),
    )


def _seal_table(metadata: MetaData) -> Table:
    return Table(
        "audit_seal",
        metadata,
        Column("number", BigInteger, primary_key=True),
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False),
        Column("count", Integer, nullable=False),
        Column("digest", LargeBinary, nullable=False),
        Column("sealed_at", DateTime(timezone=True)),
        # how far it looked: everything of this cluster up to (xid, entry) is sealed
        Column("epoch", Text, nullable=False),
        Column("xid", Xid8, nullable=False),
        Column("entry", BigInteger, nullable=False),
    )


def _link_table(metadata: MetaData) -> Table:
    return Table(
        "audit_link",
        metadata,
        Column("entry_id", BigInteger, primary_key=True),
        Column("seal", BigInteger, nullable=False),
        Column("position", BigInteger, nullable=False, unique=True),
        Column("hash", LargeBinary, nullable=False),
    )
