"""People who sign up, read their messages and sign in, over HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx
import pyotp
import pytest

from services.profiles.accounts.addresses import AddressKind
from services.profiles.accounts.registrar import Registrar
from services.profiles.delivery.outbox import Message
from services.profiles.delivery.sending import send_due
from shared.identity import Caller
from shared.rates import Rates
from shared.settings import Settings
from tests.profiles.builders import an_organisation
from tests.profiles.conftest import Api

PASSWORD = "correct horse battery staple"
ONE_TIME_CODE = "urn:rollcall:grant:one-time-code"
CODE = re.compile(r"\b[0-9]{6}\b")


@dataclass
class Tokens:
    """What the token endpoint gave somebody."""

    access: str
    refresh: str
    account: UUID | None = None
    organisation: UUID | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access}"}


@dataclass
class Desk:
    """The accounts of one API, and every message it sent."""

    api: Api
    http: httpx.AsyncClient
    sent: list[Message] = field(default_factory=list)

    @property
    def registrar(self) -> Registrar:
        registrar: Registrar = self.api.app.state.registrar
        return registrar

    async def deliver(self) -> None:
        """Send what waits, into `sent`."""

        async def keep(message: Message) -> None:
            self.sent.append(message)

        senders = dict.fromkeys(AddressKind, keep)
        await send_due(self.api.database, self.registrar.keys, senders)

    async def last_message(self, to: str) -> str:
        await self.deliver()
        return next(each.text.body for each in self.sent[::-1] if each.to == to)

    async def last_code(self, to: str) -> str:
        found = CODE.search(await self.last_message(to))
        assert found is not None
        return found[0]

    async def token(self, grant: str, **fields: Any) -> httpx.Response:
        form = {"grant_type": grant} | fields
        return await self.http.post("/v1/accounts/token", data=form)

    async def sign_in(self, username: str, **fields: Any) -> Tokens:
        fields = {"username": username, "password": PASSWORD} | fields
        answer = await self.token("password", **fields)
        assert answer.status_code == 200, answer.text
        return Tokens(answer.json()["access_token"], answer.json()["refresh_token"])

    async def worker(self, phone: str = "+442079460001", **more: Any) -> Tokens:
        return await self.signed_up({"kind": "worker", "phone": phone} | more, phone)

    async def owner(
        self, email: str = "jo@northgate.example", **organisation: Any
    ) -> Tokens:
        body = {
            "kind": "owner",
            "email": email,
            "password": PASSWORD,
            "name": "Jo Reed",
            "organisation": an_organisation(**organisation),
        }
        return await self.signed_up(body, email)

    async def signed_up(self, body: dict[str, Any], to: str) -> Tokens:
        asked = await self.http.post("/v1/accounts/sign-ups", json=body)
        assert asked.status_code == 202, asked.text
        path = f"/v1/accounts/sign-ups/{asked.json()['challenge']}/verification"
        made = await self.http.post(path, json={"code": await self.last_code(to)})
        assert made.status_code == 201, made.text
        document = made.json()
        return Tokens(
            document["access_token"],
            document["refresh_token"],
            UUID(document["account"]),
            UUID(document["organisation"]) if document["organisation"] else None,
        )

    async def member(self, owner: Tokens, kind: str, email: str) -> Tokens:
        """Invited by `owner`, and signed in."""
        body = {"kind": kind, "name": "Sam Hill", "email": email}
        path = "/v1/accounts/invitations"
        invited = await self.http.post(path, json=body, headers=owner.headers)
        assert invited.status_code == 201, invited.text
        accepted = await self.accept(email)
        assert accepted.status_code == 201, accepted.text
        tokens = await self.sign_in(email)
        tokens.account = UUID(accepted.json()["account"])
        return tokens

    async def accept(self, email: str, password: str | None = PASSWORD) -> Any:
        word = (await self.last_message(email)).split("\n\n")[1].strip()
        body = {"token": word, "password": password}
        return await self.http.post("/v1/accounts/invitations/acceptance", json=body)

    async def staff(self, kind: str, email: str) -> tuple[Tokens, pyotp.TOTP | None]:
        """Invited by an operator, and signed in with what it takes."""
        async with self.api.as_operator() as http:
            body = {"kind": kind, "name": "Ada Moss", "email": email}
            invited = await http.post("/v1/accounts/staff", json=body)
            assert invited.status_code == 201, invited.text
        accepted = (await self.accept(email)).json()
        factor = pyotp.TOTP(accepted["totp"]["secret"]) if accepted["totp"] else None
        totp = {"totp": factor.now()} if factor else {}
        tokens = await self.sign_in(email, **totp)
        tokens.account = UUID(accepted["account"])
        return tokens, factor

    def caller(self, token: str) -> Caller:
        return self.registrar.check.caller(token)


@asynccontextmanager
async def opened_desk(api: Api) -> AsyncIterator[Desk]:
    async with api.as_caller(None) as http:
        yield Desk(api, http)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Limits by address would come before what is tested here."""
    return replace(settings, rates=Rates(on=False))


@pytest.fixture
async def desk(api: Api) -> AsyncIterator[Desk]:
    async with opened_desk(api) as desk:
        yield desk
