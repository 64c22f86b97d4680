"""What people come for, through the whole running system."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from infra.onebox import Box
from shared.identity import Caller, Role
from shared.values import new_id
from tests.journeys.people import (
    a_posting,
    a_profile,
    a_worker,
    an_employer,
    client_of,
    matches,
    publish,
    ranked_ids,
    register,
)


def test_an_employer_publishes_and_soon_sees_who_fits_and_why(
    box: Box,
) -> None:
    near, _ = register(box, a_profile())
    far = {"lat": 51.45, "lon": -0.12, "radius_km": 20}
    farther, _ = register(box, a_profile(places=[far]))
    weak = [{"skill": "forklift-driving", "level": 2}]
    unskilled, _ = register(box, a_profile(skills=weak))
    silent, people = register(box, a_profile(pay_floors=[]))
    with client_of(box, an_employer()) as client:
        posting, position = publish(client, a_posting())
        found = matches(client, f"{position},{people}", posting=posting)
    ids = ranked_ids(found)
    assert ids.index(near) < ids.index(farther)
    assert unskilled not in ids
    assert silent not in ids
    asked = {
        UUID(entry["worker"]): entry["ask"] for entry in found["possible"]["workers"]
    }
    assert asked[silent] == ["pay_floor"]
    parts = {part["name"]: part for part in found["matches"][ids.index(near)]["parts"]}
    assert parts["skill_fit"]["evidence"]["matched"] == [
        {"skill": "forklift-driving", "asked_level": 3, "level": 4}
    ]
    assert parts["closeness"]["evidence"]["km"] == 1
    hours = parts["availability_slack"]["evidence"]
    assert (hours["covered"], hours["of"], hours["hours"]) == (1, 1, 8.0)
    assert parts["pay_fit"]["evidence"]["band"] == "10-25 %"
    assert "floor_per_hour" not in parts["pay_fit"]["evidence"]
    assert sum(found["applied_weights"].values()) == 1.0
    assert found["funnel"][0]["rule"] == "within_reach"


def test_a_worker_asks_and_sees_the_jobs_that_fit_and_why(box: Box) -> None:
    worker, _ = register(box, a_profile())
    with client_of(box, an_employer()) as client:
        fitting, _ = publish(client, a_posting(days=4))
        pay = {"currency": "GBP", "unit": "hour", "minimum": 1300, "maximum": 1390}
        too_little, _ = publish(client, a_posting(days=4, pay=pay))
        elsewhere = {"lat": 53.48, "lon": -2.24, "country": "GB", "label": "Manchester"}
        too_far, position = publish(client, a_posting(days=4, place=elsewhere))
    with client_of(box, a_worker(worker)) as client:
        found = matches(client, position, worker=worker)
    ids = [UUID(match["posting"]["id"]) for match in found["matches"]]
    assert fitting in ids
    assert too_little not in ids
    assert too_far not in ids
    match = found["matches"][ids.index(fitting)]
    pay_fit = next(part for part in match["parts"] if part["name"] == "pay_fit")
    assert pay_fit["evidence"]["gap_per_hour"] == 400


def test_a_change_of_availability_shows_in_the_ranking(box: Box) -> None:
    worker, registered = register(box, a_profile())
    with client_of(box, an_employer()) as employer:
        posting, opened = publish(employer, a_posting(days=6))
        before = matches(employer, f"{registered},{opened}", posting=posting)
        assert worker in ranked_ids(before)
        with client_of(box, a_worker(worker)) as client:
            day = datetime.now(UTC).date() + timedelta(days=6)
            busy = {
                "start": f"{day}T20:00",
                "end": f"{day + timedelta(days=1)}T05:00",
                "free": False,
            }
            answer = client.put(
                f"/v1/workers/{worker}/availability",
                json={"weekly": a_profile()["weekly"], "exceptions": [busy]},
            )
            assert answer.status_code == 200, answer.text
            changed = answer.headers["Feed-Position"]
        after = matches(employer, changed, posting=posting)
        assert worker not in ranked_ids(after)


def test_a_list_of_another_organisation_is_not_to_be_seen(box: Box) -> None:
    with client_of(box, an_employer()) as employer:
        posting, position = publish(employer, a_posting())
        matches(employer, position, posting=posting)
    with client_of(box, an_employer()) as stranger:
        answer = stranger.get("/v1/matches", params={"posting": str(posting)})
        assert answer.status_code == 404
    with client_of(box, Caller(new_id(), Role.OPERATOR)) as operator:
        assert matches(operator, position, posting=posting)["matches"] is not None
