"""How messages leave: e-mail by SMTP, phone messages through a gateway's webhook.

No SMS gateway comes with Rollcall: every one of them has an interface of its own, so
what is sent is a signed JSON document that a few lines beside the gateway turn into its
call. In development both go to the log, codes and all: `doctor --production` says so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Coroutine, Mapping
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib
import orjson
import structlog

from services.profiles.accounts.addresses import AddressKind
from services.profiles.delivery.outbox import Message
from shared.outgoing import new_client
from shared.settings import Settings

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 20
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}

Sender = Callable[[Message], Coroutine[Any, Any, None]]
"""Sends one message; whatever it raises means that it was not sent."""


class UnknownDelivery(ValueError):
    """A delivery setting is neither "log" nor an address that could be one."""


def senders(settings: Settings) -> Mapping[AddressKind, Sender]:
    """The sender of each channel. Raises UnknownDelivery."""
    return {
        AddressKind.EMAIL: _email_sender(settings),
        AddressKind.PHONE: _phone_sender(settings),
    }


def _email_sender(settings: Settings) -> Sender:
    if settings.delivery == "log":
        return to_the_log
    scheme = urlsplit(settings.delivery).scheme
    if scheme not in ("smtp", "smtps"):
        raise UnknownDelivery("ROLLCALL_DELIVERY is neither log nor smtp(s)://…")
    return Smtp(settings.delivery, settings.mail_from)


def _phone_sender(settings: Settings) -> Sender:
    if settings.phone_delivery == "log":
        return to_the_log
    if urlsplit(settings.phone_delivery).scheme not in ("http", "https"):
        raise UnknownDelivery("ROLLCALL_PHONE_DELIVERY is neither log nor http(s)://…")
    return Webhook(settings.phone_delivery, settings.phone_delivery_secret)


async def to_the_log(message: Message) -> None:
    log.info("message", channel=message.channel, to=message.to, body=message.text.body)


class Smtp:
    """E-mail by `smtps://user:password@host:port`, or `smtp://` with STARTTLS, which
    only a server on this machine may do without."""

    def __init__(self, url: str, sender: str) -> None:
        address = urlsplit(url)
        self._implicit = address.scheme == "smtps"
        self._host = address.hostname or "localhost"
        self._port = address.port or (465 if self._implicit else 587)
        self._user = unquote(address.username) if address.username else None
        self._password = unquote(address.password) if address.password else None
        self._sender = sender

    async def __call__(self, message: Message) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"] = self._sender, message.to
        mail["Subject"] = message.text.subject
        mail["Message-ID"] = f"<{message.id}@rollcall>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text.body)
        await aiosmtplib.send(
            mail,
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._implicit,
            start_tls=self._starttls(),
            timeout=TIMEOUT_SECONDS,
        )

    def _starttls(self) -> bool | None:
        if self._implicit:
            return False
        return None if self._host in LOCAL_HOSTS else True


class Webhook:
    """A POST of {"to", "text"}; with a secret, signed as Standard Webhooks say."""

    def __init__(self, url: str, secret: str | None) -> None:
        self._url = url
        self._secret = secret

    async def __call__(self, message: Message) -> None:
        body = orjson.dumps({"to": message.to, "text": message.text.body})
        headers = {"Content-Type": "application/json", "Webhook-Id": str(message.id)}
        if self._secret:
            headers |= signature(self._secret, str(message.id), body)
        async with new_client(timeout=TIMEOUT_SECONDS) as http:
            answer = await http.post(self._url, content=body, headers=headers)
        answer.raise_for_status()


def signature(secret: str, id: str, body: bytes) -> dict[str, str]:
    moment = str(int(time.time()))
    signed = f"{id}.{moment}.".encode() + body
    digest = hmac.digest(secret.encode(), signed, hashlib.sha256)
    return {
        "Webhook-Timestamp": moment,
        "Webhook-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }
