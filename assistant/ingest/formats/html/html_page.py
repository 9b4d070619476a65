"""The article and the metadata of an HTML page.

The shares of links and of prose are chosen by hand, but for the constants below. benchmarks/tune/extraction.py shows
what all of them together achieve on labelled pages.
"""

from __future__ import annotations

import copy
import logging
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import groupby, takewhile

import trafilatura

from assistant.ingest.formats.html.html_blocks import Block, read_blocks
from assistant.ingest.formats.html.html_consent import remove_dialogs
from assistant.ingest.formats.html.html_faq import asks, mark_questions, stated_questions
from assistant.ingest.formats.html.html_legacy import convert_legacy
from assistant.ingest.formats.html.html_metadata import Metadata, linked_objects, read_metadata
from assistant.ingest.formats.html.html_offers import is_lead, remove_offers
from assistant.ingest.formats.html.html_panels import open_panels
from assistant.ingest.formats.html.html_script_page import is_drawn_by_scripts
from assistant.ingest.formats.html.html_tree import Element, ancestors, parse_tree
from assistant.ingest.formats.table_rows import table_lines
from assistant.ingest.formats.text.text_blocks import ends_sentence, group, is_prose, letters, read_text_blocks
from assistant.text.facts.dates import find_date
from assistant.text.normalise import alphanumeric

# What trafilatura has to say of a broken page is no news to the user.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)

# Its time grows with the square of the page's elements; beyond, our own choice must do.
_TRAFILATURA_CHARS = 3_000_000
_TRAFILATURA_ELEMENTS = 20_000
# Our own choice replaces trafilatura's extract if that has less than _FAR_SHORTER of its prose, or less than _SHORTER
# and fewer than _LITTLE letters. A line of _TELLING letters identifies its block. Fitted by
# benchmarks/tune/extraction.py.
_FAR_SHORTER, _SHORTER = 0.2, 0.4
_LITTLE = 800
_TELLING = 50
_LEAD_BLOCKS = 15  # between a headline and the article, among which the lead is looked for; chosen by hand


@dataclass(frozen=True, slots=True)
class HtmlArticle:
    """The article of a page; `blocks` are the texts of paragraphs, headings ("## …"), lists and tables, in order.

    `converted_from` is as in Document.
    """

    metadata: Metadata
    blocks: tuple[str, ...]
    converted_from: tuple[str, ...] = ()


def read_html(markup: str) -> HtmlArticle:
    """Return article and metadata of a page, both empty if it has no text; no article if scripts would make it."""
    tree = parse_tree(markup)
    if tree is None:
        return HtmlArticle(Metadata(), ())
    codes = convert_legacy(tree)
    remove_dialogs(tree)
    open_panels(tree)
    mark_questions(tree)
    blocks = read_blocks(tree)
    small = len(markup) <= _TRAFILATURA_CHARS and sum(1 for _ in tree.iter()) <= _TRAFILATURA_ELEMENTS
    chosen = _choose(tree, blocks, use_trafilatura=small)
    stated = _dateline(blocks, chosen)
    metadata = read_metadata(tree, markup, stated)
    drawn = is_drawn_by_scripts(tree, blocks)
    chosen = [] if drawn else _trim(_with_head(chosen, blocks, metadata.title), metadata.title)
    if metadata.body and letters(metadata.body) > 2 * sum(letters(block.text) for block in chosen):
        # The page is drawn by a script; what it draws stands in its data.
        return HtmlArticle(metadata, tuple(group(read_text_blocks(metadata.body))), codes)
    rendered = render(chosen)
    return HtmlArticle(metadata, (*rendered, *_unseen_questions(tree, rendered)), codes)


def _unseen_questions(tree: Element, rendered: Sequence[str]) -> Iterator[str]:
    """Yield the questions and answers of the page's data whose answers are not in its text."""
    seen = alphanumeric(" ".join(rendered))
    for question, answer in stated_questions(linked_objects(tree)):
        inner = parse_tree(answer) if answer.strip() else None
        blocks = render(read_blocks(inner)) if inner is not None else []
        key = alphanumeric(" ".join(blocks))
        if key and key[:_TELLING] not in seen:
            yield f"### {question}"
            yield from blocks


