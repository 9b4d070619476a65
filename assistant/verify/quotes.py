"""Selects the quotes of a passage that may support a claim, and finds the facts of the claim that they lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.records import Chunk, Document, Sentence, Vectors
from assistant.text.facts.extraction import Fact, FactKind, Facts, facts_of
from assistant.text.facts.names import Name
from assistant.text.terms import about
from assistant.verify.entity_match import is_meant, required_facts

# A sentence is a candidate if its cosine is within this of the passage's best. Fitted by benchmarks/tune/verifier.py.
_NEAR = 0.015
_MOST = 20  # candidates in a passage at most; a limit of time: all text before each is read for its facts


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim of a sentence of a model: its embedding, shape (dimension,), and its facts."""

    language: str
    vector: Vectors
    facts: Facts


@dataclass(frozen=True, slots=True)
class Quote:
    """One sentence of a passage, or two adjacent ones, with the `cosine` to a claim."""

    document: Document
    start: int
    end: int
    cosine: float
    facts: Facts

    @property
    def language(self) -> str:
        """The language of the document."""
        return self.document.language


def quotes_for(claim: Claim, document: Document, sentences: Sequence[Sentence], vectors: Vectors) -> list[Quote]:
    """Return the quotes that may support `claim`, nearest first, then pairs of the nearest sentence and a neighbour.

    `sentences` is not empty; `vectors` are their embeddings, shape (n, dimension).
    """
    cosines = vectors @ claim.vector
    top = int(cosines.argmax())
    found = [
        _quote(document, sentences[n], sentences[n], float(cosines[n]))
        for n in np.argsort(-cosines, kind="stable")[:_MOST].tolist()
        if cosines[n] >= cosines[top] - _NEAR
    ]
    for first in (top - 1, top) if may_complete(claim, found[0]) else ():
        if 0 <= first < len(sentences) - 1:
            both = vectors[first] + vectors[first + 1]
            cosine = float(both @ claim.vector / np.linalg.norm(both))
            found.append(_quote(document, sentences[first], sentences[first + 1], cosine))
    return found


def may_complete(claim: Claim, quote: Quote) -> bool:
    """Return whether the `quote` may support the `claim` together with other text.

    It cannot when the claim has numbers and the quote none of them, or when both have dates and none in common: a
    number in another place is about something else.
    """
    return not any(_differ(claim.facts, quote.facts, kind) for kind in ("number", "date"))


def _differ(facts: Facts, others: Facts, kind: FactKind) -> bool:
    own = [fact for fact in facts.stated if fact.kind == kind]
    stated = kind == "number" or any(fact.kind == kind for fact in others.stated)
    return bool(own) and stated and not any(others.hold(fact) for fact in own)


def missing_facts(claim: Claim, quote: Quote, chunk: Chunk) -> list[Fact]:
    """Return the facts of `claim` that are neither in `quote` nor supplied by the text before it in its passage.

    That text and the metadata of the document can supply a name, and a date if the quote has none.
    """
    document = quote.document
    same = claim.language == quote.language
    missing = [
        fact
        for fact in required_facts(claim.facts, claim.language, quote.language)
        if not quote.facts.hold(fact) or (same and quote.facts.miscounts(fact))
    ]
    if all(fact.kind == "number" for fact in missing):
        return missing
    earlier = [about(document), document.published or "", *chunk.headings, document.text[chunk.start : quote.start]]
    before = facts_of("\n".join(earlier), quote.language)
    dated = any(fact.kind == "date" for fact in quote.facts.stated)
    return [fact for fact in missing if not (before.hold(fact) and _supplied(fact, claim, quote, dated))]


def _supplied(fact: Fact, claim: Claim, quote: Quote, dated: bool) -> bool:
    if isinstance(fact.content, Name):
        return is_meant(fact.content, claim.facts, claim.language, quote.facts, quote.start, quote.document)
    return fact.kind == "name" or (fact.kind == "date" and not dated)


def _quote(document: Document, first: Sentence, last: Sentence, cosine: float) -> Quote:
    text = document.text[first.start : last.end]
    return Quote(document, first.start, last.end, cosine, facts_of(text, document.language))
