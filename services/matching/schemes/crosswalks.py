"""From one classification to another, each row with its relation and how sure it is.

What a code says is certain; everything else is read from names. The thresholds and
confidences of likeness are measured: against 1,353 pairs of ESCO and O*NET judged by
people, the accepted ones are right in 86 of 100 cases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from services.matching.schemes.evidence import (
    Equal,
    Named,
    NameIndex,
    equal_names,
    likeness,
)

Match = Literal["exact", "close", "broad", "narrow"]
BACK: Mapping[Match, Match] = {
    "exact": "exact",
    "close": "close",
    "broad": "narrow",
    "narrow": "broad",
}
"""A relation read from the other end."""

ROLLCALL = "rollcall"

Confidences = Mapping[tuple[bool, bool], float]
"""Of an equal name, by whether it is the label of the one and of the other."""

EQUAL_NAME: Confidences = {
    (True, True): 1.0,
    (True, False): 0.9,
    (False, True): 0.9,
    (False, False): 0.75,
}
# aliases of CSCO are what adverts call the work, and name neighbouring work as well
CHINESE_NAME: Confidences = {**EQUAL_NAME, (False, True): 0.75, (False, False): 0.6}
LABELS_APART = 0.6
# the least likeness → how often such a pair was right
LIKENESS = ((0.8, 0.94), (0.7, 0.92), (0.6, 0.88), (0.5, 0.73))
LEAST_LIKENESS = 0.5
LEAST_MARGIN = 0.1
# an O*NET occupation's ISCO-08 group: what its nearest ESCO occupations say
VOTERS = 5
LEAST_LIKENESS_OF_VOTERS = 0.4
SHARE_OF_VOTES = ((0.8, 0.9), (0.6, 0.77))


@dataclass(frozen=True, slots=True)
class CrosswalkRow:
    """`to` is the same as, near to, broader or narrower than `from` (SKOS mapping)."""

    from_scheme: str
    from_code: str
    to_scheme: str
    to_code: str
    relation: Match
    confidence: float
    source: str

    @property
    def ends(self) -> tuple[str, str, str, str]:
        return self.from_scheme, self.from_code, self.to_scheme, self.to_code


@dataclass(frozen=True, slots=True)
class Names:
    """The names that crosswalks are read from; codes of Rollcall are `kind:id`.

    ESCO, O*NET and `rollcall` are in English, CSCO and `rollcall_zh` in Chinese.
    """

    isco08: frozenset[str] = frozenset()
    esco_occupations: Sequence[Named] = ()
    esco_skills: Sequence[Named] = ()
    onet_occupations: Sequence[Named] = ()
    onet_skills: Sequence[Named] = ()
    csco_occupations: Sequence[Named] = ()
    rollcall_occupations: Sequence[Named] = ()
    rollcall_skills: Sequence[Named] = ()
    rollcall_zh: Sequence[Named] = ()
    rollcall_isco08: Mapping[str, str] = field(default_factory=dict)


def crosswalk(names: Names) -> list[CrosswalkRow]:
    """Every row that can be read from the names, in a fixed order."""
    rollcall_to_esco = list(rollcall_occupations_to_esco(names))
    rows = [
        *esco_to_isco08(names.esco_occupations, names.isco08),
        *rollcall_to_isco08(names.rollcall_isco08, names.isco08),
        *rollcall_to_esco,
        *onet_to_esco_and_isco08(names),
        *csco_to_the_others(names, rollcall_to_esco),
        *equal_skills(ROLLCALL, names.rollcall_skills, "esco", names.esco_skills),
        *equal_skills("onet", names.onet_skills, "esco", names.esco_skills),
        *equal_skills("onet", names.onet_skills, ROLLCALL, names.rollcall_skills),
    ]
    return sorted(rows, key=lambda row: row.ends)


def esco_to_isco08(
    occupations: Iterable[Named], groups: frozenset[str]
) -> Iterator[CrosswalkRow]:
    """An ESCO occupation's code begins with its ISCO-08 unit group: 2654.1.7."""
    for occupation in occupations:
        group = isco08_of_esco(occupation.code)
        if group in groups:
            yield CrosswalkRow(
                "esco", occupation.code, "isco08", group, "broad", 1.0, "code"
            )


def isco08_of_esco(code: str) -> str:
    return code.partition(".")[0]


def rollcall_to_isco08(
    isco08: Mapping[str, str], groups: frozenset[str]
) -> Iterator[CrosswalkRow]:
    for code, group in isco08.items():
        if group in groups:
            yield CrosswalkRow(ROLLCALL, code, "isco08", group, "broad", 1.0, "code")


def rollcall_occupations_to_esco(names: Names) -> Iterator[CrosswalkRow]:
    """An equal name within the same ISCO-08 unit group."""
    found = equal_names(
        NameIndex(names.rollcall_occupations), NameIndex(names.esco_occupations)
    )
    in_group = {
        (ours, theirs): equal
        for (ours, theirs), equal in found.items()
        if names.rollcall_isco08.get(ours) == isco08_of_esco(theirs)
    }
    yield from _best_names(ROLLCALL, "esco", in_group)


