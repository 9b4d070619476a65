"""Lines that recur at the heads and tails of plain texts: learned from all of them together, of any number.

Of each text only the hashes of its lines and paragraphs are kept in memory, in arrays.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.ingest.formats.text.text_blocks import TextBlock, is_prose, letters, prose_bounds
from assistant.text.normalise import alphanumeric, hash_uint64

_COMPARED = 2_000  # characters of a paragraph that are compared; a limit of time
_HOLDERS = 30  # number of texts with the same paragraph that a text is compared with; a limit of time
# Chosen by hand: the share of its prose beyond which two texts are versions of one. A closing paragraph in common is
# less.
_VERSION = 0.3

_Keys = npt.NDArray[np.uint64]
_Numbers = npt.NDArray[np.int64]


def line_key(text: str, *, head: bool) -> int:
    """What a line is compared by: a hash of its letters and digits; below the head each number as one zero ("Comment
    (3)" and "Comment (12)"; but "Order 3" and "Order 12" are two titles)."""
    return hash_uint64("head " + alphanumeric(text) if head else alphanumeric(re.sub(r"\d+", "0", text)))


class BoilerplateLines:
    """Finds the short lines that stand at the head or tail of several unrelated documents.

    Documents that share much of their prose are versions of one text and count once, so that the headings of two
    versions survive. The documents may be added in any order: `place` is the number of each in their order.
    """

    def __init__(self) -> None:
        self._places = array("Q")
        self._lines, self._prose = _Hashes(), _Hashes()
        self._texts: set[int] = set()

    def add(self, place: int, text_blocks: Sequence[TextBlock]) -> None:
        """Add the text_blocks of a document; a copy of one that was added counts for nothing."""
        text = hash_uint64("\n".join(block.text for block in text_blocks))
        if text in self._texts:
            return
        self._texts.add(text)
        first, last = prose_bounds(text_blocks)
        for position, block in enumerate(text_blocks):
            if is_prose(block.text):
                self._prose.add(_prose_key(block.text), letters(block.text))
            elif block.kind == "text" and not first <= position <= last and alphanumeric(block.text):
                self._lines.add(line_key(block.text, head=position < first), 0)
        self._places.append(place)
        self._lines.end_document()
        self._prose.end_document()

    def keys(self) -> frozenset[int]:
        """Return the keys of the lines, as `line_key` makes them."""
        order = np.argsort(np.array(self._places, np.int64), kind="stable")
        lines = self._lines.in_order(order)
        keys, families = lines.keys, _families(self._prose.in_order(order))[lines.documents()]
        order = np.lexsort((families, keys))
        keys, families = keys[order], families[order]
        shared = (keys[1:] == keys[:-1]) & (families[1:] != families[:-1])
        return frozenset(keys[1:][shared].tolist())


@dataclass(frozen=True, slots=True)
class _Table:
    """Hashes with a weight each, document by document; `ends`: where the hashes of each document end."""

    keys: _Keys
    weights: _Numbers
    ends: _Numbers

    def documents(self) -> _Numbers:
        """For each hash, the number of its document."""
        return np.repeat(np.arange(len(self.ends)), np.diff(self.ends, prepend=0))


class _Hashes:
    """A table that grows."""

    def __init__(self) -> None:
        self._keys, self._weights, self._ends = array("Q"), array("Q"), array("Q")

    def add(self, key: int, weight: int) -> None:
        self._keys.append(key)
        self._weights.append(weight)

    def end_document(self) -> None:
        self._ends.append(len(self._keys))

    def in_order(self, order: _Numbers) -> _Table:
        """The table with the documents in `order`, a permutation of their numbers."""
        ends = np.array(self._ends, np.int64)
        lengths = np.diff(ends, prepend=0)[order]
        new_ends = np.cumsum(lengths)
        moved_by = np.repeat(ends[order] - new_ends, lengths)  # of each hash, from its new place to its old one
        old = np.arange(len(moved_by)) + moved_by
        return _Table(np.array(self._keys, np.uint64)[old], np.array(self._weights, np.int64)[old], new_ends)


def _families(prose: _Table) -> _Numbers:
    """For each document, the number of the first one that it is a version of."""
    keys, weights, ends, documents = prose.keys, prose.weights, prose.ends, prose.documents()
    order = np.lexsort((documents, keys))
    held, holders = keys[order], documents[order]
    new = np.ones(len(held), bool)
    new[1:] = (held[1:] != held[:-1]) | (holders[1:] != holders[:-1])
    held, holders = held[new], holders[new]
    firsts = np.searchsorted(held, keys)
    lasts = np.minimum(np.searchsorted(held, keys, "right"), firsts + _HOLDERS)
    known_before = holders[firsts] < documents if len(held) else np.zeros(0, bool)
    families = np.arange(len(ends))
    for index in np.unique(documents[known_before]):
        own = slice(ends[index - 1], ends[index])
        shared: dict[int, int] = {}
        for place in np.flatnonzero(known_before[own]) + own.start:
            for other in holders[firsts[place] : lasts[place]].tolist():
                if other < index:
                    shared[other] = shared.get(other, 0) + int(weights[place])
        limit = _VERSION * int(weights[own].sum())
        versions = [other for other, amount in shared.items() if amount > limit]
        if versions:
            families[index] = families[min(versions)]
    return families


def _prose_key(text: str) -> int:
    """What running text is compared by: its letters and digits, of a very long one its beginning and its length."""
    return hash_uint64(
        alphanumeric(text) if len(text) <= _COMPARED else f"{alphanumeric(text[:_COMPARED])} {len(text)}"
    )
