"""Splits the text of an answer at its markers."""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant.records import Answer, Citation

_MARKER = re.compile(r"\[(\d{1,3})\]")


class Piece(NamedTuple):
    """A part of an answer and the citation whose marker follows it; None after the last marker."""

    text: str
    citation: Citation | None


def pieces(answer: Answer) -> tuple[Piece, ...]:
    """Return the text of an answer, split after each marker.

    A bracketed number inside a quote belongs to the document and is not a marker.
    """
    by_number = {citation.number: citation for citation in answer.citations}
    quoted = [
        (found.start(), found.end())
        for citation in answer.citations
        for found in re.finditer(re.escape(citation.quote), answer.text)
    ]
    result: list[Piece] = []
    position = 0
    for marker in _MARKER.finditer(answer.text):
        citation = by_number.get(int(marker[1]))
        if citation is None or any(start <= marker.start() < end for start, end in quoted):
            continue
        result.append(Piece(answer.text[position : marker.start()], citation))
        position = marker.end()
    if answer.text[position:].strip():
        result.append(Piece(answer.text[position:], None))
    return tuple(result)
