"""Whether the passages that a sentence of a model cites say what it says.

A sentence is held against each sentence of a passage, and against each two that stand side by side. What it is held
against must mean nearly the same, hold its numbers, dates and names, and deny what it denies.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assistant.answer.claims import claim_of, makes_claim
from assistant.answer.naming import is_meant, needed, strangers
from assistant.answer.rank import is_statement
from assistant.records import Chunk, Document, EvidenceLookup, Sentence, Vectors, Verdict
from assistant.text.facts import Fact, FactKind, Facts, facts_of
from assistant.text.language import detect_language
from assistant.text.names import Name, words_of
from assistant.text.polarity import denials, is_negative, negations, opposite, sweeping
from assistant.text.terms import about, terms_of

Problem = Literal["number", "date", "name", "negation", "meaning", "no_source"]
Embed = Callable[[Sequence[str]], Vectors]

# A sentence of a passage is looked at when its cosine is within this of the passage's best.
_NEAR = 0.015
_SCOPE, _TELLING = 4, 4  # words that a denial reaches, and letters of those that count
# Where one clause ends and another begins; pauses and conjunctions.
_PAUSE = re.compile(
    r"[,;:()–…]|[.!?](?=\s|$)|\b(?:and|but|while|although|because|until|i|oraz|ale|lecz|a|gdy|bo|dopóki|và|nhưng|còn|nên|vì)\b"
)
_TRANSLATED = 0.9  # cosine of a name and its translation at least
_CLAUSE = 5  # words of a clause that says something of its own
_SPOKEN = ("en", "pl", "vi")
# Logistic regressions: the probability that what is near in meaning says the same, in one language and across two.
_SAME = (-28.38, (27.66, 8.29))
_ACROSS = (-50.56, (61.60,))
_SUPPORTED, _CLEARLY = 0.4, 0.8


@dataclass(frozen=True, slots=True)
class Support:
    """Where a passage says it: `document.text[start:end]`; `passage` is its place among the passages given."""

    doc_id: str
    start: int
    end: int
    score: float
    passage: int


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict on one sentence.

    `supports` are best first, one for each cited passage that says it; for a sentence that cites nothing, the one
    passage that clearly says it. `problem` is what speaks against the sentence and `detail` the very word; an "uncited"
    sentence without a problem claims nothing that would need a source.
    """

    verdict: Verdict
    supports: tuple[Support, ...] = ()
    problem: Problem | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a model, its embedding (dimension,), and its facts."""

    text: str
    language: str
    vector: Vectors
    facts: Facts


@dataclass(frozen=True, slots=True)
class Quote:
    """One sentence of a passage, or two side by side, and how near it is to a statement."""

    document: Document
    start: int
    end: int
    cosine: float
    facts: Facts


@dataclass(frozen=True, slots=True)
class Finding:
    """What holding a statement against a quote of a passage came to; `lacks` are the facts that it does not hold."""

    support: Support
    quote: Quote
    lacks: tuple[Fact, ...] = ()
    problem: Problem | None = None
    detail: str = ""


class Verifier:
    """Checks sentences against passages of one index."""

    def __init__(self, lookup: EvidenceLookup, embed: Embed) -> None:
        """`embed` gives a unit vector for each text, shape (n, dimension), in the space of the vectors of `lookup`."""
        self._lookup = lookup
        self._embed = embed

    def check(self, sentences: Sequence[tuple[str, tuple[int, ...]]], passages: Sequence[Chunk]) -> list[Check]:
        """One Check for each of `sentences`: a text, and which of `passages` it cites, counted from 0."""
        language = detect_language(" ".join(text for text, _ in sentences), _SPOKEN)
        claims = [n for n, (text, _) in enumerate(sentences) if makes_claim(text, language)]
        checks = [Check("uncited")] * len(sentences)
        evidence = [self._lookup.sentences(chunk) for chunk in passages] if claims else []
        texts = [claim_of(sentences[n][0]) for n in claims]
        vectors = self._embed(texts) if texts else np.zeros((0, 0), np.float32)
        for n, text, vector in zip(claims, texts, vectors, strict=True):
            cited = sentences[n][1]
            statement = Statement(text, language, vector, facts_of(text, language))
            findings = [
                self._hold(statement, number, chunk, *evidence[number])
                for number, chunk in enumerate(passages)
                if (number in cited or not cited) and evidence[number][0]
            ]
            checks[n] = _conclude(findings, cited)
        return checks

    def _hold(
        self, statement: Statement, number: int, chunk: Chunk, sentences: Sequence[Sentence], vectors: Vectors
    ) -> Finding:
        """Hold `statement` against the passage `chunk`."""
        document = self._lookup.document(chunk.doc_id)
        around = facts_of("\n".join([about(document), *chunk.headings, chunk.text]), document.language)
        texts = [document.text[sentence.start : sentence.end] for sentence in sentences]
        kept = [n for n, text in enumerate(texts) if is_statement(text, document)] or list(range(len(texts)))
        quotes = _quotes(statement, document, [sentences[n] for n in kept], vectors[kept])
        found: list[Finding] = []
        for quote, lacks in sorted(
            ((quote, _lacking(statement, quote, chunk)) for quote in quotes), key=lambda pair: len(pair[1])
        ):
            support = Support(
                document.doc_id, quote.start, quote.end, self._probability(statement, quote, around), number
            )
            problem, detail = self._problem(statement, quote, lacks, around)
            found.append(Finding(support, quote, tuple(lacks), problem, detail))
            denies = problem == "negation" and not is_negative(statement.facts.text, statement.language)
            if problem is None or denies:  # what denies it is not outweighed by what is less near
                break
        return found[-1] if found[-1].problem is None else found[0]

    def _problem(
        self, statement: Statement, quote: Quote, lacks: Sequence[Fact], around: Facts
    ) -> tuple[Problem | None, str]:
        """What speaks against the statement, but for how near it is in meaning."""
        if lacks:
            return lacks[0].kind, lacks[0].written
        if stranger := self._stranger(statement, quote, around):
            return "name", stranger
        if denied := self._denied(statement, quote):
            return "negation", denied
        swept = sweeping(statement.facts.text, statement.language, quote.facts.text, quote.document.language)
        return ("meaning", swept) if swept else (None, "")

    def _stranger(self, statement: Statement, quote: Quote, around: Facts) -> str | None:
        """A name that cannot be a translation of any in the quote."""
        if statement.language == quote.document.language:
            return None
        for fact, others in strangers(statement.facts, quote.facts, around):
            vectors = self._embed([fact.written, *others])
            if (vectors[1:] @ vectors[0]).max() < _TRANSLATED:
                return fact.written
        return None

    def _probability(self, statement: Statement, quote: Quote, around: Facts) -> float:
        across = statement.language != quote.document.language
        intercept, weights = _ACROSS if across else _SAME
        values = features(statement, quote, around, self._lookup.idf)
        return 1 / (1 + math.exp(-intercept - sum(w * x for w, x in zip(weights, values, strict=True))))

    def _denied(self, statement: Statement, quote: Quote) -> str | None:
        """The word by which one of them says no to what the other says yes to."""
        own, other = statement.language, quote.document.language
        said, heard = statement.facts.text, quote.facts.text
        if mine := negations(said, own):
            part = "; ".join(clause for clause in _clauses(said) if negations(clause, own))
            if not is_negative(heard, other) or not is_negative(self._nearest(part, own, _clauses(heard), other), other):
                return said[slice(*mine[0])]
        elif not is_negative(said, own) and (theirs := denials(heard, other)):
            meant = own != other or any(_speaks_of(statement.facts, quote.facts, end) for _, end in theirs)
            if meant and denials(self._nearest(said, own, _clauses(heard), other), other):
                return heard[slice(*theirs[0])]
        return opposite(said, own, heard, other)

    def _nearest(self, text: str, language: str, clauses: Sequence[str], other_language: str) -> str:
        """The one of `clauses` that says most of what `text` says: by words, across languages by meaning, for which a
        "not" in both counts too much."""
        if language == other_language:
            wanted = {word.sound for word in words_of(text)}
            return max(clauses, key=lambda clause: len(wanted & {word.sound for word in words_of(clause)}))
        vectors = self._embed([text, *clauses])
        return clauses[int((vectors[1:] @ vectors[0]).argmax())]


def _speaks_of(facts: Facts, others: Facts, denied: int) -> bool:
    """Whether the `facts` are of a text with half of the words that are denied at character `denied` of the other."""
    scope = [word for word in others.words if word.start >= denied and len(word.sound) >= _TELLING][:_SCOPE]
    return 2 * sum(any(word.same(own) for own in facts.words) for word in scope) >= len(scope)


def features(statement: Statement, quote: Quote, around: Facts, idf: Callable[[str], float]) -> tuple[float, ...]:
    """What the probability is made of: the cosine and, in one language, the share (by idf) of the statement's terms that
    stand `around` the quote."""
    if statement.language != quote.document.language:
        return (quote.cosine,)
    weights = {term: idf(term) for term in terms_of(statement.text)}
    shared = sum(weights[term] for term in weights.keys() & set(terms_of(around.text)))
    return (quote.cosine, shared / (sum(weights.values()) or 1.0))


def _quotes(statement: Statement, document: Document, sentences: Sequence[Sentence], vectors: Vectors) -> list[Quote]:
    """What may say it, likeliest first: sentences nearly as near as the nearest, and that one with a neighbour."""
    cosines = vectors @ statement.vector
    top = int(cosines.argmax())
    found = [
        _quote(document, sentences[n], sentences[n], float(cosines[n]))
        for n in np.argsort(-cosines, kind="stable").tolist()
        if cosines[n] >= cosines[top] - _NEAR
    ]
    if any(_differs(statement.facts, found[0].facts, kind) for kind in ("number", "date")):
        return found
    for first in (top - 1, top):
        if 0 <= first < len(sentences) - 1:
            both = vectors[first] + vectors[first + 1]
            cosine = float(both @ statement.vector / np.linalg.norm(both))
            found.append(_quote(document, sentences[first], sentences[first + 1], cosine))
    return found


def _differs(facts: Facts, others: Facts, kind: FactKind) -> bool:
    """Whether both state numbers (or dates), and the others none of the first: no neighbour can put that right."""
    own = [fact for fact in facts.stated if fact.kind == kind]
    if kind == "date" and not any(fact.kind == kind for fact in others.stated):
        return False
    return bool(own) and not any(others.hold(fact) for fact in own)


def _quote(document: Document, first: Sentence, last: Sentence, cosine: float) -> Quote:
    text = document.text[first.start : last.end]
    return Quote(document, first.start, last.end, cosine, facts_of(text, document.language))


def _lacking(statement: Statement, quote: Quote, chunk: Chunk) -> list[Fact]:
    """The facts of `statement` that neither the quote holds nor what stands before it supplies."""
    document = quote.document
    lacks = [
        fact
        for fact in needed(statement.facts, statement.language, document.language)
        if not quote.facts.hold(fact)
    ]
    if all(fact.kind == "number" for fact in lacks):
        return lacks
    dated = any(fact.kind == "date" for fact in quote.facts.stated)
    earlier = [about(document), document.published or "", *chunk.headings, document.text[chunk.start : quote.start]]
    before = facts_of("\n".join(earlier), document.language)
    return [
        fact
        for fact in lacks
        if not before.hold(fact)
        or fact.kind == "number"
        or (fact.kind == "date" and dated)
        or (
            isinstance(fact.content, Name)
            and not is_meant(fact.content, statement.facts, statement.language, quote.facts, quote.start, document)
        )
    ]


def _conclude(findings: Sequence[Finding], cited: Sequence[int]) -> Check:
    least = _SUPPORTED if cited else _CLEARLY
    near = sorted((f for f in findings if f.support.score >= least), key=lambda f: -f.support.score)
    supporting = [finding for finding in near if finding.problem is None]
    if not supporting and cited and near:
        supporting = _together(near)
    if supporting:
        return Check("supported", tuple(f.support for f in (supporting if cited else supporting[:1])))
    if not cited or not findings:
        return Check("unsupported" if cited else "uncited", problem="no_source")
    nearest = max(findings, key=lambda finding: finding.support.score)
    return Check("unsupported", problem=nearest.problem or "meaning", detail=nearest.detail)


def _together(near: Sequence[Finding]) -> list[Finding]:
    """The nearest finding and those that have the facts which it lacks, if they have all of them."""
    first, *others = near
    if not first.lacks:
        return []
    giving = [finding for finding in others if any(finding.quote.facts.hold(fact) for fact in first.lacks)]
    whole = all(any(finding.quote.facts.hold(fact) for finding in giving) for fact in first.lacks)
    return [first, *giving] if whole else []


def _clauses(text: str) -> list[str]:
    """What stands between pauses, a few words together with what follows them."""
    clauses = [""]
    for part in _PAUSE.split(text):
        clauses[-1] += part
        if len(clauses[-1].split()) >= _CLAUSE:
            clauses.append("")
    return [clause for clause in clauses if clause.strip()]
