"""Verifies that the passages that a sentence of a model cites support it.

A sentence is compared with each sentence of a passage and with pairs of adjacent ones. To support it, they must mean
nearly the same, contain its numbers, dates and names, and not contradict it by a negation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.protocols import EvidenceLookup
from assistant.records import Chunk, Document, Problem, Sentence, Vectors, Verdict
from assistant.text.facts.extraction import Fact, Facts, facts_of
from assistant.text.facts.lexicon import LANGUAGES
from assistant.text.facts.polarity import is_negative, sweeping
from assistant.text.language import detect_language
from assistant.text.statements import is_statement
from assistant.text.terms import about, terms_of
from assistant.verify.claims import claim_of, makes_claim
from assistant.verify.entity_match import unmatched_names
from assistant.verify.negation import contradicting_word
from assistant.verify.quotes import Claim, Quote, may_complete, missing_facts, quotes_for

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s()<>\"]*[\w/]")
_LONGEST = 2000  # characters of a sentence; the encoder does not read a longer one to its end
# Logistic regressions over `features`: intercept and weights, in one language and across two. At a probability of
# _SUPPORTED a passage supports a sentence; at _CLEARLY it becomes the citation of a sentence that cites nothing.
# Fitted by benchmarks/tune/verifier.py, as are the two numbers after them.
_SAME = (-32.94, (32.26, 9.87))
_ACROSS = (-58.13, (70.19,))
_SUPPORTED, _CLEARLY = 0.45, 0.8
_SEARCHED = 3  # number of nearest passages checked for a sentence that cites nothing
_TRANSLATED = 0.875  # least cosine of a name and its translation


@dataclass(frozen=True, slots=True)
class Support:
    """The quote that supports a sentence, `document.text[start:end]`.

    `score` is the probability that it does; `passage` is the index, from 0, of its passage among those given.
    """

    doc_id: str
    start: int
    end: int
    score: float
    passage: int


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict on one sentence.

    `supports` holds one Support for each cited passage that supports the sentence, best first; for a sentence without
    citations, the one passage that clearly supports it. `problem` says what is wrong and `detail` names the word, if
    there is one. An "uncited" sentence without a problem makes no claim.
    """

    verdict: Verdict
    supports: tuple[Support, ...] = ()
    problem: Problem | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of comparing a claim with a quote.

    `missing` are the facts that the quote lacks; `objection` is another problem with the word that causes it.
    """

    support: Support
    quote: Quote
    missing: tuple[Fact, ...]
    objection: tuple[Problem, str] | None

    @property
    def problem(self) -> tuple[Problem, str] | None:
        """The most important problem and its word; None if there is none."""
        return (self.missing[0].kind, self.missing[0].written) if self.missing else self.objection


class Verifier:
    """Verifies sentences with passages of one index."""

    def __init__(self, lookup: EvidenceLookup, embed: Callable[[Sequence[str]], Vectors]) -> None:
        """`embed` returns the query embeddings of texts, unit vectors of shape (n, dimension).

        It must use the encoder that embedded the sentences that `lookup` returns.
        """
        self._lookup = lookup
        self._embed = embed

    def check(self, sentences: Sequence[tuple[str, Sequence[int]]], passages: Sequence[Chunk]) -> list[Check]:
        """Return a Check for each of `sentences`: texts, each with the indices (from 0) of the `passages` it cites."""
        language = detect_language(" ".join(text[:_LONGEST] for text, _ in sentences), LANGUAGES)
        checks = [Check("uncited")] * len(sentences)
        claims = {}
        for n, (text, cited) in enumerate(sentences):
            if len(text) > _LONGEST:
                checks[n] = Check("unsupported" if cited else "uncited", problem="meaning")
            elif makes_claim(text, language):
                claims[n] = claim_of(text)
        if not claims:
            return checks
        evidence = [self._evidence(chunk) for chunk in passages]
        for (n, text), vector in zip(claims.items(), self._embed(list(claims.values())), strict=True):
            cited = sentences[n][1]
            near = [float((vectors @ vector).max()) if found else -1.0 for found, vectors in evidence]
            nearest = sorted(range(len(passages)), key=lambda number: -near[number])[:_SEARCHED]
            claim = Claim(language, vector, facts_of(text, language))
            checks[n] = _conclude(
                claim,
                [
                    self._hold(claim, number, passages[number], *evidence[number])
                    for number in (sorted({*cited} & {*range(len(passages))}) if cited else nearest)
                    if evidence[number][0]
                ],
                bool(cited),
            )
        return checks

    def _evidence(self, chunk: Chunk) -> tuple[list[Sentence], Vectors]:
        """Return the statements in `chunk` and their vectors, shape (n, dimension); all sentences if there is none."""
        sentences, vectors = self._lookup.sentences(chunk)
        document = self._lookup.document(chunk.doc_id)
        kept = [n for n, s in enumerate(sentences) if is_statement(document.text[s.start : s.end], document)]
        return ([sentences[n] for n in kept], vectors[kept]) if kept else (list(sentences), vectors)

    def _hold(
        self, claim: Claim, number: int, chunk: Chunk, sentences: Sequence[Sentence], vectors: Vectors
    ) -> Finding:
        """Compare `claim` with the quotes of `chunk`; return the first finding without a problem, else the first."""
        document = self._lookup.document(chunk.doc_id)
        around = facts_of("\n".join([about(document), *chunk.headings, chunk.text]), document.language)
        quotes = [(q, tuple(missing_facts(claim, q, chunk))) for q in quotes_for(claim, document, sentences, vectors)]
        foreign = _foreign_address(claim.facts.text, document, chunk)
        found: list[Finding] = []
        for quote, missing in sorted(quotes, key=lambda pair: len(pair[1])):
            support = Support(document.doc_id, quote.start, quote.end, self._probability(claim, quote, around), number)
            finding = Finding(support, quote, missing, foreign or self._objection(claim, quote, around))
            if finding.problem is None:
                return finding
            found.append(finding)
            if finding.problem[0] == "negation" and not is_negative(claim.facts.text, claim.language):
                break  # what denies it is not outweighed by what is less near
        return found[0]

    def _objection(self, claim: Claim, quote: Quote, around: Facts) -> tuple[Problem, str] | None:
        """Return a problem other than missing facts and low similarity, and the word that causes it."""
        if claim.language != quote.language:
            for fact, others in unmatched_names(claim.facts, quote.facts, around):
                vectors = self._embed([fact.written, *others])
                if (vectors[1:] @ vectors[0]).max() < _TRANSLATED:
                    return "name", fact.written
        if word := contradicting_word(claim, quote, self._embed):
            return "negation", word
        word = sweeping(claim.facts.text, claim.language, quote.facts.text, quote.language)
        return ("meaning", word) if word else None

    def _probability(self, claim: Claim, quote: Quote, around: Facts) -> float:
        intercept, weights = _SAME if claim.language == quote.language else _ACROSS
        values = features(claim, quote, around, self._lookup.idf)
        return 1 / (1 + math.exp(-intercept - sum(w * x for w, x in zip(weights, values, strict=True))))


def _foreign_address(text: str, document: Document, chunk: Chunk) -> tuple[Problem, str] | None:
    """Return the first web address in `text` that is neither that of the document nor in the passage."""
    for address in _ADDRESS.findall(text):
        if address not in chunk.text and address != document.url:
            return "name", address
    return None


def features(claim: Claim, quote: Quote, around: Facts, idf: Callable[[str], float]) -> tuple[float, ...]:
    """Return the features of the regression: the cosine and, within one language, the overlap.

    The overlap is the share of the terms of the claim, weighted by idf, that are `around` the quote.
    """
    if claim.language != quote.language:
        return (quote.cosine,)
    weights = {term: idf(term) for term in terms_of(claim.facts.text)}
    shared = sum(weights[term] for term in weights.keys() & set(terms_of(around.text)))
    return (quote.cosine, shared / (sum(weights.values()) or 1.0))


def _conclude(claim: Claim, findings: Sequence[Finding], cited: bool) -> Check:
    least = _SUPPORTED if cited else _CLEARLY
    near = sorted((f for f in findings if f.support.score >= least), key=lambda f: -f.support.score)
    supporting = [finding for finding in near if finding.problem is None]
    if not supporting and cited:
        supporting = _together(claim, near)
    if supporting:
        return Check("supported", tuple(f.support for f in (supporting if cited else supporting[:1])))
    if not cited or not findings:
        return Check("unsupported" if cited else "uncited", problem="no_source")
    nearest = max(findings, key=lambda finding: finding.support.score)
    problem, detail = nearest.problem or ("meaning", "")
    return Check("unsupported", problem=problem, detail=detail)


def _together(claim: Claim, near: Sequence[Finding]) -> list[Finding]:
    """Return the nearest finding and those that contain the facts that it lacks; empty if facts are still missing."""
    able = [finding for finding in near if finding.objection is None]
    if len(able) < 2 or not may_complete(claim, able[0].quote):
        return []
    first, *others = able
    giving = [f for f in others if any(f.quote.facts.hold(fact) for fact in first.missing)]
    whole = all(any(f.quote.facts.hold(fact) for f in giving) for fact in first.missing)
    return [first, *giving] if whole else []
