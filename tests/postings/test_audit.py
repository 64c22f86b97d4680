"""What operators do to an organisation's postings is on the audit log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.postings.builders import a_posting
from tests.postings.conftest import OPERATOR, Api


async def entries(api: Api) -> list[dict[str, Any]]:
    """Those that concern the employer of this test."""
    return await api.fetch(
        "SELECT action, actor, actor_role, tenant, subject_kind, subject_id, detail"
        " FROM postings.audit_entry WHERE tenant = :tenant ORDER BY id",
        tenant=api.employer.tenant,
    )


async def test_what_members_do_with_their_own_postings_is_not(api: Api) -> None:
    posting = (await api.created())["id"]
    await api.call("PATCH", f"/postings/{posting}", {"title": "Another"})
    await api.step(posting, "publish")
    assert await entries(api) == []


async def test_an_operator_who_edits_holds_and_releases_is(api: Api) -> None:
    posting = (await api.created(publish=True))["id"]
    path = f"/postings/{posting}"
    edit = await api.call("PATCH", path, {"title": "Another"}, by=OPERATOR)
    assert edit.status_code == 200, edit.text
    for verb in ("hold", "release", "cancel"):
        assert (await api.step(posting, verb, by=OPERATOR)).is_success
    found = await entries(api)
    assert [entry["action"] for entry in found] == [
        "posting.edit",
        "posting.hold",
        "posting.release",
        "posting.cancel",
    ]
    for version, entry in enumerate(found, start=2):
        assert (entry["actor"], entry["actor_role"]) == (OPERATOR.subject, "operator")
        assert (entry["subject_kind"], entry["subject_id"]) == (
            "posting",
            UUID(posting),
        )
        assert entry["detail"] == {"version": version}


async def test_an_edit_that_changes_nothing_is_no_entry(api: Api) -> None:
    made = await api.created()
    title = {"title": made["title"]}
    await api.call("PATCH", f"/postings/{made['id']}", title, by=OPERATOR)
    assert await entries(api) == []


async def test_an_operator_s_batch_is_one_entry(api: Api) -> None:
    rows = [
        a_posting(source={"system": "board", "id": str(number)}) for number in range(3)
    ]
    own = await api.call("POST", "/postings/batch", {"postings": rows})
    assert own.status_code == 200, own.text
    assert await entries(api) == []
    body = {"postings": rows, "organisation": str(api.employer.tenant)}
    assert (await api.call("POST", "/postings/batch", body, by=OPERATOR)).is_success
    [entry] = await entries(api)
    assert (entry["action"], entry["subject_id"]) == (
        "posting.import",
        api.employer.tenant,
    )
    assert entry["detail"]["count"] == 3
