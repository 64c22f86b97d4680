"""Messages leave once, by a real SMTP server or webhook, and nothing of them stays."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import text
from structlog.testing import capture_logs

from services.profiles.accounts.addresses import Address, AddressKind
from services.profiles.accounts.secrets import AccountSecrets, SealBroken
from services.profiles.delivery.messages import Text
from services.profiles.delivery.outbox import Message, claim_due, queue
from services.profiles.delivery.senders import UnknownDelivery, senders
from services.profiles.delivery.sending import send_due
from shared.database import Database
from shared.keys import InstallationSecret
from shared.settings import Settings
from shared.values import new_id, now

TO = Address(AddressKind.EMAIL, "amara@example.org")
PHONE = Address(AddressKind.PHONE, "+442079460001")
TEXT = Text("Your code", "042917 is your code. Grüße!")
LATER = timedelta(minutes=10)


class Mailbox:
    """What an SMTP server got; it may be told to refuse."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.refuses = False

    async def handle_DATA(self, _: SMTP, __: Session, mail: Envelope) -> str:  # noqa: N802
        if self.refuses:
            return "451 come back later"
        self.got.append(mail)
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield box, f"smtp://127.0.0.1:{port}"
    finally:
        server.stop()


class Gateway(BaseHTTPRequestHandler):
    """A webhook that keeps what it is sent."""

    got: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    status: ClassVar[int] = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append((dict(self.headers), body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Tests read what was got, not lines."""


@pytest.fixture
def gateway() -> Iterator[tuple[type[Gateway], str]]:
    class Own(Gateway):
        got: ClassVar[list[tuple[dict[str, str], bytes]]] = []

    server = HTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Own, f"http://127.0.0.1:{server.server_port}/sms"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def keys() -> AccountSecrets:
    return AccountSecrets(InstallationSecret(b"k" * 32))


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings, "profiles")
    yield database
    await database.dispose()


async def queued(
    database: Database, keys: AccountSecrets, to: Address, lasts: timedelta = LATER
) -> None:
    async with database.as_system() as session:
        await queue(session, keys, to, TEXT, now() + lasts)


async def waiting(database: Database) -> list[dict[str, Any]]:
    async with database.as_system() as session:
        found = await session.execute(text("SELECT * FROM profiles.delivery"))
        return [dict(row) for row in found.mappings()]


async def be_due(database: Database) -> None:
    async with database.as_system() as session:
        await session.execute(text("UPDATE profiles.delivery SET next_at = now()"))


async def test_an_email_arrives_and_its_row_goes(
    settings: Settings,
    database: Database,
    keys: AccountSecrets,
    mailbox: tuple[Mailbox, str],
) -> None:
    box, url = mailbox
    ways = senders(replace(settings, delivery=url, mail_from="desk@rollcall.example"))
    await queued(database, keys, TO)
    assert await send_due(database, keys, ways) == 1
    (mail,) = box.got
    assert (mail.mail_from, mail.rcpt_tos) == ("desk@rollcall.example", [TO.normal])
    assert isinstance(mail.content, bytes)
    read = message_from_bytes(mail.content, policy=policy.default)
    assert read["Subject"] == TEXT.subject
    assert read.get_content().strip() == TEXT.body
    assert await waiting(database) == []


async def test_what_waits_is_sealed(database: Database, keys: AccountSecrets) -> None:
    await queued(database, keys, TO)
    (row,) = await waiting(database)
    assert b"amara" not in row["sealed"]
    assert b"042917" not in row["sealed"]
    flipped = bytes([row["sealed"][-1] ^ 1])
    for broken in (row["sealed"][:-1] + flipped, b"", row["sealed"][3:]):
        with pytest.raises((SealBroken, ValueError)):
            keys.deliveries.open(broken, row["id"])
    with pytest.raises(SealBroken):
        keys.deliveries.open(row["sealed"], new_id())


async def test_a_refused_message_is_sent_again_later_and_then_gone(
    settings: Settings,
    database: Database,
    keys: AccountSecrets,
    mailbox: tuple[Mailbox, str],
) -> None:
    box, url = mailbox
    box.refuses = True
    ways = senders(replace(settings, delivery=url))
    await queued(database, keys, TO)
    with capture_logs() as logs:
        assert await send_due(database, keys, ways) == 0
    assert TO.normal not in str(logs)
    (row,) = await waiting(database)
    assert row["attempts"] == 1
    assert row["next_at"] > now() + timedelta(seconds=20)
    assert await send_due(database, keys, ways) == 0, "not due yet"
    box.refuses = False
    await be_due(database)
    assert await send_due(database, keys, ways) == 1
    assert len(box.got) == 1
    assert await waiting(database) == []


async def test_what_is_too_late_is_dropped_unsent(
    settings: Settings,
    database: Database,
    keys: AccountSecrets,
    mailbox: tuple[Mailbox, str],
) -> None:
    box, url = mailbox
    await queued(database, keys, TO, lasts=timedelta(0))
    assert await send_due(database, keys, senders(replace(settings, delivery=url))) == 0
    assert (box.got, await waiting(database)) == ([], [])


async def test_two_processes_send_each_message_once(
    database: Database, keys: AccountSecrets
) -> None:
    for _ in range(30):
        await queued(database, keys, TO)
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)
        await asyncio.sleep(0)

    ways = dict.fromkeys(AddressKind, keep)
    await asyncio.gather(*(send_due(database, keys, ways) for _ in range(4)))
    assert len({message.id for message in sent}) == len(sent) == 30


async def test_a_phone_message_goes_to_the_gateways_webhook_signed(
    settings: Settings,
    database: Database,
    keys: AccountSecrets,
    gateway: tuple[type[Gateway], str],
) -> None:
    own, url = gateway
    ways = senders(
        replace(settings, phone_delivery=url, phone_delivery_secret="shared secret")
    )
    await queued(database, keys, PHONE)
    assert await send_due(database, keys, ways) == 1
    ((headers, body),) = own.got
    assert json.loads(body) == {"to": PHONE.normal, "text": TEXT.body}
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    digest = hmac.digest(b"shared secret", signed, hashlib.sha256)
    expected = f"v1,{base64.b64encode(digest).decode()}"
    assert headers["Webhook-Signature"] == expected


async def test_a_gateway_that_fails_is_asked_again(
    settings: Settings,
    database: Database,
    keys: AccountSecrets,
    gateway: tuple[type[Gateway], str],
) -> None:
    own, url = gateway
    own.status = 500
    ways = senders(replace(settings, phone_delivery=url))
    await queued(database, keys, PHONE)
    assert await send_due(database, keys, ways) == 0
    assert len(await waiting(database)) == 1


async def test_in_development_the_log_shows_the_code(
    settings: Settings, database: Database, keys: AccountSecrets
) -> None:
    await queued(database, keys, TO)
    with capture_logs() as logs:
        await send_due(database, keys, senders(settings))
    assert [each["body"] for each in logs] == [TEXT.body]


async def test_a_message_is_claimed_again_when_its_sender_died(
    database: Database, keys: AccountSecrets
) -> None:
    await queued(database, keys, TO)
    async with database.as_system() as session:
        assert len(await claim_due(session, keys, 10)) == 1
    async with database.as_system() as session:
        assert await claim_due(session, keys, 10) == []
    await be_due(database)
    async with database.as_system() as session:
        assert len(await claim_due(session, keys, 10)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"delivery": "http://mail.example"},
        {"delivery": "sendmail"},
        {"phone_delivery": "smtp://x"},
        {"phone_delivery": "none"},
    ],
)
def test_a_delivery_that_is_none_is_told_at_the_start(
    settings: Settings, change: dict[str, str]
) -> None:
    with pytest.raises(UnknownDelivery):
        senders(replace(settings, **change))  # type: ignore[arg-type]
