"""What visitors do, written to the audit log: questions, the documents that were shown, and ratings."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import Literal

from starlette.requests import HTTPConnection

from assistant.errors import StoreError
from assistant.records import Abstention, Answer, Exchange, Found, Hit, Progress
from assistant.server.middleware.proxies import client_of
from assistant.server.middleware.request_user import user_of
from assistant.server.prometheus import counted
from assistant.settings import ServeSettings
from assistant.storage.audit_log import AuditLog

Through = Literal["chat", "api", "openai", "mcp", "page"]
"""The way in: the chat page, POST /api, /v1, /mcp, or the page of a document."""
_log = logging.getLogger(__name__)


class Audit:
    """Makes the visitors of requests, who share one audit log."""

    def __init__(self, store: Path, settings: ServeSettings) -> None:
        self._log = None if settings.audit == "off" else AuditLog(store, months=settings.audit_months)
        self._words = settings.audit == "questions"

    def visitor(self, request: HTTPConnection, through: Through) -> Visitor:
        """Return who sent `request`, which came `through` one of the ways in."""
        who = {"user": user_of(request.scope), "client": client_of(request), "through": through}
        return Visitor(self._log, {name: value for name, value in who.items() if value}, words=self._words)


class Visitor:
    """Who sent a request; each method records what they were shown or did. With `words`, also what they asked."""

    def __init__(self, log: AuditLog | None, who: dict[str, str], *, words: bool) -> None:
        self._log = log
        self._who = who
        self._words = words

    def asked(self, question: str, steps: Generator[Progress]) -> Generator[Progress]:
        """Yield `steps` unchanged; count how they end, and record the question before its reply is shown."""
        retrieved: tuple[Hit, ...] = ()
        recorded = False
        try:
            with closing(counted(steps)) as counting:
                for step in counting:
                    if isinstance(step, Found):
                        retrieved = step.hits
                    elif isinstance(step, Exchange):
                        recorded = True
                        self._asked(question, step, retrieved)
                    yield step
        finally:
            if not recorded:
                self._asked(question, None, retrieved)

    def searched(self, query: str, hits: tuple[Hit, ...]) -> None:
        """Record a search and the documents it found."""
        self._record("searched", retrieved=_documents(hits), **self._question(query))

    def opened(self, doc_id: str) -> None:
        """Record that the page of a document was shown."""
        self._record("opened", documents=[doc_id])

    def reopened(self, doc_ids: Iterable[str]) -> None:
        """Record that quotes of documents were shown again, in a conversation that the browser had stored."""
        if shown := sorted(set(doc_ids)):
            self._record("reopened", documents=shown)

    def rated(self, rating: str) -> None:
        """Record that a reply was rated."""
        self._record("rated", rating=rating)

    def _asked(self, question: str, exchange: Exchange | None, retrieved: tuple[Hit, ...]) -> None:
        reply = exchange.reply if exchange else None
        outcome = "unfinished" if reply is None else "abstained" if isinstance(reply, Abstention) else "answered"
        cited = list(dict.fromkeys(c.doc_id for c in reply.citations)) if isinstance(reply, Answer) else []
        hits = retrieved or (reply.hits if reply else ())
        self._record("asked", outcome=outcome, cited=cited, retrieved=_documents(hits), **self._question(question))

    def _question(self, question: str) -> dict[str, str]:
        return {"question": question} if self._words else {}

    def _record(self, event: str, **what: object) -> None:
        if self._log is None:
            return
        try:
            self._log.record(event, **self._who, **what)
        except StoreError as error:
            _log.error("%s %s", error, error.hint)


def _documents(hits: Iterable[Hit]) -> list[str]:
    return list(dict.fromkeys(hit.chunk.doc_id for hit in hits))