def _choose(tree: Element, blocks: list[Block], *, use_trafilatura: bool) -> list[Block]:
    """The blocks of the article: what trafilatura found, completed from the same part of the page."""
    own = _own_choice(blocks)
    found = _found_by_trafilatura(tree, blocks) if use_trafilatura else []
    ours, theirs = _prose(own), _prose(found)
    if not found or theirs < _FAR_SHORTER * ours or (theirs < _SHORTER * ours and theirs < _LITTLE):
        found = own
    if not found:
        return [block for block in blocks if not block.boilerplate] or blocks
    container = _widen(_container(found), blocks)
    inside = {id(block) for block in blocks if _is_inside(block, container)}
    chosen = {id(block) for block in found if id(block) in inside or is_prose(block.text)}
    for index, block in enumerate(blocks):
        if id(block) in inside and (_is_content(block) or _is_answer(blocks, index)):
            chosen.add(id(block))
    _add_headings(blocks, inside, chosen)
    return remove_offers([block for block in blocks if id(block) in chosen])


def _add_headings(blocks: Sequence[Block], inside: Collection[int], chosen: set[int]) -> None:
    """Add to `chosen` the headings in the article right above what is chosen, those of higher levels above them too.

    A heading above a line that points to another page is none of the article's.
    """
    below: Block | None = None
    for block in reversed(blocks):
        own = block.kind == "heading" and not block.boilerplate and block.link_share < 0.3 and id(block) in inside
        if own and below is not None and id(below) in chosen and _heads(block, below):
            chosen.add(id(block))
        below = block


def _heads(heading: Block, below: Block) -> bool:
    """Return whether the block below a heading belongs to it: no line to another page, no heading of its level."""
    if below.kind == "heading":
        return heading.level < below.level
    return below.kind != "text" or below.link_share < 0.3 or is_prose(below.text)


def _found_by_trafilatura(tree: Element, blocks: list[Block]) -> list[Block]:
    """Return the blocks that are in trafilatura's extract."""
    try:
        extract = trafilatura.extract(copy.deepcopy(tree), include_comments=False, favor_recall=False)
    except Exception:  # whatever a hostile page breaks in there, the fallback reads it
        extract = None
    if not extract:
        return []
    haystack = alphanumeric(extract)
    lines = {alphanumeric(line) for line in extract.split("\n")}
    needles = [alphanumeric(block.text) for block in blocks]
    edges = _Places(haystack, {edge for needle in needles for edge in (needle[:_TELLING], needle[-_TELLING:])})
    found, position = [], 0
    for block, needle in zip(blocks, needles, strict=True):
        # A short line may stand anywhere by accident, so it has to come in order; of a long one its beginning
        # or end will do, because trafilatura may have cut links out of it.
        if needle in lines:
            at = max(haystack.find(needle, position, position + 5_000), 0)
        elif len(needle) < _TELLING:
            at = haystack.find(needle, position, position + 500) if needle else -1
        else:
            at = max(edges.find(needle[:_TELLING], position), edges.find(needle[-_TELLING:], position))
            at = at if at >= 0 else edges.find(needle[:_TELLING], 0)
        if at >= 0:
            found.append(block)
            position = max(position, at + (len(needle) if len(needle) < _TELLING else 0))
    return found


class _Places:
    """Where strings of _TELLING characters stand in a text, which is gone through once for all of them."""

    def __init__(self, text: str, wanted: Set[str]) -> None:
        self._places: dict[str, list[int]] = {}
        for at in range(len(text) - _TELLING + 1):
            part = text[at : at + _TELLING]
            if part in wanted:
                self._places.setdefault(part, []).append(at)

    def find(self, part: str, start: int) -> int:
        """The first place of `part` from `start` on, or -1, as `str.find` gives it."""
        places = self._places.get(part, [])
        at = bisect_left(places, start)
        return places[at] if at < len(places) else -1


def _own_choice(blocks: Sequence[Block]) -> list[Block]:
    """Without trafilatura: the prose under the element that holds most of it, and what stands between."""
    scores: dict[Element, float] = {}
    for block in blocks:
        if not block.boilerplate and is_prose(block.text) and block.link_share < 0.4:
            weight = float(letters(block.text))
            for around in list(ancestors(block.element))[1:4]:
                scores[around] = scores.get(around, 0) + weight
                weight /= 2
    if not scores:
        return []
    best = max(scores, key=lambda element: scores[element])
    inside = [block for block in blocks if not block.boilerplate and _is_inside(block, best)]
    return [block for block in inside if block.link_share < 0.5]


