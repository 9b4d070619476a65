"""What the pages of one site share is furniture: learned from all of them together, and dropped from each.

Blocks are compared letter by letter. Pages that are near copies of one another count once, so that versions of a text
keep what they share. What may be content asks for more evidence: a sentence, a line with figures, a list between
paragraphs has to stand on half of the pages; a label on a fifth. What is dropped depends on the set of pages alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.ingest.plain_text import is_prose, letters
from assistant.ingest.tidy import host_of, opening_words, squash
from assistant.records import Document

_FEWEST = 3
_LABEL_SHARE, _LABELS = 0.2, 10  # share of a site's pages, and as many as are enough on a large site
_TELLING_SHARE, _TELLING = 0.5, 50
_HEAVIEST = 8  # blocks by which near copies find each other
_LEFT = 30  # letters that a page must keep beside its headings
_MAIN = 2 / 3  # a block that makes up so much of a page is what the page is about


@dataclass(frozen=True, slots=True)
class _Page:
    document: Document
    blocks: tuple[str, ...]
    keys: tuple[str, ...]
    weights: tuple[int, ...]


def drop_site_furniture(documents: Mapping[str, Document], pages: Collection[str]) -> dict[str, Document]:
    """`documents` by doc_id, those named in `pages` without the blocks that recur on their site.

    A site is the host of a page's address; pages without one are taken for one site. A page never loses its title or
    all that it says.
    """
    sites: dict[str, list[str]] = {}
    for doc_id in sorted(pages):
        sites.setdefault(host_of(documents[doc_id].url or ""), []).append(doc_id)
    changed: dict[str, Document] = {}
    for members in sites.values():
        if len(members) >= _FEWEST:
            changed |= _without_furniture([_page(documents[doc_id]) for doc_id in members])
    return {doc_id: changed.get(doc_id, document) for doc_id, document in documents.items()}


def _page(document: Document) -> _Page:
    blocks = tuple(document.text.split("\n\n"))
    return _Page(document, blocks, tuple(map(squash, blocks)), tuple(map(letters, blocks)))


def _without_furniture(site: Sequence[_Page]) -> dict[str, Document]:
    """The pages that lose something, by doc_id."""
    families = _families(site)
    holders: dict[str, set[int]] = {}
    for page, family in zip(site, families, strict=True):
        for key in page.keys:
            if key:
                holders.setdefault(key, set()).add(family)
    total = len(set(families))
    counts = {key: len(held) for key, held in holders.items() if len(held) >= _FEWEST}
    labels = {key for key, count in counts.items() if count >= min(_LABELS, _LABEL_SHARE * total)}
    telling = {key for key, count in counts.items() if count >= min(_TELLING, _TELLING_SHARE * total)}
    changed = {}
    for page in site:
        dropped = _furniture(page, labels, telling) if labels.intersection(page.keys) else set()
        if dropped:
            changed[page.document.doc_id] = _cut(page, dropped)
    return changed


def _families(site: Sequence[_Page]) -> list[int]:
    """For each page, the number of the first one that it is a near copy of: more than half of the longer is shared."""
    first: dict[str, int] = {}
    families = list(range(len(site)))

    def root(number: int) -> int:
        while families[number] != number:
            families[number] = number = families[families[number]]
        return number

    sizes = [sum(page.weights) for page in site]
    for number, page in enumerate(site):
        heaviest = sorted(zip(page.weights, page.keys, strict=True), reverse=True)[:_HEAVIEST]
        for other in {first.setdefault(key, number) for _, key in heaviest}:
            known = set(site[other].keys)
            shared = sum(weight for weight, key in zip(page.weights, page.keys, strict=True) if key in known)
            if other != number and shared > 0.5 * max(sizes[number], sizes[other]):
                ends = sorted((root(number), root(other)))
                families[ends[1]] = ends[0]
    return [root(number) for number in range(len(site))]


def _furniture(page: _Page, labels: Collection[str], telling: Collection[str]) -> set[int]:
    """The positions of a page's blocks that are furniture; none where too little would be left."""
    title = squash(page.document.title)
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
    """Whether a block states nothing by itself: a few words without figures; a list only at the edge of the article."""
    if any(map(str.isdigit, block)) or is_prose(block) or " | " in block:
        return False
    return edge if block.startswith("- ") else ":" not in block.rstrip(":")


def _only_answers(page: _Page, dropped: Collection[int], labels: Collection[str]) -> set[int]:
    """What is all that a section says ("## Open in winter?", "Yes."), under a heading of the page's own."""
    return {
        index
        for index in dropped
        if index
        and _is_heading(page.blocks[index - 1])
        and page.keys[index - 1] not in labels
        and (index + 1 == len(page.blocks) or _is_heading(page.blocks[index + 1]))
    }


def _is_empty(blocks: Sequence[str], heading: int, dropped: Collection[int]) -> bool:
    """Whether nothing is left between a heading and the next one of its rank."""
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
    title = page.document.title
    if title == _opening(page.document.text):  # it has no title but its first words
        title = _opening(text)
    return replace(page.document, text=text, title=title)


def _kept(blocks: Sequence[str], dropped: Collection[int]) -> Iterable[str]:
    return (block for index, block in enumerate(blocks) if index not in dropped)


def _opening(text: str) -> str:
    return opening_words(text.lstrip("#").lstrip())
