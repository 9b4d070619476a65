"""The local extractive answerer: the sentences that answer, in the document's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.answer.citations import cite
from assistant.answer.confidence import abstention_reason, confidence
from assistant.answer.messages import abstention_text, other_language_notice
from assistant.answer.sentence_ranking import Align, Candidate, rank_candidates
from assistant.protocols import EvidenceLookup
from assistant.records import Abstention, Answer, Citation, Hit, Reply, SpanScores, Vectors
from assistant.text.fold import words

# A further sentence is quoted if its score is within this of the best. Chosen by hand: more right quotes (`hit`) are
# paid for with more wrong ones (`citation_precision`), and no figure says how many are worth it.
_MARGIN = 0.05
_CLOSEST = 3  # sentences that an abstention shows


def answer_extractively(
    query: str,
    vector: Vectors,
    hits: tuple[Hit, ...],
    lookup: EvidenceLookup,
    *,
    span_scores: Mapping[str, SpanScores],
    align: Align | None = None,
    language: str,
    sentences: int,
    min_confidence: float,
) -> Reply:
    """One to `sentences` quotes out of `hits` that answer `query`, or an Abstention in `language`.

    `vector` is the embedded query, shape (1, dimension); `span_scores` are by chunk id, `align` compares
    texts of different languages.
    """
    candidates = rank_candidates(query, vector, hits, lookup, language, span_scores, align)
    probability = confidence(candidates[0].evidence if candidates else None)
    reason = abstention_reason(probability, min_confidence)
    if reason is not None:
        closest = _distinct(candidates, lookup)[:_CLOSEST]
        citations = tuple(_cite(c, n, lookup) for n, c in enumerate(closest, start=1))
        return Abstention(reason, abstention_text(reason, language), citations, hits, probability)
    best = candidates[0]
    chosen = [c for c in _distinct(candidates, lookup) if c.score >= best.score - _MARGIN][:sentences]
    in_order = _reading_order(chosen)
    numbers = {c: n for n, c in enumerate(in_order, start=1)}
    citations = tuple(_cite(c, numbers[c], lookup) for c in chosen)
    text = " ".join(f"{c.quote} [{c.number}]" for c in sorted(citations, key=lambda c: c.number))
    quoted = [lookup.document(c.doc_id).language for c in citations]
    return Answer(text, citations, hits, probability, other_language_notice(quoted, language))


def _distinct(candidates: Sequence[Candidate], lookup: EvidenceLookup) -> list[Candidate]:
    """Without sentences that say the same words as a better one."""
    seen: set[str] = set()
    distinct = []
    for candidate in candidates:
        s = candidate.sentence
        key = " ".join(words(lookup.document(s.doc_id).text[s.start : s.end]))
        if key not in seen:
            seen.add(key)
            distinct.append(candidate)
    return distinct


def _reading_order(chosen: Sequence[Candidate]) -> list[Candidate]:
    """By document, the one with the best quote first, then as the document has them."""
    documents = list(dict.fromkeys(c.sentence.doc_id for c in chosen))
    return sorted(chosen, key=lambda c: (documents.index(c.sentence.doc_id), c.sentence.start))


def _cite(candidate: Candidate, number: int, lookup: EvidenceLookup) -> Citation:
    sentence = candidate.sentence
    document = lookup.document(sentence.doc_id)
    return cite(document, sentence.start, sentence.end, number, candidate.short_answer)
