"""Fits which part of a title speaks for which occupation: a softmax over all of them,
on top of what the ranker's signals say already.

An occupation is known by itself, by the groups its code begins with, and by the words
of its name, so that what one occupation taught holds for its kin, too. Weights are held
to nothing (ridge); the signals' own three are free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

RIDGE = 0.1
ITERATIONS = 40
KEPT_UPDATES = 6
GROUPS = ((len("4-01-02"), 0.5), (len("4-01"), 0.3))
"""So many characters of a code are a group, and what a group counts."""
START = np.array([1.0, 9.0, 7.0])


@dataclass(frozen=True, slots=True)
class Fitted:
    """`of_parts`: what each part says of each occupation; `usual`: how usual each is;
    `signals`: what each signal counts."""

    of_parts: Floats
    usual: Floats
    signals: Floats


def fit(
    signals: Floats,
    parts: sparse.csr_matrix,
    right: Ints,
    kinds: sparse.csr_matrix,
) -> Fitted:
    """`signals`: title × occupation × signal; `parts`: title × part; `right`: the place
    of the right occupation of each title; `kinds`: what each occupation is known by.

    The same titles give the same weights.
    """
    space, back = _own_space(parts)
    titles, width = space.shape
    known_by = kinds.shape[1]
    by_kind = kinds.T.tocsr()
    every = np.arange(titles)
    size = width * known_by

    def loss(point: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        flat = point.astype(np.float32)
        rule = flat[:size].reshape(width, known_by)
        usual, counts = flat[size : size + known_by], flat[size + known_by :]
        odds = signals @ counts + (kinds @ (space @ rule + usual).T).T
        odds -= odds.max(1, keepdims=True)
        of_right = odds[every, right].astype(np.float64)
        np.exp(odds, out=odds)
        total = odds.sum(1, keepdims=True)
        lost = float(np.log(total[:, 0]).sum() - of_right.sum())
        odds /= total
        odds[every, right] -= 1
        of_kinds = (by_kind @ np.ascontiguousarray(odds.T)).T
        slope = [
            (space.T @ of_kinds + RIDGE * rule).ravel(),
            of_kinds.sum(0) + RIDGE * usual,
            np.einsum("tos,to->s", signals, odds),
        ]
        held = float((rule**2).sum() + (usual**2).sum())
        return lost + RIDGE / 2 * held, np.concatenate(slope).astype(np.float64)

    found = optimize.minimize(
        loss,
        np.concatenate([np.zeros(size + known_by), START]),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": ITERATIONS, "maxcor": KEPT_UPDATES},
    ).x.astype(np.float32)
    rule = back @ found[:size].reshape(width, known_by)
    of_parts = (kinds @ rule.T).T
    usual = kinds @ found[size : size + known_by]
    return Fitted(of_parts, usual, found[size + known_by :])


def kinds_of(codes: Sequence[str], right: Ints, names: Floats) -> sparse.csr_matrix:
    """What each occupation is known by: itself and its groups, if a title meant them,
    and where its `names` are among all names."""
    blocks = [_one_each([*codes], right, 1.0)]
    for length, counts in GROUPS:
        blocks.append(_one_each([code[:length] for code in codes], right, counts))
    return sparse.hstack([*blocks, sparse.csr_matrix(names)]).tocsr().astype(np.float32)


def _one_each(marks: Sequence[str], right: Ints, counts: float) -> sparse.csr_matrix:
    """A column for each mark that a right one has."""
    meant = sorted({marks[at] for at in right.tolist()})
    column = {mark: at for at, mark in enumerate(meant)}
    places = [(row, column[mark]) for row, mark in enumerate(marks) if mark in column]
    rows, columns = zip(*places, strict=True)
    values = np.full(len(places), counts, np.float32)
    return sparse.csr_matrix((values, (rows, columns)), (len(marks), len(meant)))


def _own_space(parts: sparse.csr_matrix) -> tuple[Floats, Floats]:
    """The titles in the few dimensions that they span, in which nothing is lost; and
    what leads from there back to the parts."""
    alike = (parts @ parts.T).toarray().astype(np.float64)
    values, vectors = np.linalg.eigh(alike)
    spans = values > 1e-6
    values, vectors = np.sqrt(values[spans]), vectors[:, spans]
    space = (vectors * values).astype(np.float32)
    back = (parts.T @ (vectors / values)).astype(np.float32)
    return space, back
