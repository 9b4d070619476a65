"""What became of one case, as it is kept in results.jsonl."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from assistant.evaluate.cases import Case
from assistant.evaluate.metrics import exact_match, f1, holds_answer, mrr_at, ndcg_at, recall_at, without_markers
from assistant.records import Answerer

Kind = Literal["answer", "abstention", "failed"]
Score = tuple[float, int]
"""What a case adds to a figure, and over how many; the figure is the sum of the first by that of the second."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A cited quote, and whether it and its link were found to be true to the document."""

    doc_id: str
    quote: str
    link: str
    exact: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The reply to a case. `quotes` are the cited ones, best first, or the closest ones of an abstention.

    `documents` are those found, best first, each once; `error` says why a case failed; `sentences` counts those of a
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
        """The quotes of an answer; an abstention cites none."""
        return self.quotes if self.kind == "answer" else ()

    def to_json(self) -> dict[str, Any]:
        """One line of results.jsonl."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Outcome:
        """The reverse of `to_json`. Raises TypeError or KeyError when a field is missing or unknown."""
        sequences = {"quotes": tuple(Quote(**quote) for quote in fields["quotes"])}
        return cls(**{**fields, **sequences, "documents": tuple(fields["documents"])})


def failed(case: Case, error: Exception) -> Outcome:
    """A case that raised: it takes the worst place in every figure.

    So an answerable one has confidence 0, and one without an answer counts as answered, with confidence 1.
    """
    said = f"{type(error).__name__}: {error}"
    return Outcome(case.id, "failed", case.question, "", (), (), 0.0 if case.answerable else 1.0, None, said)


def scores(case: Case, outcome: Outcome) -> dict[str, Score]:
    """Each metric that `case` has a part in; keys as in the evaluation JSON, without the group."""
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
