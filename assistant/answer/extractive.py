"""The extractive answerer: quotes the sentences that answer, in the document's own words, or abstains."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answer.citations import cite
from assistant.answer.confidence import abstention_reason
from assistant.answer.messages import abstention_text, other_language_notice
from assistant.answer.retrieved import Retrieved
from assistant.answer.sentence_ranking import Candidate
from assistant.answer.units import trimmed
from assistant.protocols import EvidenceLookup
from assistant.records import Abstention, AbstentionReason, Answer, Citation, Reply
from assistant.text.fold import words

# A further sentence is quoted if its score is within this of the best. Chosen by hand: more right quotes (`hit`) are
# paid for with more wrong ones (`citation_precision`), and no figure says how many are worth it.
_MARGIN = 0.05
_CLOSEST = 3  # sentences that an abstention shows


class ExtractiveAnswerer:
    """Answers with up to `sentences` quotes when the confidence is at least `min_confidence`, a probability."""

    def __init__(self, lookup: EvidenceLookup, *, sentences: int, min_confidence: float) -> None:
        self._lookup = lookup
        self._sentences = sentences
        self._min_confidence = min_confidence

    def abstention_reason(self, retrieved: Retrieved) -> AbstentionReason | None:
        """Return why `answer` abstains; None when it quotes."""
        if not retrieved.candidates:
            return "no_evidence"
        return abstention_reason(retrieved.confidence, self._min_confidence)

    def answer(self, retrieved: Retrieved) -> Reply:
        """Return an Answer of quotes, or an Abstention with the closest sentences."""
        distinct = self._distinct(retrieved.candidates)
        reason = self.abstention_reason(retrieved)
        if reason is not None:
            closest = tuple(self._cite(c, n) for n, c in enumerate(distinct[:_CLOSEST], start=1))
            text = abstention_text(reason, retrieved.language)
            return Abstention(reason, text, closest, retrieved.hits, retrieved.confidence)
        best = retrieved.candidates[0]
        chosen = _apart([c for c in distinct if c.score >= best.score - _MARGIN])[: self._sentences]
        numbers = {c: n for n, c in enumerate(_reading_order(chosen), start=1)}
        citations = tuple(self._cite(c, numbers[c]) for c in chosen)
        text = " ".join(f"{c.quote} [{c.number}]" for c in sorted(citations, key=lambda c: c.number))
        quoted = [self._lookup.document(c.doc_id).language for c in citations]
        notice = other_language_notice(quoted, retrieved.language)
        return Answer(text, citations, retrieved.hits, retrieved.confidence, notice)

    def _distinct(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return the candidates without those that have the same words as a better one."""
        seen: set[str] = set()
        distinct = []
        for candidate in candidates:
            s = candidate.sentence
            key = " ".join(words(self._lookup.document(s.doc_id).text[s.start : s.end]))
            if key not in seen:
                seen.add(key)
                distinct.append(candidate)
        return distinct

    def _cite(self, candidate: Candidate, number: int) -> Citation:
        sentence = candidate.sentence
        document = self._lookup.document(sentence.doc_id)
        start, end = trimmed(document.text, sentence.start, sentence.end)
        short = candidate.short_answer
        inside = short is not None and start <= short[0] < short[1] <= end
        return cite(document, start, end, number, short if inside else None)


def _apart(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates without those that overlap a better one."""
    kept: list[Candidate] = []
    for candidate in candidates:
        s = candidate.sentence
        if not any(
            s.doc_id == k.sentence.doc_id and s.start < k.sentence.end and k.sentence.start < s.end for k in kept
        ):
            kept.append(candidate)
    return kept


def _reading_order(chosen: Sequence[Candidate]) -> list[Candidate]:
    """Sort by document, the one with the best quote first, then by place in the document."""
    documents = list(dict.fromkeys(c.sentence.doc_id for c in chosen))
    return sorted(chosen, key=lambda c: (documents.index(c.sentence.doc_id), c.sentence.start))
