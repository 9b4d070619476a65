"""The outcome of one case, its line in results.jsonl, and its scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from assistant.evaluate.cases import Case
from assistant.evaluate.metrics import exact_match, f1, holds_answer, mrr_at, ndcg_at, recall_at, without_markers
from assistant.records import Answerer

Kind = Literal["answer", "abstention", "failed"]
Score = tuple[float, int]
"""The sum of scores that a case adds to a figure, and their number n; the figure is `Σ score / Σ n`."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A cited quote; `exact` tells that it is in its document, `known` that its link leads to the document."""

    doc_id: str
    quote: str
    link: str
    exact: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The reply to a case.

    `quotes` are the cited quotes, best first, or the closest quotes of an abstention. `documents` are the ids of the
    documents found, best first, each once. `error` says why a case failed. `sentences` counts the sentences of a
    model's answer by verdict.
    """

    id: str
    kind: Kind
    query: str
    text: str
    quotes: tuple[Quote, ...]
    documents: tuple[str, ...]
    confidence: float
    latency_ms: float | None
    error: str | None = None
    answerer: Answerer = "extractive"
    sentences: Mapping[str, int] = field(default_factory=dict)

    @property
    def cited(self) -> tuple[Quote, ...]:
        """The quotes of an answer; empty for an abstention."""
        return self.quotes if self.kind == "answer" else ()

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as a line of results.jsonl."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Outcome:
        """Return the outcome in a line of results.jsonl. Raises TypeError or KeyError for wrong fields."""
        sequences = {"quotes": tuple(Quote(**quote) for quote in fields["quotes"])}
        return cls(**{**fields, **sequences, "documents": tuple(fields["documents"])})


def failed(case: Case, error: Exception) -> Outcome:
    """Return the outcome of a case that raised `error`: the worst one in every figure.

    An answerable case has confidence 0; an unanswerable one counts as answered, with confidence 1.
    """
    said = f"{type(error).__name__}: {error}"
    return Outcome(case.id, "failed", case.question, "", (), (), 0.0 if case.answerable else 1.0, None, said)


def scores(case: Case, outcome: Outcome) -> dict[str, Score]:
    """Return the score of each metric that applies to `case`; keys as in the evaluation JSON, without the group."""
    if not case.answerable:
        return {"false_answer_rate": _one(outcome.kind != "abstention")}
    answered = outcome.kind == "answer"
    right = [_right(case, quote) for quote in outcome.quotes]
    text = without_markers(outcome.text)
    found: dict[str, Score] = {
        "recall@1": (recall_at(1, outcome.documents, case.doc_ids), 1),
        "recall@5": (recall_at(5, outcome.documents, case.doc_ids), 1),
        "mrr@10": (mrr_at(10, outcome.documents, case.doc_ids), 1),
        "ndcg@10": (ndcg_at(10, outcome.documents, case.doc_ids), 1),
        "hit@1": _one(answered and any(right[:1])),
        "hit@1_forced": _one(any(right[:1])),
        "hit": _one(answered and any(right)),
        "f1": (f1(text, case.answers) if answered else 0.0, 1),
        "exact_match": (exact_match(text, case.answers) if answered else 0.0, 1),
        "citation_recall": _one(any(quote.doc_id in case.doc_ids for quote in outcome.cited)),
        "coverage": _one(answered),
        "false_abstention_rate": _one(not answered),
    }
    if answered:
        from_gold = sum(quote.doc_id in case.doc_ids for quote in outcome.cited)
        found["selective_accuracy"] = found["hit"]
        found["citation_precision"] = (float(from_gold), len(outcome.cited))
    return found


def _one(is_so: bool) -> Score:
    return float(is_so), 1


def _right(case: Case, quote: Quote) -> bool:
    return quote.doc_id in case.doc_ids and holds_answer(quote.quote, case.answers)