def _container(found: Sequence[Block]) -> Element:
    """The innermost element that holds nine tenths of what was found."""
    total = sum(letters(block.text) for block in found)
    held: dict[Element, int] = {}
    for block in found:
        for around in ancestors(block.element):
            held[around] = held.get(around, 0) + letters(block.text)
    best, best_depth = found[0].element.getroottree().getroot(), -1
    for element, amount in held.items():
        if amount >= 0.9 * total:
            depth = sum(1 for _ in element.iterancestors())
            if depth > best_depth:
                best, best_depth = element, depth
    return best


def _widen(container: Element, blocks: Sequence[Block]) -> Element:
    """The container, or what surrounds it as long as that adds running text and little else.

    Text pasted into an editor often comes in several wrappers side by side.
    """
    outside = [block for block in blocks if not _is_inside(block, container)]
    for around in container.iterancestors():
        added = [block for block in outside if _is_inside(block, around)]
        content = sum(letters(block.text) for block in added if _is_content(block))
        if content < 0.7 * sum(letters(block.text) for block in added):
            break
        if added:
            container = around
            outside = [block for block in outside if not _is_inside(block, container)]
    return container


def _is_inside(block: Block, container: Element) -> bool:
    return any(around is container for around in ancestors(block.element))


def _is_content(block: Block) -> bool:
    """Running text, a labelled item or a table row, outside of navigation and the like."""
    return (
        not block.boilerplate
        and block.link_share < 0.3
        and (block.kind == "row" or bool(block.label) or is_prose(block.text))
    )


def _is_answer(blocks: Sequence[Block], index: int) -> bool:
    """Return whether a block, however short, is all that stands below a question."""
    block, question, below = blocks[index], blocks[index - 1], blocks[index + 1 : index + 2]
    if index == 0 or question.kind != "heading" or block.kind == "heading" or not asks(question.text):
        return False
    alone = not below or below[0].kind == "heading" or not _is_content(below[0])
    return alone and block.link_share < 0.3 and not (question.boilerplate or block.boilerplate)


def _prose(blocks: Sequence[Block]) -> int:
    return sum(letters(block.text) for block in blocks if is_prose(block.text))


def _dateline(blocks: Sequence[Block], chosen: Sequence[Block]) -> str | None:
    """The line near the beginning of the article that is a date and little else."""
    picked = {id(block) for block in chosen}
    start = next((index for index, block in enumerate(blocks) if id(block) in picked), 0)
    for block in blocks[max(0, start - 8) : start + 8]:
        stated = find_date(block.text) if len(block.text) <= 90 else None
        if stated is not None and letters(stated.rest) <= 30:
            return block.text
    return None


def _with_head(chosen: list[Block], blocks: Sequence[Block], title: str | None) -> list[Block]:
    """`chosen` with the headline in front, and the lead between the two, where they stood above the article."""
    key = alphanumeric(title or "")
    picked = {id(block) for block in chosen}
    first = next((index for index, block in enumerate(blocks) if id(block) in picked), 0)
    heads = [index for index, block in enumerate(blocks) if block.kind == "heading" and alphanumeric(block.text) == key]
    above = [index for index in heads if index < first]
    if not above:
        shown = heads and not any(alphanumeric(block.text) == key for block in chosen)
        return [blocks[heads[0]], *chosen] if shown else _with_lead(chosen, blocks)
    between = blocks[above[-1] + 1 : first]
    lead = [block for block in between if is_lead(block) or _is_lead_by_place(block)]
    return [blocks[above[-1]], *(lead if len(between) <= _LEAD_BLOCKS else []), *chosen]


def _with_lead(chosen: list[Block], blocks: Sequence[Block]) -> list[Block]:
    """`chosen` with the lead that stands between the last h1 and the first sentence."""
    picked = {id(block) for block in chosen}
    start = next((n for n, block in enumerate(blocks) if id(block) in picked and is_prose(block.text)), -1)
    head = next((n for n in range(start, -1, -1) if blocks[n].kind == "heading" and blocks[n].level == 1), None)
    near = () if head is None else blocks[head + 1 : min(start, head + 1 + _LEAD_BLOCKS)]
    leads = {id(block) for block in near if id(block) not in picked and is_lead(block)}
    return [block for block in blocks if id(block) in picked | leads] if leads else chosen


def _is_lead_by_place(block: Block) -> bool:
    return not block.boilerplate and block.link_share < 0.3 and is_prose(block.text)


