"""Markdown tokens to blocks of text: "# …" headings, "- …" items, "a | b" rows, lines of code, paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from lxml.html import defs
from markdown_it.common.html_blocks import block_names
from markdown_it.token import Token

from assistant.ingest.formats.html.html_blocks import read_blocks
from assistant.ingest.formats.html.html_page import render
from assistant.ingest.formats.html.html_tree import parse_tree
from assistant.ingest.formats.table_rows import table_lines
from assistant.text.blocks import CODE, DEFINITION, NESTED, QUOTATION
from assistant.text.normalise import code_lines, decode_entities, normalise_code_line

_Kind = Literal["text", "item", "row", "code", "heading"]

_HEADING = re.compile(r"(#{1,6}) (.+)")
_ANCHOR = re.compile(r" ?\{:? ?[#.][^{}]*\}$")
_TAG = re.compile(r"</?([A-Za-z][\w-]*)")
_FORMATTING = frozenset(
    "a b br center code del details div em font hr i img ins kbd mark p picture samp small span strong sub summary sup "
    "tt u var wbr".split()
)
_ELEMENTS = defs.tags.union(block_names, ["data", "picture", "slot", "template"])
_MODULE_LINE = re.compile(
    r"""import\s(?:.{0,500}?\sfrom\s+)?['"][^'"]*['"];?\s*|export\s+(?:const|default|function|let)\s.*"""
)
_DEEPEST = 8  # level of nested lists that is told from the one above
_ATTRIBUTES = re.compile(r"\{[^{}]*\}")


class MarkdownBlocks:
    """Collects the `blocks` of a document in order, and its `headings` as level and text."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.headings: list[tuple[int, str]] = []
        self._blocks: list[list[str]] = []
        self._kind: _Kind | None = None
        self._lists = 0
        self._quotations = 0
        self._item = False  # whether the next paragraph begins an item
        self._mark = ""  # stands before the next paragraph: "- " of an item, "Term: " of a definition
        self._rows: list[list[str]] = []  # of the table around, the first of them the names of its columns
        self._cells: list[str] | None = None
        for before, token in zip([Token("", "", 0), *tokens], tokens, strict=False):
            self._take(token, before)

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks, each with its lines joined by line breaks."""
        return tuple(map("\n".join, self._blocks))

    def _take(self, token: Token, before: Token) -> None:
        match token.type:
            case "inline":
                self._inline(token, before)
            case "fence" | "code_block":
                lines = code_lines(token.content)
                self._add("code", [CODE + lines[0], *lines[1:]] if lines else [])
            case "html_block":
                self._html(token.content)
            case "tr_open" | "tr_close" | "table_close" | "hr":
                self._table(token)
            case "panel_open" | "container_any_open":
                self._add("text", list(filter(None, [_panel_title(token.info)])))
            case _:
                self._list(token)

    def _list(self, token: Token) -> None:
        """Take the beginning or end of a list, or of an item or definition."""
        if token.tag in ("ul", "ol"):
            self._lists += token.nesting
        elif token.type == "list_item_open":
            nested = NESTED * min(self._lists - 1, _DEEPEST)
            self._mark = f"{nested}{token.info}{token.markup} " if token.info else f"{nested}- "
            self._item = True
        elif token.type == "blockquote_open":
            self._quotations += 1
        elif token.type == "blockquote_close":
            self._quotations -= 1
        elif token.type in ("list_item_close", "dd_close"):
            self._mark = ""

    def _table(self, token: Token) -> None:
        """Take the beginning or end of a row, the end of a table, or a rule."""
        if token.type == "tr_open":
            self._cells = []
        elif token.type == "tr_close":
            self._rows.append(self._cells or [])
            self._cells = None
        elif token.type == "table_close":
            rows, self._rows = self._rows, []
            self._add("row", table_lines(rows, 1))
            self._kind = None
        else:
            self._kind = None

    def _inline(self, token: Token, before: Token) -> None:
        """Take the text of a heading, paragraph, cell or term."""
        lines = [line for part in _words(token.children or ()).split("\n") if (line := normalise_code_line(part))]
        text = " ".join(lines)
        if self._cells is not None:
            self._cells.append(text)
        elif before.type == "alert_title_open" or not text:
            return
        elif before.type == "dt_open":
            self._mark = DEFINITION + (text if text.endswith(":") else text + ":") + " "
        elif before.type == "heading_open" and not self._lists:
            self._heading(int(before.tag[1]), _ANCHOR.sub("", text))
        elif not all(map(_MODULE_LINE.fullmatch, token.content.split("\n"))):
            mark, self._mark = self._mark, ""
            lines[0] = mark + (lines[0] if mark else lines[0].removeprefix(": "))
            if self._quotations and not mark:
                lines[0] = QUOTATION + lines[0]
            self._add("item" if mark and self._item else "text", lines)
            self._item = False

    def _html(self, markup: str) -> None:
        """Take a block of HTML."""
        tree = parse_tree(_TAG.sub(_visible, markup))
        for block in render(read_blocks(tree)) if tree is not None else ():
            heading = _HEADING.fullmatch(block)
            if heading:
                self._heading(len(heading[1]), heading[2])
            else:
                self._add("text", [block])

    def _heading(self, level: int, text: str) -> None:
        self._add("heading", [f"{'#' * level} {text}"])
        self.headings.append((level, text))

    def _add(self, kind: _Kind, lines: list[str]) -> None:
        """Add a block; items that follow one another go into one."""
        if not lines:
            return
        if kind == self._kind == "item":
            self._blocks[-1] += lines
        else:
            self._blocks.append(lines)
        self._kind = kind


def _words(tokens: Sequence[Token]) -> str:
    """Inline tokens as plain text; a hard line break is "\\n"."""
    return "".join(map(_word, tokens))


def _word(token: Token) -> str:
    match token.type:
        case "text":
            return decode_entities(token.content)
        case "code_inline":
            return token.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "image":
            return _words(token.children or ())
        case "html_inline":
            tag = _TAG.match(token.content)
            if tag is None:
                return "" if token.content.startswith("<!--") else token.content
            return " " if tag[1].lower() in _FORMATTING else token.content
    return ""


def _visible(tag: re.Match[str]) -> str:
    """A tag as it is where HTML or a component ("<TabItem") has it, else as text: "<your-name"."""
    known = tag[1].lower() in _ELEMENTS or tag[1][0].isupper()
    return tag[0] if known else "&lt;" + tag[0][1:]


def _panel_title(info: str) -> str:
    """The title that the line of an admonition, tab or container states, else empty."""
    if '"' in info:
        return normalise_code_line(decode_entities(info.split('"')[1]))
    words = _ATTRIBUTES.sub("", info.lstrip("!?+ ")).replace("[", " ").replace("]", " ").split()
    if info.startswith(("!", "?")):
        words = [word for word in words if word not in ("inline", "end")]
        return normalise_code_line(" ".join(words)) if len(words) > 1 else ""
    return normalise_code_line(" ".join(words[1:]))
