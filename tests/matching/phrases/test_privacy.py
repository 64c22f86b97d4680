"""What looks personal is never kept."""

from __future__ import annotations

import pytest

from services.matching.phrases.privacy import (
    LONGEST_KEPT,
    caller_key,
    digest_of,
    mark_of,
    may_be_kept,
    printable,
)
from shared.identity import Caller, Role
from shared.values import new_id


@pytest.mark.parametrize(
    "phrase",
    [
        "telehandler 360",
        "ISO 27001",
        "水电工",
        "Staplerfahrer (m/w/d)",
        "C++17/20",
        "三级焊工",
    ],
)
def test_words_for_work_may_be_kept(phrase: str) -> None:
    assert may_be_kept(phrase)


@pytest.mark.parametrize(
    "phrase",
    [
        "call me 020 7946 0000",
        "+49-151-23456",
        "DoB 01.02.1990",
        "一三八零零一三八",
        "１３８００１３８",
        "٠٧٩٤٦٠",
        "amara@example.org",
        "amara＠example",
        "see https://example.org/me",
        "www.example.net",
        "example.com/amara",
        "x" * (LONGEST_KEPT + 1),
        "I am a hard worker and I can do this and that well",
    ],
)
def test_numbers_addresses_and_texts_are_not(phrase: str) -> None:
    assert not may_be_kept(phrase)


def test_what_cannot_be_seen_is_not_part_of_an_example() -> None:
    assert printable("  tile\u202e\u200b \t fixer\U000e0041 ") == "tile fixer"


def test_an_organisation_is_one_caller_and_so_are_all_operators() -> None:
    organisation = new_id()
    members = [Caller(new_id(), Role.EMPLOYER, organisation) for _ in range(2)]
    assert len({caller_key(member) for member in members}) == 1
    operators = [Caller(new_id(), Role.OPERATOR), Caller(new_id(), Role.SERVICE)]
    assert len({caller_key(operator) for operator in operators}) == 1
    workers = [Caller(new_id(), Role.WORKER) for _ in range(2)]
    assert len({caller_key(worker) for worker in workers}) == 2


def test_a_callers_marks_of_two_phrases_have_nothing_in_common() -> None:
    caller = str(new_id())
    one, other = digest_of("skill", "tiler"), digest_of("skill", "tiling")
    assert mark_of(caller, one) == mark_of(caller, one)
    assert mark_of(caller, one) != mark_of(caller, other)
    assert digest_of("skill", "tiler") != digest_of("occupation", "tiler")
