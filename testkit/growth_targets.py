"""All that reads text from outside, each with the tokens of its format: what testkit/growth.py lets grow."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from starlette.requests import HTTPConnection
from starlette.types import Scope

from assistant.answer.citations import cite
from assistant.answer.units import unit_of
from assistant.answer.writing.markers import MarkerStream, unmarked
from assistant.answer.writing.prompt import says_not_found
from assistant.answer.writing.reply_sentences import split_reply
from assistant.chat.browser_history import load, restore
from assistant.crawl.fetch_error import FetchError
from assistant.crawl.http_client import HttpResponse
from assistant.crawl.page_hints import read_hints
from assistant.crawl.robots import Robots
from assistant.crawl.sitemaps import read_listing
from assistant.crawl.urls import normalise_url
from assistant.html.bubbles import abstention_html, answer_html, draft_html, question_html
from assistant.html.document_page import document_page
from assistant.html.document_parts import Span
from assistant.html.strings import ENGLISH, choose
from assistant.ingest.boilerplate_lines import BoilerplateLines
from assistant.ingest.chunk import Limits, split_document
from assistant.ingest.formats.html.html_page import read_html
from assistant.ingest.formats.mail.mbox import read_mbox
from assistant.ingest.formats.markdown.front_matter import front_matter
from assistant.ingest.formats.markdown.markdown_page import read_markdown
from assistant.ingest.formats.text.text_blocks import read_text_blocks
from assistant.ingest.site_boilerplate import remove_site_boilerplate
from assistant.records import Abstention, Answer, ChatMessage, Chunk, Document, PartialAnswer, Sentence, Vectors
from assistant.retrieve.follow_up import standalone_query
from assistant.server.middleware.proxies import Proxies, client_of
from assistant.text.addresses import http_url
from assistant.text.control_characters import remove_nonprinting
from assistant.text.facts.dates import date_mentions, find_date
from assistant.text.facts.extraction import facts_of
from assistant.text.facts.numbers import numbers_of
from assistant.text.language import detect_language
from assistant.text.normalise import normalise_line
from assistant.text.sentences import sentence_spans
from assistant.text.statements import is_statement
from assistant.text.terms import terms_of
from assistant.text.vietnamese.accents import has_accents, restore_accents
from assistant.text.vietnamese.legacy_reader import read_legacy
from assistant.verify.claims import claim_of, makes_claim
from assistant.verify.verifier import Verifier
from testkit import growth_archives as archives
from testkit.growth_parsers import (
    read_any,
    read_encoded,
    read_line_values,
    read_lines,
    read_named,
    read_pdf_content,
    read_pdf_lines,
    read_sources,
    read_word_body,
)
from testkit.growth_tokens import (
    HTML,
    JSON,
    LEGACY,
    MAIL,
    MAIL_HEAD,
    MARKDOWN,
    MATTER,
    PDF,
    PORT,
    REPLY,
    ROBOTS,
    RTF,
    TABLE,
    TEXT,
    TOML,
    WORDML,
    WORDS,
    XML,
)

LIMITS = Limits(64, 1, lambda text: len(text) // 4 + 1, lambda text: len(text.encode("utf-8", "replace")) <= 400)
"""Bytes and characters stand for tokens: what is looked for does not depend on how they are counted."""


@dataclass(frozen=True, slots=True)
class Target:
    """What reads text: the tokens of its format, and how many characters the smallest input has."""

    run: Callable[[str], object]
    tokens: tuple[str, ...]
    size: int = 4_000


class Lookup:
    """Documents by their ids, each sentence with an embedding of its own."""

    def __init__(self, *documents: Document) -> None:
        self._documents = {document.doc_id: document for document in documents}

    def document(self, doc_id: str) -> Document:
        return self._documents[doc_id]

    def sentences(self, chunk: Chunk) -> tuple[list[Sentence], Vectors]:
        text = self.document(chunk.doc_id).text[chunk.start : chunk.end]
        found = [Sentence(chunk.doc_id, chunk.start + a, chunk.start + b) for a, b in sentence_spans(text)]
        return found, embed([text[s.start - chunk.start : s.end - chunk.start] for s in found])

    def idf(self, term: str) -> float:
        return 1 + len(term) / 8


def embed(texts: Sequence[str]) -> Vectors:
    """A unit vector for each text; all are near each other, so that nothing is left out for its meaning."""
    if not texts:
        return np.zeros((0, 8), np.float32)
    made = np.array([[1.0, *(text.count(sign) / (1 + len(text)) / 50 for sign in "aeiou .")] for text in texts])
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def document_of(text: str, language: str = "en") -> Document:
    """A page of the web with this text."""
    return Document("d", "Title", text or "a", "https://a.example/d", "page", language)


def _json(text: str) -> object:
    return read_named("a.json", "", json.dumps([{"a": line} for line in text.split("a")]))


def _legacy(text: str) -> object:
    return [
        read_legacy(start + text) for start in ("Quy ®Þnh vÒ viÖc tr¶ s¸ch\n", "Vie^.t Nam ddo^.c la^.p dda~ la^u\n")
    ]


def _headers(text: str) -> object:
    return read_named("a.eml", MAIL_HEAD.rstrip() + "\n", text, "\n\nA.")


def _mailbox(text: str) -> object:
    message = f"\n\nFrom a\n{MAIL_HEAD}{text}"
    return list(read_mbox(io.BytesIO((message + message).encode())))


def _units(text: str) -> object:
    return [unit_of(text, start) for start, _ in sentence_spans(text)]


def _chunks(text: str) -> object:
    documents = [document_of(text, language) for language in ("en", "vi")]
    return [split_document(document, LIMITS) for document in documents]


def _sentences(text: str) -> object:
    return [sentence_spans(text, language) for language in ("en", "pl", "vi")]


def _statements(text: str) -> object:
    document = document_of(text)
    return [is_statement(text[start:end], document) for start, end in sentence_spans(text)]


def _forget_facts() -> None:
    """Empty the caches that hold the facts of few texts and the patterns of few names, and not those of many."""
    facts_of.cache_clear()
    re.purge()


def _facts(text: str, language: str) -> object:
    _forget_facts()
    return facts_of(text, language), claim_of(text), makes_claim(text, language)


def _verify(text: str, *said: str) -> object:
    """A passage that is the whole text, against sentences of a model."""
    _forget_facts()
    document = document_of(text, "en")
    chunk = Chunk.cut(document, 0, len(document.text))
    return Verifier(Lookup(document), embed).check(
        [(sentence, cited) for sentence in said for cited in ([0], [])], [chunk]
    )


def _verify_passage(text: str) -> object:
    return _verify(text, "The port of Hanoi opened on 5 May 2020 for 1,000 ships [1], and COVID-19 was not there.")


def _verify_sentence(text: str) -> object:
    return _verify(PORT * 2, *(text[start : start + 300] for start in range(0, len(text), 300)))


def _reply(text: str) -> object:
    stream = MarkerStream(range(1, 10))
    events = [event for start in range(0, len(text), 7) for event in stream.feed(text[start : start + 7])]
    says_not_found(text)
    unmarked(text)
    return split_reply([*events, *stream.finish()], "en")


def _answer(text: str) -> tuple[Answer, Lookup]:
    """An answer of quotes that are tokens of the text, over and over, with markers."""
    document = document_of(text)
    quotes = [(at, min(len(text), at + 1 + at % 40)) for at in range(0, len(document.text), 40)][:2_000]
    citations = [cite(document, start, end, n) for n, (start, end) in enumerate(quotes, 1) if start < end]
    said = " ".join(f"{c.quote} [{c.number}]" for c in citations if c.number < 1_000)
    return Answer(said or "a", tuple(citations[:999]), (), 0.5), Lookup(document)


def _cite(text: str) -> object:
    return _answer(text)


def _bubbles(text: str) -> object:
    answer, lookup = _answer(text)
    return [
        answer_html(answer, lookup, ENGLISH),
        abstention_html(Abstention("no_evidence", text, answer.citations, (), 0.1), lookup, ENGLISH),
        draft_html(PartialAnswer(text), ENGLISH),
        question_html(text),
    ]


def _page(text: str) -> object:
    return document_page(document_of(text), Span(0, len(text) or 1), ENGLISH)


def _conversation(text: str, *, turns: bool) -> object:
    """Kept answers that quote a long document letter by letter, in many turns or in few with many citations."""
    document = document_of(PORT.replace("{i}", "one") * (len(text) // 50))
    each = 1 if turns else 50
    cited = [{"number": n + 1, "doc_id": "d", "start": n, "end": n + 1, "quote": document.text[n]} for n in range(each)]
    said = (text[:5] + "[1] ") * 10
    turn = {"question": text[:50], "kind": "answer", "text": said, "citations": cited}
    kept = json.dumps([turn] * max(1, len(text) // (600 if turns else 5_000)))
    lookup = Lookup(document)
    restored = [restore(turn, lookup) for turn in load(kept)]
    return [answer_html(reply, lookup, ENGLISH) for reply in restored if isinstance(reply, Answer)]


def _listing(text: str) -> None:
    for start in ("<urlset>", "<rss>", "", "<sitemapindex>"):
        with contextlib.suppress(FetchError):
            read_listing((start + text).encode("utf-8", "replace"), "https://a.example/", 10_000_000)


def _robots(text: str) -> None:
    body = text.encode("utf-8", "replace")
    with contextlib.suppress(FetchError):
        rules = Robots(lambda _: HttpResponse(200, {}, body)).rules("https://a.example/b")
        rules.allow("https://a.example/" + "a" * 500), rules.delay_s


def _hints(text: str) -> object:
    data = f"<html>{text}".encode("utf-8", "replace")
    return read_hints(data, "https://a.example/", text[:2000], text), normalise_url(text), http_url(text)


def _forwarded(text: str) -> object:
    """The headers of a trusted proxy."""
    names = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-prefix", "forwarded")
    value = text.encode("latin-1", "replace").replace(b"\n", b" ")
    headers = [(name.encode(), value) for name in names] + [(b"x-forwarded-a", b"b")] * (len(text) // 20)
    scope = {"type": "http", "path": "/", "headers": headers, "client": ("127.0.0.1", 1), "scheme": "http"}

    async def app(scope: Scope, *_: object) -> None:
        client_of(HTTPConnection(scope))

    async def nothing(*_: object) -> Any:
        return {}

    asyncio.run(Proxies(app, ["127.0.0.1", "10.0.0.0/8"])(scope, nothing, nothing))
    return choose(text, text)


def _question(text: str) -> object:
    history = [ChatMessage("user", text), ChatMessage("assistant", text)]
    return [
        detect_language(text),
        detect_language(text, ("en", "pl", "vi")),
        has_accents(text),
        restore_accents(text),
        standalone_query(text, history, "en"),
        terms_of(text),
        remove_nonprinting(text),
        normalise_line(text),
    ]


def _dates(text: str) -> object:
    return date_mentions(text), [find_date(line) for line in text.split("\n")], numbers_of(text, "en")


def _text_files(text: str) -> object:
    files = [read_text_blocks(part) for part in text.split("\n\n")]
    found = BoilerplateLines()
    for place, blocks in enumerate(files):
        found.add(place, blocks)
    return found.keys()


def _site(text: str) -> object:
    """Pages of one site that share half of their blocks."""
    pages = [document_of(f"{text}\n\nPage {n}.\n\n{PORT}") for n in range(4)]
    return list(remove_site_boilerplate(pages))


_MARKUP = (*HTML, *WORDS[-8:])
_PROXY = (
    "1.2.3.4, ",
    "10.0.0.1, ",
    "127.0.0.1,",
    "[::1]:80, ",
    "::ffff:10.0.0.1,",
    ",",
    ":",
    "[",
    "a",
    "/a",
    "/",
    "en;q=1,",
    "1",
)

TARGETS: Mapping[str, Target] = {
    "html": Target(read_html, _MARKUP, 2_500),
    "html file": Target(read_any, _MARKUP, 8_000),
    "markdown": Target(lambda text: read_markdown(text, {}), MARKDOWN, 2_000),
    "markdown file": Target(lambda text: read_any("# a\n\n" + text), (*MARKDOWN, *HTML[:20]), 2_000),
    "front matter": Target(lambda text: front_matter("---\n" + text + "\n---\n" + text), MATTER, 2_500),
    "text file": Target(read_any, (*TEXT, *WORDS), 8_000),
    "text encoding": Target(read_encoded, TEXT, 32_000),
    "legacy codes": Target(_legacy, LEGACY, 8_000),
    "texts together": Target(_text_files, (*TEXT, *WORDS), 8_000),
    "csv": Target(partial(read_named, "a.csv", "a;b\n"), TABLE, 8_000),
    "json": Target(_json, (*TEXT, *WORDS), 8_000),
    "xml": Target(lambda text: read_named("a.xml", "<?xml version='1.0'?><a>", text, "</a>"), XML, 8_000),
    "rtf": Target(lambda text: read_named("a.rtf", "{\\rtf1\\ansi ", text, "}"), RTF, 4_000),
    "e-mail": Target(partial(read_named, "a.eml", MAIL_HEAD), MAIL, 8_000),
    "e-mail headers": Target(_headers, MAIL, 8_000),
    "mailbox": Target(_mailbox, MAIL, 8_000),
    "site": Target(_site, (*TEXT[:20], "# a\n\n", "## a{i}\n\n", "- a\n", "a{i}\n\n", "a\n\n"), 4_000),
    "docx": Target(read_word_body, WORDML, 32_000),
    "docx footnotes": Target(archives.read_notes, archives.NOTE_TOKENS, 16_000),
    "docx styles": Target(archives.read_styles, archives.STYLE_TOKENS, 16_000),
    "docx lists": Target(archives.read_numbering, archives.NUMBERING_TOKENS, 16_000),
    "xlsx cells": Target(archives.read_sheet, archives.CELL_TOKENS, 16_000),
    "xlsx strings": Target(archives.read_shared_strings, archives.STRING_TOKENS, 16_000),
    "xlsx repeated string": Target(archives.read_repeated_string, ("a",), 16_000),
    "xlsx sheets": Target(archives.read_sheets, ("a",), 16_000),
    "ods": Target(archives.read_ods, archives.ODS_TOKENS, 32_000),
    "ods repeated cells": Target(archives.read_repeated_cells, ("a ",), 4_000),
    "odt": Target(archives.read_odt, archives.ODT_TOKENS, 32_000),
    "pptx shapes": Target(archives.read_slide, archives.SLIDE_TOKENS, 32_000),
    "pptx slides": Target(archives.read_slides, ("a",), 16_000),
    "epub package": Target(archives.read_package, archives.PACKAGE_TOKENS, 64_000),
    "epub chapters": Target(archives.read_chapters, ("a",), 16_000),
    "pdf content": Target(read_pdf_content, PDF, 16_000),
    "pdf pages": Target(read_pdf_lines, TEXT, 2_000),
    "jsonl": Target(read_lines, JSON, 16_000),
    "jsonl values": Target(read_line_values, (*TEXT, *WORDS), 24_000),
    "sources.toml": Target(read_sources, TOML, 4_000),
    "sentences": Target(_sentences, (*TEXT, *WORDS), 8_000),
    "statements": Target(_statements, (*TEXT, *WORDS), 16_000),
    "units": Target(_units, (*TEXT, *WORDS, "a:\n", "- a\n", "a?\n", "Q: a\nA: b\n", "1. a\n"), 8_000),
    "chunks": Target(_chunks, (*TEXT, *WORDS, *MARKDOWN[:8]), 4_000),
    "facts, English": Target(lambda text: _facts(text, "en"), (*TEXT, *WORDS), 1_000),
    "facts, Polish": Target(lambda text: _facts(text, "pl"), (*TEXT, *WORDS), 1_000),
    "facts, Vietnamese": Target(lambda text: _facts(text, "vi"), (*TEXT, *WORDS), 1_000),
    "dates and numbers": Target(_dates, (*TEXT, *WORDS), 2_000),
    "verified passage": Target(_verify_passage, (*TEXT, *WORDS), 500),
    "verified sentence": Target(_verify_sentence, (*TEXT, *WORDS, *REPLY), 300),
    "model reply": Target(_reply, (*REPLY, *TEXT), 2_000),
    "citations": Target(_cite, TEXT, 12_000),
    "bubbles": Target(_bubbles, TEXT, 800),
    "document page": Target(_page, (*TEXT, *MARKDOWN[:6]), 8_000),
    "kept turns": Target(lambda text: _conversation(text, turns=True), TEXT[:12], 12_000),
    "kept citations": Target(lambda text: _conversation(text, turns=False), TEXT[:12], 12_000),
    "kept text": Target(load, (*JSON, '{"question": "a", "kind": "answer", "text": "a"},'), 16_000),
    "listing": Target(_listing, XML, 32_000),
    "robots.txt": Target(_robots, ROBOTS, 4_000),
    "page hints": Target(_hints, (*_MARKUP, "noindex,", ":", "/../", "%41", "?a=b&", "utm_a=1&"), 32_000),
    "forwarded headers": Target(_forwarded, _PROXY, 32_000),
    "question": Target(_question, (*TEXT, *WORDS), 500),
}
