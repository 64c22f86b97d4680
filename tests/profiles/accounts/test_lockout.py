"""Lock-out: exact under parallel attempts, and silent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import httpx
import redis
from sqlalchemy import text

from services.profiles.accounts.lockout import FREE_FAILURES, LONGEST_WAIT_SECONDS
from tests.profiles.accounts.conftest import ONE_TIME_CODE, PASSWORD, Desk

PHONE = "+442079460001"


async def try_wrong(desk: Desk, times: int) -> Sequence[httpx.Response]:
    return await asyncio.gather(
        *(
            desk.token("password", username=PHONE, password=f"wrong password {number}")
            for number in range(times)
        )
    )


async def row(desk: Desk) -> dict[str, object]:
    rows = await desk.api.rows("attempt")
    return next(each for each in rows if each["kind"] == "password")


async def pass_time(desk: Desk, seconds: int) -> None:
    async with desk.api.database.as_system() as session:
        await session.execute(
            text(
                "UPDATE profiles.attempt SET locked_until = locked_until - :seconds,"
                " last_at = last_at - :seconds"
            ).bindparams(seconds=timedelta(seconds=seconds))
        )


async def test_fifty_wrong_passwords_at_once_count_as_fifty(desk: Desk) -> None:
    await desk.worker(PHONE, password=PASSWORD)
    answers = await try_wrong(desk, 50)
    assert {each.json()["error"] for each in answers} == {"invalid_grant"}
    assert (await row(desk))["failures"] == 50


async def test_of_many_guesses_at_once_only_the_free_ones_are_looked_at(
    desk: Desk,
) -> None:
    """Whichever of the later ones is right: it is not let in."""
    await desk.worker(PHONE, password=PASSWORD)
    await try_wrong(desk, FREE_FAILURES["password"] + 8)
    right = [
        desk.token("password", username=PHONE, password=PASSWORD) for _ in range(10)
    ]
    answers = await asyncio.gather(*right)
    assert [each.status_code for each in answers] == [400] * 10


async def test_a_locked_login_answers_exactly_as_a_wrong_password(desk: Desk) -> None:
    await desk.worker(PHONE, password=PASSWORD)
    wrong = (await try_wrong(desk, 1))[0]
    await try_wrong(desk, 10)
    locked = await desk.token("password", username=PHONE, password=PASSWORD)
    assert (locked.status_code, locked.content) == (wrong.status_code, wrong.content)
    assert locked.headers.keys() == wrong.headers.keys()


async def test_waiting_doubles_up_to_a_quarter_of_an_hour(desk: Desk) -> None:
    await desk.worker(PHONE, password=PASSWORD)
    waits = []
    for _ in range(18):
        await try_wrong(desk, 1)
        async with desk.api.database.as_system() as session:
            waited = await session.execute(
                text(
                    "SELECT coalesce(extract(epoch FROM locked_until - last_at), 0)"
                    " FROM profiles.attempt WHERE kind = 'password'"
                )
            )
            waits.append(round(waited.scalar_one()))
    assert waits[:9] == [0, 0, 0, 0, 1, 2, 4, 8, 16]
    assert waits[-1] == LONGEST_WAIT_SECONDS


async def test_after_the_wait_the_right_password_lets_in_and_wipes_the_slate(
    desk: Desk,
) -> None:
    await desk.worker(PHONE, password=PASSWORD)
    await try_wrong(desk, 8)
    await pass_time(desk, LONGEST_WAIT_SECONDS)
    await desk.sign_in(PHONE)
    assert (await row(desk))["failures"] == 0


async def test_who_is_locked_out_by_others_gets_in_by_a_code(desk: Desk) -> None:
    await desk.worker(PHONE, password=PASSWORD)
    await try_wrong(desk, 20)
    asked = await desk.http.post("/v1/accounts/codes", json={"phone": PHONE})
    code = await desk.last_code(PHONE)
    answer = await desk.token(
        ONE_TIME_CODE, challenge=asked.json()["challenge"], code=code
    )
    assert answer.status_code == 200


async def test_codes_are_locked_too_however_many_are_asked_for(desk: Desk) -> None:
    """Five attempts a code do not become fifty by asking for ten codes."""
    await desk.worker(PHONE)
    for _ in range(3):
        asked = await desk.http.post("/v1/accounts/codes", json={"phone": PHONE})
        challenge, code = asked.json()["challenge"], await desk.last_code(PHONE)
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        for _ in range(5):
            await desk.token(ONE_TIME_CODE, challenge=challenge, code=wrong)
    asked = await desk.http.post("/v1/accounts/codes", json={"phone": PHONE})
    code = await desk.last_code(PHONE)
    locked = await desk.token(
        ONE_TIME_CODE, challenge=asked.json()["challenge"], code=code
    )
    assert locked.json()["error"] == "invalid_grant"


async def test_an_address_is_counted_over_all_the_logins_it_tries(desk: Desk) -> None:
    for number in range(3):
        await desk.token("password", username=f"a{number}@x.example", password="wrong")
    rows = await desk.api.rows("attempt")
    counted = {(each["kind"], each["failures"]) for each in rows}
    assert counted == {("address", 3), ("password", 1)}


async def test_lockout_is_kept_in_postgresql_and_survives_a_wiped_valkey(
    desk: Desk, redis_url: str
) -> None:
    await desk.worker(PHONE, password=PASSWORD)
    await try_wrong(desk, 12)
    with redis.Redis.from_url(redis_url) as valkey:
        valkey.flushall()
    locked = await desk.token("password", username=PHONE, password=PASSWORD)
    assert locked.status_code == 400
