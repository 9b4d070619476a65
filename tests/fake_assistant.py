"""An assistant in memory, for what serving does with any assistant, and a reader of the HTML it makes."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from html.parser import HTMLParser
from pathlib import Path

from assistant.errors import DocumentNotFoundError, QuestionError
from assistant.filter import Facets, Filter
from assistant.records import (
    Abstention,
    Answer,
    Answerer,
    ChatMessage,
    Chunk,
    Citation,
    Document,
    Exchange,
    Found,
    Hit,
    Manifest,
    PartialAnswer,
    Progress,
    Reply,
    Statement,
)

PLAIN = Document(
    "plain.txt",
    "The bridge",
    "# Opening\n\nThe bridge opened in 1998. It is 320 m long.\n\nTolls ended in 2004.",
    url="https://example.org/bridge",
    url_kind="page",
    language="en",
    published="2024-05-06",
    publisher="Town news",
    questions=("When did the bridge open?",),
)
HOSTILE = Document(
    "hostile/<b>.html",
    "<script>window.__pwned=1</script>",
    'See <img src=x onerror="window.__pwned=1"> and [x](javascript:alert(1)) ![](http://evil.example/a.png) '
    "<!-- gone? --> **bold** `code` $$x$$ {{value}} ${value}.",
    url="javascript:alert(1)",
    url_kind="page",
    language='"><script>',
    published='2024"><script>',
    publisher="<b>Publisher</b>",
)


def cite(document: Document, quote: str, number: int = 1) -> Citation:
    """A citation of `quote`, linking to the page, or to the document page where there is none."""
    start = document.text.index(quote)
    end = start + len(quote)
    link = document.url or f"/documents/{document.doc_id}?start={start}&end={end}"
    return Citation(number, start, end, link, document)


def written(hits: tuple[Hit, ...] = ()) -> Answer:
    """What a model wrote about the bridge, in two lines; the second is not confirmed."""
    statements = (
        Statement("The bridge <b>opened in 1998.", (1,), "supported"),
        Statement("It is 400 m long.", (), "unsupported", "not confirmed: 400 <i>", "\n- "),
    )
    text = "The bridge <b>opened in 1998. [1]\n- It is 400 m long. [not confirmed: 400 <i>]"
    citation = cite(PLAIN, "The bridge opened in 1998.")
    return Answer(text, (citation,), hits, 0.9, "A notice.", statements, 2)


def _facets(document: Document) -> Facets:
    return Facets.of(document.language, document.url, document.published)


class FakeAssistant:
    """Answers about the bridge and about <img>, abstains otherwise; remembers what it was asked."""

    def __init__(self, *documents: Document) -> None:
        self._documents = documents or (PLAIN, HOSTILE)
        self.asked: list[tuple[str, tuple[ChatMessage, ...], int | None]] = []
        self.page_languages: list[str | None] = []
        self.answerers: list[Answerer | None] = []

    @property
    def manifest(self) -> Manifest:
        created = "2026-11-21T10:00:00+00:00"
        return Manifest(1, 3, created, "m", "f", 8, {}, {}, len(self._documents), 7, "0" * 64, {}, "all", {})

    store = Path("no such folder")
    model: str | None = None
    model_failure: str | None = None

    def check_model(self) -> None:
        pass

    def documents(self) -> Iterator[Document]:
        return iter(self._documents)

    def facets(self) -> tuple[Facets, ...]:
        return tuple(map(_facets, self._documents))

    def pinned(self) -> AbstractContextManager[FakeAssistant]:
        return nullcontext(self)

    def refresh(self) -> bool:
        return False

    def document(self, doc_id: str) -> Document:
        for document in self._documents:
            if document.doc_id == doc_id:
                return document
        raise DocumentNotFoundError(f"No document {doc_id!r}.", "List them.")

    def search(self, query: str, *, only: Filter | None = None, k: int | None = None) -> tuple[Hit, ...]:
        if not query.strip():
            raise QuestionError("The question is empty.", "Type one.")
        admitted = (only or Filter()).admits
        chunks = [Chunk.cut(d, 0, len(d.text)) for d in self._documents if admitted(_facets(d))]
        return tuple(Hit(chunk, 0.5, rank, 0.5, 0.5) for rank, chunk in enumerate(chunks[:k], 1))

    def ask(
        self,
        question: str,
        *,
        history: Sequence[ChatMessage] = (),
        only: Filter | None = None,
        k: int | None = None,
        answerer: Answerer | None = None,
    ) -> Exchange:
        self.asked.append((question, tuple(history), k))
        self.answerers.append(answerer)
        if len(question) > 2000:
            raise QuestionError("The question is too long.", "Shorten it.")
        if question == "crash":
            raise RuntimeError("secret of the inside")
        timings = {"embed": 1.0, "search": 2.0, "answer": 3.0, "total": 6.0}
        hits = self.search(question, only=only, k=k)
        return Exchange(
            question, question, "en", self._reply(question, hits), "extractive", timings, self.manifest.generation
        )

    def stream(
        self,
        question: str,
        *,
        history: Sequence[ChatMessage] = (),
        only: Filter | None = None,
        k: int | None = None,
        page_language: str | None = None,
    ) -> Generator[Progress]:
        self.page_languages.append(page_language)
        exchange = self.ask(question, history=history, only=only, k=k)
        yield Found(exchange.reply.hits)
        if "written" in question:
            yield PartialAnswer("The bridge <b>opened")
            yield PartialAnswer("The bridge <b>opened in 1998.")
        yield exchange

    def _reply(self, question: str, hits: tuple[Hit, ...]) -> Reply:
        if "written" in question:
            return written(hits)
        if "bridge" in question:
            first, second = (
                cite(PLAIN, "The bridge opened in 1998."),
                cite(PLAIN, "It is 320 m long.", 2),
            )
            text = f"{first.quote} [1] {second.quote} [2]"
            return Answer(text, (first, second), hits, 0.9, "In English.")
        if "img" in question:
            citation = cite(HOSTILE, HOSTILE.text)
            return Answer(f"{citation.quote} [1]", (citation,), hits, 0.9)
        return Abstention("no_evidence", "Nothing was found.", (cite(PLAIN, "Tolls ended in 2004."),), hits, 0.1)


class HeldAssistant(FakeAssistant):
    """Finds at once; replies to a question about something held once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_reply = threading.Event()

    def stream(
        self,
        question: str,
        *,
        history: Sequence[ChatMessage] = (),
        only: Filter | None = None,
        k: int | None = None,
        page_language: str | None = None,
    ) -> Generator[Progress]:
        steps = super().stream(question, history=history, only=only, k=k, page_language=page_language)
        yield next(steps)
        if "held" in question:
            assert self.may_reply.wait(60)
        yield from steps


class Reader(HTMLParser):
    """What a browser would find in a page: tags, attributes, text, and the text inside each <mark>."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.marks: list[str] = []
        self.comments = 0
        self._marking = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag == "mark":
            self._marking = True
            self.marks.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._marking = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._marking:
            self.marks[-1] += data

    def handle_comment(self, data: str) -> None:
        del data
        self.comments += 1
