"""The logic of a conversation, without Gradio: a question → the states that the page shows one after another.

The server holds the conversation, and each state contains all its messages: of the data that the browser sends back,
only the question is used.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from assistant.answer.cited_text import pieces
from assistant.chat.browser_history import dump, load, restore, stored_turn
from assistant.errors import AssistantError
from assistant.filter import Filter
from assistant.html.bubbles import (
    abstention_html,
    answer_html,
    draft_html,
    error_html,
    notice_html,
    question_html,
    searching_html,
)
from assistant.html.strings import Strings
from assistant.protocols import DocumentLookup, LiveAssistant
from assistant.records import (
    Abstention,
    Answer,
    ChatMessage,
    Exchange,
    PartialAnswer,
    Progress,
    Reply,
)

ENTRIES = 50
"""How many questions, with their replies, a conversation has; the first ones are dropped, to limit memory."""
HISTORY_ENTRIES = 10
"""How many earlier questions, with their replies, a follow-up question may refer to."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One question and the HTML of the bubble under it; later questions may refer to `reply`."""

    question: str
    html: str
    reply: Reply | None = None
    done: bool = False


Conversation = tuple[Entry, ...]
Bubble = dict[str, str]


class ChatState(NamedTuple):
    """The messages to show, the conversation behind them, and whether an answer is in progress (`busy`)."""

    messages: list[Bubble]
    conversation: Conversation
    busy: bool


Remember = Callable[[Exchange, Sequence[ChatMessage]], str]
"""Takes a reply and the messages before it, and returns a token by which the reply can be rated."""


class Visitor(Protocol):
    """Who looks at the page; what they ask and see is recorded."""

    def asked(self, question: str, steps: Generator[Progress]) -> Generator[Progress]:
        """Yield `steps` unchanged, and record the question."""
        ...

    def reopened(self, doc_ids: Iterable[str]) -> None:
        """Record that quotes of these documents were shown again."""
        ...


class Chat:
    """Answers questions in conversations, from the generation of the index that is live."""

    def __init__(self, live: LiveAssistant, remember: Remember) -> None:
        self._live = live
        self._remember = remember

    def ask(
        self,
        question: str,
        conversation: Conversation,
        strings: Strings,
        visitor: Visitor,
        only: Filter | None = None,
    ) -> Generator[ChatState]:
        """Yield the state with the question, then the states of the reply as it grows, quote by quote."""
        if not question.strip():
            yield refuse(strings.empty_question, strings.empty_question_hint, conversation, strings)
            return
        asked = Entry(question, searching_html(strings))
        conversation = conversation[1 - ENTRIES :]
        yield _state((*conversation, asked))
        for entry in self._reply(asked, conversation, strings, visitor, only):
            yield _state((*conversation, entry))

    def reopen(self, stored: str, strings: Strings, visitor: Visitor) -> ChatState:
        """Return the state of a conversation from the browser's storage.

        A notice replaces each reply whose documents have changed.
        """
        entries = []
        with self._live.pinned() as assistant:
            for turn in load(stored):
                reply = restore(turn, assistant)
                html = notice_html(strings.changed, strings) if reply is None else _html(reply, assistant, strings)
                entries.append(Entry(turn.question, html, reply, done=True))
        replies = [entry.reply for entry in entries]
        visitor.reopened(c.doc_id for reply in replies if isinstance(reply, Answer) for c in reply.citations)
        return _state(tuple(entries))

    def _reply(
        self, asked: Entry, before: Conversation, strings: Strings, visitor: Visitor, only: Filter | None
    ) -> Iterator[Entry]:
        try:
            history = _history(before)
            with self._live.pinned() as assistant:
                steps = assistant.stream(asked.question, history=history, only=only, page_language=strings.language)
                with closing(visitor.asked(asked.question, steps)) as recorded:
                    for step in recorded:
                        if isinstance(step, PartialAnswer):
                            yield replace(asked, html=draft_html(step, strings))
                        elif isinstance(step, Exchange):
                            exchange = step
                reply = exchange.reply
                if isinstance(reply, Answer) and not reply.statements:
                    # All quotes are found at the same time, and shown one after another.
                    for shown in range(1, len(pieces(reply)) + 1):
                        yield replace(asked, html=answer_html(reply, assistant, strings, shown=shown))
                html = _html(reply, assistant, strings, self._remember(exchange, history))
        except AssistantError as error:
            yield replace(asked, html=error_html(str(error), error.hint, strings), done=True)
        except Exception:  # the traceback goes to the log only
            _log.exception("A question of the chat failed")
            yield replace(asked, html=error_html(strings.failed, strings.failed_hint, strings), done=True)
        else:
            yield replace(asked, html=html, reply=replace(reply, hits=()), done=True)


def refuse(message: str, hint: str, conversation: Conversation, strings: Strings) -> ChatState:
    """Return the state with an error at its end.

    The error is not part of the conversation, so that repeating the mistake does not fill the page.
    """
    error = error_html(message, hint, strings)
    return ChatState([*_messages(conversation), _bubble("assistant", error)], conversation, False)


def stop(conversation: Conversation, strings: Strings) -> ChatState:
    """Return the state in which the question in progress was stopped."""
    return _ended(conversation, notice_html(strings.stopped, strings))


def shut_down(conversation: Conversation, strings: Strings) -> ChatState:
    """Return the state in which the end of the server has ended the question in progress."""
    return _ended(conversation, error_html(strings.stopping, strings.stopping_hint, strings))


def _ended(conversation: Conversation, html: str) -> ChatState:
    if conversation and not conversation[-1].done:
        conversation = (*conversation[:-1], replace(conversation[-1], html=html, done=True))
    return _state(conversation)


def undo(conversation: Conversation) -> tuple[str, ChatState]:
    """Return the last question, empty where there is none, and the state before it."""
    question = conversation[-1].question if conversation else ""
    return question, _state(conversation[:-1])


def serialise(conversation: Conversation) -> str:
    """Return the JSON of a conversation for the browser's storage; `Chat.reopen` reads it."""
    return dump([stored_turn(entry.question, entry.reply) for entry in conversation if entry.reply is not None])


def _history(conversation: Conversation) -> tuple[ChatMessage, ...]:
    messages: list[ChatMessage] = []
    for entry in conversation[-HISTORY_ENTRIES:]:
        if entry.reply is not None:
            messages += [ChatMessage("user", entry.question), ChatMessage("assistant", entry.reply.text)]
    return tuple(messages)


def _html(reply: Reply, lookup: DocumentLookup, strings: Strings, token: str | None = None) -> str:
    if isinstance(reply, Abstention):
        return abstention_html(reply, lookup, strings, token)
    return answer_html(reply, lookup, strings, token=token)


def _state(conversation: Conversation) -> ChatState:
    return ChatState(_messages(conversation), conversation, bool(conversation) and not conversation[-1].done)


def _messages(conversation: Conversation) -> list[Bubble]:
    return [
        bubble
        for entry in conversation
        for bubble in (_bubble("user", question_html(entry.question)), _bubble("assistant", entry.html))
    ]


def _bubble(role: str, html: str) -> Bubble:
    # Gradio dedents content of several lines; in this HTML a line break is the same as a space.
    return {"role": role, "content": html.replace("\n", " ")}
