"""The local extractive answerer: the sentences that answer, in the document's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answer.abstain import Evidence, abstention_reason, confidence
from assistant.answer.cite import cite
from assistant.answer.phrases import abstention_text, other_language_notice
from assistant.records import Abstention, Answer, Citation, Document, EvidenceLookup, Hit, Reply, Sentence, Vectors
from assistant.text.fold import words
from assistant.text.terms import about, terms_of

# A sentence's score: its cosine, plus the share of the question's terms in the sentence, the share in its passage
# and in what its document says of itself, and the score of its passage.
_OVERLAP_WEIGHT = 0.1
_CONTEXT_WEIGHT = 0.05
_PASSAGE_WEIGHT = 0.4
# A further sentence is quoted when it scores within this of the best.
_MARGIN = 0.03
_CLOSEST = 3
# What ends a sentence; a line that is short and ends otherwise is a heading, a caption or a name.
_SENTENCE_END = re.compile(r"[.!?…;:。！？।]['\"”’»)\]/.]*$")
_SHORT_WORDS = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that could be quoted, and what speaks for it."""

    sentence: Sentence
    score: float
    evidence: Evidence


def answer_extractively(
    query: str,
    vector: Vectors,
    hits: tuple[Hit, ...],
    lookup: EvidenceLookup,
    *,
    language: str,
    sentences: int,
    min_confidence: float,
) -> Reply:
    """One to `sentences` quotes out of `hits` that answer `query`, or an Abstention in `language`.

    `vector` is the embedded query, shape (1, dimension).
    """
    candidates = rank_candidates(query, vector, hits, lookup, language)
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


def rank_candidates(
    query: str, vector: Vectors, hits: Sequence[Hit], lookup: EvidenceLookup, language: str
) -> list[Candidate]:
    """Every sentence of `hits` that can be quoted, best first, for a query in `language`."""
    weights = {term: lookup.idf(term) for term in set(terms_of(query))}
    if not any(char.isalpha() for char in query):  # emoji or a lone number: what is near to them answers nothing
        return []
    mass = sum(weights.values())

    def share(terms: set[str]) -> float:
        return sum(weights[term] for term in weights.keys() & terms) / mass

    best: dict[Sentence, Candidate] = {}
    for hit in hits:
        document = lookup.document(hit.chunk.doc_id)
        around = set(terms_of(f"{about(document)}\n{hit.chunk.text}"))
        context = share(around)
        sentences, vectors = lookup.sentences(hit.chunk)
        cosines = (vectors @ vector[0]).tolist() if sentences else []
        for sentence, cosine in zip(sentences, cosines, strict=True):
            text = document.text[sentence.start : sentence.end]
            if sentence in best or not is_statement(text, document):
                continue
            evidence = Evidence(cosine, context, language not in (document.language, "und"))
            score = (
                cosine
                + _OVERLAP_WEIGHT * share(set(terms_of(text)))
                + _CONTEXT_WEIGHT * context
                + _PASSAGE_WEIGHT * hit.score
            )
            best[sentence] = Candidate(sentence, score, evidence)
    return sorted(best.values(), key=lambda c: -c.score)


def is_statement(text: str, document: Document) -> bool:
    """Whether `text` can answer on its own: not a heading, the title, a caption's file name or a lone name."""
    if text.startswith("#") or text == document.title:
        return False
    return (
        bool(_SENTENCE_END.search(text))
        or len(words(text)) > _SHORT_WORDS
        or text.startswith(("- ", "• "))
        or (" | " in text)
    )


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
    return cite(lookup.document(sentence.doc_id), sentence.start, sentence.end, number)
