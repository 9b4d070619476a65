"""Site boilerplate: blocks that the pages of a site share are found by comparing all of them, and removed.

Blocks are compared by hashes of 64 bits of their letters; nothing else of a site is kept in memory. Pages that are near
copies of one another count once, so that versions of a text keep what they share. More evidence is needed for what may
be content: a sentence, a line with figures, or a list between paragraphs must be on half of the pages, a label on a
fifth. The result depends on the set of pages alone, not on their order.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from assistant.ingest.formats.text.text_blocks import is_prose, letters
from assistant.records import Document
from assistant.text.blocks import kept_blocks
from assistant.text.normalise import alphanumeric, hash_uint64, opening_words

# Chosen by hand: no labelled set has whole sites. A block is boilerplate if at least _FEWEST pages of a site share it,
# and a share of its pages or, on a large site, an absolute number: fewer for labels than for sentences, which pages may
# share because they are true of both.
_FEWEST = 3
_LABEL_SHARE, _LABELS = 0.2, 10
_TELLING_SHARE, _TELLING = 0.5, 50
_HEAVIEST = 8  # number of blocks by which near copies are found; a limit of memory
_LEFT = 30  # letters that a page must keep beside its headings; chosen by hand
_NOTHING = hash_uint64("")
_MAIN = 2 / 3  # share of a page from which a block is its main text; chosen by hand

_T = TypeVar("_T")
_Keys = npt.NDArray[np.uint64]
_Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Page:
    document: Document
    blocks: tuple[str, ...]
    names: tuple[str, ...]
    """What blocks are compared by: their letters and digits."""
    keys: tuple[int, ...]
    """Hashes of the names."""
    weights: tuple[int, ...]


class _Blocks:
    """All blocks of a site, page after page: the hashes of their letters, and their weights."""

    def __init__(self, site: Iterable[Document]) -> None:
        keys, weights, begins = array("Q"), array("I"), array("Q", [0])
        heavy, holders = array("Q"), array("I")
        for number, document in enumerate(site):
            page = _page(document)
            keys.extend(page.keys)
            weights.extend(page.weights)
            begins.append(len(keys))
            # Of equal weights the last by their letters: which pages are compared depends on what they say alone.
            order = sorted(zip(page.weights, page.names, page.keys, strict=True), reverse=True)
            found = {key for _, _, key in order[:_HEAVIEST]}
            heavy.extend(found)
            holders.extend([number] * len(found))
        self.keys, self.weights = np.array(keys, np.uint64), np.array(weights, np.uint32)
        self.heavy, self.holders = np.array(heavy, np.uint64), np.array(holders, np.int64)
        self.begins = np.array(begins, np.int64)
        counts: _Numbers = np.diff(self.begins)
        self.pages = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        """For each block, the number of its page."""

    def of(self, page: int) -> slice:
        """Return the slice of the blocks of a page."""
        return slice(self.begins[page], self.begins[page + 1])


def remove_site_boilerplate(site: Sequence[Document]) -> Iterator[tuple[int, Document]]:
    """Yield the pages of one site that lose boilerplate: position and new document of each.

    The pages are ordered by doc_id and may be on disk: all are read once, and those that may change once more. A page
    never loses its title or all its text.
    """
    if len(site) < _FEWEST:
        return
    blocks = _Blocks(site)
    families = _families(blocks)
    total = len(np.unique(families))
    keys, counts = _counted(blocks, families)
    labels, telling = (
        keys[counts >= max(_FEWEST, min(enough, share * total))]
        for enough, share in ((_LABELS, _LABEL_SHARE), (_TELLING, _TELLING_SHARE))
    )
    touched = np.unique(blocks.pages[np.isin(blocks.keys, labels)]).tolist()
    of_labels, of_telling = frozenset(labels.tolist()), frozenset(telling.tolist())
    del blocks, families, keys, counts
    for number in touched:
        page = _page(site[number])
        dropped = _boilerplate_of(page, of_labels, of_telling)
        if dropped:
            yield number, _cut(page, dropped)


def _page(document: Document) -> _Page:
    blocks = tuple(document.text.split("\n\n"))
    names = tuple(map(alphanumeric, blocks))
    return _Page(document, blocks, names, tuple(map(hash_uint64, names)), tuple(map(letters, blocks)))


def _counted(blocks: _Blocks, families: _Numbers) -> tuple[_Keys, _Numbers]:
    """Return the keys of blocks on at least three pages, and the number of families of pages of each."""
    keys, counts = np.unique(blocks.keys, return_counts=True)
    frequent = keys[(counts >= _FEWEST) & (keys != _NOTHING)]
    mask = np.isin(blocks.keys, frequent)
    held, holders = blocks.keys[mask], families[blocks.pages[mask]]
    order = np.lexsort((holders, held))
    held, holders = held[order], holders[order]
    new = np.ones(len(held), bool)
    new[1:] = (held[1:] != held[:-1]) | (holders[1:] != holders[:-1])
    return np.unique(held[new], return_counts=True)


def _families(blocks: _Blocks) -> _Numbers:
    """Return, for each page, the number of the first page that it is a near copy of: more than half of the longer one
    is shared.
    """
    sizes = np.bincount(blocks.pages, blocks.weights).astype(np.int64)
    families = list(range(len(sizes)))

    def root(number: int) -> int:
        while families[number] != number:
            families[number] = number = families[families[number]]
        return number

    _, first, which = np.unique(blocks.heavy, return_index=True, return_inverse=True)
    others = blocks.holders[first][which]
    pairs = np.unique((blocks.holders * len(sizes) + others)[others != blocks.holders])
    for number, other in (divmod(pair, len(sizes)) for pair in pairs.tolist()):
        own = blocks.of(number)
        known = np.isin(blocks.keys[own], blocks.keys[blocks.of(other)])
        if int(blocks.weights[own][known].sum(dtype=np.int64)) > 0.5 * max(sizes[number], sizes[other]):
            ends = sorted((root(number), root(other)))
            families[ends[1]] = ends[0]
    return np.array([root(number) for number in range(len(families))])


def _boilerplate_of(page: _Page, labels: Collection[int], telling: Collection[int]) -> set[int]:
    """Return the positions of a page's blocks that are boilerplate; none if too little would be left."""
    title = hash_uint64(alphanumeric(page.document.title))
    total = sum(page.weights)
    own = [i for i, block in enumerate(page.blocks) if is_prose(block) and page.keys[i] not in telling]
    dropped: set[int] = set()
    for index, block in enumerate(page.blocks):
        key = page.keys[index]
        if _is_heading(block) or key == title or page.weights[index] >= _MAIN * total:
            continue
        edge = bool(own) and not own[0] < index < own[-1]
        if key in telling or (key in labels and _is_label(block, edge=edge)):
            dropped.add(index)
    dropped -= _only_answers(page, dropped, labels)
    for index in reversed(range(len(page.blocks))):
        empty = _is_heading(page.blocks[index]) and _is_empty(page.blocks, index, dropped)
        if empty and page.keys[index] in labels and page.keys[index] != title:
            dropped.add(index)
    kept = (i for i, block in enumerate(page.blocks) if i not in dropped and not _is_heading(block))
    left = sum(page.weights[i] for i in kept if page.keys[i] != title)
    return dropped if left >= _LEFT else set()


