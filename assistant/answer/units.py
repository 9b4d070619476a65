"""Units: what is quoted as one answer where a sentence alone says too little.

A list comes whole, with its lead-in; a question is answered by what follows it; a lead-in that ends with a colon goes
with the lines it announces. Units are read from the lines of a document's text, near the sentence in question only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assistant.text.fold import words

Role = Literal["asks", "heading", "lead-in", "item", "answer"]
"""What a sentence is to its unit. A sentence that asks and a heading lend it their likeness and are not quoted."""

# Limits of a unit, in characters and lines; chosen by hand: about what a reader takes in at a glance.
_MAX_CHARS = 1200
_MAX_ITEMS = 15
_MAX_LABEL_CHARS = 300
_MAX_BREAKS = 4  # line breaks between two lines of a unit
_MAX_QUESTION_WORDS = 30
_HEADING = re.compile(r"#{1,6} ")
# A bullet, or a label as it is printed: "1.", "a)", "(iv)".
_ITEM = re.compile(r"[-•*] (?:\(?(?:\d{1,3}|[^\W\d_]|[ivx]{1,5})[.)] )?|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)] ")
_BULLET = re.compile(r"[-•*] ")
# The credit of a picture at the end of its caption, and the sign after the last full stop of a dispatch.
_MAX_CREDIT_CHARS = 100
_CREDIT = re.compile(r"[ \n]*[-–—(|]? *\b(?:Ảnh|Photos?|Zdjęci[ea]|Fot\.|Foto) ?: ?[^.!?]{1,60}\)?$")
_DISPATCH_END = re.compile(r"(?<=[^.]\.)(?: ?/\.|\.)$")
_ASKS = re.compile(r"\?[\"”»’)*_\]]*$")
# The marks of question and answer that pages of frequent questions print.
_QUESTION = re.compile(r"(?:[*_]*)(?:Q|Question|Hỏi|Câu hỏi|P|Pytanie)(?: ?\d{1,3})?[:.][*_]* ", re.IGNORECASE)
_ANSWER = re.compile(r"(?:[*_]*)(?:A|Answer|Đáp|Trả lời|O|Odp|Odpowiedź)(?: ?\d{1,3})?[:.]{1,2}[*_]* ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unit:
    """The slice `[start:end]` of a text that is quoted as one answer."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Line:
    """The line `[start:end]` of a text; `text` is empty where it is too long to be a label."""

    start: int
    end: int
    text: str
    is_item: bool
    is_heading: bool

    @property
    def asks(self) -> bool:
        """Whether it is a question that the next lines may answer."""
        if _QUESTION.match(self.text):
            return True
        return bool(_ASKS.search(self.text)) and len(words(self.text)) <= _MAX_QUESTION_WORDS

    @property
    def announces(self) -> bool:
        """Whether it is a lead-in, which ends with a colon."""
        return self.text.rstrip("*_ ").endswith(":") and not self.is_item


