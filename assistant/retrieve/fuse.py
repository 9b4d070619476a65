"""One score from the two sides of the search."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]


def fuse(cosine: Scores, bm25: Scores, bm25_mass: float, lexical_weight: float) -> Scores:
    """`cosine + lexical_weight · bm25 / bm25_mass`; all arrays have shape (n,).

    Dividing by the mass of the question's words makes the lexical side the share of the question that a passage
    covers. Standardised scores and reciprocal ranks were tried and dropped: both blow the one word that a question
    shares with a passage in another language up to a full vote (docs/experiments.md).
    """
    return (cosine + lexical_weight * bm25 / max(bm25_mass, 1e-6)).astype(np.float32)
