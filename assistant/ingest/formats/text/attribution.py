"""Attribution lines ("Source: https://…") of copied articles, and the page ends that follow them.

The ratios in this module are chosen by hand, because no labelled set of pasted articles exists;
tests/ingest/test_text_blocks.py says what they must achieve.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from assistant.ingest.formats.text.text_blocks import TextBlock, ends_sentence, is_prose, letters, prose_letters
from assistant.text.addresses import http_url
from assistant.text.language_tables import words_of_all
from assistant.text.normalise import alphanumeric

_LABELLED = re.compile(r"^(?P<label>[^:：\n]{2,40})\s*[:：]\s*<?(?P<url>https?://\S+)$")
_LABEL = re.compile(r"^(?P<label>[^:：\n]{2,40})\s*[:：]$")
_URL = re.compile(r"^<?(?P<url>https?://\S+)$")
_AFTER_URL = ">.,;)"


@dataclass(frozen=True, slots=True)
class Attribution:
    """The address that a text is attributed to, and the positions of the blocks that are the text."""

    url: str
    keep: frozenset[int]

    def kept(self, blocks: Sequence[TextBlock]) -> list[TextBlock]:
        """Return `blocks` without the attribution and the page end after it."""
        return [block for index, block in enumerate(blocks) if index in self.keep]


def find_attribution(blocks: Sequence[TextBlock]) -> Attribution | None:
    """Return the attribution of a text, None if there is none or no single one.

    A list of links at the end names several addresses and is none; neither is "Website: https://…" in a letter.
    """
    found = _labelled(blocks)
    if len({url for _, _, _, url in found}) != 1:
        found = [item for item in found if _is_source(item[2])]
        if len({url for _, _, _, url in found}) != 1:
            return None
    start, end, label, url = found[-1]
    before, after = blocks[:start], blocks[end:]
    total = prose_letters(blocks)
    if _is_source(label) and not prose_letters(before):
        return Attribution(url, frozenset(range(len(blocks))) - set(range(start, end)))
    if not total or prose_letters(before) < 0.6 * total:
        return None
    if not _is_source(label) and not _ends_page(url, after):
        return None
    trailing = [end + index for index, block in enumerate(after) if _is_content(block.text)]
    return Attribution(url, frozenset(range(start)) | frozenset(trailing))


def _labelled(blocks: Sequence[TextBlock]) -> list[tuple[int, int, str, str]]:
    """Return start, end, label and address of each label with an address alone on its line or the next."""
    found = []
    for index, block in enumerate(blocks):
        match, end = _LABELLED.match(block.text), index + 1
        label = match
        if match is None and index + 1 < len(blocks):
            label, match, end = _LABEL.match(block.text), _URL.match(blocks[index + 1].text), index + 2
        url = http_url(match["url"].rstrip(_AFTER_URL)) if match and label else None
        if url and label and len(label["label"].split()) <= 4:
            found.append((index, end, label["label"], url))
    return found


def _is_source(label: str) -> bool:
    return alphanumeric(label) in _source_words()


@cache
def _source_words() -> frozenset[str]:
    """The words for "source" that are known; a label in another language is judged by what surrounds it."""
    return frozenset(map(alphanumeric, words_of_all("labels", "source", others=True)))


def _ends_page(url: str, after: Sequence[TextBlock]) -> bool:
    """Return whether this is an article's own address, followed only by the short lines at the end of a page."""
    path = urlsplit(url).path
    short = sum(not ends_sentence(block.text) and ":" not in block.text for block in after)
    return len(path) >= 20 and "-" in path and len(after) >= 2 and short >= 0.8 * len(after)


def _is_content(text: str) -> bool:
    """Return whether a block after the attribution is more than a headline: several sentences, or a long one."""
    if not (is_prose(text) and ends_sentence(text)):
        return False
    return letters(text) >= 130 or (len(re.findall(r"[.!?。](?:\s|$)", text)) >= 2 and letters(text) >= 70)
