"""Fuses the dense and the lexical scores of chunks, and makes scores comparable across languages."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assistant.text import language

Scores = npt.NDArray[np.float32]


def fuse(cosine: Scores, bm25: Scores, idf_sum: float, lexical_weight: float) -> Scores:
    """Return `cosine + lexical_weight · bm25 / idf_sum`; all arrays have shape (n,).

    `idf_sum` is the sum of the idf of the query's terms. Divided by it, BM25 is about the share of the query that a
    passage covers. Standardised scores and reciprocal ranks were tried and dropped: they overrate the single word that
    a question shares with a passage in another language (docs/experiments/retrieval.md).
    """
    return (cosine + lexical_weight * bm25 / max(idf_sum, 1e-6)).astype(np.float32)


def offsets_by_language(sums: npt.NDArray[np.number], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the offset of each language that makes the scores of its chunks comparable, shape (languages,).

    `sums` and `counts`, shape (languages,), are the sum of the scores of all chunks of a language and their number.
    Texts in the language of the question get higher cosines than texts in other languages that say the same, and only
    they share its words. Therefore the scores of each language are centred on their mean, as multilingual embeddings
    are (Libovický et al., "On the Language Neutrality of Pre-trained Multilingual Representations", EMNLP Findings
    2020). The language with the highest mean has the offset 0.
    """
    mean = sums.sum() / counts.sum()
    levels = (sums + language.PRIOR_CHUNKS * mean) / (counts + language.PRIOR_CHUNKS)
    return np.asarray(levels.max() - levels, np.float64)
