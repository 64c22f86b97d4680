"""A running system, callers of every kind, and things that belong to them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from infra.onebox import Box
from infra.registry import registry
from shared.identity import ORGANISATIONS, Caller, Role
from shared.registry import DeclaredRoute
from shared.tokens import TokenKey
from shared.values import new_id, now
from tests.databases import execute
from tests.journeys.people import PATIENCE, a_posting, a_profile

Document = dict[str, Any]


class World(AbstractContextManager["World"]):
    """Speaks to one box as anybody, and makes things of anybody's."""

    def __init__(self, box: Box) -> None:
        self.settings = box.settings
        self.key = TokenKey.read(box.settings.token_key_file)
        self.http = httpx.Client(base_url=box.url, timeout=30)
        self.routes = [
            route for each in registry(box.settings).values() for route in each
        ]
        self.documents = {
            name: self.http.get(f"/v1/openapi/{name}.json").json()
            for name in registry(box.settings)
        }
        self.operator = Caller(new_id(), Role.OPERATOR)
        self._wait_for_the_taxonomy()

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def bearer(self, caller: Caller) -> dict[str, str]:
        token = self.key.mint(self.settings, caller, timedelta(minutes=5))
        return {"Authorization": f"Bearer {token}"}

    def call(
        self, caller: Caller | None, method: str, path: str, **more: Any
    ) -> httpx.Response:
        headers = self.bearer(caller) if caller else {}
        headers |= more.pop("headers", {})
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self.http.request(method, path, headers=headers, **more)
            # on a busy machine Valkey may be late, and sign-ins then wait
            if "sign-in-paused" not in answer.text or time.monotonic() > deadline:
                return answer
            time.sleep(1)

    def made(self, caller: Caller, path: str, body: Document) -> Document:
        answer = self.call(caller, "POST", path, json=body)
        assert answer.is_success, answer.text
        document: Document = answer.json()
        return document

    def example(self, route: DeclaredRoute) -> Document | None:
        """The body that the route's own documentation shows; None if it takes none."""
        document = self.documents[route.service]
        described = document["paths"].get(route.path, {})
        operation = described.get(route.method.lower(), {})
        if "requestBody" not in operation:
            return None
        media = operation["requestBody"]["content"].get("application/json")
        if media is None:
            return None  # a form: whoever sends none is told so
        found: Document = example_of(document, media)
        return found

    def _wait_for_the_taxonomy(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            worker = Caller(new_id(), Role.WORKER)
            answers = [
                self.call(worker, "POST", "/v1/workers", json=a_profile()),
                self.call(
                    Caller(new_id(), Role.EMPLOYER, new_id()),
                    "POST",
                    "/v1/postings",
                    json=a_posting(),
                ),
            ]
            if all(answer.status_code == 201 for answer in answers):
                return
            assert time.monotonic() < deadline, [each.text for each in answers]
            time.sleep(0.1)


def example_of(document: Document, media: Mapping[str, Any]) -> Any:
    """The first example of a media type or schema of an OpenAPI document."""
    if "example" in media:
        return media["example"]
    examples = media.get("examples")
    if examples:
        one = (
            examples[0] if isinstance(examples, list) else next(iter(examples.values()))
        )
        return one["value"] if isinstance(examples, dict) else one
    schema = media.get("schema", media)
    if schema is not media and ("example" in schema or "examples" in schema):
        return example_of(document, schema)
    name = schema["$ref"].rsplit("/", 1)[1]
    return example_of(document, document["components"]["schemas"][name])


def caller_of(role: Role) -> Caller:
    """Somebody new of this role, in an organisation of their own where it has one."""
    return Caller(new_id(), role, new_id() if role in ORGANISATIONS else None)


def narrowed(caller: Caller) -> Caller:
    """The same caller with a token that lets do nothing."""
    return replace(caller, scopes=frozenset())


# -- things, by the name that routes give their ids ------------------------------------


def person(owner: Caller) -> Caller:
    """The owner if they are a worker, else a worker who is always the same for them."""
    return owner if owner.role is Role.WORKER else Caller(owner.subject, Role.WORKER)


def _worker(world: World, owner: Caller) -> UUID:
    who = person(owner)
    answer = world.call(who, "POST", "/v1/workers", json=a_profile())
    assert answer.status_code in (201, 409), answer.text
    if owner.role is Role.AGENCY:  # what makes a worker an agency's own
        representation_of(world, who, owner)
    return who.subject


def _organisation(world: World, owner: Caller) -> UUID:
    who = owner if owner.tenant else Caller(new_id(), Role.EMPLOYER, new_id())
    kind = "agency" if who.role is Role.AGENCY else "employer"
    body = {"kind": kind, "name": "Northgate", "country": "GB", "zone": "Europe/London"}
    answer = world.call(who, "POST", "/v1/organisations", json=body)
    assert answer.status_code in (201, 409), answer.text
    assert who.tenant is not None
    return who.tenant


def _posting(world: World, owner: Caller) -> UUID:
    who = owner if owner.tenant else Caller(new_id(), Role.EMPLOYER, new_id())
    return UUID(world.made(who, "/v1/postings", a_posting())["id"])


def _mandate(world: World, owner: Caller) -> UUID:
    """One that the owner has given, or was given as an agency."""
    is_agency = owner.role is Role.AGENCY
    is_client = owner.tenant is not None and not is_agency
    client = owner if is_client else caller_of(Role.EMPLOYER)
    return mandate_of(world, client, owner if is_agency else caller_of(Role.AGENCY))


def mandate_of(world: World, client: Caller, agency: Caller) -> UUID:
    body = {"agency": str(_organisation(world, agency)), "purposes": ["hiring"]}
    path = f"/v1/organisations/{_organisation(world, client)}/mandates"
    return UUID(world.made(client, path, body)["id"])


def _representation(world: World, owner: Caller) -> UUID:
    return representation_of(world, person(owner), caller_of(Role.AGENCY))


def representation_of(world: World, worker: Caller, agency: Caller) -> UUID:
    body = {"agency": str(_organisation(world, agency))}
    path = f"/v1/workers/{_worker(world, worker)}/representations"
    return UUID(world.made(worker, path, body)["id"])


def an_agency(world: World, _: Caller) -> Document:
    return {"agency": str(_organisation(world, caller_of(Role.AGENCY)))}


def _duplicate(world: World, _: Caller) -> UUID:
    passport = {"kind": "passport", "country": "GB", "number": new_id().hex}
    for who in (caller_of(Role.WORKER), caller_of(Role.WORKER)):
        path = f"/v1/workers/{_worker(world, who)}/identity-documents"
        assert world.call(who, "POST", path, json=passport).is_success
        pair = str(who.subject)
    query = {"status": "open", "limit": 200}
    path = "/v1/workers/suspected-duplicates"
    found = world.call(world.operator, "GET", path, params=query).json()["items"]
    return next(UUID(one["id"]) for one in found if one["later"] == pair)


def _application(world: World, owner: Caller) -> UUID:
    """By the owner, or by somebody to the owner."""
    body = {"posting": str(_posting(world, owner))}
    who = owner if owner.role is Role.WORKER else caller_of(Role.WORKER)
    return UUID(world.made(who, "/v1/applications", body)["id"])


def _submittal(world: World, owner: Caller) -> UUID:
    """Of the owner: as the worker, as the client, or as an agency to itself."""
    if owner.role is Role.AGENCY:
        agency = client = owner
    else:
        agency = caller_of(Role.AGENCY)
        client = owner if owner.tenant else caller_of(Role.EMPLOYER)
        mandate_of(world, client, agency)
    representation_of(world, person(owner), agency)
    body = submittal(world, client, owner)
    found: list[UUID] = []

    def submitted() -> bool:
        answer = world.call(agency, "POST", "/v1/submittals", json=body)
        if answer.status_code == 201:
            found.append(UUID(answer.json()["id"]))
        assert answer.status_code in (201, 403), answer.text
        return bool(found)

    until(submitted)  # hiring hears of the mandate and the right by the feed
    return found[0]


def submittal(world: World, client: Caller, owner: Caller) -> Document:
    posting = str(_posting(world, client))
    return {"posting": posting, "worker": str(person(owner).subject)}


def a_submittal(world: World, owner: Caller) -> Document:
    """One that the owner, an agency, could make."""
    _submittal(world, owner)
    return submittal(world, owner, owner)


def an_application(world: World, owner: Caller) -> Document:
    posting = str(_posting(world, owner))
    return {"posting": posting, "worker": str(person(owner).subject)}


def blocked_worker(world: World, owner: Caller) -> UUID:
    body = {"worker": str(new_id())}
    who = owner if owner.tenant else caller_of(Role.EMPLOYER)
    made = world.made(who, "/v1/applications/blocked-workers", body)
    return UUID(made["worker"])


def _run(world: World, owner: Caller) -> UUID:
    who = owner if owner.tenant else Caller(new_id(), Role.EMPLOYER, new_id())
    posting = ranked_posting(world, who)
    return UUID(world.made(who, "/v1/runs", {"posting": str(posting)})["id"])


def ranked_posting(world: World, owner: Caller) -> UUID:
    """An open posting that matching knows of."""
    posting = world.made(owner, "/v1/postings", a_posting())["id"]
    until(
        lambda: (
            world.call(
                owner, "GET", "/v1/matches", params={"posting": posting}
            ).is_success
        )
    )
    return UUID(posting)


def known_worker(world: World, owner: Caller) -> UUID:
    """A worker that matching knows of; of nobody here where an organisation asks."""
    return ranked_worker(world, owner if owner.role is Role.WORKER else world.operator)


def ranked_worker(world: World, owner: Caller) -> UUID:
    """A worker that matching knows of."""
    worker = _worker(world, owner)
    query = {"worker": str(worker)}
    until(lambda: world.call(owner, "GET", "/v1/matches", params=query).is_success)
    return worker


def _binding(world: World, _: Caller) -> UUID:
    phrase = f"zorkling {letters()}"
    body = {"phrase": phrase, "kind": "skill", "concept": "forklift-driving"}
    return UUID(world.made(world.operator, "/v1/skills/phrases/bindings", body)["id"])


def _phrase(world: World, __: Caller) -> UUID:
    word = f"blubber {letters()}"
    body = {"phrases": [word], "kind": "skill"}
    for _ in range(2):  # the text is kept when two have typed it
        world.made(caller_of(Role.EMPLOYER), "/v1/skills/normalise", body)
    found: list[UUID] = []

    def counted() -> bool:
        path = "/v1/skills/phrases"
        listed = world.call(world.operator, "GET", path, params={"limit": 200}).json()
        found[:] = [UUID(p["id"]) for p in listed["items"] if p["folded"] == word]
        return bool(found)

    until(counted)
    return found[0]


def disclosed_worker(world: World, owner: Caller) -> UUID:
    """A worker who has let the owner's organisation know who they are."""
    worker = _worker(world, owner)
    if owner.tenant is not None:
        execute(
            world.settings.database_url,
            "INSERT INTO profiles.disclosure VALUES"
            f" ('{new_id()}', 1, '{worker}', '{owner.tenant}', 'application', now())",
        )
    return worker


def erased_worker(world: World, owner: Caller) -> UUID:
    worker = _worker(world, owner)
    path = f"/v1/workers/{worker}/erasure"
    asked = world.call(world.operator, "POST", path, json={"reason": "asked"})
    assert asked.status_code == 202, asked.text
    return worker


# Rows of accounts, written directly: the world's callers carry tokens and never signed
# up.


def _insert(world: World, *rows: str) -> None:
    """Rows of profiles, all or none: who an account is of may be erased meanwhile."""
    execute(world.settings.database_url, ";".join(rows))


def _row(table: str, **values: Any) -> str:
    """Unless it is there."""
    literals = ", ".join(f"'{value}'" for value in values.values())
    return (
        f"INSERT INTO profiles.{table} ({', '.join(values)}) VALUES ({literals})"
        " ON CONFLICT DO NOTHING"
    )


def _account_row(owner: Caller) -> str:
    """The owner's account, which is held if it is there."""
    kind = "member" if owner.role in ORGANISATIONS else owner.role.value
    return (
        f"INSERT INTO profiles.account (id, kind) VALUES ('{owner.subject}', '{kind}')"
        " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind"
    )


def _in_a_day() -> datetime:
    return now() + timedelta(days=1)


def _account(world: World, owner: Caller) -> UUID:
    _insert(world, _account_row(owner))
    return owner.subject


def _sign_in(world: World, owner: Caller) -> UUID:
    id, account = new_id(), owner.subject
    row = _row(
        "sign_in", id=id, account=account, method="password", ends_at=_in_a_day()
    )
    _insert(world, _account_row(owner), row)
    return id


def _joined(world: World, organisation: UUID, member: Caller) -> None:
    row = _row(
        "membership", organisation=organisation, account=member.subject, kind="viewer"
    )
    _insert(world, _account_row(member), row)


def _member(world: World, owner: Caller) -> UUID:
    """Somebody else in the owner's organisation."""
    member = caller_of(Role.EMPLOYER)
    _joined(world, _organisation(world, owner), member)
    return member.subject


def _own_membership(world: World, owner: Caller) -> UUID:
    organisation = _organisation(world, owner)
    _joined(world, organisation, owner)
    return organisation


def _login(world: World, owner: Caller) -> UUID:
    id = new_id()
    row = _row("login", id=id, kind="email", lookup=id, account=owner.subject)
    _insert(world, _account_row(owner), row)
    return id


def _invitation(world: World, owner: Caller) -> UUID:
    who = owner if owner.tenant else caller_of(Role.EMPLOYER)
    _organisation(world, who)
    body = {"kind": "viewer", "name": "Sam", "email": f"{new_id()}@example.org"}
    return UUID(world.made(who, "/v1/accounts/invitations", body)["id"])


def _key(world: World, owner: Caller) -> UUID:
    id = new_id()
    row = _row(
        "api_key",
        id=id,
        organisation=_organisation(world, owner),
        prefix="x",
        hash=id,
        scopes="{}",
        name="x",
        created_by=owner.subject,
        expires_at=_in_a_day(),
    )
    _insert(world, row)
    return id


def _consent(world: World, owner: Caller) -> UUID:
    """The owner's own as a worker, or one that they recorded."""
    id = new_id()
    worker = owner if owner.role is Role.WORKER else caller_of(Role.WORKER)
    row = _row(
        "acting_consent",
        id=id,
        worker=_account(world, worker),
        given="code",
        purpose="x",
        recorded_by=owner.subject,
        confirmed_at=now(),
        challenge=id,
        until=_in_a_day(),
    )
    _insert(world, row)
    return id


def letters() -> str:
    """A word nobody has written yet."""
    return new_id().hex.translate(str.maketrans("0123456789", "ghijklmnop"))


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


Maker = Callable[[World, Caller], object]

THINGS: Mapping[str, Maker] = {
    "worker_id": _worker,
    "organisation_id": _organisation,
    "posting_id": _posting,
    "run": _run,
    "lane": lambda *_: "bulk",
    "duplicate_id": _duplicate,
    "application_id": _application,
    "submittal_id": _submittal,
    "mandate_id": _mandate,
    "representation_id": _representation,
    "binding_id": _binding,
    "phrase_id": _phrase,
    "scheme": lambda *_: "isco-08",
    "code": lambda *_: "2166",
    "file": lambda *_: "swagger-ui.css",
    "concept_id": lambda *_: "forklift-driving",
    "kind": lambda *_: "notices",
    "account_id": _account,
    "sign_in_id": _sign_in,
    "login_id": _login,
    "member_id": _member,
    "invitation_id": _invitation,
    "key_id": _key,
    "consent_id": _consent,
    "challenge": lambda *_: new_id(),
}
"""How to make what a path parameter names, as something of the owner's."""

THINGS_OF: Mapping[str, Mapping[str, Maker]] = {
    "unblock_worker": {"worker_id": blocked_worker},
    "may_work": {"worker_id": disclosed_worker},
    "read_contact": {"worker_id": disclosed_worker},
    "read_erasure": {"worker_id": erased_worker},
    "leave_organisation": {"organisation_id": _own_membership},
}
"""Where an operation needs something of its own kind there, by its name."""
