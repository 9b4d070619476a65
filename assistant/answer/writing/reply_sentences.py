"""Splits a model's reply into sentences of plain text, each with the numbers of the passages that it cites."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.answer.writing.markers import Event, unmarked
from assistant.text.control_characters import JOINERS, remove_nonprinting
from assistant.text.sentences import sentence_spans

# Stands for a marker while Markdown is taken off: a noncharacter, which text has no use for.
_MARK = "\ufdd0"
_FENCE = re.compile(rf"^[ \t]*(`{{3,}})[^`\n{_MARK}]*\n(.*?)(?:^[ \t]*\1`*|\Z)", re.MULTILINE | re.DOTALL)
_QUOTE_OR_HEADING = re.compile(r"(?:[ \t]*>[ \t]?)*(?:[ \t]*#{1,6}[ \t]+)?")
_BULLET = re.compile(rf"([ \t]*)(?:[-*+•–]|(\d{{1,3}}[.)]))(?=[ \t{_MARK}])[ \t]*")
_ROW = re.compile(rf"\|(.*)\|[ \t]*({_MARK}*)")
# Lines without text: a rule, the line under a heading, the line under the head of a table.
_RULE = re.compile(r"[|: \t-]+|([*_=])[ \t]*(?:\1[ \t]*){2,}")
_MARKUP = (
    (re.compile(r"(?<!`)(`{1,3})(?!`)([^`\n]+)\1(?!`)"), r"\2"),
    (
        re.compile(rf'!?\[([^\[\]\n]{{0,300}})\]\(<?([^()<>\s]{{1,2000}})>?(?:[ \t]"[^"\n{_MARK}]{{0,300}}")?\)'),
        r"\1 (\2)",
    ),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"\*{2,3}(?=\S)([^*\n]+)(?<=\S)\*{2,3}"), r"\1"),
    (re.compile(r"(?<!\w)(_{1,3})(?=\S)([^_\n]+)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"~~(?=\S)([^~\n]+)(?<=\S)~~"), r"\1"),
    # What is left around markers: of "[1](https://…)", "([1])", " **[1]**".
    (re.compile(rf"({_MARK})\((https?://[^()\s]*)\)"), r"\1 (\2)"),
    (re.compile(rf" ?[(\[]({_MARK}+)[)\]]| ({_MARK})"), r"\1\2"),
)
_STRETCH = 2000  # characters cut into sentences at a time: the time it takes grows faster than they do
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class ReplySentence:
    """One sentence of a reply in plain text; a table row and a block of code count as one sentence each.

    `text` has no markers; text that only looks like one, in code for example, gets round brackets instead of square
    ones. `cited` are the numbers of the cited passages, in order, without repeats. `lead` is the white space and the
    list bullet ("- ", "1. ") between the previous sentence and this one.
    """

    text: str
    cited: tuple[int, ...]
    lead: str


@dataclass(frozen=True, slots=True)
class _Line:
    """A line or a block of code, with `_MARK` in place of markers; a `whole` one is not split into sentences."""

    text: str
    break_before: bool
    bullet: str = ""
    whole: bool = False


def split_reply(events: Iterable[Event], language: str) -> list[ReplySentence]:
    """Return the sentences of a reply; joining the `lead` and `text` of each gives the whole reply.

    A marker belongs to the sentence that it is in or that it follows. A marker directly after a list bullet, or before
    the first sentence, belongs to the next sentence. Markers in a reply without sentences are dropped.
    """
    text, markers = _joined(events)
    sentences: list[tuple[str, str]] = []  # before, text
    cited: defaultdict[int, list[int]] = defaultdict(list)  # by the sentence's place in `sentences`
    numbers = iter(markers)
    before = ""
    for line in _lines(text):
        plain = unmarked(line.text.replace(_MARK, ""))
        spans = _spans(plain, language, line.whole)
        first = len(sentences)
        before += "\n" * line.break_before + line.bullet
        behind = 0
        for start, end in spans:
            sentences.append((before + (plain[behind:start] if behind else ""), plain[start:end]))
            before, behind = "", end
        for order, mark in enumerate(re.finditer(_MARK, line.text)):
            begun = bisect_left(spans, mark.start() - order, key=lambda span: span[0])
            cited[max(first + begun - 1, first if line.bullet else 0)] += next(numbers)
    return [
        ReplySentence(text, tuple(dict.fromkeys(cited[n])), _BLANK_LINES.sub("\n\n", before) if n else before.lstrip())
        for n, (before, text) in enumerate(sentences)
    ]


def _spans(text: str, language: str, whole: bool) -> list[tuple[int, int]]:
    """Return the offsets of the sentences of a line, split in stretches; no sentence ends between two stretches."""
    if whole:
        return [(len(text) - len(text.lstrip()), len(text.rstrip()))] if text.strip() else []
    spans: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = start + _STRETCH
        if end < len(text):
            end = text.rfind(" ", start, end) + 1 or end
        found = [(start + first, start + last) for first, last in sentence_spans(text[start:end], language)]
        if spans and found:
            found[0] = (spans.pop()[0], found[0][1])
        spans += found
        start = end
    return spans


def _joined(events: Iterable[Event]) -> tuple[str, list[tuple[int, ...]]]:
    """Return the whole text, with `_MARK` in place of each marker, and the markers."""
    parts: list[str] = []
    markers: list[tuple[int, ...]] = []
    for event in events:
        if isinstance(event, str):
            parts.append(remove_nonprinting(event, keep=JOINERS).replace(_MARK, ""))
        else:
            parts.append(_MARK)
            markers.append(event)
    return "".join(parts), markers


def _lines(text: str) -> Iterator[_Line]:
    position = 0
    for block in _FENCE.finditer(text):
        yield from _text_lines(text[position : block.start()])
        yield _Line(block[2].strip(), break_before=False, whole=True)
        position = block.end()
    yield from _text_lines(text[position:])


def _text_lines(text: str) -> Iterator[_Line]:
    for n, written in enumerate(text.split("\n")):
        line = _QUOTE_OR_HEADING.sub("", written, count=1)
        if _RULE.fullmatch(line.strip()):
            continue
        row = _ROW.fullmatch(line.strip())
        bullet = _BULLET.match(line)
        plain = _plain(row[1] + row[2] if row else line[bullet.end() :] if bullet else line)
        listed = f"{bullet[1]}{bullet[2] or '-'} " if bullet and plain.strip(_MARK) else ""
        yield _Line(plain, n > 0, listed, whole=row is not None)


def _plain(line: str) -> str:
    for markup, replacement in _MARKUP:
        line = markup.sub(replacement, line)
    return line.strip()
