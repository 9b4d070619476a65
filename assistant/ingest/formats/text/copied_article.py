"""The article in a plain text that was copied from a page: boilerplate is found by structure, not by a list of words.

The evidence: a line that recurs across documents, a domain with a slogan, the name of an image file, a name doubled and
glued to a date, the text after the attribution, menus (runs of very short lines at the head), and lines after the last
sentence. Lists, tables and documents of short lines throughout are left alone.

The ratios in this module are chosen by hand, because no labelled set of pasted articles exists;
tests/ingest/test_text_blocks.py says what they must achieve.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from assistant.ingest.boilerplate_lines import line_key
from assistant.ingest.formats.text.attribution import Attribution, find_attribution
from assistant.ingest.formats.text.text_blocks import (
    TextBlock,
    ends_sentence,
    group,
    is_prose,
    letters,
    prose_bounds,
    prose_letters,
)
from assistant.ingest.formats.text.titles import choose_title, overlap, vocabulary
from assistant.text.addresses import host_of
from assistant.text.facts.dates import find_date
from assistant.text.language import detect_language
from assistant.text.language_tables import any_word, words_of_all

_IMAGE_NAME = re.compile(r"^[^\n/|]{1,120}\.(?:jpe?g|jfif|png|gif|webp|svg|bmp|tiff?|avif|heic)$", re.IGNORECASE)
_SLOGAN = re.compile(r"^(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}\s*[-–—|:·»]\s*\D{3,}$", re.IGNORECASE)
_LONGEST_SLOGAN = 300  # characters; a limit of time
_DOUBLED = re.compile(r"^(?P<name>\D{3,60}?)\s*(?P=name)\s*[-–—|·,]?\s*(?P<rest>\d.{5,40})$")
_COUNTER = re.compile(r"\(\s*\d+\s*\)$")


@dataclass(frozen=True, slots=True)
class Article:
    """A plain text without its boilerplate; `blocks` are the texts of paragraphs, lists and tables, in order."""

    title: str | None
    blocks: tuple[str, ...]
    url: str | None = None
    published: str | None = None
    publisher: str | None = None


def extract_article(blocks: Sequence[TextBlock], shared: frozenset[int] = frozenset()) -> Article:
    """Return the article in `blocks`; `shared` are the keys (`line_key`) of lines that other documents share."""
    blocks = [block for block in blocks if not _IMAGE_NAME.match(block.text)]
    attribution = find_attribution(blocks)
    if attribution is not None:
        blocks = attribution.kept(blocks)
    blocks, publisher, published = _take_bylines(blocks)
    total = sum(letters(block.text) for block in blocks)
    if prose_letters(blocks) < 0.4 * total:
        return _short_lines(blocks, shared, attribution, publisher, published)
    blocks = _drop_marked(blocks, shared)
    if attribution is None:
        blocks = _cut_teaser(blocks)
    # Right above an attribution stand the author and the photographer, not boilerplate.
    blocks = _drop_tail(blocks, spared=0 if attribution is None else 2)
    title = choose_title(blocks)
    if published is None:
        blocks, published = take_date(blocks, title)
    blocks = _drop_menus(blocks, title)
    return Article(
        title,
        tuple(group(_mark_headings(blocks, title))),
        attribution.url if attribution else None,
        published,
        publisher or (host_of(attribution.url) if attribution else None),
    )


def _short_lines(
    blocks: list[TextBlock],
    shared: frozenset[int],
    attribution: Attribution | None,
    publisher: str | None,
    published: str | None,
) -> Article:
    """Return a document of short lines (a poem, a price list) with all its lines but those that other documents
    share.
    """
    edges = {0, 1, len(blocks) - 2, len(blocks) - 1}
    kept = [
        block
        for index, block in enumerate(blocks)
        if not (index in edges and (line_key(block.text, head=True) in shared or _is_slogan(block.text)))
    ]
    kept = kept or blocks  # short answers that are all alike are no boilerplate of each other
    title = choose_title(kept)
    parts: list[list[str]] = []
    for block in kept:
        if parts and not block.gap and parts[-1] != [title]:
            parts[-1].append(block.text)
        else:
            parts.append([block.text])
    if title and len(parts) > 1 and parts[0] == [title]:
        parts[0] = ["# " + title]
    url = attribution.url if attribution else None
    return Article(title, tuple(map("\n".join, parts)), url, published, publisher or (host_of(url) if url else None))


def _is_slogan(text: str) -> bool:
    """Return whether a line is a site's name and a few words about it."""
    return len(text) <= _LONGEST_SLOGAN and bool(_SLOGAN.match(text))


