"""Extracts the text of a streamed chat completion from its chunks."""

from __future__ import annotations

from assistant.llm.server_errors import failed

_CHARACTERS_PER_TOKEN = 8  # about twice what a token of prose has
_SPARE_CHARACTERS = 1000
_OPEN, _CLOSE = "<think>", "</think>"
_UNFINISHED = {"length": "stopped at the longest length allowed", "content_filter": "was stopped by a content filter"}


class Pieces:
    """Takes the chunks of a stream and returns the text of the answer, without the reasoning before it."""

    def __init__(self, max_tokens: int) -> None:
        self.begun = False
        self.finished = False
        self._left = max_tokens * _CHARACTERS_PER_TOKEN + _SPARE_CHARACTERS
        self._chunks = 0
        self._choices = 0
        self._reason = ""
        self._held = ""  # from the beginning, as long as it may belong to a thought
        self._answering = False

    def take(self, chunk: object) -> tuple[str, bool]:
        """Return the text that `chunk` adds to the answer, and whether the model made progress.

        Text and reasoning are progress; a role, a usage record and an empty text are not. Raises GenerationError.
        """
        self._chunks += 1
        choices = _field(chunk, "choices")
        if not choices:
            return "", False
        if not isinstance(choices, list):
            raise failed("malformed", "sent choices that are no list")
        self._choices += 1
        delta = _field(choices[0], "delta")
        self._reason = _text(choices[0], "finish_reason")
        self.finished = bool(self._reason)
        if delta is None and not self.finished:
            raise failed("malformed", "sent a choice that holds nothing")
        text = _text(delta, "content") if delta is not None else ""
        thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
        self._left -= len(text)
        if self._left < 0:
            raise failed("endless", "sent far more than was asked for")
        progress = bool(text or thought)
        self.begun |= progress
        return self._answer(text), progress

    def end(self) -> str:
        """Return the rest of the text after the stream has ended. Raises GenerationError if the reply is incomplete."""
        if not self.finished:
            if self._chunks and not self._choices:
                raise failed("malformed", "sent a reply without choices")
            raise failed("cut", "ended the reply before it was whole")
        if self._reason in _UNFINISHED:
            raise failed("cut", f"sent a reply that {_UNFINISHED[self._reason]}")
        rest = "" if self._held.startswith(_OPEN) else self._held
        if not rest and not self._answering:
            raise failed("empty", "sent a reply without text")
        return rest

    def _answer(self, text: str) -> str:
        if self._answering:
            return text
        self._held = (self._held + text).lstrip()
        while self._held.startswith(_OPEN) and _CLOSE in self._held:
            self._held = self._held.partition(_CLOSE)[2].lstrip()
        if self._held.startswith(_OPEN) or _OPEN.startswith(self._held):
            return ""
        self._answering = True
        answer, self._held = self._held, ""
        return answer


def _field(holder: object, name: str) -> object:
    # openai makes its records of whatever was sent, without validation.
    if not hasattr(holder, name):
        raise failed("malformed", f"sent a chunk without {name}")
    return getattr(holder, name)


def _text(holder: object, name: str) -> str:
    value = _field(holder, name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise failed("malformed", f"sent {name} that is no text")
    value.encode("utf-8")  # half of a surrogate pair is no text either: ValueError
    return value
