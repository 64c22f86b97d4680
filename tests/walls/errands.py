"""What each kind of party asks: of their own, of others', and wrongly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from shared.identity import Caller, Role
from shared.values import new_id
from tests.postings.builders import a_posting
from tests.profiles.builders import an_organisation


@dataclass
class Party:
    """Somebody who calls, and what is theirs; matching knows the posting `ranked`."""

    number: int
    caller: Caller
    headers: dict[str, str] = field(repr=False)
    postings: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    ranked: str = ""

    @property
    def mark(self) -> str:
        return f"of-party-{self.number}."

    @property
    def sees_all(self) -> bool:
        return self.caller.sees_all or self.caller.role is Role.AUDITOR


@dataclass
class Errand:
    """One request; `keep` is where the id of what it makes is kept."""

    service: str
    method: str
    path: str
    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    keep: list[str] | None = None


Kind = Callable[[Party, Sequence[Party], Random], Errand]

STALE = {"If-Match": '"9999"'}


def _tenant(all: Sequence[Party], chance: Random) -> Party:
    return chance.choice([each for each in all if each.caller.tenant])


def _worker(all: Sequence[Party], chance: Random) -> Party:
    return chance.choice([each for each in all if each.caller.role is Role.WORKER])


# -- organisations and their members ---------------------------------------------------


def read_own_organisation(me: Party, _: Sequence[Party], __: Random) -> Errand:
    return Errand("profiles", "GET", f"/v1/organisations/{me.caller.tenant}")


def read_an_organisation(_: Party, all: Sequence[Party], chance: Random) -> Errand:
    other = _tenant(all, chance).caller.tenant
    return Errand("profiles", "GET", f"/v1/organisations/{other}")


def rename_own(me: Party, _: Sequence[Party], chance: Random) -> Errand:
    body = {"name": f"Hall {chance.randrange(10**6)} {me.mark}"}
    return Errand("profiles", "PATCH", f"/v1/organisations/{me.caller.tenant}", body)


def rename_anybodys(me: Party, all: Sequence[Party], chance: Random) -> Errand:
    other = _tenant([each for each in all if each is not me], chance).caller.tenant
    body = {"name": f"Mine now {me.mark}"}
    return Errand("profiles", "PATCH", f"/v1/organisations/{other}", body)


def rename_what_was(me: Party, _: Sequence[Party], __: Random) -> Errand:
    path = f"/v1/organisations/{me.caller.tenant}"
    return Errand("profiles", "PATCH", path, {"name": "x"}, headers=STALE)


def break_a_rule(me: Party, _: Sequence[Party], __: Random) -> Errand:
    path = f"/v1/organisations/{me.caller.tenant}"
    return Errand("profiles", "PATCH", path, {"country": "nowhere"})


def register_again(me: Party, _: Sequence[Party], __: Random) -> Errand:
    body = an_organisation(kind=me.caller.role, name=f"Again {me.mark}")
    return Errand("profiles", "POST", "/v1/organisations", body)


def invite(me: Party, _: Sequence[Party], chance: Random) -> Errand:
    email = f"m{chance.randrange(10**9)}@{me.mark}example"
    body = {"kind": "viewer", "name": f"Sam {me.mark}", "email": email}
    return Errand("profiles", "POST", "/v1/accounts/invitations", body)


def list_invitations(_: Party, __: Sequence[Party], ___: Random) -> Errand:
    return Errand("profiles", "GET", "/v1/accounts/invitations")


def read_a_contact(_: Party, all: Sequence[Party], chance: Random) -> Errand:
    worker = _worker(all, chance).caller.subject
    return Errand("profiles", "GET", f"/v1/workers/{worker}/contact")


# -- postings and runs -----------------------------------------------------------------


def draft(me: Party, _: Sequence[Party], chance: Random) -> Errand:
    body = a_posting(title=f"Packer {chance.randrange(50)} {me.mark}")
    # some come twice, and some keys come with another body
    key = {"Idempotency-Key": f"{me.number}-{chance.randrange(30)}"}
    headers = key if chance.random() < 0.5 else {}
    return Errand(
        "postings", "POST", "/v1/postings", body, headers=headers, keep=me.postings
    )


def import_drafts(me: Party, _: Sequence[Party], chance: Random) -> Errand:
    rows = [
        a_posting(title=f"Picker {me.mark}", source={"system": "desk", "id": str(id)})
        for id in chance.sample(range(20), 3)
    ]
    return Errand("postings", "POST", "/v1/postings/batch", {"postings": rows})


def list_postings(_: Party, __: Sequence[Party], chance: Random) -> Errand:
    query = {"limit": chance.choice((1, 20, 200))}
    return Errand("postings", "GET", "/v1/postings", query=query)


def list_anothers(_: Party, all: Sequence[Party], chance: Random) -> Errand:
    query = {"organisation": str(_tenant(all, chance).caller.tenant)}
    return Errand("postings", "GET", "/v1/postings", query=query)


def read_a_posting(me: Party, all: Sequence[Party], chance: Random) -> Errand:
    whose = me if me.postings and chance.random() < 0.5 else _tenant(all, chance)
    return Errand("postings", "GET", f"/v1/postings/{chance.choice(whose.postings)}")


def retitle(me: Party, all: Sequence[Party], chance: Random) -> Errand:
    whose = me if chance.random() < 0.6 else _tenant(all, chance)
    path = f"/v1/postings/{chance.choice(whose.postings)}"
    headers = STALE if chance.random() < 0.2 else {}
    body = {"title": f"Packer {chance.randrange(10**6)} {me.mark}"}
    return Errand("postings", "PATCH", path, body, headers=headers)


def close_anothers(_: Party, all: Sequence[Party], chance: Random) -> Errand:
    posting = chance.choice(_tenant(all, chance).postings)
    path = f"/v1/postings/{posting}/close"
    return Errand("postings", "POST", path, {"reason": "x"})


def hold(me: Party, _: Sequence[Party], chance: Random) -> Errand:
    path = f"/v1/postings/{chance.choice(me.postings)}/hold"
    return Errand("postings", "POST", path, {"reason": "x"})


def have_ranked(me: Party, all: Sequence[Party], chance: Random) -> Errand:
    posting = me.ranked if chance.random() < 0.7 else _tenant(all, chance).ranked
    return Errand("matching", "POST", "/v1/runs", {"posting": posting}, keep=me.runs)


def read_a_run(me: Party, all: Sequence[Party], chance: Random) -> Errand:
    whose = me if chance.random() < 0.5 else _tenant(all, chance)
    run = chance.choice(whose.runs) if whose.runs else str(new_id())
    return Errand("matching", "GET", f"/v1/runs/{run}")


def read_matches(me: Party, all: Sequence[Party], chance: Random) -> Errand:
    posting = me.ranked if chance.random() < 0.7 else _tenant(all, chance).ranked
    return Errand("matching", "GET", "/v1/matches", query={"posting": posting})


def rank_mine(me: Party, _: Sequence[Party], __: Random) -> Errand:
    body = {"postings": [me.ranked, str(new_id())]}
    return Errand("matching", "POST", "/v1/matches/batch", body)


def ask_what_if(me: Party, all: Sequence[Party], chance: Random) -> Errand:
    posting = me.ranked if chance.random() < 0.7 else _tenant(all, chance).ranked
    return Errand("matching", "POST", "/v1/matches/what-if", {"posting": posting})


# -- workers ---------------------------------------------------------------------------


def read_oneself(me: Party, _: Sequence[Party], __: Random) -> Errand:
    return Errand("profiles", "GET", f"/v1/workers/{me.caller.subject}")


def read_a_worker(_: Party, all: Sequence[Party], chance: Random) -> Errand:
    worker = _worker(all, chance).caller.subject
    return Errand("profiles", "GET", f"/v1/workers/{worker}")


def rename_oneself(me: Party, _: Sequence[Party], chance: Random) -> Errand:
    body = {"display_name": f"Jo {chance.randrange(10**6)} {me.mark}"}
    return Errand("profiles", "PATCH", f"/v1/workers/{me.caller.subject}", body)


def rename_a_worker(me: Party, all: Sequence[Party], chance: Random) -> Errand:
    worker = _worker([each for each in all if each is not me], chance).caller.subject
    body = {"display_name": f"Jo {me.mark}"}
    return Errand("profiles", "PATCH", f"/v1/workers/{worker}", body)


def consent(me: Party, _: Sequence[Party], __: Random) -> Errand:
    path = f"/v1/workers/{me.caller.subject}/consents/notices"
    return Errand("profiles", "PUT", path, {"version": 1})


def say_nonsense(me: Party, _: Sequence[Party], __: Random) -> Errand:
    path = f"/v1/workers/{me.caller.subject}"
    return Errand("profiles", "PATCH", path, {"zone": "Nowhere"})


# -- operators, auditors, services -----------------------------------------------------


def list_organisations(_: Party, __: Sequence[Party], ___: Random) -> Errand:
    return Errand("profiles", "GET", "/v1/organisations", query={"limit": 20})


def list_workers(_: Party, __: Sequence[Party], ___: Random) -> Errand:
    return Errand("profiles", "GET", "/v1/workers", query={"limit": 20})


def retitle_for(_: Party, all: Sequence[Party], chance: Random) -> Errand:
    whose = _tenant(all, chance)
    body = {"title": f"Packer {chance.randrange(10**6)} {whose.mark}"}
    path = f"/v1/postings/{chance.choice(whose.postings)}"
    return Errand("postings", "PATCH", path, body)


def read_the_log(_: Party, __: Sequence[Party], chance: Random) -> Errand:
    service = chance.choice(("profiles", "postings", "matching"))
    return Errand(service, "GET", f"/v1/audit/{service}", query={"limit": 20})


def read_the_feed(_: Party, __: Sequence[Party], chance: Random) -> Errand:
    service = chance.choice(("profiles", "postings"))
    query = {"after": "", "wait": 0, "limit": 20}
    return Errand(service, "GET", f"/v1/feeds/{service}", query=query)


MEMBERS: Sequence[Kind] = (
    read_own_organisation,
    read_an_organisation,
    rename_own,
    rename_anybodys,
    rename_what_was,
    break_a_rule,
    register_again,
    invite,
    list_invitations,
    read_a_contact,
    draft,
    import_drafts,
    list_postings,
    list_anothers,
    read_a_posting,
    retitle,
    close_anothers,
    hold,
    have_ranked,
    read_a_run,
    read_matches,
    rank_mine,
    ask_what_if,
)

ERRANDS: Mapping[Role, Sequence[Kind]] = {
    Role.EMPLOYER: MEMBERS,
    Role.AGENCY: MEMBERS,
    Role.WORKER: (
        read_oneself,
        read_a_worker,
        rename_oneself,
        rename_a_worker,
        consent,
        say_nonsense,
        list_postings,
        read_a_posting,
    ),
    Role.OPERATOR: (list_organisations, list_workers, retitle_for, read_the_log),
    Role.AUDITOR: (read_the_log, list_postings),
    Role.SERVICE: (read_the_feed,),
}
