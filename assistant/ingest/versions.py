"""Finds files with the same text, and documents that are versions of each other: they agree but for some sentences.

Each text is known by a sketch, the smallest hashes of its windows. Texts that share some hashes are compared window by
window. Time is n log n for n documents. The thresholds are chosen by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from assistant.records import Document
from assistant.storage.shingles import text_windows

SKETCH_HASHES = 32
_SKETCHED_CHARS = 1_000_000
_FEWEST_SHARED = 3  # hashes of two sketches, from which on the texts are compared
_ALIKE = 0.5  # windows that two versions share, of all windows in them: two of three sentences
_ALIKE_OF_ONE_TITLE = 0.2  # of texts with the same title but for its numbers
_MOST_VERSIONS = 10  # what more texts share is a form that was filled in
_NO_WORD = re.compile(r"[\W\d_]+")


def text_sketch(text: str) -> bytes:
    """Return the sketch of a text: at most SKETCH_HASHES hashes of eight bytes."""
    hashes = text_windows(text[:_SKETCHED_CHARS])
    if len(hashes) > 4 * SKETCH_HASHES:
        hashes = np.partition(hashes, 4 * SKETCH_HASHES)[: 4 * SKETCH_HASHES]
    return np.unique(hashes)[:SKETCH_HASHES].tobytes()


class FileTexts:
    """The texts of files: which are the same, and which are versions of each other."""

    def __init__(self) -> None:
        self._names: dict[bytes, list[str]] = {}
        self._sketches: dict[str, bytes] = {}

    def add(self, doc_id: str, same_text: bytes, sketch: bytes) -> bool:
        """Note the text of a file by its hash and its sketch; return whether it is the first one with that text."""
        names = self._names.setdefault(same_text, [])
        names.append(doc_id)
        if len(names) == 1:
            self._sketches[doc_id] = sketch
        return len(names) == 1

    def copies(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the first file of each text that there are several of, and the others."""
        for names in self._names.values():
            if len(names) > 1:
                yield names[0], tuple(names[1:])

    def versions(self, document: Callable[[str], Document], changed: Callable[[str], float]) -> list[tuple[str, ...]]:
        """Return what `find_versions` yields for the texts."""
        return list(find_versions(list(self._sketches), list(self._sketches.values()), document, changed))


def find_versions(
    doc_ids: Sequence[str],
    sketches: Sequence[bytes],
    document: Callable[[str], Document],
    changed: Callable[[str], float],
) -> Iterator[tuple[str, ...]]:
    """Yield the doc_ids of documents that are versions of each other, the newest first.

    `sketches` are those of the documents, which `document` returns. The newest is the one that was published last;
    where not all state that, the one whose file changed last, which `changed` returns in seconds.
    """
    families = _Families(len(doc_ids))
    for one, other in _candidates(sketches):
        if families.root(one) != families.root(other) and _alike(document(doc_ids[one]), document(doc_ids[other])):
            families.join(one, other)
    for family in families.all():
        if len(family) <= _MOST_VERSIONS:
            found = [document(doc_ids[number]) for number in family]
            dated = all(version.published for version in found)
            yield tuple(
                version.doc_id
                for version in sorted(
                    found,
                    key=lambda version: (version.published or "") if dated else f"{changed(version.doc_id):020.3f}",
                    reverse=True,
                )
            )


def _candidates(sketches: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of documents that share hashes, those that share most first.

    Of the documents with one hash each is paired with the next, so that a hash of all makes few pairs.
    """
    hashes = np.frombuffer(b"".join(sketches), np.uint64)
    owners = np.repeat(np.arange(len(sketches)), [len(sketch) // 8 for sketch in sketches])
    order = np.argsort(hashes, kind="stable")
    hashes, owners = hashes[order], owners[order]
    same = np.flatnonzero(hashes[1:] == hashes[:-1])
    pairs: npt.NDArray[np.int64]
    pairs, counts = np.unique(owners[same] * len(sketches) + owners[same + 1], return_counts=True)
    for at in np.argsort(-counts, kind="stable"):
        if counts[at] < _FEWEST_SHARED:
            return
        yield divmod(int(pairs[at]), len(sketches))


def _alike(one: Document, other: Document) -> bool:
    first, second = (np.unique(text_windows(document.text)) for document in (one, other))
    shared = len(np.intersect1d(first, second, assume_unique=True))
    of_one_title = _words(one.title) == _words(other.title) != ""
    least = _ALIKE_OF_ONE_TITLE if of_one_title else _ALIKE
    return shared > 0 and shared >= least * (len(first) + len(second) - shared)


def _words(title: str) -> str:
    return _NO_WORD.sub(" ", title.casefold()).strip()


class _Families:
    """Sets of numbers that are joined (union-find)."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def root(self, number: int) -> int:
        """Return the number that stands for the set of `number`."""
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number

    def join(self, one: int, other: int) -> None:
        self._parents[self.root(other)] = self.root(one)

    def all(self) -> list[list[int]]:
        """Return the sets of more than one number."""
        found: dict[int, list[int]] = {}
        for number in range(len(self._parents)):
            found.setdefault(self.root(number), []).append(number)
        return [family for family in found.values() if len(family) > 1]
