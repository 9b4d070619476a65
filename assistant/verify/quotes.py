"""Which sentences of a passage may say what a claim says, and which of its facts they do not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.records import Chunk, Document, Sentence, Vectors
from assistant.text.facts.extraction import Fact, FactKind, Facts, facts_of
from assistant.text.facts.names import Name
from assistant.text.terms import about
from assistant.verify.entity_match import is_meant, needed

# A sentence is a candidate if its cosine is within this of the passage's best. Fitted by benchmarks/tune/verifier.py.
_NEAR = 0.015


@dataclass(frozen=True, slots=True)
class Claim:
    """What a sentence of a model says: its embedding, shape (dimension,), and its facts."""

    language: str
    vector: Vectors
    facts: Facts


@dataclass(frozen=True, slots=True)
class Quote:
    """One sentence of a passage, or two side by side, and how near in meaning it is to a claim."""

    document: Document
    start: int
    end: int
    cosine: float
    facts: Facts

    @property
    def language(self) -> str:
        """The document's."""
        return self.document.language


def quotes_for(claim: Claim, document: Document, sentences: Sequence[Sentence], vectors: Vectors) -> list[Quote]:
    """What may say it, likeliest first: sentences nearly as near as the nearest, then that one with a neighbour.

    `vectors`, shape (n, dimension), embed the `sentences`, of which there is at least one.
    """
    cosines = vectors @ claim.vector
    top = int(cosines.argmax())
    found = [
        _quote(document, sentences[n], sentences[n], float(cosines[n]))
        for n in np.argsort(-cosines, kind="stable").tolist()
        if cosines[n] >= cosines[top] - _NEAR
    ]
    for first in (top - 1, top) if completes(claim, found[0]) else ():
        if 0 <= first < len(sentences) - 1:
            both = vectors[first] + vectors[first + 1]
            cosine = float(both @ claim.vector / np.linalg.norm(both))
            found.append(_quote(document, sentences[first], sentences[first + 1], cosine))
    return found


def completes(claim: Claim, quote: Quote) -> bool:
    """Whether other words beside the quote's may make it say what the claim says.

    Not where the claim has numbers and the quote none of them, nor where both have dates and none in common: a
    number that stands elsewhere is about something else.
    """
    return not any(_differ(claim.facts, quote.facts, kind) for kind in ("number", "date"))


def _differ(facts: Facts, others: Facts, kind: FactKind) -> bool:
    own = [fact for fact in facts.stated if fact.kind == kind]
    stated = kind == "number" or any(fact.kind == kind for fact in others.stated)
    return bool(own) and stated and not any(others.hold(fact) for fact in own)


def lacking(claim: Claim, quote: Quote, chunk: Chunk) -> list[Fact]:
    """The facts of `claim` that neither the quote holds nor what stands before it in its passage supplies.

    A name may stand there, or in what the document says of itself, and so may a date where the quote has none.
    """
    document = quote.document
    same = claim.language == quote.language
    lacks = [
        fact
        for fact in needed(claim.facts, claim.language, quote.language)
        if not quote.facts.hold(fact) or (same and quote.facts.miscounts(fact))
    ]
    if all(fact.kind == "number" for fact in lacks):
        return lacks
    earlier = [about(document), document.published or "", *chunk.headings, document.text[chunk.start : quote.start]]
    before = facts_of("\n".join(earlier), quote.language)
    dated = any(fact.kind == "date" for fact in quote.facts.stated)
    return [fact for fact in lacks if not (before.hold(fact) and _supplied(fact, claim, quote, dated))]


def _supplied(fact: Fact, claim: Claim, quote: Quote, dated: bool) -> bool:
    if isinstance(fact.content, Name):
        return is_meant(fact.content, claim.facts, claim.language, quote.facts, quote.start, quote.document)
    return fact.kind == "name" or (fact.kind == "date" and not dated)


def _quote(document: Document, first: Sentence, last: Sentence, cosine: float) -> Quote:
    text = document.text[first.start : last.end]
    return Quote(document, first.start, last.end, cosine, facts_of(text, document.language))
