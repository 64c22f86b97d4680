"""A fingerprint names one request, and a sealed answer comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from shared.identity import Actor, Caller, Role
from shared.stored_answers import Answer, KeyedRequest, fingerprint

# few letters, so that parts often run together
PARTS = st.text("ab/", max_size=4)
REQUESTS = st.tuples(
    st.sampled_from(["POST", "PUT"]),
    PARTS,
    PARTS.map(str.encode),
    st.binary(max_size=4),
)
VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)
SUBJECTS = st.sampled_from([UUID(int=1), UUID(int=2)])
WHO = (SUBJECTS, st.sampled_from(Role), st.one_of(st.none(), SUBJECTS))
CALLERS = st.builds(Caller, *WHO, actor=st.one_of(st.none(), st.builds(Actor, *WHO)))
ANSWERS = st.builds(
    Answer,
    st.integers(200, 299),
    st.dictionaries(st.sampled_from(["ETag", "Location"]), VISIBLE),
    st.binary(),
)


@given(REQUESTS, REQUESTS)
def test_two_requests_have_one_fingerprint_only_if_they_are_the_same(
    one: tuple[str, str, bytes, bytes], other: tuple[str, str, bytes, bytes]
) -> None:
    assert (fingerprint(*one) == fingerprint(*other)) == (one == other)


@given(REQUESTS, st.data())
def test_a_byte_that_moves_to_the_next_part_makes_another_request(
    request: tuple[str, str, bytes, bytes], data: st.DataObject
) -> None:
    method, path, query, body = request
    cut = data.draw(st.integers(0, len(body)))
    moved = (method, path, query + body[:cut], body[cut:])
    assert (fingerprint(*request) == fingerprint(*moved)) == (cut == 0)


@given(
    st.sampled_from(["profiles", "postings"]), CALLERS, VISIBLE,
    st.sampled_from(["profiles", "postings"]), CALLERS, VISIBLE,
)  # fmt: skip
def test_a_row_is_of_one_service_one_caller_and_one_key(
    service: str, caller: Caller, key: str,
    other_service: str, other_caller: Caller, other_key: str,
) -> None:  # fmt: skip
    one = KeyedRequest.of(service, caller, key, b"asked")
    other = KeyedRequest.of(other_service, other_caller, other_key, b"asked")
    same = (service, caller, caller.hand, key) == (
        other_service,
        replace(other_caller, actor=caller.actor),
        other_caller.hand,
        other_key,
    )
    assert (one.name == other.name) == same
    assert (one.seal_key == other.seal_key) == same
    assert (one.fingerprint == other.fingerprint) == same
    assert one.name not in (one.seal_key, one.fingerprint)
    assert -(2**63) <= one.lock < 2**63


@given(CALLERS, VISIBLE, ANSWERS)
def test_an_answer_opens_with_its_own_key_and_no_other(
    caller: Caller, key: str, answer: Answer
) -> None:
    asked = KeyedRequest.of("profiles", caller, key, b"asked")
    sealed = asked.sealed(answer)
    assert asked.opened(sealed) == answer
    for thief in (
        KeyedRequest.of("profiles", caller, key + "x", b"asked"),
        replace(asked, fingerprint=b"of another request"),
    ):
        with pytest.raises(InvalidTag):
            thief.opened(sealed)
