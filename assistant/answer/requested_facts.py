"""What a question asks for and speaks of, and what of it a quote lacks.

A name, place, number, year or code of the question must be in the quote or in what it stands under; a question for a
number, date, person or place is answered by a quote that has one. What is lacking lowers rank and confidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from assistant.answer.sentence_ranking import Candidate
from assistant.protocols import EvidenceLookup
from assistant.records import Chunk, Document, Hit
from assistant.text.facts.date_words import date_words
from assistant.text.facts.extraction import Fact, Facts, facts_of
from assistant.text.facts.lexicon import ASKED_FOR, FUNCTION_WORDS, TIMES
from assistant.text.facts.names import Name, Word, holds_any, words_of
from assistant.text.fold import strip_accents
from assistant.text.terms import about
from assistant.verify.entity_match import is_meant, required_facts

_ASKED_FOR = {
    language: {kind: re.compile(rf"\b(?:{pattern})\b") for kind, pattern in kinds.items()}
    for language, kinds in ASKED_FOR.items()
}
# A word and the number or letter that tells one of its kind from another: "ward 7", "route B".
_LABELLED = re.compile(r"([^\W\d_]{2,}) (\d{1,4}[a-zA-Z]?|[A-Z])(?![\w%]|[.,:/-]\d)")
_COMPARED = 12  # best candidates whose facts are compared with the question's; a limit of time
_COUNTED = 3  # words after a number among which is what it counts; chosen by hand, as a noun phrase has few more
# Charges to the score of a candidate for each fact that it lacks. Fitted by benchmarks/tune/confidence.py.
_LACKING_WEIGHT = 0.02


# A quote about "ward 57" never answers a question about "ward 7": more than a name that may be there in other words.
# Chosen by hand: the sets have too few such questions.
_LABEL_CHARGE = 4


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a quote lacks of a question: the number of facts that neither the quote nor what it stands under has.

    `otherwise` is the number of those of which it has another one instead; `kind` says that it has none of the kind of
    thing that is asked for. `unlike` is the number of names of the question of which no word is in a passage in another
    language, which may translate them. `mislabelled` is the number of things that the quote has with another label.
    """

    facts: int
    otherwise: int
    kind: bool
    unlike: int = 0
    mislabelled: int = 0

    @property
    def charge(self) -> int:
        """The number of things that the quote lacks; what it has otherwise counts twice, under another label more."""
        return self.facts + self.otherwise + self.kind + _LABEL_CHARGE * self.mislabelled


class Requested:
    """The facts of a `question` in `language`."""

    def __init__(self, question: str, language: str) -> None:
        self._language = language
        self._facts = facts_of(question, language)
        self._plain = strip_accents(question)
        self._kinds = {kind for kind, asks in _ASKED_FOR.get(language, {}).items() if asks.search(self._plain)}
        self._labels = _labels(self._facts.text)
        self._counted = self._counted_words()

    def lacking(self, document: Document, chunk: Chunk, start: int, end: int) -> Lacking:
        """Return what the quote `document.text[start:end]`, a part of `chunk`, lacks."""
        language = document.language
        quote = facts_of(document.text[start:end], language)
        under = [about(document), document.published or "", *chunk.headings, chunk.text]
        around = facts_of("\n".join(under), language) if self._facts.stated else quote
        absent = otherwise = 0
        for fact in required_facts(self._facts, self._language, language):
            if quote.hold(fact):
                continue
            if not around.hold(fact):
                absent += 1
                otherwise += _has_other(fact, quote)
            elif isinstance(fact.content, Name):
                otherwise += not is_meant(fact.content, self._facts, self._language, quote, start, document)
        unlike = mislabelled = 0
        if language == self._language:
            mislabelled = sum(_labelled_otherwise(label, quote) for label in self._labels)
        else:
            unlike = sum(
                isinstance(fact.content, Name) and not holds_any(fact.content, around.words)
                for fact in self._facts.stated
            )
        return Lacking(absent, otherwise + mislabelled, self._lacks_kind(quote, language), unlike, mislabelled)

    def _counted_words(self) -> tuple[Word, ...]:
        """Return the words of what a question for a number counts: those behind "how many"."""
        asks = _ASKED_FOR.get(self._language, {}).get("number")
        found = asks.search(self._plain) if asks and len(self._plain) == len(self._facts.text) else None
        if found is None or "number" not in self._kinds:
            return ()
        functional = FUNCTION_WORDS.get(self._language, frozenset())
        after = [word for word in self._facts.words if word.start >= found.end()][:_COUNTED]
        return tuple(takewhile(lambda word: strip_accents(word.written) not in functional, after))

    def _lacks_kind(self, quote: Facts, language: str) -> bool:
        if "number" in self._kinds and "date" not in self._kinds:
            return not quote.numbers or (language == self._language and self._counts_otherwise(quote))
        if "date" in self._kinds:
            return not (quote.numbers or quote.dates or _names_time(quote.words, language))
        if self._kinds & {"person", "place"}:
            return not any(isinstance(fact.content, Name) for fact in quote.stated)
        return False

    def _counts_otherwise(self, quote: Facts) -> bool:
        """Return whether the quote names what is counted, but each of its numbers counts something else."""
        if not any(word.same(wanted) for wanted in self._counted for word in quote.words):
            return False
        for number in quote.numbers:
            after = [word for word in quote.words if word.start >= number.end][:_COUNTED]
            if not after or any(word.same(wanted) for wanted in self._counted for word in after):
                return False
        return True


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
        evidence = replace(candidate.evidence, absent=lacking.facts, otherwise=lacking.otherwise, no_kind=lacking.kind)
        charged.append(replace(candidate, score=candidate.score - _LACKING_WEIGHT * lacking.charge, evidence=evidence))
    return sorted([*charged, *candidates[_COMPARED:]], key=lambda candidate: -candidate.score)


def _labels(text: str) -> list[tuple[Word, str]]:
    """Return the labelled words of `text` with their labels in small letters."""
    return [(words_of(match[1])[0], match[2].casefold()) for match in _LABELLED.finditer(text)]


def _labelled_otherwise(label: tuple[Word, str], quote: Facts) -> bool:
    """Return whether the quote has the word with other labels only."""
    others = [other for word, other in _labels(quote.text) if word.same(label[0])]
    return bool(others) and label[1] not in others


def _has_other(fact: Fact, quote: Facts) -> bool:
    """Return whether the quote has another fact of the kind of `fact`."""
    return any(other.kind == fact.kind for other in quote.stated)


def _names_time(words: Sequence[Word], language: str) -> bool:
    """Return whether a word names a weekday, a month or another time."""
    days = date_words()
    plain = [word.written.casefold() for word in words]
    return any(
        word in days.spoken_months or word.removesuffix("s") in days.weekdays or strip_accents(word) in times
        for times in [TIMES.get(language, frozenset())]
        for word in plain
    )
