"""What happens in a conversation, free of Gradio: a question comes in, steps to show come out.

The conversation is remembered on the server and each step holds all messages anew: of what the browser sends back
only the question is believed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import NamedTuple

from assistant.answer.cited_text import pieces
from assistant.chat.browser_history import dump, kept_turn, load, revive
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

HISTORY_ENTRIES = 10
"""How many earlier questions, with their replies, a follow-up question may refer to."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One question and the bubble under it; `reply` is what later questions may refer to."""

    question: str
    html: str
    reply: Reply | None = None
    done: bool = False


Conversation = tuple[Entry, ...]
Bubble = dict[str, str]


class Step(NamedTuple):
    """What to show now: all messages, the conversation to remember, and whether an answer is under way."""

    messages: list[Bubble]
    conversation: Conversation
    busy: bool


Remember = Callable[[Exchange, Sequence[ChatMessage]], str]
"""Keeps a reply and gives the token by which it can be rated."""
Observe = Callable[[Generator[Progress]], Generator[Progress]]
"""Passes the steps of a reply on and counts how they end."""


class Chat:
    """Conversations with whichever assistant is live."""

    def __init__(self, live: LiveAssistant, remember: Remember, observe: Observe) -> None:
        self._live = live
        self._remember = remember
        self._observe = observe

    def ask(
        self, question: str, conversation: Conversation, strings: Strings, only: Filter | None = None
    ) -> Generator[Step]:
        """Show the question at once, then the reply, quote by quote."""
        if not question.strip():
            yield refuse(strings.empty_question, strings.empty_question_hint, conversation, strings)
            return
        asked = Entry(question, searching_html(strings))
        yield _step((*conversation, asked))
        for entry in self._reply(asked, conversation, strings, only):
            yield _step((*conversation, entry))

    def reopen(self, kept: str, strings: Strings) -> Step:
        """Show a conversation that the browser kept; a reply whose documents have changed says so."""
        entries = []
        with self._live.pinned() as assistant:
            for turn in load(kept):
                reply = revive(turn, assistant)
                html = notice_html(strings.changed, strings) if reply is None else _html(reply, assistant, strings)
                entries.append(Entry(turn.question, html, reply, done=True))
        return _step(tuple(entries))

    def _reply(self, asked: Entry, before: Conversation, strings: Strings, only: Filter | None) -> Iterator[Entry]:
        try:
            history = _history(before)
            with self._live.pinned() as assistant:
                with closing(self._observe(assistant.stream(asked.question, history=history, only=only))) as steps:
                    for step in steps:
                        if isinstance(step, PartialAnswer):
                            yield replace(asked, html=draft_html(step, strings))
                        elif isinstance(step, Exchange):
                            exchange = step
                reply = exchange.reply
                if isinstance(reply, Answer) and not reply.statements:
                    # Quotes are found at once and shown one after another.
                    for shown in range(1, len(pieces(reply)) + 1):
                        yield replace(asked, html=answer_html(reply, assistant, strings, shown=shown))
                html = _html(reply, assistant, strings, self._remember(exchange, history))
        except AssistantError as error:
            yield replace(asked, html=error_html(str(error), error.hint, strings), done=True)
        except Exception:  # the reader gets a sentence, the log the traceback
            _log.exception("A question of the chat failed")
            yield replace(asked, html=error_html(strings.failed, strings.failed_hint, strings), done=True)
        else:
            yield replace(asked, html=html, reply=replace(reply, hits=()), done=True)


def refuse(message: str, hint: str, conversation: Conversation, strings: Strings) -> Step:
    """Say why nothing was asked; it is not remembered, or pressing Enter again would fill the page with it."""
    error = error_html(message, hint, strings)
    return Step([*_messages(conversation), _bubble("assistant", error)], conversation, False)


def stop(conversation: Conversation, strings: Strings) -> Step:
    """Say that the running question was stopped."""
    if conversation and not conversation[-1].done:
        stopped = replace(conversation[-1], html=notice_html(strings.stopped, strings), done=True)
        conversation = (*conversation[:-1], stopped)
    return _step(conversation)


def take_back(conversation: Conversation) -> tuple[str, Step]:
    """The last question, to be asked in other words, and the conversation before it."""
    question = conversation[-1].question if conversation else ""
    return question, _step(conversation[:-1])


def keep(conversation: Conversation) -> str:
    """What the browser keeps of a conversation, for `Chat.reopen`."""
    return dump([kept_turn(entry.question, entry.reply) for entry in conversation if entry.reply is not None])


def _history(conversation: Conversation) -> tuple[ChatMessage, ...]:
    turns: list[ChatMessage] = []
    for entry in conversation[-HISTORY_ENTRIES:]:
        if entry.reply is not None:
            turns += [ChatMessage("user", entry.question), ChatMessage("assistant", entry.reply.text)]
    return tuple(turns)


def _html(reply: Reply, lookup: DocumentLookup, strings: Strings, token: str | None = None) -> str:
    if isinstance(reply, Abstention):
        return abstention_html(reply, lookup, strings, token)
    return answer_html(reply, lookup, strings, token=token)


def _step(conversation: Conversation) -> Step:
    return Step(_messages(conversation), conversation, bool(conversation) and not conversation[-1].done)


def _messages(conversation: Conversation) -> list[Bubble]:
    return [
        bubble
        for entry in conversation
        for bubble in (_bubble("user", question_html(entry.question)), _bubble("assistant", entry.html))
    ]


def _bubble(role: str, html: str) -> Bubble:
    # Gradio dedents what has several lines; in this HTML a line break means no more than a space.
    return {"role": role, "content": html.replace("\n", " ")}
