"""Ranks the sentences of the hits by how well they answer the question."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answer.answer_spans import BestSpan, best_spans
from assistant.answer.confidence import Evidence
from assistant.answer.row_match import row_shares, table_key
from assistant.answer.units import Role, Unit, unit_of
from assistant.protocols import EvidenceLookup
from assistant.records import Document, Hit, Sentence, SpanScores, Vectors
from assistant.text.statements import is_statement
from assistant.text.terms import about, terms_of

# A sentence's score is its cosine and the offset of its language, plus, by these weights: the share of the question's
# terms in the sentence, their share in its passage and its document's metadata, the score of its passage, and the
# reader's share. Fitted by benchmarks/tune/ranking.py.
_OVERLAP_WEIGHT = 0.1
_CONTEXT_WEIGHT = 0.05
_PASSAGE_WEIGHT = 0.4
_READING_WEIGHT = 0.2
# The number of best candidates of which those in another language than the question's are aligned with it, and the
# weight of the alignment in the score. Fitted by benchmarks/tune/alignment.py.
_ALIGNED = 12
_ALIGNMENT_WEIGHT = 1.0
# The idf of a term that no chunk has, below which the index is too small to tell rare terms from common ones. Chosen by
# hand: that of an index of 27 chunks; the constants above were fitted on larger ones.
_LEAST_RANGE = 4.0
_NO_TERM = "\0"
# A unit is quoted whole when what announces it (its question, heading or lead-in) scores at most this much less than
# the best sentence in it. Chosen by hand: no set to tune on has enough lists and questions of documents.
_UNIT_MARGIN = 0.1
# The weight of the words that tell the rows of one table apart. Chosen by hand, so that they decide: no set to tune on
# has enough tables.
_ROW_WEIGHT = 0.3

Align = Callable[[str, Sequence[str]], list[float]]
"""The function `assistant.protocols.Aligner.align`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that can be quoted, its score and the evidence for it.

    `span` is the best short answer in the sentence, None when the reader did not read it. `short_answer` are the
    offsets of the short answer in the document, None when the reader finds "no answer" more likely.
    """

    sentence: Sentence
    score: float
    evidence: Evidence
    span: BestSpan | None = None
    short_answer: tuple[int, int] | None = None

    @property
    def odds(self) -> float:
        """The reader's odds that the sentence contains the answer; 0 when it did not read the sentence."""
        return math.exp(self.span.sentence_log_odds) if self.span else 0.0


@dataclass(frozen=True, slots=True)
class _Member:
    """A sentence of a unit, or one that announces it; `quotable` if it can be quoted alone."""

    role: Role
    candidate: Candidate
    quotable: bool


def rank_candidates(
    query: str,
    vector: Vectors,
    hits: Sequence[Hit],
    lookup: EvidenceLookup,
    language: str,
    span_scores: Mapping[str, SpanScores],
    align: Align | None = None,
) -> list[Candidate]:
    """Return every sentence of `hits` that can be quoted, best first, for a `query` in `language`.

    `vector` is the embedded query, shape (1, dimension). `span_scores` holds the reader's scores by chunk id; chunks
    may be missing. `align` compares sentences in other languages with the query word by word.
    """
    # In an index of few chunks nearly every term is rare or everywhere by chance, so that all count about the same.
    even = max(0.0, _LEAST_RANGE - lookup.idf(_NO_TERM))
    weights = {term: lookup.idf(term) + even for term in set(terms_of(query))}
    if not any(char.isalpha() for char in query):  # emoji or a lone number: what is near to them answers nothing
        return []
    total = sum(weights.values())

    def share(terms: set[str]) -> float:
        return sum(weights[term] for term in weights.keys() & terms) / total

    best: dict[Sentence, Candidate] = {}
    grouped: dict[tuple[str, Unit], dict[Sentence, _Member]] = {}
    for hit in hits:
        document = lookup.document(hit.chunk.doc_id)
        context = share(set(terms_of(f"{about(document)}\n{hit.chunk.text}")))
        sentences, vectors = lookup.sentences(hit.chunk)
        cosines = (vectors @ vector[0]).tolist() if sentences else []
        for sentence, cosine, span in zip(sentences, cosines, _spans(hit, sentences, span_scores), strict=True):
            text = document.text[sentence.start : sentence.end]
            found = unit_of(document.text, sentence.start)
            quotable = is_statement(text, document)
            if not (quotable or found):
                continue
            score = (
                cosine
                + hit.language_offset
                + _OVERLAP_WEIGHT * share(set(terms_of(text)))
                + _CONTEXT_WEIGHT * context
                + _PASSAGE_WEIGHT * hit.score
            )
            evidence = Evidence(cosine, context, language not in (document.language, "und"))
            candidate = Candidate(
                sentence, score, evidence, span, _short_answer(document, sentence, hit.chunk.start, span)
            )
            if found:
                members = grouped.setdefault((document.doc_id, found[1]), {})
                if sentence not in members or members[sentence].candidate.odds < candidate.odds:
                    members[sentence] = _Member(found[0], candidate, quotable)
            elif sentence not in best or best[sentence].odds < candidate.odds:
                best[sentence] = candidate
    for (doc_id, unit), members in grouped.items():
        best.update({c.sentence: c for c in _resolve(doc_id, unit, list(members.values()))})
    candidates = _with_rows_apart(list(best.values()), weights, lookup)
    ranked = sorted(_with_reading(candidates), key=_by_score)
    return sorted(_aligned(query, ranked, lookup, align), key=_by_score) if align else ranked


