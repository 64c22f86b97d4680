"""What a request with an Idempotency-Key was answered, stored beside its effect.

The key itself is stored nowhere. Of it and its caller come the row's name, the key that
seals the answer, and the key of the request's fingerprint: what an answer says about a
person cannot be read out of the database, and is gone with the row.
"""

from __future__ import annotations

import hmac
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.identity import Caller
from shared.problems import Conflict, Problem

REPLAYED_HEADER = "Idempotency-Replayed"
KEPT = timedelta(hours=24)
KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Feed-Position")
RETRY_AFTER_SECONDS = "1"
PRUNED_AT_ONCE = 5_000
NONCE_BYTES = 12


class IdempotencyInFlight(Conflict):
    """A request with this Idempotency-Key is at work; ask again after Retry-After."""

    kind = "idempotency-in-flight"


class IdempotencyKeyReused(Problem):
    """This Idempotency-Key came with another request already; take a new one."""

    status = 422
    kind = "idempotency-key-reused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, response: Response) -> Answer:
        if isinstance(response, StreamingResponse):
            raise TypeError("an answer that is streamed cannot be stored")
        found = ((name, response.headers.get(name)) for name in KEPT_HEADERS)
        headers = {name: value for name, value in found if value is not None}
        return cls(response.status_code, headers, bytes(response.body))

    def packed(self) -> bytes:
        head = orjson.dumps({"status": self.status, "headers": self.headers})
        return zlib.compress(head + b"\n" + self.body, 1)

    @classmethod
    def unpacked(cls, packed: bytes) -> Answer:
        head, _, body = zlib.decompress(packed).partition(b"\n")
        return cls(**orjson.loads(head), body=body)


class Replayed(Exception):
    """Carries the stored answer past the endpoint to the route, which gives it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer

    def response(self) -> Response:
        headers = {**self.answer.headers, REPLAYED_HEADER: "true"}
        return Response(self.answer.body, self.answer.status, headers=headers)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with a key of its caller, and what is derived from them."""

    caller: Caller
    name: bytes
    fingerprint: bytes
    seal_key: bytes

    @classmethod
    def of(cls, service: str, caller: Caller, key: str, asked: bytes) -> KeyedRequest:
        """`asked` is the request's own fingerprint."""
        whole = HKDF(SHA256(), 96, None, principal(service, caller)).derive(
            key.encode()
        )
        name, mac_key, seal_key = whole[:32], whole[32:64], whole[64:]
        fingerprint = hmac.digest(mac_key, asked, "sha256")
        return cls(caller, name, fingerprint, seal_key)

    @property
    def lock(self) -> int:
        """The advisory lock that one transaction at a time may hold for this key."""
        return int.from_bytes(self.name[:8], signed=True)

    def sealed(self, answer: Answer) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        cipher = AESGCM(self.seal_key)
        return nonce + cipher.encrypt(nonce, answer.packed(), self.fingerprint)

    def opened(self, sealed: bytes) -> Answer:
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        packed = AESGCM(self.seal_key).decrypt(nonce, rest, self.fingerprint)
        return Answer.unpacked(packed)


class StoredAnswers:
    """`<schema>.idempotency_key` of one service. Only the database's clock decides."""

    def __init__(self, service: str) -> None:
        self.service = service
        table = f"{service}.idempotency_key"
        fresh = f"created_at > now() - interval '{KEPT.total_seconds():.0f} seconds'"
        # two statements: the second sees what whoever held the lock has committed
        self._lock = text("SELECT pg_try_advisory_xact_lock(:lock)")
        self._find = text(
            f"SELECT fingerprint, answer FROM {table}"
            f" WHERE caller = :caller AND name = :name AND {fresh}"
        )
        # a row that is in the way has expired
        self._keep = text(
            f"INSERT INTO {table} (caller, name, fingerprint, answer)"
            " VALUES (:caller, :name, :fingerprint, :answer)"
            " ON CONFLICT (caller, name) DO UPDATE"
            " SET (fingerprint, answer, created_at)"
            " = (excluded.fingerprint, excluded.answer, now())"
        )
        self._prune = text(
            f"DELETE FROM {table} WHERE (caller, name) IN ("
            f"SELECT caller, name FROM {table} WHERE NOT {fresh}"
            f" ORDER BY created_at LIMIT {PRUNED_AT_ONCE:d} FOR UPDATE SKIP LOCKED)"
        )

    async def recall(self, session: AsyncSession, asked: KeyedRequest) -> None:
        """Take the key for this transaction, if it is free.

        Raises Replayed, IdempotencyInFlight, IdempotencyKeyReused.
        """
        if not (await session.execute(self._lock, {"lock": asked.lock})).scalar_one():
            raise IdempotencyInFlight(headers={"Retry-After": RETRY_AFTER_SECONDS})
        row = (
            await session.execute(
                self._find, {"caller": asked.caller.subject, "name": asked.name}
            )
        ).one_or_none()
        if row is None:
            return
        if not hmac.compare_digest(row.fingerprint, asked.fingerprint):
            raise IdempotencyKeyReused
        raise Replayed(asked.opened(row.answer))

    async def keep(
        self, session: AsyncSession, asked: KeyedRequest, answer: Answer
    ) -> None:
        """Store the answer in the transaction that has the effect."""
        values = {
            "caller": asked.caller.subject,
            "name": asked.name,
            "fingerprint": asked.fingerprint,
            "answer": asked.sealed(answer),
        }
        await session.execute(self._keep, values)

    async def prune(self, session: AsyncSession) -> bool:
        """Delete some of what has expired; whether there may be more."""
        gone: Any = await session.execute(self._prune)
        return bool(gone.rowcount == PRUNED_AT_ONCE)


def principal(service: str, caller: Caller) -> bytes:
    """Who asks whom: the same person for another organisation is somebody else, and so
    is whoever acts for them."""
    hand = caller.hand
    asking = (caller.role, caller.subject, caller.tenant)
    parts = (service, *asking, hand.role, hand.subject, hand.tenant)
    return b"".join(_measured(str(part).encode()) for part in parts)


def fingerprint(method: str, path: str, query: bytes, body: bytes) -> bytes:
    """Different for any two requests of which a byte differs."""
    parts = (method.encode(), path.encode(), query, body)
    return sha256(b"".join(_measured(part) for part in parts)).digest()


def _measured(part: bytes) -> bytes:
    # the length goes before: ("ab", "c") is not ("a", "bc")
    return len(part).to_bytes(8) + part


async def recall(request: Request, session: AsyncSession, caller: Caller) -> None:
    """Called where the request's transaction begins; see StoredAnswers.recall."""
    named: tuple[str, bytes] | None = getattr(request.state, "idempotency", None)
    if named is None:
        return
    answers: StoredAnswers = request.app.state.stored_answers
    asked = KeyedRequest.of(answers.service, caller, *named)
    await answers.recall(session, asked)
    request.state.keyed = asked
