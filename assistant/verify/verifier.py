"""Whether the passages that a sentence of a model cites say what it says.

A sentence is held against each sentence of a passage, and against each two that stand side by side. What it is held
against must mean nearly the same, hold its numbers, dates and names, and deny what it denies.
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
from assistant.verify.entity_match import strangers
from assistant.verify.negation import denied
from assistant.verify.quotes import Claim, Quote, completes, lacking, quotes_for

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
    passage that clearly says it. `problem` is what speaks against the sentence and `detail` the very word, where there
    is one; an "uncited" sentence without a problem claims nothing that would need a source.
    """

    verdict: Verdict
    supports: tuple[Support, ...] = ()
    problem: Problem | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What holding a claim against a quote came to: the facts that the quote lacks, and what else speaks against
    the claim, with the very word."""

    support: Support
    quote: Quote
    lacks: tuple[Fact, ...]
    objection: tuple[Problem, str] | None

    @property
    def problem(self) -> tuple[Problem, str] | None:
        """What to tell of it first."""
        return (self.lacks[0].kind, self.lacks[0].written) if self.lacks else self.objection


class Verifier:
    """Checks sentences against passages of one index."""

    def __init__(self, lookup: EvidenceLookup, embed: Callable[[Sequence[str]], Vectors]) -> None:
        """`embed` gives a unit vector for each text, shape (n, dimension): as that of a query, by the encoder whose
        vectors of passages `lookup` has. A claim looks for the passage that says it."""
        self._lookup = lookup
        self._embed = embed

    def check(self, sentences: Sequence[tuple[str, Sequence[int]]], passages: Sequence[Chunk]) -> list[Check]:
        """One Check for each of `sentences`: a text, and which of `passages` it cites, counted from 0."""
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
        """The sentences of `chunk` that can say something and their vectors; all where none seems to."""
        sentences, vectors = self._lookup.sentences(chunk)
        document = self._lookup.document(chunk.doc_id)
        kept = [n for n, s in enumerate(sentences) if is_statement(document.text[s.start : s.end], document)]
        return ([sentences[n] for n in kept], vectors[kept]) if kept else (list(sentences), vectors)

    def _hold(
        self, claim: Claim, number: int, chunk: Chunk, sentences: Sequence[Sentence], vectors: Vectors
    ) -> Finding:
        """Hold `claim` against the passage `chunk`: the first quote against which nothing speaks, or the first."""
        document = self._lookup.document(chunk.doc_id)
        around = facts_of("\n".join([about(document), *chunk.headings, chunk.text]), document.language)
        quotes = [(q, tuple(lacking(claim, q, chunk))) for q in quotes_for(claim, document, sentences, vectors)]
        foreign = _foreign_address(claim.facts.text, document, chunk)
        found: list[Finding] = []
        for quote, lacks in sorted(quotes, key=lambda pair: len(pair[1])):
            support = Support(document.doc_id, quote.start, quote.end, self._probability(claim, quote, around), number)
            finding = Finding(support, quote, lacks, foreign or self._objection(claim, quote, around))
            if finding.problem is None:
                return finding
            found.append(finding)
            if finding.problem[0] == "negation" and not is_negative(claim.facts.text, claim.language):
                break  # what denies it is not outweighed by what is less near
        return found[0]

    def _objection(self, claim: Claim, quote: Quote, around: Facts) -> tuple[Problem, str] | None:
        """What speaks against the claim but for its facts and how near it is in meaning."""
        if claim.language != quote.language:
            for fact, others in strangers(claim.facts, quote.facts, around):
                vectors = self._embed([fact.written, *others])
                if (vectors[1:] @ vectors[0]).max() < _TRANSLATED:
                    return "name", fact.written
        if word := denied(claim, quote, self._embed):
            return "negation", word
        word = sweeping(claim.facts.text, claim.language, quote.facts.text, quote.language)
        return ("meaning", word) if word else None

    def _probability(self, claim: Claim, quote: Quote, around: Facts) -> float:
        intercept, weights = _SAME if claim.language == quote.language else _ACROSS
        values = features(claim, quote, around, self._lookup.idf)
        return 1 / (1 + math.exp(-intercept - sum(w * x for w, x in zip(weights, values, strict=True))))


def _foreign_address(text: str, document: Document, chunk: Chunk) -> tuple[Problem, str] | None:
    """A web address in `text` that is neither the document's own nor in the passage."""
    for address in _ADDRESS.findall(text):
        if address not in chunk.text and address != document.url:
            return "name", address
    return None


def features(claim: Claim, quote: Quote, around: Facts, idf: Callable[[str], float]) -> tuple[float, ...]:
    """What the probability is made of: the cosine and, in one language, the share (by idf) of the claim's terms
    that stand `around` the quote."""
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
    """The nearest finding and others that hold the facts it lacks, where together they hold all."""
    able = [finding for finding in near if finding.objection is None]
    if len(able) < 2 or not completes(claim, able[0].quote):
        return []
    first, *others = able
    giving = [f for f in others if any(f.quote.facts.hold(fact) for fact in first.lacks)]
    whole = all(any(f.quote.facts.hold(fact) for f in giving) for fact in first.lacks)
    return [first, *giving] if whole else []