def _trim(chosen: list[Block], title: str | None) -> list[Block]:
    """Without buttons, datelines and link lists before the first sentence and after the last."""
    prose = [index for index, block in enumerate(chosen) if is_prose(block.text)]
    first, last = (prose[0], prose[-1]) if prose else (len(chosen), -1)
    places = {_place(block) for block in chosen[: last + 1]}
    # Between paragraphs a linked line points to another page; on a page of links the links are the content.
    pointers = {id(block) for block in chosen if _is_pointer(block)}
    few = len(pointers) <= max(2, len(chosen) // 4)
    kept = []
    for index, block in enumerate(chosen):
        edge = index < first or index > last
        stated = find_date(block.text) if edge and len(block.text) <= 90 else None
        dateline = stated is not None and not letters(stated.rest) and block.kind != "row"
        button = block.scripted and block.link_share > 0.8
        listed = block.link_share > 0.8 and not ends_sentence(block.text)
        pointer = few and id(block) in pointers
        foreign = bool(prose) and index > last and block.kind == "heading" and _is_foreign(chosen, index, places)
        if not (button or pointer or foreign or (edge and (dateline or listed))):
            kept.append(block)
    end = set(map(id, chosen[last + 1 :]))
    kept = [block for index, block in enumerate(kept) if id(block) not in end or not _heads_nothing(kept, index)]
    key = alphanumeric(title or "")
    repeats = [block for block in kept if key and alphanumeric(block.text) == key]
    if all(block.kind == "heading" for block in kept):
        return chosen
    return [block for block in kept if block not in repeats[1:]]


def _is_foreign(chosen: Sequence[Block], index: int, places: Collection[tuple[str, str]]) -> bool:
    """Return whether a heading after the last sentence is of a form or an offer: boilerplate, or above a line that
    stands in a place of its own, unlike all before.
    """
    below = chosen[index + 1 : index + 2]
    line = bool(below) and below[0].kind == "text" and not asks(chosen[index].text)
    return chosen[index].boilerplate or (line and _place(chosen[index]) not in places)


def _place(block: Block) -> tuple[str, str]:
    around = block.element.getparent()
    return ("", "") if around is None else (around.tag, around.get("class") or "")


def _heads_nothing(chosen: Sequence[Block], index: int) -> bool:
    """Return whether a block is a heading with nothing of its own below."""
    heading = chosen[index].kind == "heading"
    return heading and (index + 1 == len(chosen) or not _heads(chosen[index], chosen[index + 1]))


def _is_pointer(block: Block) -> bool:
    return block.link_share > 0.7 and block.kind == "text" and not ends_sentence(block.text)


def render(blocks: Sequence[Block]) -> list[str]:
    """Return the text of `blocks`: "# …" headings, "- …" items and "a | b" rows, grouped as they stood."""
    rendered: list[str] = []
    named: dict[Element, list[Block]] = {}
    for table, run in groupby(blocks, lambda block: block.table):
        if table is None:
            rendered += _rendered(run)
            continue
        rows = list(run)
        names = list(takewhile(lambda block: block.names, rows))
        named[table] = names or named.get(table, [])
        rows = named[table] + rows[len(names) :]
        rendered.append("\n".join(table_lines([block.cells for block in rows], len(named[table]))))
    return list(filter(None, rendered))


def _rendered(blocks: Iterable[Block]) -> list[str]:
    """Return the text of blocks that are no rows of a table."""
    rendered: list[list[str]] = []
    previous: Block | None = None
    for block in blocks:
        if block.kind == "item" and previous is not None and previous.element is block.element:
            rendered[-1][-1] += " " + block.text
        elif block.kind == "item":
            bullet = "" if block.numbered else "- "
            line = f"{block.mark}{bullet}{block.label}{block.text}".replace("\n", " ")
            if previous is not None and previous.kind == "item":
                rendered[-1].append(line)
            else:
                rendered.append([line])
        elif block.kind == "heading":
            rendered.append([f"{'#' * block.level} {block.label}{block.text}".replace("\n", " ")])
        elif _is_bold_heading(block):
            rendered.append(["### " + block.text.lstrip("*•·–- ")])
        else:
            rendered.append([block.mark + block.label + block.text])
        previous = block
    return ["\n".join(lines) for lines in rendered]


def _is_bold_heading(block: Block) -> bool:
    """A short paragraph wholly in bold, without a full stop: how word processors write headings."""
    text = block.text
    return (
        block.kind == "text"
        and not block.image
        and "\n" not in text
        and block.bold >= 0.9 * len(text)
        and 3 <= letters(text) <= 90
        and (not ends_sentence(text) or asks(text))
        and not text.endswith((":", ","))
        and len(text.split()) > 2
    )
