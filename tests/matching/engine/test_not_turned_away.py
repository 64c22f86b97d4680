"""The rule `not_turned_away`: whom an organisation has blocked is not ranked for it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from services.matching.engine.index import Index
from services.matching.engine.pair import Context, explain_pair
from services.matching.engine.pipeline import (
    Ranking,
    Request,
    rank_postings,
    rank_workers,
)
from services.matching.engine.rules import Outcome, not_turned_away
from services.matching.engine.supply import supply
from services.matching.engine.unpacking import unpack_posting
from services.matching.engine.whatif import what_if_posting
from tests.matching.engine.builders import (
    NOW,
    RELATED,
    WORKER_ID,
    a_demand,
    a_posting,
    a_supply,
    a_worker,
)

OTHER = UUID(int=WORKER_ID.int + 1)
FAR_OFF = UUID(int=WORKER_ID.int ^ 1 << 127)


def ranked(*turned_away: UUID) -> Ranking:
    """Two workers alike, for a posting that turns these away."""
    index = Index(RELATED)
    for id in (WORKER_ID, OTHER):
        index.put_worker(a_worker(id=str(id)))
    posting = a_posting(turned_away=[str(id) for id in turned_away])
    return rank_workers(index, posting, Request(now=NOW))


def test_not_turned_away() -> None:
    turned_away = a_demand(turned_away=[str(OTHER), str(WORKER_ID)])
    assert not_turned_away(a_supply(), turned_away).outcome is Outcome.FAIL
    assert not_turned_away(a_supply(), a_demand()).outcome is Outcome.PASS


@pytest.mark.parametrize("count", [0, 1, 2, 300])
def test_the_kernel_turns_away_whom_the_rule_does(count: int) -> None:
    strangers = [UUID(int=n) for n in range(1, count)]
    named = [*strangers, WORKER_ID][:count]
    found = ranked(*named)
    listed = {match.id for match in found.matches}
    assert listed == {WORKER_ID, OTHER} - set(named)
    assert found.funnel[-1] == ("not_turned_away", len(listed))
    assert found.funnel[-2] == ("not_blocked", 2)


def test_half_an_id_is_another_worker() -> None:
    assert len(ranked(FAR_OFF).matches) == 2


def test_a_worker_who_was_turned_away_is_not_asked_either() -> None:
    index = Index(RELATED)
    index.put_worker(a_worker(pay_floors=[]))
    posting = a_posting(turned_away=[str(WORKER_ID)])
    assert rank_workers(index, posting, Request(now=NOW)).possible_total == 0
    other = replace(posting, turned_away=())
    assert rank_workers(index, other, Request(now=NOW)).possible_total == 1


def test_the_posting_is_not_on_the_worker_s_list() -> None:
    index = Index(RELATED)
    index.put_posting(a_posting(turned_away=[str(WORKER_ID)]))
    theirs = rank_postings(index, a_supply(), Request(now=NOW))
    assert theirs.matches == ()
    others = replace(a_worker(), id=OTHER)
    assert len(rank_postings(index, supply(others), Request(now=NOW)).matches) == 1


def test_no_relaxation_brings_them_back() -> None:
    index = Index(RELATED)
    index.put_worker(a_worker(pay_floors=[]))
    index.put_worker(a_worker())
    found = what_if_posting(
        index, a_posting(turned_away=[str(WORKER_ID)]), Request(now=NOW)
    )
    assert found.eligible == 0
    assert all(effect.eligible == 0 for effect in found.effects)


def test_the_index_gives_back_whom_a_posting_turns_away() -> None:
    index = Index(RELATED)
    posting = a_posting(turned_away=[str(OTHER), str(WORKER_ID), str(FAR_OFF)])
    index.put_posting(posting)
    row = index.postings.row(posting.id)
    table = index.postings.shelf.table
    held = unpack_posting(table, row, index.names, index.zones)
    assert held.turned_away == posting.turned_away
    assert held.certificates == posting.certificates
    assert held.languages == posting.languages


def test_an_explanation_names_the_rule() -> None:
    said = explain_pair(
        a_worker(), a_posting(turned_away=[str(WORKER_ID)]), Context(NOW, RELATED)
    )
    assert not said.eligible
    assert said.verdicts[-1][0] == "not_turned_away"
