"""Runs cases: asks each question and records the outcome."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from assistant.answer.links import document_path
from assistant.evaluate.cases import Case, cases_sha256, check_documents
from assistant.evaluate.journal import Journal, Opened
from assistant.evaluate.metrics import fold_hits
from assistant.evaluate.outcome import Outcome, Quote, failed
from assistant.records import (
    Abstention,
    Answer,
    Answerer,
    ChatMessage,
    Citation,
    Document,
    Exchange,
    Hit,
    Manifest,
    Reply,
)
from assistant.settings import Settings

SEARCH_DEPTH = 100
"""How many hits the retrieval figures use, before hits of the same document are merged."""

OnProgress = Callable[[int, int], None]
"""Called with the number of finished cases and the number of all cases."""

_LEFT_OUT = {
    "sources",
    "include",
    "exclude",
    "store",
    "cache",
    "generations",
    "fetch",
    "serve",
}  # these settings change no answer


class Asked(Protocol):
    """The system under evaluation, such as `assistant.ask.Assistant`."""

    @property
    def manifest(self) -> Manifest: ...
    def ask(
        self, question: str, *, history: Sequence[ChatMessage] = (), answerer: Answerer | None = None
    ) -> Exchange: ...
    def search(self, query: str, *, history: Sequence[ChatMessage] = (), k: int | None = None) -> tuple[Hit, ...]: ...
    def document(self, doc_id: str) -> Document: ...
    def documents(self) -> Iterable[Document]: ...


@dataclass(frozen=True, slots=True)
class Run:
    """Cases and their outcomes, in the same order; `about` identifies the run (see `describe`)."""

    cases: tuple[Case, ...]
    outcomes: tuple[Outcome, ...]
    about: Mapping[str, Any]


def describe(asked: Asked, cases: Sequence[Case], settings: Settings, answerer: Answerer) -> dict[str, Any]:
    """Return what a run depends on: cases, corpus, code and settings. Runs with equal values may share results."""
    manifest = asked.manifest
    return {
        "cases_sha256": cases_sha256(cases),
        "corpus_sha256": manifest.corpus_sha256,
        "generation": manifest.generation,
        "code_sha256": code_sha256(),
        "settings": {
            "answerer": answerer,
            "search_depth": SEARCH_DEPTH,
            **settings.model_dump(mode="json", exclude=_LEFT_OUT | ({"model"} if answerer == "extractive" else set())),
            "index": {
                "created": manifest.created,
                "model": manifest.model,
                "model_fingerprint": manifest.model_fingerprint,
                "settings": dict(manifest.settings),
                "versions": dict(manifest.versions),
            },
        },
    }


def run_cases(
    asked: Asked,
    cases: Sequence[Case],
    about: Mapping[str, Any],
    folder: Path,
    *,
    answerer: Answerer = "extractive",
    concurrency: int = 1,
    on_progress: OnProgress | None = None,
    on_open: Callable[[Opened, int], None] | None = None,
) -> Run:
    """Run every case, `concurrency` at a time, and write each outcome to `folder`; continue an unfinished run there.

    `on_open` is called with the state of `folder` and the number of finished cases in it. A case that raises has the
    outcome "failed". Raises EvaluationError, before anything is written, when a document of a case is not in the index.
    """
    check_documents(cases, frozenset(document.doc_id for document in asked.documents()))
    report = on_progress or (lambda _done, _total: None)
    with Journal(folder, about, frozenset(case.id for case in cases)) as journal:
        if on_open is not None:
            on_open(journal.state, len(journal.done))
        report(len(journal.done), len(cases))
        missing = [case for case in cases if case.id not in journal.done]
        for outcome in _outcomes(asked, missing, answerer, concurrency):
            journal.append(outcome)
            report(len(journal.done), len(cases))
        return Run(tuple(cases), tuple(journal.done[case.id] for case in cases), about)


def _outcomes(asked: Asked, cases: Sequence[Case], answerer: Answerer, concurrency: int) -> Iterator[Outcome]:
    """Yield the outcomes in the order in which the cases finish."""
    if concurrency == 1:
        yield from (run_case(asked, case, answerer) for case in cases)
        return
    with ThreadPoolExecutor(concurrency) as pool:
        running = [pool.submit(run_case, asked, case, answerer) for case in cases]
        try:
            yield from (future.result() for future in as_completed(running))
        finally:
            pool.shutdown(cancel_futures=True)


def run_case(asked: Asked, case: Case, answerer: Answerer = "extractive") -> Outcome:
    """Run one case: ask its question and search for it. An exception becomes the outcome "failed"."""
    try:
        exchange = asked.ask(case.question, history=case.history, answerer=answerer)
        hits = asked.search(case.question, history=case.history, k=SEARCH_DEPTH)
        reply = exchange.reply
        abstains = isinstance(reply, Abstention)
        citations = reply.closest if isinstance(reply, Abstention) else reply.citations
        return Outcome(
            id=case.id,
            kind="abstention" if abstains else "answer",
            query=exchange.query,
            text=reply.text,
            quotes=tuple(_verified(asked, citation) for citation in citations),
            documents=fold_hits(hit.chunk.doc_id for hit in hits),
            confidence=reply.confidence,
            latency_ms=exchange.timings_ms["total"],
            answerer=exchange.answerer,
            sentences=_sentences(reply),
        )
    except Exception as error:  # every error counts against the assistant, and the run continues
        return failed(case, error)


def _sentences(reply: Reply) -> dict[str, int]:
    """Count the sentences of a model's answer by verdict, and its markers that named no passage."""
    if not isinstance(reply, Answer) or not reply.statements:
        return {}
    verdicts: Counter[str] = Counter(statement.verdict for statement in reply.statements)
    return {**verdicts, "dropped_markers": reply.dropped_markers}


def _verified(asked: Asked, citation: Citation) -> Quote:
    document = asked.document(citation.doc_id)
    exact = bool(citation.quote) and citation.quote == document.text[citation.start : citation.end]
    return Quote(citation.doc_id, citation.quote, citation.link, exact, is_known_link(citation.link, document))


def is_known_link(link: str, document: Document) -> bool:
    """Return whether `link` leads to `document`: its address, with or without a fragment, or its built-in page."""
    if document.url is not None and link.partition("#")[0] == document.url.partition("#")[0]:
        return True
    return link.partition("#")[0].partition("?")[0] == document_path(document.doc_id)


@cache
def code_sha256() -> str:
    """Return the SHA-256 of the package's modules, so that results of another version are not reused."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()
