"""Buckets hold what plain sorted lists hold, whatever comes and goes."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import numpy as np
import pytest

from services.matching.engine.buckets import (
    ASKS_NONE,
    EVERYONE,
    FIRST_SKILL,
    FREED,
    LARGEST,
    PAGE,
    USED_BUCKETS,
    USED_LEAVES,
    bucket_at,
    delete,
    grown,
    insert,
    new_buckets,
    weight_between,
)
from services.matching.engine.space import NONE
from services.matching.engine.strips import FAR, PLACELESS, REMOTE, STRIPS

SLOTS = (EVERYONE, ASKS_NONE, FIRST_SKILL, FIRST_SKILL + 40)
# on both sides of a page's edge, alone on a page, and beside the earth
STRIP_SET = (0, 1, PAGE - 1, PAGE, 40 * PAGE + 3, STRIPS - 1, REMOTE, FAR, PLACELESS)


class Entry(NamedTuple):
    lon: int
    lat: int
    row: int
    bits: int
    sign: int


class Twins:
    """Buckets, and the lists that they stand for."""

    def __init__(self) -> None:
        self.buckets, self.room = grown(*new_buckets(), 0, FIRST_SKILL + 41)
        self.lists: dict[tuple[int, int], list[Entry]] = {}

    def insert(self, slot: int, strip: int, entry: Entry) -> None:
        self.buckets, self.room = grown(
            self.buckets, self.room, 1, len(self.buckets.pages)
        )
        lon, lat, row, bits, sign = entry
        insert(
            self.buckets,
            self.room,
            slot,
            strip,
            lat,
            lon,
            row,
            bits,
            np.uint64(sign),
        )
        self.lists.setdefault((slot, strip), []).append(entry)

    def delete(self, slot: int, strip: int, entry: Entry) -> None:
        delete(self.buckets, self.room, slot, strip, entry.lon, entry.row)
        self.lists[slot, strip].remove(entry)

    def content(self, slot: int, strip: int) -> list[Entry]:
        """In the order in which the entries stand."""
        bucket = bucket_at(self.buckets, slot, strip)
        if bucket == NONE:
            return []
        start = int(self.buckets.heads[bucket]["start"])
        end = start + int(self.buckets.heads[bucket]["count"])
        signs = self.buckets.signs[start:end].tolist()
        return [
            Entry(lon, lat, row, bits, sign)
            for (lat, lon, row, bits), sign in zip(
                self.buckets.entries[start:end].tolist(), signs, strict=True
            )
        ]

    def check(self) -> None:
        for slot in SLOTS:
            for strip in STRIP_SET:
                standing = self.content(slot, strip)
                expected = sorted(self.lists.get((slot, strip), ()))
                assert sorted(standing) == expected
                assert [e.lon for e in standing] == [e.lon for e in expected]
        assert self.room.space.ends[0] <= len(self.buckets.entries)

    def weight(self, slot: int, strips: range) -> int:
        return sum(
            len(entries)
            for (where, strip), entries in self.lists.items()
            if where == slot and strip in strips
        )


def an_entry(rng: Random, row: int) -> Entry:
    """Many share a longitude, and one row may stand twice at a place."""
    return Entry(
        rng.randrange(-4, 4) * 45_000_000,
        rng.randrange(-90, 91) * 1_000_000,
        row,
        rng.randrange(1 << 31),
        rng.getrandbits(64),
    )


def changed(rng: Random, changes: int, grow: float) -> Twins:
    twins = Twins()
    for row in range(changes):
        if rng.random() < grow or not any(twins.lists.values()):
            # most in a few buckets, so that those get long
            slot, strip = rng.choice(SLOTS[:2]), rng.choice(STRIP_SET[:2])
            if rng.random() < 0.3:
                slot, strip = rng.choice(SLOTS), rng.choice(STRIP_SET)
            twins.insert(slot, strip, an_entry(rng, row))
        else:
            where = rng.choice([key for key, held in twins.lists.items() if held])
            twins.delete(*where, rng.choice(twins.lists[where]))
        if row % 200 == 0:
            twins.check()
    twins.check()
    return twins


@pytest.mark.parametrize("seed", range(4))
def test_entries_stand_by_longitude_through_thousands_of_changes(seed: int) -> None:
    twins = changed(Random(seed), 3000, 0.6)
    assert max(len(held) for held in twins.lists.values()) > 50


@pytest.mark.parametrize("seed", range(2))
def test_a_weight_is_at_least_what_stands_between_and_exact_over_whole_pages(
    seed: int,
) -> None:
    rng = Random(10 + seed)
    twins = changed(rng, 800, 0.7)
    for slot in SLOTS:
        for first in STRIP_SET:
            for last in STRIP_SET:
                if first <= last:
                    said = weight_between(twins.buckets, slot, first, last)
                    assert said >= twins.weight(slot, range(first, last + 1))
                    pages = range(first // PAGE * PAGE, (last // PAGE + 1) * PAGE)
                    assert said == twins.weight(slot, pages)


def test_a_slot_beyond_all_has_no_buckets_and_no_weight() -> None:
    twins = changed(Random(3), 50, 1.0)
    beyond = len(twins.buckets.pages)
    assert bucket_at(twins.buckets, beyond, 0) == NONE
    assert weight_between(twins.buckets, beyond, 0, PLACELESS) == 0


def test_all_space_is_free_when_everyone_has_left_and_is_used_again() -> None:
    rng = Random(4)
    twins = changed(rng, 1500, 0.9)
    buckets, leaves = map(int, twins.room.used[[USED_BUCKETS, USED_LEAVES]])
    for where, held in twins.lists.items():
        for entry in list(held):
            twins.delete(*where, entry)
    twins.check()
    assert twins.room.space.ends.tolist() == [0, 0]
    assert (twins.buckets.pages == NONE).all()
    assert twins.room.used[FREED] == twins.room.used[USED_BUCKETS]
    assert all(weight_between(twins.buckets, s, 0, PLACELESS) == 0 for s in SLOTS)
    for row in range(100):
        twins.insert(EVERYONE, row % 2, an_entry(rng, row))
    twins.check()
    assert int(twins.room.used[USED_BUCKETS]) == buckets
    assert int(twins.room.used[USED_LEAVES]) == leaves


def test_a_bucket_that_empties_gives_most_of_its_run_back() -> None:
    twins = Twins()
    rng = Random(5)
    for row in range(1000):
        twins.insert(EVERYONE, 7, an_entry(rng, row))
    twins.buckets, twins.room = grown(twins.buckets, twins.room, 999, 1)
    for entry in twins.lists[EVERYONE, 7][10:]:
        twins.delete(EVERYONE, 7, entry)
    begun, waiting = twins.room.space.ends.tolist()
    assert 10 <= begun - waiting <= 40
    assert twins.room.used[LARGEST] == 1000


def test_leaving_takes_no_more_room_than_there_is() -> None:
    """Many buckets of one length, with no run of a shorter one to move to."""
    twins = Twins()
    rng = Random(6)
    for strip in range(400):
        for row in range(33):
            twins.insert(EVERYONE, strip, an_entry(rng, row))
    begun = int(twins.room.space.ends[0])
    # as if all room had been used up since
    twins.buckets = twins.buckets._replace(entries=twins.buckets.entries[:begun])
    for strip in range(400):
        for entry in twins.lists[EVERYONE, strip][:20]:
            twins.delete(EVERYONE, strip, entry)
        assert int(twins.room.space.ends[0]) <= begun
    assert sorted(twins.content(EVERYONE, 399)) == sorted(twins.lists[EVERYONE, 399])