def _take_bylines(blocks: list[TextBlock]) -> tuple[list[TextBlock], str | None, str | None]:
    """Remove a line such as "Daily NewsDaily News16/10/2025" and read publisher and date from it."""
    for index, block in enumerate(blocks[:40]):
        match = _DOUBLED.match(block.text)
        if match:
            stated = find_date(match["rest"])
            if stated:
                return blocks[:index] + blocks[index + 1 :], match["name"].strip(" -–—|·"), stated.date
        # The same byline with its parts on lines of their own.
        following = [other.text for other in blocks[index + 1 : index + 3]]
        if len(following) == 2 and block.text == following[0] and len(block.text) <= 60:
            stated = find_date(following[1])
            if stated and not stated.rest:
                return blocks[:index] + blocks[index + 3 :], block.text, stated.date
    return blocks, None, None


def _drop_marked(blocks: list[TextBlock], shared: frozenset[int]) -> list[TextBlock]:
    """Without the head and tail lines that other documents share, and without the site's slogan."""
    first, last = prose_bounds(blocks)
    return [
        block
        for index, block in enumerate(blocks)
        if first <= index <= last
        or block.kind != "text"
        or not (_is_slogan(block.text) or line_key(block.text, head=index < first) in shared)
    ]


def _drop_menus(blocks: list[TextBlock], title: str | None) -> list[TextBlock]:
    """Without menus and repeats of the title before the prose, and lines of another language above the title."""
    first, _ = prose_bounds(blocks)
    words = vocabulary(blocks)
    language = detect_language(" ".join(block.text for block in blocks[first:])[:3000])
    texts = [block.text for block in blocks]
    at = texts.index(title) if title in texts else 0
    dropped = {index for index, text in enumerate(texts) if index > at and text == title}
    menu = [index for index in range(first) if _is_label(blocks[index]) and texts[index] != title]
    for run in _runs(menu, at):
        long_menu = len(run) >= 4 and overlap(" ".join(texts[index] for index in run), words) < 0.6
        above = run[-1] < at and len(run) >= 3
        if long_menu or above:
            dropped.update(run)
    for index in range(min(at, first)):
        if len(texts[index].split()) >= 4 and overlap(texts[index], words) < 0.3:
            spoken = detect_language(texts[index])
            if spoken != language:
                dropped.add(index)
    return [block for index, block in enumerate(blocks) if index not in dropped]


def _is_label(block: TextBlock) -> bool:
    """A menu entry or button: up to three words, no digit, no sentence, nothing after a colon."""
    text = block.text
    return (
        block.kind == "text"
        and len(text.split()) <= 3
        and letters(text) <= 30
        and ":" not in text
        and not any(map(str.isdigit, text))
        and not ends_sentence(text)
    )


