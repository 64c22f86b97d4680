"""The verifier: walks the chain from its beginning and names the first bad row.

Three witnesses must agree: the rows, the database's own links and seals, and the
anchors outside. The anchors are believed most: they say which row had its place at a
position and the first eight bytes of the hash there (to find another row with the same
takes some 2^64 tries, and the whole hash at the seal's end would still differ).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.audit.anchors import Anchored, AnchorFile
from shared.audit.chain import beginning, next_hash
from shared.audit.verdict import Bad, Verdict
from shared.audit.witnesses import PAGE, Row, Witnesses


class Broken(Exception):
    """The chain cannot be followed past `bad`.

    `hashes`, of the row before and of what should have followed, are given where its
    content may stand elsewhere.
    """

    def __init__(self, bad: Bad, hashes: tuple[bytes, bytes] | None = None) -> None:
        super().__init__(bad)
        self.bad = bad
        self.hashes = hashes


async def verify(
    engine: AsyncEngine, service: str, directory: Path, page: int = PAGE
) -> Verdict:
    """Verify the log of `service` against the anchors in `directory`; the engine logs
    in as the auditor. What is sealed meanwhile is left to the next time."""
    verdict = Verdict(service)
    witnesses = Witnesses(engine, service, page)
    file = AnchorFile(directory, service)
    # anchors follow seals: read first, none of them may be unknown to the database
    anchors = file.read() or Anchored()
    last = await witnesses.last_seal()
    if last is not None:
        verdict.seals, verdict.sealed = last["number"], last["last"]
    try:
        await _Walk(witnesses, anchors, verdict).follow()
    except Broken as broken:
        verdict.bad.append(await _named(witnesses, broken))
    await _judge_unlinked(witnesses, verdict, last)
    # read last, they may lack one seal and no more
    _judge_anchors(verdict, anchors, file.read())
    if verdict.anchored < verdict.sealed:
        ends = verdict.anchored + 1, verdict.sealed
        verdict.unanchored = await witnesses.linked(*ends)
    return verdict


class _Walk:
    """Along every position up to the last seal or anchor."""

    def __init__(
        self, witnesses: Witnesses, anchors: Anchored, verdict: Verdict
    ) -> None:
        self._witnesses = witnesses
        self._anchors = anchors
        self._verdict = verdict
        self._hash = beginning(witnesses.service)
        self._seal: Row = {"number": 0, "last": 0}
        self._ended = b"", 0

    async def follow(self) -> None:
        """Raises Broken."""
        newest = self._anchors.last
        end = max(self._verdict.sealed, newest.last if newest else 0)
        position = 0
        async for links, seals in self._witnesses.chain(end):
            for link in links:
                position += 1
                if link["position"] != position:
                    raise Broken(await self._gap(position))
                self._check_row(position, link)
                self._check_seal(position, link, seals)
                self._verdict.checked = position
        if position < end:
            raise Broken(await self._gap(position + 1))
        self._check_ended()

    async def _gap(self, position: int) -> Bad:
        """A position that no link has: with its row, or without."""
        known = self._known(position)
        if known is None:
            return Bad("link missing", "its place is empty", None, position)
        entry = known[0]
        if await self._witnesses.has_entry(entry):
            return Bad("link missing", "its place is empty", entry, position)
        return Bad("missing", "the row and its link are gone", entry, position)

    def _check_row(self, position: int, link: Row) -> None:
        known = self._known(position)
        entry = link["entry_id"]
        if known and known[0] != entry:
            detail = f"row {entry} is in its place"
            raise Broken(Bad("moved", detail, known[0], position))
        if link["id"] is None:
            raise Broken(Bad("missing", "the row is gone", entry, position))
        before, self._hash = self._hash, next_hash(self._hash, link)
        stored = bytes(link["hash"])
        expected = known[1] if known else stored
        if self._hash[: len(expected)] != expected:
            detail = "it is not as it was sealed"
            if stored == self._hash:
                detail += ", and its link was rewritten to fit"
            raise Broken(Bad("edited", detail, entry, position), (before, expected))
        if stored != self._hash:
            raise Broken(Bad("link edited", "not the row's hash", entry, position))
        accepted = self._anchors.accepted
        if accepted and accepted.last == position and accepted.digest != self._hash:
            detail = "the log is not the one that was accepted"
            raise Broken(Bad("edited", detail, entry, position))

    def _check_seal(self, position: int, link: Row, seals: Mapping[int, Row]) -> None:
        """The seal that begins, holds or ends here."""
        entry = link["entry_id"]
        if position == self._seal["last"] + 1:
            self._check_ended()
            number = self._seal["number"] + 1
            seal = seals.get(position)
            if seal is None or seal["number"] != number:
                detail = f"seal {number} is not there"
                raise Broken(Bad("seal missing", detail, entry, position))
            self._seal = seal
        if link["seal"] != self._seal["number"]:
            detail = f"it names seal {link['seal']}"
            raise Broken(Bad("link edited", detail, entry, position))
        if position == self._seal["last"]:
            self._ended = self._hash, entry

    def _check_ended(self) -> None:
        """The seal before, once it is known that rows follow it or none should: where
        the log was cut off, the row that is gone comes first."""
        seal, (hash, entry) = self._seal, self._ended
        anchor = self._anchors.by_number.get(seal["number"])
        cut = anchor is not None and anchor.last != seal["last"]
        if seal["number"] and (cut or bytes(seal["digest"]) != hash):
            detail = f"seal {seal['number']} is not as it was"
            raise Broken(Bad("seal edited", detail, entry, seal["last"]))

    def _known(self, position: int) -> tuple[int, bytes] | None:
        """Entry and hash prefix that an anchor has at a position."""
        anchor = self._anchors.holding(position)
        if anchor is None:
            return None
        place = position - anchor.first
        return anchor.entries[place], anchor.hashes[place]


async def _named(witnesses: Witnesses, broken: Broken) -> Bad:
    """The bad row; one whose content stands in another row was moved."""
    bad = broken.bad
    if broken.hashes is None or bad.entry is None:
        return bad
    other = await witnesses.elsewhere(bad.entry, *broken.hashes)
    if other is None or other == bad.entry:
        return bad
    return replace(bad, what="moved", detail=f"row {other} holds what it held")


async def _judge_unlinked(
    witnesses: Witnesses, verdict: Verdict, last: Row | None
) -> None:
    """Rows of no seal wait for one, or were put where the sealer has long been."""
    reached = (int(last["xid"]), last["entry"]) if last else (0, 0)
    inserted: int | None = None
    async for row in witnesses.unlinked():
        if (int(row["xid"]), row["id"]) > reached:
            verdict.unsealed += 1
        elif inserted is None:
            inserted = row["id"]
    if inserted is not None:
        detail = "it was not there when its time was sealed"
        verdict.bad.append(Bad("inserted", detail, inserted))
    for link in await witnesses.links_of_no_seal(verdict.sealed):
        detail = "it belongs to no seal"
        verdict.bad.append(
            Bad("link added", detail, link["entry_id"], link["position"])
        )


def _judge_anchors(verdict: Verdict, before: Anchored, after: Anchored | None) -> None:
    """What the file says of itself, and how far it and the database go together."""
    known = before.last.number if before.last else 0
    if known > verdict.seals:
        detail = (
            f"it ends at seal {verdict.seals}, the anchors know {known}:"
            " cut off, or restored to an earlier state"
        )
        verdict.bad.append(Bad("database set back", detail))
    if after is None:
        if verdict.seals:
            detail = "nothing outside the database vouches for it"
            verdict.bad.append(Bad("anchor file missing", detail))
        return
    newest = after.last
    if newest is not None:
        verdict.anchored = min(newest.last, verdict.sealed)
        verdict.anchored_seal = min(newest.number, verdict.seals)
    reached = newest.number if newest else 0
    if reached < verdict.seals - 1:
        detail = f"it ends at seal {reached}, the database at {verdict.seals}"
        verdict.bad.append(Bad("anchor file cut off", detail))
    for line in after.faults:
        detail = f"line {line} is no anchor, or not the first of its seal"
        verdict.bad.append(Bad("anchor file damaged", detail))
    begun = after.accepted.number if after.accepted else 0
    lost = [n for n in range(begun + 1, reached) if n not in after.by_number]
    if lost:
        detail = f"the anchor of seal {lost[0]} is not there"
        verdict.bad.append(Bad("anchor file damaged", detail))
    if any(each.service != verdict.service for each in after.by_number.values()):
        verdict.bad.append(Bad("anchor file damaged", "it is of another service"))
    if after.accepted:
        verdict.notes.append(
            f"accepted as it stood at seal {begun} on {after.accepted.sealed_at}"
        )
