"""The line that attributes a text to an address ("Source: https://…"), and what it leaves behind it.

The ratios in this module are chosen by hand, because no labelled set of pasted articles exists;
tests/ingest/test_text_units.py says what they must achieve.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from assistant.ingest.formats.text.text_units import Unit, ends_sentence, is_prose, letters, prose_letters
from assistant.text.addresses import http_url
from assistant.text.normalise import alphanumeric

_LABELLED = re.compile(r"^(?P<label>[^:：\n]{2,40})\s*[:：]\s*<?(?P<url>https?://\S+?)[>.,;)]*$")
_LABEL = re.compile(r"^(?P<label>[^:：\n]{2,40})\s*[:：]$")
_URL = re.compile(r"^<?(?P<url>https?://\S+?)[>.,;)]*$")
# "Source" in the languages whose word we know; a label in another one is judged by what surrounds it.
_SOURCE_WORDS = frozenset(
    "source sources originalsource nguồn nguon nguồntin theonguồn źródło zrodlo źródła quelle quellen fuente fonte "
    "bron zdroj forrás izvor sursa kaynak kilde källa lähde allikas avots šaltinis источник джерело πηγή 来源 來源 "
    "出典 출처 مصدر المصدر".split()
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where a text is attributed to, and which of its units are the text."""

    url: str
    keep: frozenset[int]

    def kept(self, units: Sequence[Unit]) -> list[Unit]:
        """`units` without the attribution and what trails it."""
        return [unit for index, unit in enumerate(units) if index in self.keep]


def find_attribution(units: Sequence[Unit]) -> Attribution | None:
    """The attribution of a text, or None when there is none or no single one.

    A link list at the end names several addresses and is none; neither is "Website: https://…" in a letter.
    """
    found = _labelled(units)
    if len({url for _, _, _, url in found}) != 1:
        found = [item for item in found if _is_source(item[2])]
        if len({url for _, _, _, url in found}) != 1:
            return None
    start, end, label, url = found[-1]
    before, after = units[:start], units[end:]
    total = prose_letters(units)
    if _is_source(label) and not prose_letters(before):
        return Attribution(url, frozenset(range(len(units))) - set(range(start, end)))
    if not total or prose_letters(before) < 0.6 * total:
        return None
    if not _is_source(label) and not _ends_page(url, after):
        return None
    trailing = [end + index for index, unit in enumerate(after) if _is_content(unit.text)]
    return Attribution(url, frozenset(range(start)) | frozenset(trailing))


def _labelled(units: Sequence[Unit]) -> list[tuple[int, int, str, str]]:
    """Each label with an address alone on its line (or the next): start, end, label, address."""
    found = []
    for index, unit in enumerate(units):
        match, end = _LABELLED.match(unit.text), index + 1
        label = match
        if match is None and index + 1 < len(units):
            label, match, end = _LABEL.match(unit.text), _URL.match(units[index + 1].text), index + 2
        url = http_url(match["url"]) if match and label else None
        if url and label and len(label["label"].split()) <= 4:
            found.append((index, end, label["label"], url))
    return found


def _is_source(label: str) -> bool:
    return alphanumeric(label) in _SOURCE_WORDS


def _ends_page(url: str, after: Sequence[Unit]) -> bool:
    """An article's own address, followed by nothing but the short lines that end a page."""
    path = urlsplit(url).path
    short = sum(not ends_sentence(unit.text) and ":" not in unit.text for unit in after)
    return len(path) >= 20 and "-" in path and len(after) >= 2 and short >= 0.8 * len(after)


def _is_content(text: str) -> bool:
    """Whether a unit behind the attribution is more than a headline: several sentences, or a long one."""
    if not (is_prose(text) and ends_sentence(text)):
        return False
    return letters(text) >= 130 or (len(re.findall(r"[.!?。](?:\s|$)", text)) >= 2 and letters(text) >= 70)
