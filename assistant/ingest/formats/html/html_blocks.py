"""HTML to blocks: a tolerant parser, and one walk over the tree that cuts it into paragraphs, items and rows.

The shares of links and of prose are chosen by hand; docs/experiments/extraction.md has what all of them achieve on
labelled pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from lxml import etree

from assistant.ingest.formats.html.html_lists import Numbering, has_own_label, join_terms
from assistant.ingest.formats.html.html_tables import CELLS, Tables
from assistant.ingest.formats.html.html_tree import Element, ancestors
from assistant.ingest.formats.table_rows import row_text
from assistant.ingest.formats.text.text_blocks import ends_sentence, is_prose, letters
from assistant.text.blocks import CAPTION, CODE, DEFINITION, NESTED, QUOTATION
from assistant.text.normalise import code_lines, normalise_line

Kind = Literal["heading", "text", "item", "row"]


_SECTION_LEVEL = 3  # of a heading that is a bold line, as html_page.render writes them
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp "
    "small span strike strong sub sup time tt u var wbr".split()
)
_SKIPPED = frozenset(
    "script style noscript template svg math select option textarea iframe object embed canvas audio video map "
    "head title meta link datalist progress meter input".split()
)
_BOILERPLATE = frozenset("nav footer aside button form dialog menu".split())
_BOILERPLATE_ROLES = frozenset("navigation banner contentinfo complementary search dialog alert menu toolbar".split())
_BOILERPLATE_NAMES = re.compile(
    r"(?:^|[-_\s])(?:nav|navbar|navigation|menu|breadcrumbs?|sidebar|side-?bar|footer|foot|share|sharing|social|"
    r"socials|related|recommend(?:ed|ations)?|promo|advert\w*|ads?|banner|cookies?|consent|newsletter|subscribe|"
    r"comments?|commentlist|disqus|popup|modal|toolbar|pagination|pager|tags?|taglist|hidden-print|no-?print|"
    r"print-hidden|d-print-none|skip-?link|teasers?|paywall|more-?(?:news|stories|articles))(?:$|[-_\s\d])",
    re.IGNORECASE,
)
_MARKS = {"figcaption": CAPTION, "caption": CAPTION, "blockquote": QUOTATION}
_CODE_NAMES = re.compile(r"code|highlight|prettyprint|language-|listing|console|terminal", re.IGNORECASE)
_DEEPEST = 8  # level of nested lists that is told from the one above
HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)\s*;?", re.IGNORECASE)
_BLANK = re.compile(r"^[\s*•·–—-]*$")


@dataclass(slots=True)
class Block:
    """A run of text that the page shows as one.

    `label` is printed before the text: the number of an item, or the term that it describes. `cells` are those of a
    row of `table`, which has column names in it if `names`. `boilerplate` says that an element in `around` is no part
    of an article.
    """

    element: Element
    kind: Kind
    text: str = ""
    label: str = ""
    level: int = 0
    linked: int = 0
    scripted: bool = False
    bold: int = 0
    boilerplate: bool = False
    around: tuple[Element, ...] = ()
    image: bool = False
    cells: tuple[str, ...] = ()
    table: Element | None = None
    names: bool = False
    parts: list[str] = field(default_factory=list)

    @property
    def link_share(self) -> float:
        """The share of the text that is in links, from 0 to 1."""
        return min(1.0, self.linked / max(1, len(self.text)))

    @property
    def numbered(self) -> bool:
        """Whether an item has a number or a letter for its bullet."""
        return has_own_label(self.label + self.text)

    @property
    def mark(self) -> str:
        """The characters before the text that say what it is (assistant/text/blocks.py)."""
        tags = [around.tag for around in ancestors(self.element)]
        if self.kind == "item":
            lists = sum(tag in ("ul", "ol") for tag in tags)
            return DEFINITION if tags[0] == "dd" and self.label else NESTED * min(lists - 1, _DEEPEST)
        if self.kind != "text":
            return ""
        return CODE if is_code(self.element) else next((_MARKS[tag] for tag in tags if tag in _MARKS), "")


def read_blocks(tree: Element) -> list[Block]:
    """Return the visible text of the page as blocks, in order."""
    walk = _Walk()
    body = tree.find("body")
    walk.run(tree if body is None else body)
    blocks = join_terms([block for block in walk.blocks if block.text and not _BLANK.match(block.text)])
    held: dict[Element, int] = {}
    for block in blocks:
        if block.link_share < 0.5 and is_prose(block.text):
            for element in block.around:
                held[element] = held.get(element, 0) + letters(block.text)
    total = sum(letters(block.text) for block in blocks if block.link_share < 0.5 and is_prose(block.text))
    for block in blocks:
        # Whatever its name says, what holds most of the page's running text is no boilerplate.
        block.boilerplate = any(held.get(element, 0) <= 0.5 * total for element in block.around)
    return blocks


class _Walk:
    """One pass over the tree without recursion: a page may be nested as deep as it likes."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.current: Block | None = None
        self.boilerplate: tuple[Element, ...] = ()
        self.links = 0
        self.bold = 0
        self.rows: dict[Element, bool] = {}
        self.tables = Tables()
        self.row: Element | None = None
        self.cells: list[tuple[Element, str]] = []
        self.numbering = Numbering()
        self.label = ""

    def run(self, root: Element) -> None:
        skip: Element | None = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if skip is not None:
                if element is skip and event == "end":
                    skip = None
                    self._text(element.tail, element.getparent())
                continue
            tag = element.tag
            if not isinstance(tag, str) or tag in _SKIPPED or (event == "start" and is_hidden(element)):
                skip = element
            elif event == "start":
                self._start(element, tag)
            else:
                self._end(element, tag, root)
        self._flush()

    def _count(self, tag: str, step: int) -> None:
        """Note that a link or bold text begins (`step` 1) or ends (-1)."""
        if tag == "a":
            self.links += step
        if tag in ("b", "strong"):
            self.bold += step

    def _start(self, element: Element, tag: str) -> None:
        if is_boilerplate(element):
            self.boilerplate = (*self.boilerplate, element)
        self._count(tag, 1)
        if self.row is not None:
            self._in_row(tag)
        elif tag == "br":
            self._break()
        elif tag == "img":
            if self.current is not None:
                self.current.image = True
        elif tag in CELLS and self._in_data_table(element):
            if self.current is not None and self.current.parts:
                self.current.parts.append(" | ")
        elif tag not in _INLINE:
            self._begin(element, tag)
        self._text(element.text, element)

    def _begin(self, element: Element, tag: str) -> None:
        self._flush()
        self.current = self._new(element)
        if tag == "li":
            self.label = self.numbering.label(element)
        elif tag == "tr" and self._is_data_row(element) and self.tables.keeps_together(element):
            self.row, self.cells = element, []
        elif tag == "tr":
            self.tables.values(element, [])  # cells of rows above end there

    def _in_row(self, tag: str) -> None:
        """Begin a cell, or something in one, which is a line of its text."""
        if tag in CELLS:
            self._end_cell(self.row)
        elif tag not in _INLINE and self.current is not None:
            self.current.parts.append("\n" if tag == "li" else " ")

    def _end_in_row(self, element: Element, tag: str) -> None:
        if tag in CELLS or element is self.row:
            self._end_cell(element)
        else:
            self._in_row(tag if tag in _INLINE else "")
        if self.row is not None and element is self.row and self.current is not None:
            values = list(map(normalise_line, self.tables.values(element, self.cells)))
            self.current.parts = [row_text(values)]
            self.current.cells = tuple(values)
            self.current.table = next(self.row.iterancestors("table"), None)
            self.current.names = self.tables.has_names(self.row)
            self.row = None
            self._flush()

    def _end_cell(self, element: Element) -> None:
        """Take the text so far as a cell, what stands between cells too if there is any."""
        if self.current is not None:
            items = [normalise_line(item) for item in "".join(self.current.parts).split("\n")]
            text = "; ".join(filter(None, items))
            self.current.parts.clear()
            if text or element.tag in CELLS:
                self.cells.append((element, text))

    def _end(self, element: Element, tag: str, root: Element) -> None:
        if self.boilerplate and self.boilerplate[-1] is element:
            self.boilerplate = self.boilerplate[:-1]
        self._count(tag, -1)
        if self.row is not None:
            self._end_in_row(element, tag)
        elif tag not in _INLINE and tag not in ("br", "img") and not (tag in CELLS and self._in_data_table(element)):
            self._flush()
            if tag == "li":
                self.label = ""
        if element is not root:
            self._text(element.tail, element.getparent())

    def _in_data_table(self, cell: Element) -> bool:
        row = cell.getparent()
        return row is not None and row.tag == "tr" and self._is_data_row(row)

    def _is_data_row(self, row: Element) -> bool:
        if row not in self.rows:
            self.rows[row] = self.tables.is_data_row(row)
        return self.rows[row]

    def _new(self, element: Element) -> Block:
        owner, kind, level = _role(element)
        if kind == "row" and not self._is_data_row(owner):
            owner, kind = element, "text"
        return Block(owner, kind, level=level, around=self.boilerplate)

    def _text(self, text: str | None, element: Element) -> None:
        if not text:
            return
        if self.current is None:
            if not text.strip():
                return
            self.current = self._new(element)
        block = self.current
        block.parts.append(text if _is_preformatted(element) else re.sub(r"\s+", " ", text))
        size = len(" ".join(text.split()))
        if self.links:
            block.linked += size
            block.scripted = block.scripted or _calls_script(element)
        if self.bold:
            block.bold += size

    def _break(self) -> None:
        if self.current is None:
            return
        block = self.current
        if block.parts and block.parts[-1].endswith("\n"):
            self._flush()
            self.current = self._new(block.element)
        elif block.kind == "text" and _is_section_name(block):
            self._flush()
            block.kind, block.level = "heading", _SECTION_LEVEL
            self.current = self._new(block.element)
        else:
            self.current.parts.append("\n")

    def _flush(self) -> None:
        block, self.current = self.current, None
        if block is None:
            return
        if is_code(block.element):
            lines = code_lines("".join(block.parts))
        else:
            lines = [normalise_line(line) for line in "".join(block.parts).split("\n")]
        block.text = _join([line for line in lines if line], _is_preformatted(block.element))
        block.parts = []
        if block.kind == "row":
            block.text = block.text.replace("\n", " ").strip(" |")
        if self.label and block.text:
            block.label = "" if has_own_label(block.text) else self.label
            self.label = ""
        self.blocks.append(block)


