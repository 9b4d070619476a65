"""The Markdown dialect: CommonMark by markdown-it-py, with the extensions of GitHub and of documentation sites."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

_MAX_NESTING = 40
_NESTING_RULES = ["blockquote", "list", "footnote_def", "deflist", "container_any", "panel"]
_PANEL = re.compile(r'(?:!!!|\?\?\?\+?)[ \t]+[\w-][^\n]*|===[!+]?[ \t]+"[^"\n]*"[ \t]*')
_FOOTNOTE_REF = re.compile(r"\[\^[^\s\[\]]+\]")


def parse_markdown(text: str) -> list[Token]:
    """Return the tokens of a Markdown document.

    The library drops text below 40 levels of nesting, so a document with more is parsed again without nesting.
    """
    tokens = _PARSER.parse(text)
    if any(token.level >= _MAX_NESTING - 1 and token.nesting == 1 for token in tokens):
        return _FLAT_PARSER.parse(text)
    return tokens


def _panel(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Block rule: an admonition (`!!! note "Title"`) or a content tab (`=== "Title"`), and the indented lines below."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if state.is_code_block(start) or line[:1] not in ("!", "?", "=") or not _PANEL.fullmatch(line):
        return False
    if silent:
        return True
    indent, line_max, parent = state.blkIndent, state.lineMax, state.parentType
    after = start + 1
    while after < end and (state.isEmpty(after) or state.sCount[after] >= indent + 4):
        after += 1
    token = state.push("panel_open", "div", 1)
    token.info, token.map = line, [start, after]
    state.blkIndent, state.lineMax, state.parentType = indent + 4, after, "panel"
    state.md.block.tokenize(state, start + 1, after)
    state.blkIndent, state.lineMax, state.parentType = indent, line_max, parent
    state.push("panel_close", "div", -1)
    state.line = after
    return True


def _is_named(info: str, _markup: str) -> bool:
    """Return whether a ":::" line opens a container."""
    return bool(info.strip())


def _footnote_ref(state: StateInline, silent: bool) -> bool:
    """Inline rule: a footnote's mark in the text. The plugin's own takes quadratic time for "[^[^[^…"."""
    return bool(_FOOTNOTE_REF.match(state.src, state.pos, state.posMax)) and footnote_ref(state, silent)


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("gfm-like2", {"linkify": False, "tasklists": False, "maxNesting": _MAX_NESTING})
    parser.options["strikethrough_single_tilde"] = False
    parser.use(footnote_plugin, inline=False, move_to_end=False)
    parser.inline.ruler.at("footnote_ref", _footnote_ref)
    parser.use(deflist_plugin)
    parser.use(container_plugin, "any", validate=_is_named)
    parser.block.ruler.before("fence", "panel", _panel, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return parser


_PARSER = _make_parser()
_FLAT_PARSER = _make_parser().disable(_NESTING_RULES)
