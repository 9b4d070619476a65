"""Ratings of replies, in one SQLite file beside the index.

Each reply has a random token. Only the last `RATEABLE` replies can be rated, by their tokens, so that the file holds
no reply that this server did not give. They wait in memory, compressed.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from assistant.errors import FeedbackError, ReplyNotFoundError
from assistant.records import Abstention, Answer, ChatMessage, Exchange
from assistant.server.schemas import citation_json

Rating = Literal["up", "down"]
FILE_NAME = "feedback.sqlite"
COMMENT_CHARS = 2000
RATEABLE = 2000
"""How many of the last replies can be rated."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    token TEXT PRIMARY KEY, at TEXT NOT NULL, rating TEXT NOT NULL, comment TEXT NOT NULL, question TEXT NOT NULL,
    language TEXT NOT NULL, history TEXT NOT NULL, kind TEXT NOT NULL, reply TEXT NOT NULL, citations TEXT NOT NULL,
    answerer TEXT NOT NULL, generation INTEGER NOT NULL
)
"""
_FIELDS = "token at rating comment question language history kind reply citations answerer generation".split()


@dataclass(frozen=True, slots=True)
class Rated:
    """One rated reply; `history` and `citations` have the format of POST /api/ask, `at` is an ISO time in UTC."""

    token: str
    at: str
    rating: Rating
    comment: str
    question: str
    language: str
    history: list[dict[str, str]]
    kind: Literal["answer", "abstention"]
    reply: str
    citations: list[dict[str, Any]]
    answerer: str
    generation: int


@dataclass(frozen=True, slots=True)
class GivenReply:
    """A reply that can be rated: the question, its language, and the ids of the cited documents, the best first.

    `packed` are the values from "question" to "generation" that a rating stores with it, compressed JSON.
    """

    question: str
    language: str
    cited: tuple[str, ...]
    packed: bytes


class Feedback:
    """Stores ratings in `folder`; may be shared between threads. The first rating creates the file.

    `is_indexed` says whether a document is still in the index: replies that cite others cannot be rated any more.
    """

    def __init__(self, folder: Path, is_indexed: Callable[[str], bool] = lambda _doc_id: True) -> None:
        self._path = folder / FILE_NAME
        self._is_indexed = is_indexed
        self._given: OrderedDict[str, GivenReply] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, exchange: Exchange, history: Sequence[ChatMessage]) -> str:
        """Return a new token by which the reply can be rated."""
        token = secrets.token_urlsafe(12)
        given = _given_reply(exchange, history)
        with self._lock:
            self._given[token] = given
            while len(self._given) > RATEABLE:
                self._given.popitem(last=False)
        return token

    def given(self, token: str) -> GivenReply:
        """Return the reply with this token. Raises ReplyNotFoundError."""
        with self._lock:
            try:
                return self._given[token]
            except KeyError:
                raise ReplyNotFoundError("This reply is too old to be rated.", "Ask the question again.") from None

    def rate(self, token: str, rating: Rating, comment: str) -> None:
        """Store a rating and a comment; a second rating of a reply replaces the first.

        Raises ReplyNotFoundError for an unknown token or a document that left the index, FeedbackError when the file
        cannot be written.
        """
        given = self.given(token)
        if not all(map(self._is_indexed, given.cited)):
            raise ReplyNotFoundError("A document of this reply was removed.", "Ask the question again.")
        at = datetime.now(UTC).isoformat(timespec="seconds")
        row = (token, at, rating, comment[:COMMENT_CHARS], *json.loads(zlib.decompress(given.packed)))
        try:
            with self._lock, closing(sqlite3.connect(self._path, timeout=10)) as database, database:
                database.execute(_SCHEMA)
                database.execute(f"INSERT OR REPLACE INTO feedback VALUES ({', '.join('?' * len(row))})", row)
        except sqlite3.Error as error:
            raise FeedbackError(
                f"The rating cannot be stored: {error}.", f"Check that {self._path.parent} can be written."
            ) from None


def _given_reply(exchange: Exchange, history: Sequence[ChatMessage]) -> GivenReply:
    reply = exchange.reply
    cited = reply.citations if isinstance(reply, Answer) else ()
    values = (
        exchange.question,
        exchange.language,
        _dump([{"role": turn.role, "content": turn.content} for turn in history]),
        "abstention" if isinstance(reply, Abstention) else "answer",
        reply.text,
        _dump([citation_json(citation) for citation in cited]),
        exchange.answerer,
        exchange.generation,
    )
    packed = zlib.compress(json.dumps(values).encode())
    doc_ids = tuple(dict.fromkeys(citation.doc_id for citation in cited))
    return GivenReply(exchange.question, exchange.language, doc_ids, packed)


def read_feedback(folder: Path) -> Iterator[Rated]:
    """Yield all ratings in `folder`, the oldest first. Raises FeedbackError when the file cannot be read."""
    path = folder / FILE_NAME
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute(f"SELECT {', '.join(_FIELDS)} FROM feedback ORDER BY at, token").fetchall()
    except sqlite3.Error as error:
        raise FeedbackError(f"{path} cannot be read: {error}.", "Restore it from a backup, or delete it.") from None
    for row in rows:
        fields = dict(zip(_FIELDS, row, strict=True))
        loaded = {name: json.loads(fields[name]) for name in ("history", "citations")}
        yield Rated(**{**fields, **loaded})


def case_of(rated: Rated) -> dict[str, Any] | None:
    """Return a case for the evaluation set from a reply that was rated good.

    Returns None for one rated bad: the right answer is not known.
    """
    if rated.rating == "down":
        return None
    return {
        "id": f"feedback-{rated.token}",
        "question": rated.question,
        "lang": rated.language,
        "answers": list(dict.fromkeys((c["short_answer"] or {"text": c["quote"]})["text"] for c in rated.citations)),
        "doc_ids": list(dict.fromkeys(c["doc_id"] for c in rated.citations)),
        "answerable": rated.kind == "answer",
        "history": rated.history,
        "comment": rated.comment,
    }


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
