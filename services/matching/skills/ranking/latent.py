"""What documents are about beyond their words: a truncated singular value
decomposition of which words occur in which documents (latent semantic analysis)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from services.matching.engine.native import compiled
from services.matching.skills.ranking.term_index import Alternatives, Floats, TermIndex

Places = npt.NDArray[np.intp]

DIMENSIONS = 200
OVERSAMPLED = 16
POWER_ITERATIONS = 3
SEED = 20250101


class Latent:
    """A place in a space of few dimensions for each document and for each phrase.

    The decomposition is randomised with a fixed seed: the same documents give the same
    space.
    """

    def __init__(
        self, documents: Sequence[Sequence[str]], dimensions: int = DIMENSIONS
    ) -> None:
        self._documents = TermIndex(documents, damped=True)
        of_terms, values = _decomposed(self._documents, dimensions)
        self._of_terms = of_terms
        spread: Floats = np.zeros((len(documents), len(values)), np.float32)
        index = self._documents
        _times(index.starts, index.holders, index.weights, of_terms, spread)
        self.places: Floats = normalised(spread)

    def place(self, groups: Sequence[Alternatives]) -> Floats:
        """Where a phrase is; of length 1, or all zeros when no word is known."""
        terms, weights, sizes = self._documents.grouped(groups)
        if not len(terms):
            return np.zeros(self.places.shape[1], np.float32)
        shares = (weights / np.repeat(sizes, sizes)).astype(np.float32)
        place: Floats = normalised((shares @ self._of_terms[terms])[None])[0]
        return place

    def cosine(self, groups: Sequence[Alternatives], of: Places) -> Floats:
        """How alike some documents are to a phrase in what they are about."""
        return self.places[of] @ self.place(groups)


def normalised(rows: Floats) -> Floats:
    """Each row of length 1; rows of zeros stay."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    scaled: Floats = rows / np.maximum(lengths, 1e-9)[:, None]
    return scaled


def _decomposed(
    index: TermIndex, dimensions: int
) -> tuple[Floats, npt.NDArray[np.float64]]:
    """The strongest directions among the terms, and how strong each is."""
    count = min(dimensions + OVERSAMPLED, index.documents, len(index.idf))
    if count == 0:
        return np.zeros((len(index.idf), 0), np.float32), np.zeros(0)
    random = np.random.default_rng(SEED)
    of_terms = random.standard_normal((len(index.idf), count)).astype(np.float32)
    for _ in range(POWER_ITERATIONS):
        of_documents = np.zeros((index.documents, count), np.float32)
        _times(index.starts, index.holders, index.weights, of_terms, of_documents)
        of_documents = np.linalg.qr(of_documents)[0]
        of_terms = np.zeros((len(index.idf), count), np.float32)
        _transposed_times(
            index.starts, index.holders, index.weights, of_documents, of_terms
        )
    u, values, _ = np.linalg.svd(of_terms, full_matrices=False)
    kept = u[:, :dimensions]
    # of each direction the sign is free: the strongest term decides
    strongest = np.abs(kept).argmax(0)
    signs = np.sign(kept[strongest, np.arange(kept.shape[1])])
    return (kept * signs).astype(np.float32), values[:dimensions]


@compiled
def _times(starts: Any, holders: Any, weights: Any, of_terms: Any, out: Any) -> None:
    for term in range(len(starts) - 1):
        for at in range(starts[term], starts[term + 1]):
            for d in range(out.shape[1]):
                out[holders[at], d] += weights[at] * of_terms[term, d]


@compiled
def _transposed_times(
    starts: Any, holders: Any, weights: Any, of_documents: Any, out: Any
) -> None:
    for term in range(len(starts) - 1):
        for at in range(starts[term], starts[term + 1]):
            for d in range(out.shape[1]):
                out[term, d] += weights[at] * of_documents[holders[at], d]
