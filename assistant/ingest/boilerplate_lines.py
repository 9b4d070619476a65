"""Boilerplate lines of plain texts: short lines at head or tail that several texts share.

Only hashes of the lines and paragraphs of each text are in memory, in arrays, so that there may be any number of texts.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence

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
    """Return the key by which a line is compared, a hash of its letters and digits.

    Below the head each number counts as 0: "Comment (3)" equals "Comment (12)", but "Order 3" and "Order 12" are
    titles.
    """
    return hash_uint64("head " + alphanumeric(text) if head else alphanumeric(re.sub(r"\d+", "0", text)))


def boilerplate_lines(documents: Iterable[Sequence[TextBlock]]) -> frozenset[int]:
    """Return the keys (`line_key`) of short lines at the head or tail of several unrelated documents.

    Documents that share much of their prose are versions of one text and count once, so that the headings of two
    versions survive.
    """
    lines, prose = _Table(), _Table()
    for blocks in documents:
        first, last = prose_bounds(blocks)
        for position, block in enumerate(blocks):
            if is_prose(block.text):
                prose.add(_prose_key(block.text), letters(block.text))
            elif block.kind == "text" and not first <= position <= last and alphanumeric(block.text):
                lines.add(line_key(block.text, head=position < first), 0)
        lines.end_document()
        prose.end_document()
    keys, families = lines.keys(), _families(prose)[lines.documents()]
    order = np.lexsort((families, keys))
    keys, families = keys[order], families[order]
    shared = (keys[1:] == keys[:-1]) & (families[1:] != families[:-1])
    return frozenset(keys[1:][shared].tolist())


class _Table:
    """Hashes with a weight each, document by document."""

    def __init__(self) -> None:
        self._keys, self._weights, self._ends = array("Q"), array("Q"), array("Q")

    def add(self, key: int, weight: int) -> None:
        self._keys.append(key)
        self._weights.append(weight)

    def end_document(self) -> None:
        self._ends.append(len(self._keys))

    def keys(self) -> _Keys:
        return np.array(self._keys, np.uint64)

    def weights(self) -> _Numbers:
        return np.array(self._weights, np.int64)

    def ends(self) -> _Numbers:
        """Return the end of each document's hashes."""
        return np.array(self._ends, np.int64)

    def documents(self) -> _Numbers:
        """For each hash, the number of its document."""
        ends = self.ends()
        return np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))


def _families(prose: _Table) -> _Numbers:
    """Return, for each document, the number of the first one that it is a version of."""
    keys, weights, ends, documents = prose.keys(), prose.weights(), prose.ends(), prose.documents()
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
    """Return the key by which running text is compared: a hash of its letters and digits, of long text only of its
    beginning and length.
    """
    return hash_uint64(
        alphanumeric(text) if len(text) <= _COMPARED else f"{alphanumeric(text[:_COMPARED])} {len(text)}"
    )
