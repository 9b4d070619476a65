"""Markdown to plain text: paragraphs, headings, lists and tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.ingest.formats.markdown.markdown_blocks import MarkdownBlocks
from assistant.ingest.formats.markdown.markdown_parser import parse_markdown
from assistant.text.addresses import http_url
from assistant.text.facts.dates import iso_date

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]")
_FENCE = re.compile(r" {0,3}(?:`{3,}[^`]*|~{3,}.*)$")
_TABLE_RULE = re.compile(r"\s*(?:\|\s*)?:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*(?:\|\s*)?$")
_LINK = re.compile(r"\[[^\[\]]+\](?:\([^()\s]*(?:\s+\"[^\"]{0,200}\")?\)|\[[^\[\]]*\])")
_STRONG = re.compile(r"\*\*[^*\n]+\*\*")
_NO_TITLE = re.compile(r"[\s|+=-]*$")
_UNDERLINE = re.compile(r" {0,3}={3,}\s*$")


@dataclass(frozen=True, slots=True)
class MarkdownPage:
    """A Markdown document; headings in `blocks` keep their "#"s."""

    title: str | None
    blocks: tuple[str, ...]
    url: str | None = None
    published: str | None = None
    language: str | None = None


def looks_like_markdown(text: str) -> bool:
    """Return whether `text` has the headings, links, tables or fences of Markdown in its first part; lines end in
    "\\n".
    """
    text = text[:20_000]
    lines = text.split("\n")
    headings = sum(bool(_HEADING.match(line)) for line in lines)
    fences = sum(bool(_FENCE.match(line)) for line in lines)
    links = len(_LINK.findall(text))
    tables = sum("|" in line and bool(_TABLE_RULE.match(line)) for line in lines)
    strong = len(_STRONG.findall(text))
    underlined = any(
        not _NO_TITLE.match(before) and _UNDERLINE.match(line) for before, line in itertools.pairwise(lines)
    )
    return (
        underlined
        or headings + min(fences, 2) + min(links, 2) + 2 * tables + min(strong, 2) >= 2
        or (bool(headings) and bool(_HEADING.match(next((line for line in lines if line.strip()), ""))))
    )


def read_markdown(text: str, front: Mapping[str, str]) -> MarkdownPage:
    """Return blocks and metadata of a Markdown document; `text` follows its front matter, whose values are `front`."""
    content = MarkdownBlocks(parse_markdown(text))
    title = front.get("title") or next((text for level, text in content.headings if level == 1), None)
    title = title or next((text for _, text in content.headings), None)
    url = next((front[key] for key in ("canonical_url", "canonical", "url", "permalink") if key in front), None)
    date = next((front[key] for key in ("date", "published", "pubdate") if key in front), "")
    language = re.match(r"[a-z]{2}(?![a-z])", front.get("lang", front.get("language", "")).lower())
    return MarkdownPage(title, content.blocks, http_url(url), iso_date(date), language[0] if language else None)
