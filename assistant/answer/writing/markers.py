"""Separates the text from the citation markers in what a model streams.

A marker is a number in square brackets, `[1]`, or a variant that models write: `[1, 2]`, `[1-3]`, `[^1]`,
`[Passage 1]`, `【1†source】`, with the digits of any script. The prompt shows the model no other bracketed numbers.
Therefore every one outside code counts as a marker, even a year (`[2020]`) or an index (`a[1]`).
"""

from __future__ import annotations

import re
from collections.abc import Container

from assistant.text.facts.lexicon import MARKER_JOINERS, PASSAGES

Event = str | tuple[int, ...]
"""A piece of text, or the passage numbers of a marker: at least one, only known ones, in order, without repeats."""

_OPENING, _CLOSING = "[【［", "]】］"
_RANGE = r"(\d+)(?:\s*[-‐‑–—−]\s*(\d+))?"
_ITEM = rf"\^?(?:(?:{PASSAGES})\s*)?{_RANGE}"
# OpenAI's form has a second number before the dagger and a name or lines of the source behind it.
_DAGGER = rf"(?::\d+)?†[^(){re.escape(_OPENING + _CLOSING)}\n]*"
MARKER = re.compile(
    rf"[{re.escape(_OPENING)}]\s*{_ITEM}(?:\s*(?:[,;，、&]|{MARKER_JOINERS})\s*{_ITEM})*\s*(?:{_DAGGER})?"
    rf"[{re.escape(_CLOSING)}]",
    re.IGNORECASE,
)
_NUMBERS = re.compile(_RANGE)
_LONGEST = 60  # characters of a marker
_WIDEST = 50  # numbers of a range; of a wider one only the ends are meant
_NO_MARKER = frozenset(_OPENING + _CLOSING + "\n")  # what ends a marker that has begun


def unmarked(text: str) -> str:
    """Return `text` with the square brackets of its markers replaced by round ones.

    >>> unmarked("[sic] as in [1, 2]")
    '[sic] as in (1, 2)'
    """
    return MARKER.sub(lambda marker: f"({marker[0][1:-1]})", text)


def _numbers(marker: str) -> tuple[int, ...]:
    """Return the numbers of a marker in order, without repeats."""
    numbers: dict[int, None] = {}
    for first, last in _NUMBERS.findall(re.split("[:†]", marker)[0]):
        low, high = sorted((int(first), int(last or first)))
        numbers.update(dict.fromkeys(range(low, high + 1) if high - low < _WIDEST else (low, high)))
    return tuple(numbers)


class MarkerStream:
    """Turns the pieces of a streamed reply into text and marker events, however the reply is cut into pieces.

    Each marker is one event. The white space before a marker is removed, except line breaks, and so is a comma between
    two markers. `dropped` counts the cited numbers that are not `known`; they are left out of the events.
    """

    def __init__(self, known: Container[int]) -> None:
        self.dropped = 0
        self._known = known
        self._code = _Code()
        self._events: list[Event] = []
        self._text: list[str] = []
        self._marker = ""  # as far as it has come
        self._lead = ""  # what goes if a marker follows
        self._behind_marker = False

    def feed(self, piece: str) -> list[Event]:
        """Return the events that are complete after `piece`; at most a marker's length of text is held back."""
        for char in piece:
            self._take(char)
        return self._ready()

    def finish(self) -> list[Event]:
        """Return the events that were held back; the reply has ended."""
        self._give_up_marker()
        self._show("")
        return self._ready()

    def _take(self, char: str) -> None:
        if self._marker:
            if char in _CLOSING and MARKER.fullmatch(self._marker + char):
                self._mark(_numbers(self._marker))
                return
            if char not in _NO_MARKER and len(self._marker) < _LONGEST:
                self._marker += char
                return
            self._give_up_marker()
        self._pass(char)

    def _give_up_marker(self) -> None:
        held, self._marker = self._marker, ""
        self._show(held[:1])
        for char in held[1:]:
            self._pass(char)

    def _pass(self, char: str) -> None:
        self._code.see(char)
        if char in _OPENING and not self._code.inside:
            self._marker = char
        elif len(self._lead) < _LONGEST and (
            (char.isspace() and char != "\n") or (char in ",;" and self._behind_marker and not self._lead.strip())
        ):
            self._lead += char
        else:
            self._show(char)

    def _show(self, text: str) -> None:
        if self._lead or text:
            self._text.append(self._lead + text)
            self._lead = ""
            self._behind_marker = False

    def _mark(self, numbers: tuple[int, ...]) -> None:
        known = tuple(number for number in numbers if number in self._known)
        self.dropped += len(numbers) - len(known)
        self._marker = self._lead = ""
        self._behind_marker = True
        if known:
            self._flush()
            self._events.append(known)

    def _ready(self) -> list[Event]:
        self._flush()
        events, self._events = self._events, []
        return events

    def _flush(self) -> None:
        if self._text:
            self._events.append("".join(self._text))
            self._text.clear()


class _Code:
    """Tracks whether the text so far ends inside Markdown code: a fence, or a span, which ends with its line."""

    def __init__(self) -> None:
        self._opened = 0  # the length of the backticks that opened it
        self._may_fence = self._fence = False
        self._backticks = 0  # right before
        self._blank = True  # the line so far

    @property
    def inside(self) -> bool:
        return self._opened > 0

    def see(self, char: str) -> None:
        if char == "`":
            self._backticks += 1
            return
        if self._backticks:
            self._delimit(self._backticks)
            self._backticks = 0
            self._blank = False
        if char == "\n":
            self._fence = self.inside and (self._fence or self._may_fence)
            self._opened = self._opened if self._fence else 0
            self._blank = True
        elif not char.isspace():
            self._blank = False

    def _delimit(self, length: int) -> None:
        if not self._opened:
            self._opened = length
            self._may_fence = self._blank and length >= 3
        elif self._fence:
            if self._blank and length >= self._opened:
                self._opened = 0
                self._fence = False
        elif length == self._opened:
            self._opened = 0
