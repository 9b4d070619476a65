"""One score from the two sides of the search, and one scale for all languages."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]


def fuse(cosine: Scores, bm25: Scores, bm25_mass: float, lexical_weight: float) -> Scores:
    """`cosine + lexical_weight · bm25 / bm25_mass`; all arrays have shape (n,).

    Dividing by the idf_sum of the question's words makes the lexical side the share of the question that a passage
    covers. Standardised scores and reciprocal ranks were tried and dropped: both blow the one word that a question
    shares with a passage in another language up to a full vote (docs/experiments/retrieval.md).
    """
    return (cosine + lexical_weight * bm25 / max(bm25_mass, 1e-6)).astype(np.float32)


# Pseudo-count of the prior: a language with few chunks is pulled towards the mean over all languages, because a few
# chunks say more about their topic than about their language. Fitted by benchmarks/tune/retrieval.py.
_PRIOR_CHUNKS = 8


def offsets_by_language(sums: npt.NDArray[np.number], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """What to add to the scores of the chunks of each language so that they compare, shape (languages,).

    `sums` and `counts` (languages,): the sum of the scores of all chunks of a language, and how many there are.

    An encoder finds texts in the language of the question nearer than others that say the same, and only they share
    its words. So each language is taken from its own mean, as multilingual embeddings are centred (Libovický et al.,
    "On the Language Neutrality of Pre-trained Multilingual Representations", EMNLP Findings 2020); the one with the
    highest mean is lifted by 0.
    """
    mean = sums.sum() / counts.sum()
    levels = (sums + _PRIOR_CHUNKS * mean) / (counts + _PRIOR_CHUNKS)
    return np.asarray(levels.max() - levels, np.float64)
