"""The title of a plain text: the line near its head that fits the body best.

The ratios in this module are chosen by hand, because no labelled set of pasted articles exists;
tests/ingest/test_text_blocks.py says what they must achieve.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.ingest.formats.text.text_blocks import TextBlock, ends_sentence, is_prose, letters
from assistant.text.facts.dates import find_date
from assistant.text.normalise import alphanumeric

MAX_TITLE = 250
_SAMPLE = 20_000  # characters of a paragraph, which tell as much as all of it
_WORD = re.compile(r"[^\W_]{3,}")
_CREDIT = re.compile(r"\([^()]*:[^()]*\)$|\s[-–—/|]\s*\w+:\s*\S+(?:\s\S+){0,3}$|:$")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


def vocabulary(blocks: Iterable[TextBlock]) -> frozenset[str]:
    """Return the words of the running text among `blocks`."""
    return frozenset(word for block in blocks if is_prose(block.text) for word in _words(block.text))


def overlap(text: str, words: frozenset[str]) -> float:
    """Return the share of the words of `text` that are in `words`, from 0 to 1."""
    own = _words(text)
    return sum(word in words for word in own) / len(own) if own else 0.0


def choose_title(blocks: Sequence[TextBlock]) -> str | None:
    """Return the head line that fits the body best, None if the text begins with its first paragraph."""
    prose = [index for index, block in enumerate(blocks) if is_prose(block.text)]
    first = prose[0] if prose else min(len(blocks), 3)
    candidates = [index for index in range(first) if _may_be_title(blocks[index])]
    if not candidates and prose and _is_question(blocks[first].text) and len(prose) > 1:
        return blocks[first].text  # a headline that ends with a question or exclamation mark
    if not candidates and len(prose) > 1 and letters(blocks[first].text) < 150:
        # A notice may stand above the title; then the title has to fit the rest well.
        words = vocabulary(blocks[first + 1 :])
        between = [i for i in range(first + 1, prose[1]) if _may_be_title(blocks[i])]
        between = [i for i in between if overlap(blocks[i].text, words) >= 0.6 and len(blocks[i].text.split()) > 3]
        return blocks[between[0]].text if between else None
    if not candidates:
        return None
    if not prose:
        return blocks[candidates[0]].text
    words = vocabulary(blocks)
    keys = [alphanumeric(block.text) for block in blocks[:60]]
    return blocks[max(candidates, key=lambda i: _score(blocks, i, candidates, words, keys, first))].text


def _score(
    blocks: Sequence[TextBlock], index: int, candidates: list[int], words: frozenset[str], keys: list[str], first: int
) -> float:
    text = blocks[index].text
    return (
        overlap(text, words)
        + 0.5 * (keys.count(alphanumeric(text)) > 1)
        + 0.3 * min(len(text.split()), 6) / 6
        + (0.4 if len(text.split()) >= 3 else 0.3) * (index == candidates[0])
        + 0.05 * (index == first - 1)
        - 0.6 * bool(_CREDIT.search(text))
    )


def _may_be_title(block: TextBlock) -> bool:
    text = block.text
    if block.kind != "text" or len(text) > MAX_TITLE or letters(text) < 3 or "://" in text:
        return False
    if re.search(r"\w{2}[.。]$", text):
        return False  # a sentence, however short
    stated = find_date(text)
    return stated is None or letters(stated.rest) >= 12


def _is_question(text: str) -> bool:
    return (
        ends_sentence(text)
        and text.rstrip("\"'”’»)")[-1:] in "?!？！"
        and len(text) <= 150
        and not re.search(r"[.!?]\s", text)
    )


def _words(text: str) -> list[str]:
    text = text[:_SAMPLE]
    words = _WORD.findall(text.casefold())
    if _WIDE.search(text):
        # Scripts without spaces: pairs of characters stand for words.
        return [text[i : i + 2] for i in range(len(text) - 1) if text[i : i + 2].isalnum()]
    return words