def unit_of(text: str, start: int) -> tuple[Role, Unit] | None:
    """Return the unit of the sentence at `start` and what the sentence is to it; None where it stands for itself."""
    line = _line_at(text, start)
    if line.asks and not line.is_item:
        answer = _answer_after(text, line)
        return ("asks", answer) if answer else None
    if line.is_heading:
        following = _next(text, line)
        found = _list_at(text, following) if following and following.is_item else None
        if found is None and following and following.announces:
            found = _announced(text, following)
        return ("heading", found) if found else None
    if line.announces:
        found = _announced(text, line)
        return ("lead-in", found) if found else None
    if line.is_item:
        found = _list_at(text, line)
        return ("item", found) if found else None
    before = _previous(text, line)
    if before and before.asks:
        answer = _answer_after(text, before)
        return ("answer", answer) if answer and start < answer.end else None
    return None


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the slice `[start:end]` without what is no part of a quote.

    That is the bullet of its first line, the sign that ends a dispatch ("./.", ".."), and the credit of a picture.
    """
    bullet = _BULLET.match(text, start, end)
    if bullet:
        start = bullet.end()
    tail = max(start, end - _MAX_CREDIT_CHARS)
    for pattern in (_CREDIT, _DISPATCH_END):
        found = pattern.search(text, tail, end)
        if found and found.start() > start:
            end = found.start()
    return start, end


def _answer_after(text: str, question: _Line) -> Unit | None:
    """Return the paragraph, or the list with its lead-in, that follows a question."""
    first = _next(text, question)
    if first is None or first.is_heading or (first.asks and not _ANSWER.match(first.text)):
        return None
    if first.announces:
        return _announced(text, first)
    if first.is_item:
        return _list_at(text, first)
    last = first
    while (
        (line := _below(text, last)) and not line.asks and not line.is_heading and line.end - first.start <= _MAX_CHARS
    ):
        last = line
    mark = _ANSWER.match(text, first.start, first.end)
    start = mark.end() if mark else first.start
    return Unit(start, last.end) if last.end - start <= _MAX_CHARS else None


def _announced(text: str, lead: _Line) -> Unit | None:
    """Return a lead-in with the list that follows it, of a long one its beginning, or with the line that follows it."""
    first = _next(text, lead)
    if first is None or first.is_heading or first.asks:
        return None
    last, count = first, 1
    while first.is_item and count < _MAX_ITEMS and (line := _below(text, last)) and line.is_item:
        if line.end - lead.start > _MAX_CHARS:
            break
        last, count = line, count + 1
    return Unit(lead.start, last.end) if last.end - lead.start <= _MAX_CHARS else None


def _list_at(text: str, item: _Line) -> Unit | None:
    """Return the list around an item, with its lead-in; None where it is a lone item or too long."""
    first = last = item
    count = 1
    while (line := _above(text, first)) and line.is_item and count <= _MAX_ITEMS:
        first, count = line, count + 1
    while (line := _below(text, last)) and line.is_item and count <= _MAX_ITEMS:
        last, count = line, count + 1
    lead = _previous(text, first)
    start = lead.start if lead and lead.announces else first.start
    if count > _MAX_ITEMS or last.end - start > _MAX_CHARS or (count == 1 and start == first.start):
        return None
    return Unit(start, last.end)


def _line_at(text: str, offset: int) -> _Line:
    """Return the line at `offset`; one longer than a unit is cut, so that time does not grow with its length."""
    first = max(0, offset - _MAX_CHARS - 1)
    start = text.rfind("\n", first, offset) + 1 or first
    end = text.find("\n", offset, offset + _MAX_CHARS + 1)
    end = min(len(text), offset + _MAX_CHARS + 1) if end < 0 else end
    label = text[start:end] if end - start <= _MAX_LABEL_CHARS else ""
    return _Line(start, end, label, bool(_ITEM.match(text, start, end)), bool(_HEADING.match(text, start, end)))


def _below(text: str, line: _Line) -> _Line | None:
    """Return the next line; None where a blank line or the end follows."""
    if line.end + 1 >= len(text) or text[line.end + 1] == "\n":
        return None
    return _line_at(text, line.end + 1)


def _above(text: str, line: _Line) -> _Line | None:
    """Return the line before; None where a blank line or the beginning is before it."""
    if line.start < 2 or text[line.start - 2] == "\n":
        return None
    return _line_at(text, line.start - 2)


def _next(text: str, line: _Line) -> _Line | None:
    """Return the next line that is not blank."""
    start = line.end
    while start < min(len(text), line.end + _MAX_BREAKS) and text[start] == "\n":
        start += 1
    return _line_at(text, start) if start < len(text) else None


def _previous(text: str, line: _Line) -> _Line | None:
    """Return the last line before that is not blank."""
    end = line.start - 1
    while end > max(0, line.start - _MAX_BREAKS) and text[end] == "\n":
        end -= 1
    return _line_at(text, end) if end > 0 else None
