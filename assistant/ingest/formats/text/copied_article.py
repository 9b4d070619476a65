"""Plain text copied from a page → the article: furniture found by structure, not by a list of its words.

The evidence used: a line that recurs across documents, a domain followed by a slogan, an image's file name,
a name doubled and glued to a date, what follows the line that attributes the text to an address, menus
(runs of very short lines at the head), and what trails the last sentence. Lists, tables and documents that
are short lines throughout are left alone.

The ratios in this module are chosen by hand, because no labelled set of pasted articles exists;
tests/ingest/test_text_units.py says what they must achieve.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.ingest.formats.text.attribution import Attribution, find_attribution
from assistant.ingest.formats.text.text_units import (
    Unit,
    ends_sentence,
    group,
    is_prose,
    letters,
    prose_bounds,
    prose_letters,
)
from assistant.ingest.formats.text.titles import choose_title, overlap, vocabulary
from assistant.ingest.recurring_lines import line_key
from assistant.text.addresses import host_of
from assistant.text.facts.dates import find_date
from assistant.text.language import detect_language

_IMAGE_NAME = re.compile(r"^[^\n/|]{1,120}\.(?:jpe?g|jfif|png|gif|webp|svg|bmp|tiff?|avif|heic)$", re.IGNORECASE)
_SLOGAN = re.compile(r"^(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}\s*[-–—|:·»]\s*\D{3,}$", re.IGNORECASE)
_DOUBLED = re.compile(r"^(?P<name>\D{3,60}?)\s*(?P=name)\s*[-–—|·,]?\s*(?P<rest>\d.{5,40})$")
_COUNTER = re.compile(r"\(\s*\d+\s*\)$")
_DATE_LABEL = re.compile(
    r"^(?:date|published|updated|posted|issued|last updated|published on|updated on|posted on|on|data|opublikowano"
    r"|dodano|aktualizacja|data publikacji|ngày|ngày đăng|cập nhật|đăng lúc|xuất bản|veröffentlicht|stand|publié"
    r"|publié le|publicado|fecha|pubblicato)?\s*:?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Article:
    """What a plain text says once its furniture is gone; `blocks` are paragraphs, lists and tables in order."""

    title: str | None
    blocks: tuple[str, ...]
    url: str | None = None
    published: str | None = None
    publisher: str | None = None


def extract_article(units: Sequence[Unit], recurring: frozenset[int] = frozenset()) -> Article:
    """The article among `units`; `recurring` holds the keys (`line_key`) of lines that other documents share."""
    units = [unit for unit in units if not _IMAGE_NAME.match(unit.text)]
    attribution = find_attribution(units)
    if attribution is not None:
        units = attribution.kept(units)
    units, publisher, published = _take_bylines(units)
    total = sum(letters(unit.text) for unit in units)
    if prose_letters(units) < 0.4 * total:
        return _short_lines(units, recurring, attribution, publisher, published)
    units = _drop_marked(units, recurring)
    if attribution is None:
        units = _cut_teaser(units)
    # Right above an attribution stand the author and the photographer, not furniture.
    units = _drop_tail(units, spared=0 if attribution is None else 2)
    title = choose_title(units)
    if published is None:
        units, published = take_date(units, title)
    units = _drop_menus(units, title)
    return Article(
        title,
        tuple(group(_mark_headings(units, title))),
        attribution.url if attribution else None,
        published,
        publisher or (host_of(attribution.url) if attribution else None),
    )


def _short_lines(
    units: list[Unit],
    recurring: frozenset[int],
    attribution: Attribution | None,
    publisher: str | None,
    published: str | None,
) -> Article:
    """A document of short lines (a poem, a price list): all of it stays but what other documents share."""
    edges = {0, 1, len(units) - 2, len(units) - 1}
    kept = [
        unit
        for index, unit in enumerate(units)
        if not (index in edges and (line_key(unit.text, head=True) in recurring or _SLOGAN.match(unit.text)))
    ]
    kept = kept or units  # short answers that are all alike are no furniture of each other
    title = choose_title(kept)
    blocks: list[list[str]] = []
    for unit in kept:
        if blocks and not unit.gap and blocks[-1] != [title]:
            blocks[-1].append(unit.text)
        else:
            blocks.append([unit.text])
    if title and len(blocks) > 1 and blocks[0] == [title]:
        blocks[0] = ["# " + title]
    url = attribution.url if attribution else None
    return Article(title, tuple(map("\n".join, blocks)), url, published, publisher or (host_of(url) if url else None))


def _take_bylines(units: list[Unit]) -> tuple[list[Unit], str | None, str | None]:
    """Remove a line such as "Daily NewsDaily News16/10/2025" and read publisher and date from it."""
    for index, unit in enumerate(units[:40]):
        match = _DOUBLED.match(unit.text)
        if match:
            stated = find_date(match["rest"])
            if stated:
                return units[:index] + units[index + 1 :], match["name"].strip(" -–—|·"), stated.date
        # The same byline with its parts on lines of their own.
        following = [other.text for other in units[index + 1 : index + 3]]
        if len(following) == 2 and unit.text == following[0] and len(unit.text) <= 60:
            stated = find_date(following[1])
            if stated and not stated.rest:
                return units[:index] + units[index + 3 :], unit.text, stated.date
    return units, None, None


def _drop_marked(units: list[Unit], recurring: frozenset[int]) -> list[Unit]:
    """Without the head and tail lines that other documents share, and without the site's slogan."""
    first, last = prose_bounds(units)
    return [
        unit
        for index, unit in enumerate(units)
        if first <= index <= last
        or unit.kind != "text"
        or not (_SLOGAN.match(unit.text) or line_key(unit.text, head=index < first) in recurring)
    ]