def equal_skills(
    scheme: str, ones: Sequence[Named], other_scheme: str, others: Sequence[Named]
) -> Iterator[CrosswalkRow]:
    """Skills are matched by equal names alone: similar names are often other skills.

    Where an alias is all they share and their labels have no word in common, one is as
    often an example of the other as the same.
    """
    found = equal_names(NameIndex(ones), NameIndex(others))
    certain = {ends: equal for ends, equal in found.items() if any(equal)}
    words = {entry.code: entry.words_of_label for entry in (*ones, *others)}
    for row in _best_names(scheme, other_scheme, certain):
        if words[row.from_code] & words[row.to_code]:
            yield row
        else:
            yield replace(row, confidence=min(row.confidence, LABELS_APART))


def onet_to_esco_and_isco08(names: Names) -> Iterator[CrosswalkRow]:
    """Each ESCO occupation goes to the O*NET occupation it is most alike, if there is
    one well before the next; an O*NET occupation's ISCO-08 group is the one that its
    nearest ESCO occupations agree on."""
    if not names.esco_occupations or not names.onet_occupations:
        return
    score = likeness(names.esco_occupations, names.onet_occupations)
    equal = equal_names(
        NameIndex(names.onet_occupations), NameIndex(names.esco_occupations)
    )
    best = score.argmax(axis=1)
    ordered = -np.partition(-score, min(1, score.shape[1] - 1), axis=1)
    for at, esco in enumerate(names.esco_occupations):
        onet = names.onet_occupations[best[at]]
        top = float(ordered[at, 0])
        second = float(ordered[at, 1]) if score.shape[1] > 1 else 0.0
        named = equal.get((onet.code, esco.code))
        if named and named.is_label_of_both:
            yield CrosswalkRow(
                "onet", onet.code, "esco", esco.code, "exact", 1.0, "name"
            )
        elif top >= LEAST_LIKENESS and top - second >= LEAST_MARGIN:
            confidence = _step(LIKENESS, top)
            source = "name" if named else "similarity"
            yield CrosswalkRow(
                "onet", onet.code, "esco", esco.code, "close", confidence, source
            )
    groups = [isco08_of_esco(esco.code) for esco in names.esco_occupations]
    for at, onet in enumerate(names.onet_occupations):
        column = score[:, at]
        nearest = np.argsort(-column, kind="stable")[:VOTERS]
        votes: dict[str, float] = defaultdict(float)
        for voter in nearest:
            votes[groups[voter]] += float(column[voter]) ** 2
        group = max(votes, key=lambda voted: votes[voted])
        share = votes[group] / (sum(votes.values()) or 1.0)
        near = column[nearest[0]] >= LEAST_LIKENESS_OF_VOTERS
        if near and share >= SHARE_OF_VOTES[-1][0] and group in names.isco08:
            confidence = _step(SHARE_OF_VOTES, share)
            yield CrosswalkRow(
                "onet", onet.code, "isco08", group, "broad", confidence, "similarity"
            )


def csco_to_the_others(
    names: Names, rollcall_to_esco: Iterable[CrosswalkRow]
) -> Iterator[CrosswalkRow]:
    """A Chinese name of Rollcall's leads to its occupation, from there to ISCO-08 and
    ESCO. Where names lead to several, there is a row only for what they agree on."""
    esco: dict[str, list[CrosswalkRow]] = defaultdict(list)
    for row in rollcall_to_esco:
        esco[row.from_code].append(row)
    found = equal_names(NameIndex(names.csco_occupations), NameIndex(names.rollcall_zh))
    for row in _best_names("csco", ROLLCALL, found, CHINESE_NAME):
        yield row
        for onwards in esco[row.to_code]:
            yield CrosswalkRow(
                "csco",
                row.from_code,
                "esco",
                onwards.to_code,
                "close",
                round(row.confidence * onwards.confidence, 2),
                "rollcall",
            )
    for code, candidates in _candidates(found, CHINESE_NAME).items():
        groups = {names.rollcall_isco08[ours] for ours, _ in candidates}
        group = groups.pop()
        if not groups and group in names.isco08:
            yield CrosswalkRow(
                "csco",
                code,
                "isco08",
                group,
                "broad",
                CHINESE_NAME[candidates[0][1]],
                "rollcall",
            )


def _best_names(
    scheme: str,
    other_scheme: str,
    found: Mapping[tuple[str, str], Equal],
    confidences: Confidences = EQUAL_NAME,
) -> Iterator[CrosswalkRow]:
    """One row for each entry that has one best equal among the others."""
    for code, best in _candidates(found, confidences).items():
        if len(best) == 1:
            [(other, equal)] = best
            yield CrosswalkRow(
                scheme,
                code,
                other_scheme,
                other,
                "exact" if equal.is_label_of_both else "close",
                confidences[equal],
                "name",
            )


def _candidates(
    found: Mapping[tuple[str, str], Equal], confidences: Confidences
) -> dict[str, list[tuple[str, Equal]]]:
    """one → those that share its best names, all equally good."""
    best: dict[str, list[tuple[str, Equal]]] = {}
    for (one, other), equal in found.items():
        held = best.setdefault(one, [])
        kept = confidences[held[0][1]] if held else 0.0
        if confidences[equal] > kept:
            held.clear()
        if confidences[equal] >= kept:
            held.append((other, equal))
    return best


def _step(steps: Sequence[tuple[float, float]], value: float) -> float:
    """What the first step reached by `value` gives; the last one if none is."""
    return next((gives for least, gives in steps if value >= least), steps[-1][1])
