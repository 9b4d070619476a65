"""Where a quote stands on a page: its letters, found in the text of the page whatever is between them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# Limits, chosen by hand: signs between two pieces of one quote, as the cells of a row, and places of its first piece.
_MOST_BETWEEN = 600
_MOST_PLACES = 200
# Of a piece that goes on over the end of a page, so many letters at its beginning or end are enough.
_FEWEST_LETTERS = 12


def quote_ranges(signs: Sequence[str], pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the pieces of a quote stand among the signs of a page: indexes, end-exclusive, one for each piece.

    The pieces stand in their order and near each other; of several such places it is the narrowest. A lone piece that
    is not there as a whole may begin on the page before, or go on on the next. Empty where the quote is not found.

    >>> quote_ranges("The mill is old. It grinds rye.", ["It grinds"])
    [(17, 26)]
    """
    letters, places = _letters(signs)
    wanted = [found for piece in pieces if (found := _letters(piece)[0])]
    if not wanted:
        return []
    best: list[tuple[int, int]] = []
    for first in _places(letters, wanted[0]):
        chain = _chain(letters, wanted, first)
        if chain and (not best or chain[-1][1] - chain[0][0] < best[-1][1] - best[0][0]):
            best = chain
    if not best and len(wanted) == 1:
        best = _overlap(letters, wanted[0])
    return [(places[start], places[end - 1] + 1) for start, end in best]


def _letters(signs: Sequence[str]) -> tuple[str, list[int]]:
    """Return the letters and digits, without accents and case, and for each the index of its sign."""
    letters: list[str] = []
    places: list[int] = []
    for index, sign in enumerate(signs):
        for letter in unicodedata.normalize("NFKD", sign.casefold().replace("đ", "d")):
            if letter.isalnum():
                letters.append(letter)
                places.append(index)
    return "".join(letters), places


def _places(letters: str, piece: str) -> list[int]:
    places: list[int] = []
    at = letters.find(piece)
    while at >= 0 and len(places) < _MOST_PLACES:
        places.append(at)
        at = letters.find(piece, at + 1)
    return places


def _chain(letters: str, pieces: Sequence[str], first: int) -> list[tuple[int, int]]:
    """Return the places of all pieces, the first at `first`; empty where one is missing."""
    chain = [(first, first + len(pieces[0]))]
    for piece in pieces[1:]:
        end = chain[-1][1]
        at = letters.find(piece, end, end + _MOST_BETWEEN + len(piece))
        if at < 0:
            return []
        chain.append((at, at + len(piece)))
    return chain


def _overlap(letters: str, piece: str) -> list[tuple[int, int]]:
    """Return where the page ends with the beginning of a piece, or begins with its end."""
    lengths = range(1, min(len(letters), len(piece)) + 1)
    ends = max((n for n in lengths if n >= _FEWEST_LETTERS and letters.endswith(piece[:n])), default=0)
    begins = max((n for n in lengths if n >= _FEWEST_LETTERS and letters.startswith(piece[-n:])), default=0)
    if ends >= begins:
        return [(len(letters) - ends, len(letters))] if ends else []
    return [(0, begins)]