def _drop_menus(units: list[Unit], title: str | None) -> list[Unit]:
    """Without menus and repeats of the title before the prose, and lines of another language above the title."""
    first, _ = prose_bounds(units)
    words = vocabulary(units)
    language = detect_language(" ".join(unit.text for unit in units[first:])[:3000])
    texts = [unit.text for unit in units]
    at = texts.index(title) if title in texts else 0
    dropped = {index for index, text in enumerate(texts) if index > at and text == title}
    menu = [index for index in range(first) if _is_label(units[index]) and texts[index] != title]
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
    return [unit for index, unit in enumerate(units) if index not in dropped]


def _is_label(unit: Unit) -> bool:
    """A menu entry or button: up to three words, no digit, no sentence, nothing after a colon."""
    text = unit.text
    return (
        unit.kind == "text"
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


def take_date(units: list[Unit], title: str | None) -> tuple[list[Unit], str | None]:
    """The date that a line of its own states near the head; that line goes when it says nothing else."""
    prose = 0
    for index, unit in enumerate(units[:30]):
        if is_prose(unit.text):
            prose += 1
            if prose > 1:
                break
            continue
        if unit.text == title or len(unit.text) > 90 or unit.kind == "row":
            continue
        stated = find_date(unit.text)
        if stated is None:
            continue
        if _DATE_LABEL.match(stated.rest):
            return units[:index] + units[index + 1 :], stated.date
        if _is_name(stated.rest):
            return units, stated.date
    return units, None


def _is_name(rest: str) -> bool:
    """The rest of a dateline: a place or an author, up to four capitalised words."""
    words = re.findall(r"[^\W\d_]+", rest)
    return ":" not in rest and 0 < len(words) <= 4 and all(word[0].isupper() or len(word) == 1 for word in words)


def _cut_teaser(units: list[Unit]) -> list[Unit]:
    """Cut where a long run of labels is followed by nothing but one short sentence (an appeal to subscribe)."""
    first, last = prose_bounds(units)
    if last <= first or letters(units[last].text) >= 120:
        return units
    start = last
    while start > first + 1 and _is_loose(units, start - 1):
        start -= 1
    run = " ".join(unit.text for unit in units[start:last])
    if last - start >= 4 and overlap(run, vocabulary(units[:start])) < 0.5:
        return units[:start]
    return units


def _drop_tail(units: list[Unit], spared: int) -> list[Unit]:
    """Without what trails the last sentence, except lists, tables, contact lines and what the text prepared."""
    _, last = prose_bounds(units)
    while last + 1 < len(units) and ends_sentence(units[last + 1].text) and units[last + 1].kind == "text":
        last += 1
    words = vocabulary(units[: last + 1])
    loose = [index for index in range(last + 1, len(units)) if _is_loose(units, index)]
    if len(loose) <= spared:
        return units
    run = " ".join(units[index].text for index in loose)
    fits = overlap(run, words) >= (0.6 if len(loose) >= 3 else 0.5)
    dropped = {index for index in loose if _COUNTER.search(units[index].text) or not fits}
    return [unit for index, unit in enumerate(units) if index not in dropped]


def _is_loose(units: Sequence[Unit], index: int) -> bool:
    """Whether a unit stands for itself: short, no list item, table row or contact, not introduced by a colon."""
    unit = units[index]
    if unit.kind != "text" or is_prose(unit.text) or unit.text.startswith("#"):
        return False
    if re.search(r"\w@\w|:|\d{5}|\d[\d .-]{6,}\d", unit.text):
        return False
    before = index - 1
    while before >= 0 and not units[before + 1].gap and not is_prose(units[before].text):
        before -= 1
    introduction = units[before].text if before >= 0 else ""
    return not introduction.endswith(":") and not any(other.text.endswith(":") for other in units[before + 1 : index])


def _mark_headings(units: list[Unit], title: str | None) -> list[Unit]:
    """Give title and headings their "#": a short line on its own, right before running text."""
    marked: list[Unit] = []
    for index, unit in enumerate(units):
        following = units[index + 1] if index + 1 < len(units) else None
        if unit.text == title:
            marked.append(Unit("# " + unit.text, unit.kind, unit.gap))
        elif following is not None and index and _is_heading(unit, following, units[index - 1]):
            marked.append(Unit("## " + unit.text, unit.kind, unit.gap))
        else:
            marked.append(unit)
    return marked


def _is_heading(unit: Unit, following: Unit, previous: Unit) -> bool:
    text = unit.text
    return (
        unit.kind == "text"
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
