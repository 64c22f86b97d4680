"""Rows and pools: replaced in place, compacted, never mixed up."""

from __future__ import annotations

from random import Random

from services.matching.engine.columns import I4, U8, Columns

FIXED = {"name": U8}
POOLS = {"odd": I4, "even": I4}


def content(columns: Columns, row: int) -> tuple[int, list[int], list[int]]:
    record = columns.rows[row]
    runs = [
        pool.entries[record[f"{name}_at"] :][: record[f"{name}_n"]].tolist()
        for name, pool in columns.pools.items()
    ]
    return int(record["name"]), runs[0], runs[1]


def test_runs_stay_with_their_rows_through_thousands_of_changes() -> None:
    rng = Random(4)
    columns = Columns(FIXED, POOLS)
    kept: dict[int, tuple[int, list[int], list[int]]] = {}
    compacted = 0
    for name in range(1, 6000):
        runs = ([rng.randrange(9)] * rng.randrange(9), [name] * rng.randrange(30))
        used = columns.pools["even"].used
        if kept and rng.random() < 0.4:
            row = rng.choice(list(kept))
            columns.replace(row, (name,), runs)
        elif kept and rng.random() < 0.4:
            row = rng.choice(list(kept))
            columns.drop(row)
            del kept[row]
            continue
        else:
            row = columns.add((name,), runs)
            assert row not in kept
        kept[row] = (name, *runs)
        compacted += columns.pools["even"].used < used
        if name % 500 == 0:
            assert {row: content(columns, row) for row in kept} == kept
    assert {row: content(columns, row) for row in kept} == kept
    assert compacted > 3
    assert len(kept) > 200


def test_waste_is_exactly_what_no_row_names() -> None:
    rng = Random(6)
    columns = Columns(FIXED, POOLS)
    rows = [columns.add((n,), ([n] * 3, [n])) for n in range(100)]
    for _ in range(300):
        columns.replace(rng.choice(rows), (1,), ([1] * rng.randrange(6), []))
    for row in rows[::2]:
        columns.drop(row)
    for name, pool in columns.pools.items():
        named = int(columns.rows[: columns.used][f"{name}_n"].sum())
        assert pool.used - pool.wasted == named