def _runs(indices: list[int], border: int) -> list[list[int]]:
    """Consecutive indices together, cut at `border`."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and runs[-1][-1] == index - 1 and index != border:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def take_date(blocks: list[TextBlock], title: str | None) -> tuple[list[TextBlock], str | None]:
    """Return the blocks and the ISO date that a line near the head states; the line is removed if it says
    nothing else.
    """
    prose = 0
    for index, block in enumerate(blocks[:30]):
        if is_prose(block.text):
            prose += 1
            if prose > 1:
                break
            continue
        if block.text == title or len(block.text) > 90 or block.kind == "row":
            continue
        stated = find_date(block.text)
        if stated is None:
            continue
        if _date_label().match(stated.rest):
            return blocks[:index] + blocks[index + 1 :], stated.date
        if _is_name(stated.rest):
            return blocks, stated.date
    return blocks, None


@cache
def _date_label() -> re.Pattern[str]:
    label = any_word(words_of_all("labels", "date", others=True))
    return re.compile(rf"^(?:{label})?\s*:?$", re.IGNORECASE)


def _is_name(rest: str) -> bool:
    """Return whether the rest of a dateline is a place or an author, up to four capitalised words."""
    words = re.findall(r"[^\W\d_]+", rest)
    return ":" not in rest and 0 < len(words) <= 4 and all(word[0].isupper() or len(word) == 1 for word in words)


def _cut_teaser(blocks: list[TextBlock]) -> list[TextBlock]:
    """Cut where a long run of labels is followed by nothing but one short sentence (an appeal to subscribe)."""
    first, last = prose_bounds(blocks)
    if last <= first or letters(blocks[last].text) >= 120:
        return blocks
    start = last
    loose = _loose(blocks)
    while start > first + 1 and loose[start - 1]:
        start -= 1
    run = " ".join(block.text for block in blocks[start:last])
    if last - start >= 4 and overlap(run, vocabulary(blocks[:start])) < 0.5:
        return blocks[:start]
    return blocks


def _drop_tail(blocks: list[TextBlock], spared: int) -> list[TextBlock]:
    """Without what trails the last sentence, except lists, tables, contact lines and what the text prepared."""
    _, last = prose_bounds(blocks)
    while last + 1 < len(blocks) and ends_sentence(blocks[last + 1].text) and blocks[last + 1].kind == "text":
        last += 1
    words = vocabulary(blocks[: last + 1])
    is_loose = _loose(blocks)
    loose = [index for index in range(last + 1, len(blocks)) if is_loose[index]]
    if len(loose) <= spared:
        return blocks
    run = " ".join(blocks[index].text for index in loose)
    fits = overlap(run, words) >= (0.6 if len(loose) >= 3 else 0.5)
    dropped = {index for index in loose if _COUNTER.search(blocks[index].text) or not fits}
    return [block for index, block in enumerate(blocks) if index not in dropped]


def _loose(blocks: Sequence[TextBlock]) -> list[bool]:
    """Return for each block whether it stands alone: short, no item, table row or contact, not introduced by a colon.

    A block that ends with a colon introduces all blocks behind it up to a blank line or the end of the next prose.
    """
    found: list[bool] = []
    introduced = False
    for index, block in enumerate(blocks):
        before = blocks[index - 1].text if index else ""
        if block.gap or not index or is_prose(before):
            introduced = before.endswith(":")
        else:
            introduced = introduced or before.endswith(":")
        found.append(
            not introduced
            and block.kind == "text"
            and not is_prose(block.text)
            and not block.text.startswith("#")
            and not re.search(r"\w@\w|:|\d{5}|\d[\d .-]{6,}\d", block.text)
        )
    return found


def _mark_headings(blocks: list[TextBlock], title: str | None) -> list[TextBlock]:
    """Give title and headings their "#": a short line on its own, right before running text."""
    marked: list[TextBlock] = []
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if block.text == title:
            marked.append(TextBlock("# " + block.text, block.kind, block.gap))
        elif following is not None and index and _is_heading(block, following, blocks[index - 1]):
            marked.append(TextBlock("## " + block.text, block.kind, block.gap))
        else:
            marked.append(block)
    return marked


def _is_heading(block: TextBlock, following: TextBlock, previous: TextBlock) -> bool:
    text = block.text
    return (
        block.kind == "text"
        and len(text) <= 70
        and len(text.split()) <= 9
        and text[0].isalnum()
        and not text[0].islower()
        and not ends_sentence(text)
        and not re.search(r"[:;,()\[\]@/]", text)
        and is_prose(previous.text)
        and is_prose(following.text)
        and letters(following.text) >= 2 * letters(text)
    )
