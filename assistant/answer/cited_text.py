"""Splits the text of an answer at its markers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
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
    quoted = _quoted(answer)
    starts = [start for start, _ in quoted]
    result: list[Piece] = []
    position = 0
    for marker in _MARKER.finditer(answer.text):
        citation = by_number.get(int(marker[1]))
        if citation is None or _is_within(marker.start(), quoted, starts):
            continue
        result.append(Piece(answer.text[position : marker.start()], citation))
        position = marker.end()
    if answer.text[position:].strip():
        result.append(Piece(answer.text[position:], None))
    return tuple(result)


def _quoted(answer: Answer) -> list[tuple[int, int]]:
    """The stretches of an answer's text that are quotes, in order and apart; each quote is looked for once."""
    found = sorted(
        match.span()
        for quote in {citation.quote for citation in answer.citations}
        for match in re.finditer(re.escape(quote), answer.text)
    )
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _is_within(place: int, stretches: Sequence[tuple[int, int]], starts: Sequence[int]) -> bool:
    """Whether `place` lies in one of the `stretches`, which begin at `starts`."""
    at = bisect_right(starts, place) - 1
    return at >= 0 and place < stretches[at][1]
