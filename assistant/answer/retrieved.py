"""The record of what was retrieved for a question and how sure it is; every answerer starts from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answer.confidence import confidence
from assistant.answer.sentence_ranking import Align, Candidate, rank_candidates
from assistant.protocols import EvidenceLookup
from assistant.records import Hit, SpanScores, Vectors
from assistant.text.fold import words
from assistant.verify.requested_facts import Requested

_COMPARED = 12  # best candidates whose facts are compared with the question's; a limit of time
# Charge to the score of a candidate for each thing that it lacks. Fitted by benchmarks/tune/ranking.py.
_LACKING_WEIGHT = 0.02

# In a follow-up, the charge to a quote of the last answer, and what raises others of the documents it cites. Chosen
# by hand: more than the sentences of one passage differ, and more than `_MARGIN` of extractive.py, so that what another
# document says in the same words is not quoted beside it.
_AGAIN, _CITED = 0.2, 0.06


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
    said: str = "",
    chunks: int,
) -> Retrieved:
    """Rank the sentences of `hits` for a `query` in `language` and return them with the confidence of the best one.

    `question` is the question as typed: what it speaks of has to be in the quote. `vector` is the embedded query,
    shape (1, dimension). `span_scores` holds the reader's scores by chunk id; `align`
    compares texts in different languages. `said` is the last answer where the question follows up on it. `chunks` is
    the number of chunks in the index.
    """
    ranked = rank_candidates(query, vector, hits, lookup, language, span_scores, align)
    if said:
        ranked = _not_again(ranked, said, lookup)
    candidates = with_requested(question, language, ranked, hits, lookup)
    probability = confidence(candidates[0].evidence if candidates else None, chunks)
    return Retrieved(query, language, hits, tuple(candidates), probability)


def _not_again(candidates: Sequence[Candidate], said: str, lookup: EvidenceLookup) -> list[Candidate]:
    """Lower the candidates that are in the last answer, `said`, and raise others of the documents it cites."""
    heard = " ".join(words(said))
    again = {c for c in candidates[:_COMPARED] if _plain_text(c, lookup) in heard}
    cited = {c.sentence.doc_id for c in again}
    changed = [
        replace(c, score=c.score - _AGAIN)
        if c in again
        else replace(c, score=c.score + _CITED * (c.sentence.doc_id in cited))
        for c in candidates
    ]
    return sorted(changed, key=lambda candidate: -candidate.score)


def _plain_text(candidate: Candidate, lookup: EvidenceLookup) -> str:
    sentence = candidate.sentence
    return " ".join(words(lookup.document(sentence.doc_id).text[sentence.start : sentence.end]))


def with_requested(
    question: str, language: str, candidates: Sequence[Candidate], hits: Sequence[Hit], lookup: EvidenceLookup
) -> list[Candidate]:
    """Charge the best candidates for what they lack of the `question`, and return all, best first."""
    requested = Requested(question, language)
    charged = []
    for candidate in candidates[:_COMPARED]:
        s = candidate.sentence
        chunk = next(
            h.chunk for h in hits if h.chunk.doc_id == s.doc_id and h.chunk.start < s.end and s.start < h.chunk.end
        )
        lacking = requested.lacking(lookup.document(s.doc_id), chunk, s.start, s.end)
        evidence = replace(
            candidate.evidence,
            absent=lacking.facts,
            otherwise=lacking.otherwise,
            no_kind=lacking.kind,
            unlike=lacking.unlike,
            kind_met=lacking.kind_met,
        )
        charged.append(replace(candidate, score=candidate.score - _LACKING_WEIGHT * lacking.charge, evidence=evidence))
    return sorted([*charged, *candidates[_COMPARED:]], key=lambda candidate: -candidate.score)
