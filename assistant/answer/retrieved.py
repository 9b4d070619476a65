"""The record of what was retrieved for a question and how sure it is; every answerer starts from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.answer.confidence import confidence
from assistant.answer.requested_facts import with_requested
from assistant.answer.sentence_ranking import Align, Candidate, rank_candidates
from assistant.protocols import EvidenceLookup
from assistant.records import Hit, SpanScores, Vectors


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The hits of a query, their sentences with the best first, and the confidence that the best one answers.

    `query` is the standalone question, `language` the language to reply in, `confidence` a probability.
    """

    query: str
    language: str
    hits: tuple[Hit, ...]
    candidates: tuple[Candidate, ...]
    confidence: float


def assess_hits(
    query: str,
    vector: Vectors,
    hits: tuple[Hit, ...],
    lookup: EvidenceLookup,
    *,
    question: str,
    language: str,
    span_scores: Mapping[str, SpanScores],
    align: Align | None = None,
) -> Retrieved:
    """Rank the sentences of `hits` for a `query` in `language` and return them with the confidence of the best one.

    `question` is the question as typed: what it speaks of has to be in the quote. `vector` is the embedded query,
    shape (1, dimension). `span_scores` holds the reader's scores by chunk id; `align`
    compares texts in different languages.
    """
    ranked = rank_candidates(query, vector, hits, lookup, language, span_scores, align)
    candidates = with_requested(question, language, ranked, hits, lookup)
    probability = confidence(candidates[0].evidence if candidates else None)
    return Retrieved(query, language, hits, tuple(candidates), probability)