def _is_label(block: str, *, edge: bool) -> bool:
    """Return whether a block states nothing by itself: a few words without figures; a list only at the edge of the
    article.
    """
    if any(map(str.isdigit, block)) or is_prose(block) or " | " in block:
        return False
    return edge if block.startswith("- ") else ":" not in block.rstrip(":")


def _only_answers(page: _Page, dropped: Collection[int], labels: Collection[int]) -> set[int]:
    """Return the blocks that are all of a section ("## Open in winter?", "Yes.") under a heading of the page's own."""
    return {
        index
        for index in dropped
        if index
        and _is_heading(page.blocks[index - 1])
        and page.keys[index - 1] not in labels
        and (index + 1 == len(page.blocks) or _is_heading(page.blocks[index + 1]))
    }


def _is_empty(blocks: Sequence[str], heading: int, dropped: Collection[int]) -> bool:
    """Return whether nothing is left between a heading and the next one of its level."""
    for index in range(heading + 1, len(blocks)):
        if index in dropped:
            continue
        return _is_heading(blocks[index]) and _rank(blocks[index]) <= _rank(blocks[heading])
    return True


def _is_heading(block: str) -> bool:
    return 0 < _rank(block) <= 6 and block[_rank(block) : _rank(block) + 1] == " " and "\n" not in block


def _rank(block: str) -> int:
    return len(block) - len(block.lstrip("#"))


def _cut(page: _Page, dropped: Collection[int]) -> Document:
    text = "\n\n".join(_kept(page.blocks, dropped))
    ends = accumulate(len(block) + 2 for block in page.blocks)
    pieces = ((end - 2 - len(block), end - 2) for block, end in zip(page.blocks, ends, strict=True))
    blocks = kept_blocks(page.document.blocks, _kept(list(pieces), dropped), gap=2)
    title = page.document.title
    if title == _opening(page.document.text):  # it has no title but its first words
        title = _opening(text)
    return replace(page.document, text=text, title=title, blocks=blocks)


def _kept(blocks: Sequence[_T], dropped: Collection[int]) -> Iterable[_T]:
    return (block for index, block in enumerate(blocks) if index not in dropped)


def _opening(text: str) -> str:
    return opening_words(text.lstrip("#").lstrip())
