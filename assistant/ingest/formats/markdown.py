"""Markdown → paragraphs, headings, lists and tables in plain words, with the front matter read."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

from assistant.ingest.formats.front_matter import front_matter
from assistant.text.facts.dates import iso_date
from assistant.text.normalise import tidy, web_address

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_ITEM = re.compile(r"^(\s*)(?:[-*+]|(\d{1,9}[.)]))[ \t]+(?=\S)")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_RULE = re.compile(r"^ {0,3}(?:[-*_][ \t]*){3,}$")
_IMAGE = re.compile(r"!\[([^\[\]]*)\](?:\([^()\s]*(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])")
_LINK = re.compile(r"\[([^\[\]]+)\](?:\([^()\s]*(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])")
_AUTOLINK = re.compile(r"<(https?://[^<>\s]+)>")
_REFERENCE = re.compile(r"^ {0,3}\[[^\[\]]+\]:\s+\S+")
_STRONG = re.compile(r"(?<![\w*])(\*{1,3})(?=\S)([^*\n]{1,1000}?)(?<=\S)\1(?![\w*])")
_UNDERLINE = re.compile(r"(?<!\w)(_{1,3})(?=\S)([^_\n]{1,1000}?)(?<=\S)\1(?!\w)")
_STRIKE = re.compile(r"~~(?=\S)([^~\n]{1,1000}?)~~")
_CODE = re.compile(r"(`+)([^`]+)\1")
_TAG = re.compile(
    r"</?(?:a|b|i|u|p|br|hr|em|img|sub|sup|kbd|div|span|small|strong|center|details|summary)\b[^<>]*>", re.I
)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])")
_PRIVATE = 0xE000
_WAITING = re.compile("[\ue021-\ue07e]")


@dataclass(frozen=True, slots=True)
class MarkdownPage:
    """A Markdown document; headings among `blocks` keep their "#"s."""

    title: str | None
    blocks: tuple[str, ...]
    url: str | None = None
    published: str | None = None
    language: str | None = None


def looks_like_markdown(text: str) -> bool:
    """Whether headings, links or fences in the first part of `text` are Markdown's."""
    lines = text[:20_000].split("\n")
    headings = sum(bool(_HEADING.match(line)) for line in lines)
    fences = sum(bool(_FENCE.match(line)) for line in lines)
    links = len(_LINK.findall(text[:20_000]))
    tables = sum("|" in line and bool(_TABLE_RULE.match(line)) for line in lines)
    strong = len(re.findall(r"\*\*[^*\n]+\*\*", text[:20_000]))
    front = bool(front_matter(_unix(text))[0])
    setext = any(
        before.strip() and not re.match(r"^[\s|+=-]*$", before) and re.match(r"^ {0,3}=={2,}\s*$", line)
        for before, line in itertools.pairwise(lines)
    )
    return (
        front
        or setext
        or headings + min(fences, 2) + min(links, 2) + 2 * tables + min(strong, 2) >= 2
        or (bool(headings) and bool(_HEADING.match(next((line for line in lines if line.strip()), ""))))
    )


def read_markdown(text: str) -> MarkdownPage:
    """Blocks and metadata of a Markdown document."""
    front, text = front_matter(_unix(text))
    builder = _Builder()
    fence = ""
    for line in _without_comments(text).split("\n"):
        opened = _FENCE.match(line)
        if fence:
            if opened and line.strip().startswith(fence):
                fence = ""
                builder.flush()
            else:
                builder.code(line)
        elif opened:
            builder.flush()
            fence = opened[1]
        else:
            builder.line(line)
    builder.flush()
    title = front.get("title") or next((text for level, text in builder.headings if level == 1), None)
    title = title or next((text for _, text in builder.headings), None)
    url = next((front[key] for key in ("canonical_url", "canonical", "url", "permalink") if key in front), None)
    date = next((front[key] for key in ("date", "published", "pubdate") if key in front), "")
    language = re.match(r"[a-z]{2}(?![a-z])", front.get("lang", front.get("language", "")).lower())
    return MarkdownPage(
        title,
        tuple(map("\n".join, builder.blocks)),
        web_address(url),
        iso_date(date),
        language[0] if language else None,
    )


def _unix(text: str) -> str:
    """Lines that end as on Unix."""
    return re.sub(r"\r\n?", "\n", text)


def _without_comments(text: str) -> str:
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[at:start])
        at = end + 3
    return "".join(kept) + text[at:]


@dataclass(slots=True)
class _Builder:
    blocks: list[list[str]] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    kind: str = ""
    last: str = ""
    gap: bool = False

    def line(self, line: str) -> None:
        """Take one line outside a code fence."""
        line = re.sub(r"^ {0,3}(?:>[ \t]?)+", "", line)
        heading, item = _HEADING.match(line), _ITEM.match(line)
        setext = _SETEXT.match(line)
        if setext and self.kind == "text" and len(self.lines) == 1:
            text, self.lines = self.lines[0], []
            self._heading(1 if setext[1][0] == "=" else 2, text)
        elif not line.strip() or _RULE.match(line) or _REFERENCE.match(line):
            self.flush()
            self.gap = True
        elif heading:
            self.flush()
            self._heading(len(heading[1]), heading[2])
        elif item:
            self.flush()
            self.kind = "item"
            self.lines.append(f"- {item[2] + ' ' if item[2] else ''}{line[item.end() :]}")
        elif line.count("|") >= 2 or (_TABLE_RULE.match(line) and "|" in line):
            if not _TABLE_RULE.match(line):
                self.flush()
                self.kind = "row"
                self.lines.append(" | ".join(cell.strip() for cell in line.strip().strip("|").split("|")))
                self.flush()
        else:
            self.kind = self.kind or "text"
            self.lines.append(line.rstrip() + ("\n" if line.endswith("  ") else ""))

    def code(self, line: str) -> None:
        """Take one line inside a code fence."""
        if line.strip():
            self.kind = "code"
            self.lines.append(line + "\n")

    def flush(self) -> None:
        """Close the open paragraph, item or row."""
        kind, self.kind = self.kind, ""
        lines, self.lines = self.lines, []
        joined = "\n".join(filter(None, (_plain(part, kind) for part in " ".join(lines).split("\n"))))
        if not joined:
            return
        if kind in ("item", "row") and self.last == kind and self.blocks and not (kind == "row" and self.gap):
            self.blocks[-1].append(joined)
        else:
            self.blocks.append([joined])
        self.last, self.gap = kind, False

    def _heading(self, level: int, text: str) -> None:
        text = _plain(text, "text")
        if text:
            self.blocks.append(["#" * level + " " + text])
            self.headings.append((level, text))
        self.last, self.kind = "heading", ""


def _plain(text: str, kind: str) -> str:
    """The words of a line without Markdown's marks."""
    if kind == "code":
        return tidy(text)
    # An escaped mark is a plain character: it waits in the private-use area until the marks are gone.
    text = _ESCAPE.sub(lambda match: chr(_PRIVATE + ord(match[1])), text)
    text = _TAG.sub(" ", _AUTOLINK.sub(r"\1", _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))))
    bullet = "- " if text.startswith("- ") else ""
    text = text[len(bullet) :]
    for pattern, words in ((_STRONG, r"\2"), (_UNDERLINE, r"\2"), (_STRIKE, r"\1"), (_CODE, r"\2")):
        text = pattern.sub(words, pattern.sub(words, text))
    text = tidy(_WAITING.sub(lambda match: chr(ord(match[0]) - _PRIVATE), text))
    return bullet + text if text else ""
