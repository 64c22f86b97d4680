"""Who calls: a person, a member of an organisation, or a service.

A role says what kind of principal it is, its scopes what it may do, and the ownership
rule of a route (`shared.access`) on whose things.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

SERVICE_SUBJECTS = {
    name: UUID(bytes=hashlib.sha256(f"rollcall service {name}".encode()).digest()[:16])
    for name in ("profiles", "postings", "matching")
}


class Role(StrEnum):
    WORKER = "worker"
    EMPLOYER = "employer"
    AGENCY = "agency"
    CLERK = "clerk"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    SERVICE = "service"


SIGNED_IN = frozenset(Role)
ORGANISATIONS = frozenset({Role.EMPLOYER, Role.AGENCY})


class Scope(StrEnum):
    """What a token lets its bearer do; every route asks for one."""

    ACCOUNT = "account"
    ACTING = "acting"
    AUDIT_READ = "audit:read"
    CONTACTS_READ = "contacts:read"
    FEEDS_READ = "feeds:read"
    HIRING_READ = "hiring:read"
    HIRING_WRITE = "hiring:write"
    MATCHES_READ = "matches:read"
    MATCHES_WRITE = "matches:write"
    MEMBERS_WRITE = "members:write"
    ORGANISATIONS_READ = "organisations:read"
    ORGANISATIONS_WRITE = "organisations:write"
    POSTINGS_READ = "postings:read"
    POSTINGS_WRITE = "postings:write"
    QUEUES_READ = "queues:read"
    QUEUES_WRITE = "queues:write"
    SKILLS_READ = "skills:read"
    SKILLS_WRITE = "skills:write"
    SYSTEM_READ = "system:read"
    WORKERS_READ = "workers:read"
    WORKERS_WRITE = "workers:write"


_VIEWER = frozenset(
    {
        Scope.ACCOUNT,
        Scope.HIRING_READ,
        Scope.MATCHES_READ,
        Scope.ORGANISATIONS_READ,
        Scope.POSTINGS_READ,
        Scope.SKILLS_READ,
        Scope.WORKERS_READ,
    }
)
_RECRUITER = _VIEWER | {
    Scope.ACTING,
    Scope.CONTACTS_READ,
    Scope.HIRING_WRITE,
    Scope.MATCHES_WRITE,
    Scope.POSTINGS_WRITE,
}
_OWNER = _RECRUITER | {Scope.MEMBERS_WRITE, Scope.ORGANISATIONS_WRITE}

MEMBER_SCOPES: Mapping[str, frozenset[Scope]] = {
    "viewer": _VIEWER,
    "recruiter": _RECRUITER,
    "owner": _OWNER,
}
"""What a member of an organisation may do there, by the kind of membership."""

ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.WORKER: frozenset(
        {
            Scope.ACCOUNT,
            Scope.HIRING_READ,
            Scope.HIRING_WRITE,
            Scope.MATCHES_READ,
            Scope.POSTINGS_READ,
            Scope.SKILLS_READ,
            Scope.WORKERS_READ,
            Scope.WORKERS_WRITE,
        }
    ),
    Role.EMPLOYER: _OWNER,
    Role.AGENCY: _OWNER,
    Role.CLERK: frozenset(
        {Scope.ACCOUNT, Scope.ACTING, Scope.POSTINGS_READ, Scope.SKILLS_READ}
    ),
    Role.OPERATOR: frozenset(Scope) - {Scope.ACTING, Scope.FEEDS_READ},
    Role.AUDITOR: frozenset(
        {
            Scope.ACCOUNT,
            Scope.AUDIT_READ,
            Scope.POSTINGS_READ,
            Scope.QUEUES_READ,
            Scope.SKILLS_READ,
            Scope.SYSTEM_READ,
        }
    ),
    Role.SERVICE: frozenset(
        {
            Scope.FEEDS_READ,
            Scope.POSTINGS_READ,
            Scope.SKILLS_READ,
            Scope.SYSTEM_READ,
            Scope.WORKERS_WRITE,
        }
    ),
}
"""The most a token of each role can hold."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who really acts where somebody acts for another (RFC 8693 `act`)."""

    subject: UUID
    role: Role
    tenant: UUID | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal of a request.

    `subject` is the person or service; a worker's subject is their worker id. `tenant`
    is the organisation a member acts for, None for workers, operators and services.
    Without `scopes` the caller may do all that the role can. `session` is the sign-in
    and `key` the API key that the token came from; `actor` is whoever acts for this
    caller: a clerk for a worker, an agency's member for a client.
    """

    subject: UUID
    role: Role
    tenant: UUID | None = None
    scopes: frozenset[Scope] | None = None
    session: UUID | None = None
    key: UUID | None = None
    actor: Actor | None = None

    @property
    def sees_all(self) -> bool:
        """Whether this caller works with the system login, above the row walls."""
        return self.role in (Role.OPERATOR, Role.SERVICE)

    @property
    def allowed(self) -> frozenset[Scope]:
        """The scopes of this caller, never more than the role can hold."""
        most = ROLE_SCOPES[self.role]
        return most if self.scopes is None else self.scopes & most

    @property
    def hand(self) -> Actor:
        """Who is answerable for what this caller does: the actor, else the caller."""
        return self.actor or Actor(self.subject, self.role, self.tenant)
