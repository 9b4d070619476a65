"""Lines of a page that offer something else than its article: newsletters, other pages, accounts, networks.

The words are those of the section `offers` in assistant/text/languages. The limits of length are chosen by hand;
docs/experiments/extraction.md has what all of this achieves on labelled pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import islice

from assistant.ingest.formats.html.html_blocks import Block
from assistant.ingest.formats.html.html_tree import Element, ancestors
from assistant.ingest.formats.text.text_blocks import ends_sentence, is_prose, letters
from assistant.text.language_tables import any_word, words_of_all

_BOXES = re.compile(
    r"(?:^|[-_\s])(?:newsletters?|sign-?up|subscri(?:be|ption)|paywall|buy-?box|related|reading-?time|read-?time|"
    r"author-?(?:bio|box|info|card|about)|about-?(?:the-?)?author|vcard|follow-?us)(?:$|[-_\s\d])",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"(?:^|[-_\s])(?:abstract|lead|lede|intro|standfirst|summary|excerpt|dek|deck|perex|sapo|chapo|chapeau|vorspann)"
    r"(?:$|[-_\s\d])",
    re.IGNORECASE,
)
_CAPTIONS = re.compile(r"(?:^|[-_\s])(?:fig)?caption(?:$|[-_\s\d])", re.IGNORECASE)
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NETWORK = re.compile(
    r"//(?:[\w-]{1,40}\.)?(facebook|twitter|x|instagram|t\.me|telegram|youtube|linkedin|zalo|tiktok|pinterest|whatsapp)"
    r"\.(?:com|me|org)\b",
    re.IGNORECASE,
)
_NOT_ARTICLE = ("body", "html", "main", "article")
_BOX_DEPTH = 6  # elements around a block whose names are looked at
_MOST_OF_ARTICLE = 0.3  # share of the article's letters from which a box is no offer
_MOST_ELEMENTS = 100  # in a block among which links are looked for; a limit of time
_OFFER_LETTERS = 300
_POINTER_LETTERS = 250
_LABEL_LETTERS = 60
_CREDIT_LETTERS = 80
_CAPTION_END = 120  # characters at the end of a caption among which a credit is looked for


def remove_offers(chosen: Sequence[Block]) -> list[Block]:
    """Return the blocks of an article without offers, credits of pictures and the author's name above or below.

    Returns all where nothing else would be left.
    """
    for block in chosen:
        if any(_CAPTIONS.search(f"{element.tag} {_names(element)}") for element in list(ancestors(block.element))[:3]):
            block.text = without_credit(block.text)
    boxes = _boxes(chosen)
    kept = [block for block in chosen if not (_box(block) in boxes or is_offer(block))]
    prose = [index for index, block in enumerate(kept) if is_prose(block.text) and block.link_share < 0.6]
    first, last = (prose[0], prose[-1]) if prose else (0, len(kept))
    kept = [block for index, block in enumerate(kept) if first <= index <= last or not _is_byline(block)]
    while kept and _is_pointer_at_end(kept[-1]):
        kept.pop()
    return kept or list(chosen)


def is_offer(block: Block) -> bool:
    """Return whether a block asks to read, subscribe to or follow something else, or credits a picture."""
    size, text = letters(block.text), block.text
    if block.kind in ("heading", "row") or size > _OFFER_LETTERS:
        return False
    words = _expressions()
    if words["newsletter"].search(text) and words["sign_up"].search(text):
        return True
    if words["log_in"].search(text) and words["comments"].search(text):
        return True
    if size <= _POINTER_LETTERS and words["see_also"].match(text):
        return block.link_share > 0.3 or size < 25
    if size <= _POINTER_LETTERS and block.link_share > 0.1 and _networks(block.element) > 1:
        return True
    if block.kind == "text" and size <= _CREDIT_LETTERS and is_credit(text):
        return True
    return size <= _LABEL_LETTERS and words["reading_time"].search(text) is not None


def is_credit(text: str) -> bool:
    """Return whether a line names who made a picture, and says nothing else.

    >>> is_credit("Ảnh: Lan Anh"), is_credit("(Photo: AFP / Getty)"), is_credit("Ảnh: 2 ảnh 3x4")
    (True, True, False)
    """
    found = _expressions()["credit"].match(text)
    return found is not None and found["maker"][0].isupper()


def without_credit(caption: str) -> str:
    """Return the caption of a picture without the name of who made it at its end.

    >>> without_credit("The new bridge opens. Photo: Lan Anh"), without_credit("Cầu mới - Ảnh: NT")
    ('The new bridge opens.', 'Cầu mới')
    """
    found = _expressions()["credit_at_end"].search(caption[-_CAPTION_END:])
    if found is None or not found["maker"][0].isupper():
        return caption
    return caption[: len(caption) - len(found[0])].rstrip() or caption


def is_lead(block: Block) -> bool:
    """Return whether a block, by its name and its text, is the lead of an article."""
    around = list(ancestors(block.element))[:2]
    named = any(_LEADS.search(_names(element)) for element in around)
    return named and is_prose(block.text) and block.link_share < 0.3 and not is_offer(block) and _box(block) is None


def _boxes(chosen: Sequence[Block]) -> set[Element]:
    """Return the elements that are boxes of offers, by their names: they hold little of the article."""
    held: dict[Element, int] = {}
    for block in chosen:
        box = _box(block)
        if box is not None:
            held[box] = held.get(box, 0) + letters(block.text)
    total = sum(letters(block.text) for block in chosen)
    return {box for box, size in held.items() if size < _MOST_OF_ARTICLE * total}


def _box(block: Block) -> Element | None:
    for depth, element in enumerate(ancestors(block.element)):
        if depth > _BOX_DEPTH:
            break
        if element.tag not in _NOT_ARTICLE and _BOXES.search(_names(element)):
            return element
    return None


def _names(element: Element) -> str:
    return _CAMEL_CASE.sub("-", f"{element.get('class') or ''} {element.get('id') or ''}")


def _networks(element: Element) -> int:
    """Return how many social networks the links in an element lead to."""
    inside = islice(element.iter(), _MOST_ELEMENTS)
    found = (_NETWORK.search(link.get("href") or "") for link in inside if link.tag == "a")
    return len({match[1].lower() for match in found if match})


def _is_byline(block: Block) -> bool:
    short = block.kind == "text" and letters(block.text) <= _LABEL_LETTERS and not ends_sentence(block.text)
    return short and _expressions()["byline"].match(block.text) is not None


def _is_pointer_at_end(block: Block) -> bool:
    return block.kind in ("text", "heading") and block.link_share > 0.6 and letters(block.text) < _POINTER_LETTERS


@cache
def _expressions() -> dict[str, re.Pattern[str]]:
    """Return the words of all languages as expressions, by their keys."""
    words = {
        key: any_word(words_of_all("offers", key, others=True))
        for key in "newsletter sign_up log_in comments see_also reading_time credit byline".split()
    }
    anywhere = {key: re.compile(rf"\b(?:{found})\b", re.IGNORECASE) for key, found in words.items()}
    at_start = {key: re.compile(rf"\W*(?:{words[key]})\b", re.IGNORECASE) for key in ("see_also", "byline")}
    maker = rf"(?:{words['credit']})\s?[:/©]\s?(?P<maker>[^\W\d][^.!?\d]{{0,60}})\.?\W*$"
    credit = re.compile(rf"\W*{maker}", re.IGNORECASE)
    credit_at_end = re.compile(rf"(?:(?<=[.!?…”\"])\s|\s?[-–—(|]\s?){maker}", re.IGNORECASE)
    return anywhere | at_start | {"credit": credit, "credit_at_end": credit_at_end}