def _is_section_name(block: Block) -> bool:
    """Return whether a paragraph that is broken here began with a name in bold: that of a section."""
    text = normalise_line("".join(block.parts))
    whole = block.bold >= 0.9 * len(text) and not block.image
    return whole and 3 <= letters(text) <= 90 and not ends_sentence(text) and not text.endswith((":", ",", ";"))


def _join(lines: list[str], keep: bool) -> str:
    """Lines broken by hand stay lines where they are verse or an address, else they run on."""
    if keep or (len(lines) > 1 and all(len(line) <= 60 for line in lines)):
        return "\n".join(lines)
    text = ""
    for line in lines:
        text += ("\n" if text[-1:] in tuple(".!?:;…。") else " ") + line if text else line
    return text


def is_boilerplate(element: Element) -> bool:
    """Return whether tag, role or class mark an element as navigation, sharing, comments or the like."""
    if element.tag in _BOILERPLATE:
        return True
    if (element.get("role") or "").lower() in _BOILERPLATE_ROLES:
        return True
    if element.tag in ("body", "html", "article", "main", "h1", "p"):
        return False
    return bool(_BOILERPLATE_NAMES.search(f"{element.get('class') or ''} {element.get('id') or ''}"))


def is_hidden(element: Element) -> bool:
    """Return whether an attribute or the style of an element hides it."""
    if "hidden" in element.attrib or element.get("aria-hidden") == "true":
        return element.tag not in ("body", "html")
    return bool(HIDDEN_STYLE.search(element.get("style") or ""))


def _role(element: Element) -> tuple[Element, Kind, int]:
    """The element that gives a block its kind: the nearest heading, item or row around it."""
    for around in ancestors(element):
        tag = around.tag
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            return around, "heading", int(tag[1])
        if tag in ("li", "dd", "dt"):
            return around, "item", 0
        if tag == "tr":
            return around, "row", 0
        if tag in ("table", "ul", "ol", "article", "main", "section", "body"):
            break
    return element, "text", 0


def _is_preformatted(element: Element) -> bool:
    return any(around.tag == "pre" for around in ancestors(element))


def is_code(element: Element) -> bool:
    """Return whether an element is in code: in a `<pre>` that begins with `<code>` or has a name that says so."""
    for around in ancestors(element):
        if around.tag == "pre":
            parent = around.getparent()
            names = [one.get("class") or "" for one in (around, parent) if one is not None]
            first = around[0].tag if len(around) else None
            return first == "code" or any(map(_CODE_NAMES.search, names))
    return False


def _calls_script(element: Element) -> bool:
    link = next((around for around in ancestors(element) if around.tag == "a"), None)
    return link is not None and (link.get("href") or "").strip().lower().startswith("javascript:")