def _resolve(doc_id: str, unit: Unit, members: Sequence[_Member]) -> list[Candidate]:
    """Return the unit as one candidate if what announces it is about as near to the question as what it holds.

    Otherwise return the sentences in it that can be quoted alone.
    """
    own = [member.candidate for member in members if member.role not in ("asks", "heading")]
    topics = [member.candidate.score for member in members if member.role in ("asks", "heading", "lead-in")]
    items = [m.candidate for m in members if m.role in ("item", "answer") and m.quotable]
    nearest = max((c.score for c in items), default=-math.inf)
    if max(topics, default=-math.inf) < nearest - _UNIT_MARGIN:
        return items
    best = max((member.candidate for member in members), key=lambda c: c.score)
    cosine = max(member.candidate.evidence.cosine for member in members)
    read = [c.span for c in own if c.span]
    span = max(read, key=lambda span: span.log_odds) if read else None
    if span:
        odds = math.log(sum(math.exp(one.sentence_log_odds) for one in read))
        span = replace(span, sentence_log_odds=odds)
    answers = [c.short_answer for c in own if c.short_answer and c.span and span and c.span.log_odds == span.log_odds]
    return [
        Candidate(
            Sentence(doc_id, unit.start, unit.end),
            best.score,
            replace(best.evidence, cosine=cosine),
            span,
            answers[0] if answers else None,
        )
    ]


def _with_rows_apart(
    candidates: Sequence[Candidate], weights: Mapping[str, float], lookup: EvidenceLookup
) -> list[Candidate]:
    """Add to the score of each row of a table how well it fits the question among the other rows."""
    tables: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in candidates:
        key = table_key(_text(candidate.sentence, lookup))
        if key is not None:
            tables.setdefault((candidate.sentence.doc_id, key), []).append(candidate)
    shares = {
        candidate.sentence: share
        for rows in tables.values()
        for candidate, share in zip(
            rows, row_shares([_text(row.sentence, lookup) for row in rows], weights), strict=True
        )
    }
    return [replace(c, score=c.score + _ROW_WEIGHT * shares.get(c.sentence, 0.0)) for c in candidates]


def _spans(hit: Hit, sentences: Sequence[Sentence], span_scores: Mapping[str, SpanScores]) -> Sequence[BestSpan | None]:
    reading = span_scores.get(hit.chunk.chunk_id)
    if reading is None:
        return [None] * len(sentences)
    return best_spans(reading, [(s.start - hit.chunk.start, s.end - hit.chunk.start) for s in sentences])


def _short_answer(document: Document, sentence: Sentence, shift: int, span: BestSpan | None) -> tuple[int, int] | None:
    """Return the offsets of the short answer in the document, extended to whole words within the sentence."""
    if span is None or span.log_odds <= 0:
        return None
    text, start, end = document.text, shift + span.start, shift + span.end
    while start < end and text[start].isspace():
        start += 1
    while start > sentence.start and text[start - 1 : start + 1].isalnum():
        start -= 1
    while end < sentence.end and text[end - 1 : end + 1].isalnum():
        end += 1
    return (start, end) if start < end else None


def _with_reading(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Add each candidate's share of the reader's probability, over all passages and "no answer", to its score."""
    total = 1 + sum(c.odds for c in candidates)
    read = [c.span.log_odds for c in candidates if c.span]
    surest = max(read) if read else None
    return [
        replace(c, score=c.score + _READING_WEIGHT * c.odds / total, evidence=replace(c.evidence, log_odds=surest))
        for c in candidates
    ]


def _aligned(query: str, ranked: Sequence[Candidate], lookup: EvidenceLookup, align: Align) -> list[Candidate]:
    """Adjust the scores of the best candidates in other languages by how well their words match the query."""
    crossing = [candidate for candidate in ranked[:_ALIGNED] if candidate.evidence.cross_lingual]
    if not crossing:
        return list(ranked)
    values = align(query, [_text(candidate.sentence, lookup) for candidate in crossing])
    mean = sum(values) / len(values)
    lifted = [
        replace(
            candidate,
            score=candidate.score + _ALIGNMENT_WEIGHT * (value - mean),
            evidence=replace(candidate.evidence, alignment=value),
        )
        for candidate, value in zip(crossing, values, strict=True)
    ]
    return [*lifted, *(candidate for candidate in ranked if candidate not in crossing)]


def _text(sentence: Sentence, lookup: EvidenceLookup) -> str:
    return lookup.document(sentence.doc_id).text[sentence.start : sentence.end]


def _by_score(candidate: Candidate) -> float:
    return -candidate.score
