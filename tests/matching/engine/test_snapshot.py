"""A saved index is the same index, or is passed over."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path
from random import Random
from uuid import UUID

import numpy as np
import pytest

from services.matching.engine import snapshot
from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request, rank_postings, rank_workers
from services.matching.engine.snapshot import Header, Unusable, load, save
from services.matching.engine.space import CELLS
from services.matching.engine.supply import supply
from tests.matching.engine.generated import (
    RELATED,
    generated_posting,
    generated_worker,
    moment,
)

HEADER: Header = {"seq": 17, "of": "a test"}


def any_header(header: Header) -> bool:
    return True


def filled(rng: Random, index: Index) -> None:
    """With rows, runs and buckets freed in between."""
    now = moment(rng)
    for _ in range(400):
        id = UUID(int=rng.randrange(120))
        if rng.random() < 0.2:
            index.drop_worker(id)
            index.drop_posting(id)
        else:
            index.put_worker(replace(generated_worker(rng, now, hub=0), id=id))
            index.put_posting(replace(generated_posting(rng, now, hub=0), id=id))


def alike(one: Index, other: Index, rng: Random) -> None:
    request = Request(moment(rng))
    for _ in range(8):
        posting = generated_posting(rng, request.now, hub=0)
        worker = supply(generated_worker(rng, request.now, hub=0))
        assert rank_workers(one, posting, request) == rank_workers(
            other, posting, request
        )
        assert rank_postings(one, worker, request) == rank_postings(
            other, worker, request
        )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "index"


@pytest.mark.parametrize("seed", range(4))
def test_a_loaded_index_is_the_saved_one_and_lives_on(path: Path, seed: int) -> None:
    index = Index(RELATED)
    filled(Random(seed), index)
    save(index, HEADER, path)
    loaded, header = load(path, RELATED, any_header)
    assert header == HEADER
    assert (loaded.worker_count, loaded.posting_count) == (
        index.worker_count,
        index.posting_count,
    )
    alike(index, loaded, Random(seed + 100))
    for each in (index, loaded):
        filled(Random(seed + 200), each)
    alike(index, loaded, Random(seed + 300))


def test_an_empty_index_can_be_saved(path: Path) -> None:
    save(Index(RELATED), HEADER, path)
    loaded, _ = load(path, RELATED, any_header)
    filled(Random(1), loaded)
    assert loaded.worker_count > 0


def test_only_its_owner_reads_the_file_and_no_draft_is_left(path: Path) -> None:
    for _ in range(2):
        save(Index(RELATED), HEADER, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_header_that_is_not_wanted_is_passed_over(path: Path) -> None:
    save(Index(RELATED), HEADER, path)
    with pytest.raises(Unusable):
        load(path, RELATED, lambda header: header["seq"] == 18)


def test_files_of_other_engines_are_passed_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(Index(RELATED), HEADER, path)
    monkeypatch.setattr(snapshot, "_maker", lambda: "another")
    with pytest.raises(Unusable):
        load(path, RELATED, any_header)
    monkeypatch.setattr(snapshot, "MAGIC", b"RollcallIndex000")
    with pytest.raises(Unusable):
        load(path, RELATED, any_header)


@pytest.mark.parametrize("seed", range(40))
def test_harm_anywhere_is_noticed(path: Path, seed: int) -> None:
    rng = Random(seed)
    index = Index(RELATED)
    filled(rng, index)
    save(index, HEADER, path)
    content = bytearray(path.read_bytes())
    if seed % 4 == 0:
        del content[rng.randrange(len(content)) :]
    else:
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    try:
        loaded, _ = load(path, RELATED, any_header)
    except Unusable:
        return
    # it was in the padding between two arrays
    alike(index, loaded, Random(seed))


def test_what_is_dropped_leaves_nothing_behind(path: Path) -> None:
    """All that one worker was over time: place, pay, hours, id."""
    rng = Random(3)
    now = moment(rng)
    index = Index(RELATED)
    id = UUID(int=rng.getrandbits(128))
    for number in range(60):
        index.put_worker(
            replace(generated_worker(rng, now, hub=0), id=UUID(int=number))
        )
    save(index, HEADER, path)
    before = held(index)
    for _ in range(20):
        index.put_worker(replace(generated_worker(rng, now, hub=1), id=id))
    assert held(index) > before
    index.drop_worker(id)
    assert held(index) == before


def held(index: Index) -> int:
    """How many bytes of rows and cells of words and entries are not zero, but for the
    links of what is free."""
    side = index.workers
    cells = (
        (side.shelf.space, side.shelf.table.words),
        (side.room.space, side.room.links),
    )
    count = int((side.shelf.table.rows.view("u1") != 0).sum())
    count += int((side.buckets.signs != 0).sum())
    for space, of in cells:
        ends = np.unpackbits(space.marks.view("u1"), bitorder="little") == 1
        places = of.reshape(-1, CELLS)
        count += int((places[~ends[: len(places)]] != 0).sum())
    return count
