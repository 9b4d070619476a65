"""What happens in a conversation, free of Gradio: a question comes in, steps to show come out.

The conversation is kept on the server and each step holds all messages anew: nothing the browser sends back
but the question is believed.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from assistant.errors import AssistantError
from assistant.records import Abstention, Document, DocumentLookup, Draft, Exchange, Hit, Manifest, Progress, Turn
from assistant.serve.metrics import counted
from assistant.serve.render import (
    abstention_html,
    answer_html,
    draft_html,
    error_html,
    pieces,
    question_html,
    searching_html,
    stopped_html,
)
from assistant.serve.strings import Strings

HISTORY_ENTRIES = 10
"""How many earlier questions, with their replies, a follow-up question may refer to."""

_log = logging.getLogger(__name__)


class ServedAssistant(DocumentLookup, Protocol):
    """What serving needs of `pipeline.Assistant`: a seam for tests, and no heavy import."""

    @property
    def manifest(self) -> Manifest: ...
    @property
    def model(self) -> str | None: ...
    @property
    def model_failure(self) -> str | None: ...
    def check_model(self) -> None: ...
    def stream(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Generator[Progress]: ...
    def search(self, query: str, *, k: int | None = None) -> tuple[Hit, ...]: ...
    def documents(self) -> tuple[Document, ...]: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One question and the bubble under it; `reply` is the text that later questions may refer to."""

    question: str
    html: str
    reply: str | None = None
    done: bool = False


Conversation = tuple[Entry, ...]
Message = dict[str, str]


class Step(NamedTuple):
    """What to show now: all messages, the conversation to remember, and whether an answer is under way."""

    messages: list[Message]
    conversation: Conversation
    busy: bool


def ask(assistant: ServedAssistant, question: str, conversation: Conversation, strings: Strings) -> Generator[Step]:
    """Show the question at once, then the reply, quote by quote."""
    if not question.strip():
        # Not remembered: pressing Enter again does not fill the page with the same message.
        error = error_html(strings.empty_question, strings.empty_question_hint, strings)
        yield Step([*_messages(conversation), _message("assistant", error)], conversation, False)
        return
    asked = Entry(question, searching_html(strings))
    yield _step((*conversation, asked))
    for entry in _reply(assistant, asked, conversation, strings):
        yield _step((*conversation, entry))


def ask_again(assistant: ServedAssistant, conversation: Conversation, strings: Strings) -> Generator[Step]:
    """Ask the last question once more in its place."""
    if conversation:
        yield from ask(assistant, conversation[-1].question, conversation[:-1], strings)


def stop(conversation: Conversation, strings: Strings) -> Step:
    """Say that the running question was stopped."""
    if conversation and not conversation[-1].done:
        stopped = replace(conversation[-1], html=stopped_html(strings), done=True)
        conversation = (*conversation[:-1], stopped)
    return _step(conversation)


def _reply(assistant: ServedAssistant, asked: Entry, before: Conversation, strings: Strings) -> Iterator[Entry]:
    try:
        with closing(counted(assistant.stream(asked.question, history=_history(before)))) as steps:
            for step in steps:
                if isinstance(step, Draft):
                    yield replace(asked, html=draft_html(step, strings))
                elif isinstance(step, Exchange):
                    reply = step.reply
        if isinstance(reply, Abstention):
            html = abstention_html(reply, assistant, strings)
        else:
            if not reply.statements:  # quotes are found at once; they are shown one after another
                for shown in range(1, len(pieces(reply)) + 1):
                    yield replace(asked, html=answer_html(reply, assistant, strings, shown=shown))
            html = answer_html(reply, assistant, strings)
    except AssistantError as error:
        yield replace(asked, html=error_html(str(error), error.hint, strings), done=True)
    except Exception:  # the reader gets a sentence, the log the traceback
        _log.exception("A question of the chat failed")
        yield replace(asked, html=error_html(strings.failed, strings.failed_hint, strings), done=True)
    else:
        yield replace(asked, html=html, reply=reply.text, done=True)


def _history(conversation: Conversation) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for entry in conversation[-HISTORY_ENTRIES:]:
        if entry.reply is not None:
            turns += [Turn("user", entry.question), Turn("assistant", entry.reply)]
    return tuple(turns)


def _step(conversation: Conversation) -> Step:
    return Step(_messages(conversation), conversation, bool(conversation) and not conversation[-1].done)


def _messages(conversation: Conversation) -> list[Message]:
    return [
        message
        for entry in conversation
        for message in (
            _message("user", question_html(entry.question)),
            _message("assistant", entry.html),
        )
    ]


def _message(role: str, html: str) -> Message:
    # Gradio dedents what has several lines; in this HTML a line break means no more than a space.
    return {"role": role, "content": html.replace("\n", " ")}
