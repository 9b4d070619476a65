"""Questions and answers of a page: in bold, in definition lists, in microdata, and in its data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from assistant.ingest.formats.html.html_tree import Element

_BOLD = ("b", "strong")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LONGEST_QUESTION = 250  # characters; chosen by hand
_MOST_QUESTIONS = 500  # of a page's data: a limit of time


def mark_questions(tree: Element) -> None:
    """Make questions headings: the names of schema.org questions, terms that ask, and bold ones before their answers.

    The tree is changed.
    """
    level = 1
    for element in list(tree.iter(*_HEADINGS, "dt", "p", "div", "span", "a")):
        if element.tag in _HEADINGS:
            level = int(element.tag[1])
        elif element.tag == "dt":
            _mark_term(element, min(level + 1, 6))
        elif element.get("itemprop") == "name" and _is_of_question(element):
            element.tag = f"h{min(level + 1, 6)}"
        elif element.tag in ("p", "div") and _opens_with_question(element):
            _split(element)


def stated_questions(objects: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield question and answer, which may be HTML, of each schema.org question among JSON-LD objects."""
    left = _MOST_QUESTIONS
    for value in objects:
        answer = value.get("acceptedAnswer")
        answer = answer[0] if isinstance(answer, list) and answer else answer
        text = answer.get("text") if isinstance(answer, dict) else None
        name = value.get("name")
        if isinstance(name, str) and isinstance(text, str) and left:
            left -= 1
            yield " ".join(name.split()), text


def asks(text: str) -> bool:
    """Return whether a line is a question."""
    return text.rstrip(' "”»').endswith(("?", "？")) and len(text) <= _LONGEST_QUESTION


def _text(element: Element) -> str:
    """Return the text of an element; of a long one only so much that it is seen to be no question."""
    parts: list[str] = []
    size = 0
    for part in element.itertext():
        parts.append(part)
        size += len(part.strip())
        if size > _LONGEST_QUESTION or len(parts) > _LONGEST_QUESTION:
            return "".join(parts) + "…"
    return " ".join("".join(parts).split())


def _mark_term(term: Element, level: int) -> None:
    if not asks(_text(term)) or next(term.iter(*_HEADINGS), None) is not None:
        return
    term.tag = f"h{level}"
    for after in term.itersiblings():
        if after.tag != "dd":
            break
        after.tag = "div"


def _is_of_question(element: Element) -> bool:
    scope = next((around for around in element.iterancestors() if around.get("itemscope") is not None), None)
    in_heading = any(around.tag in _HEADINGS for around in element.iterancestors())
    return scope is not None and (scope.get("itemtype") or "").rstrip("/").endswith("/Question") and not in_heading


def _opens_with_question(element: Element) -> bool:
    """Return whether a paragraph is a question in bold, and then its answer."""
    if len(element) == 0 or element[0].tag not in _BOLD or (element.text or "").strip():
        return False
    follows = any((inner.tail or "").strip() for inner in element)
    return follows and asks(_text(element[0]))


def _split(element: Element) -> None:
    """Give the bold question at the beginning of a paragraph a paragraph of its own."""
    bold = element[0]
    question = etree.Element("p", {"class": element.get("class") or ""})
    element.text, bold.tail = bold.tail, None
    element.remove(bold)
    question.append(bold)
    element.addprevious(question)
