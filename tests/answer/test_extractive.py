"""The extractive answerer on made-up evidence: what it may quote, in which order, and when it abstains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from assistant.answer.confidence import Evidence, confidence
from assistant.answer.extractive import ExtractiveAnswerer
from assistant.answer.messages import abstention_text, language_name, other_language_notice
from assistant.answer.retrieved import Retrieved, assess_hits
from assistant.answer.sentence_ranking import rank_candidates
from assistant.errors import DocumentNotFoundError
from assistant.index.lexical import LexicalIndex
from assistant.records import Abstention, Answer, Chunk, Document, Hit, Reply, Sentence, SpanScores, Vectors
from assistant.text.sentences import sentence_spans
from assistant.text.statements import is_statement

QUERY = np.array([[1.0, 0.0]], np.float32)


class Evidences:
    """Documents whose sentences have cosines of our choosing with QUERY."""

    def __init__(self, documents: Sequence[Document], cosines: dict[str, float]) -> None:
        self._documents = {d.doc_id: d for d in documents}
        self._cosines = cosines

    def document(self, doc_id: str) -> Document:
        if doc_id not in self._documents:
            raise DocumentNotFoundError(doc_id, "")
        return self._documents[doc_id]

    def sentences(self, chunk: Chunk) -> tuple[list[Sentence], Vectors]:
        spans = sentence_spans(chunk.text)
        sentences = [Sentence(chunk.doc_id, chunk.start + start, chunk.start + end) for start, end in spans]
        cosines = np.array([self._cosines.get(chunk.text[start:end], 0.0) for start, end in spans], np.float32)
        return sentences, np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)

    def idf(self, term: str) -> float:
        return 1.0 if term else 0.0


class CutInside(Evidences):
    """A sentence that begins inside the word "twelvepoints"."""

    def sentences(self, chunk: Chunk) -> tuple[list[Sentence], Vectors]:
        cut = chunk.text.index("points")
        spans = ((0, cut), (cut, len(chunk.text)))
        return [Sentence(chunk.doc_id, *span) for span in spans], np.repeat(QUERY, 2, axis=0)


def reply(
    documents: Sequence[Document],
    cosines: dict[str, float],
    *,
    language: str = "en",
    n: int = 3,
    seen: tuple[str, float] | None = None,
) -> Reply:
    """The reply on evidence of our choosing; `seen`: words in which a reader saw the answer, and its log-odds."""
    lookup = Evidences(documents, cosines)
    chunks = [Chunk.cut(document, 0, len(document.text)) for document in documents]
    hits = tuple(Hit(chunk, 0.9, rank, 0.9, 1.0) for rank, chunk in enumerate(chunks, start=1))
    retrieved = assess_hits(
        "rate",
        QUERY,
        hits,
        lookup,
        question="rate",
        language=language,
        span_scores=_span_scores(chunks, seen),
        chunks=1_000,
    )
    return ExtractiveAnswerer(lookup, sentences=n, min_confidence=0.5).answer(retrieved)


def _span_scores(chunks: Sequence[Chunk], seen: tuple[str, float] | None) -> dict[str, SpanScores]:
    """A reader that cuts texts into pieces of three characters and saw the answer in one place, or nowhere."""
    if seen is None:
        return {}
    span_scores = {}
    for chunk in chunks:
        starts = np.arange(0, len(chunk.text), 3, dtype=np.int32)
        places = np.stack([starts, np.minimum(starts + 3, len(chunk.text))], axis=1)
        begins, ends = np.full((2, len(starts)), -9, np.float32)
        if (at := chunk.text.find(seen[0])) >= 0:
            begins[at // 3] = ends[(at + len(seen[0]) - 1) // 3] = seen[1] / 2
        span_scores[chunk.chunk_id] = SpanScores(places, begins, ends)
    return span_scores


def doc(text: str, doc_id: str = "d", language: str = "en", title: str = "A title") -> Document:
    return Document(doc_id, title, text, language=language)


def test_quotes_stand_in_reading_order_and_the_best_is_cited_first() -> None:
    text = "The rate is low. It rained. The rate fell in May."
    answer = reply([doc(text)], {"The rate is low.": 0.94, "The rate fell in May.": 0.95})
    assert isinstance(answer, Answer)
    assert answer.text == "The rate is low. [1] The rate fell in May. [2]"
    assert [(c.number, c.quote) for c in answer.citations] == [
        (2, "The rate fell in May."),
        (1, "The rate is low."),
    ]


def test_a_much_weaker_sentence_is_not_quoted() -> None:
    answer = reply([doc("The rate is low. The rate is a number.")], {"The rate is low.": 0.95})
    assert isinstance(answer, Answer)
    assert answer.text == "The rate is low. [1]"


def test_no_more_sentences_than_asked_for() -> None:
    text = "The rate is one. The rate is two. The rate is three."
    answer = reply(
        [doc(text)], dict.fromkeys(["The rate is one.", "The rate is two.", "The rate is three."], 0.95), n=2
    )
    assert isinstance(answer, Answer)
    assert len(answer.citations) == 2


def test_the_same_words_are_quoted_once() -> None:
    documents = [doc("The rate is low.", "a"), doc("The rate is low!", "b")]
    answer = reply(documents, {"The rate is low.": 0.95, "The rate is low!": 0.95})
    assert isinstance(answer, Answer)
    assert [c.doc_id for c in answer.citations] == ["a"]


def test_a_heading_or_the_title_is_no_answer() -> None:
    cosines = {"# The rate of the town": 0.99, "The rate, a title": 0.99, "NGOC THANH": 0.99, "The rate is low.": 0.95}
    text = "# The rate of the town\n\nThe rate, a title\n\nNGOC THANH\n\nThe rate is low."
    answer = reply([doc(text, title="The rate, a title")], cosines)
    assert isinstance(answer, Answer)
    assert answer.text == "The rate is low. [1]"


FORMS = ["It rained.", "- a list item", "name | 12", "“Yes!”", "Decision (2020).", "In May…"]
ITEMS = ["a) a copy of the identity card", "1. Fill in form B in capitals", "(iv) proof of where you live"]


@pytest.mark.parametrize("text", FORMS + ITEMS)
def test_statements_of_every_form_can_be_quoted(text: str) -> None:
    assert is_statement(text, doc("x"))


@pytest.mark.parametrize("text", ["1. Introduction", "2.3 Materials and methods", "A heading of some words"])
def test_headings_are_no_statements(text: str) -> None:
    assert not is_statement(text, doc("x"))


def test_weak_evidence_abstains_and_offers_the_closest() -> None:
    abstention = reply([doc("The rate is low.")], {"The rate is low.": 0.6}, language="pl")
    assert isinstance(abstention, Abstention)
    assert abstention.text == abstention_text(abstention.reason, "pl")
    assert [c.quote for c in abstention.closest] == ["The rate is low."]
    assert abstention.confidence < 0.5


def test_no_hits_abstain() -> None:
    abstention = reply([], {})
    assert isinstance(abstention, Abstention)
    assert (abstention.reason, abstention.confidence, abstention.closest) == ("no_evidence", 0.0, ())


def test_without_hits_it_abstains_whatever_confidence_is_asked_for() -> None:
    nothing = Retrieved("rate", "en", (), (), 0.0)
    abstention = ExtractiveAnswerer(Evidences([], {}), sentences=3, min_confidence=0.0).answer(nothing)
    assert isinstance(abstention, Abstention)
    assert abstention.reason == "no_evidence"


def test_quotes_in_another_language_are_announced_in_the_question_language() -> None:
    answer = reply([doc("The rate is low.", language="pl")], {"The rate is low.": 0.95}, language="vi")
    assert isinstance(answer, Answer)
    assert answer.notice == other_language_notice(["pl"], "vi")
    assert "Ba Lan" in (answer.notice or "")
    same = reply([doc("The rate is low.")], {"The rate is low.": 0.95})
    assert isinstance(same, Answer)
    assert same.notice is None


def test_confidence_grows_with_evidence() -> None:
    weak, strong = Evidence(0.8, 0.2, False), Evidence(0.9, 0.8, False)
    assert 0 < confidence(weak) < confidence(strong) < 1
    assert confidence(None) == 0
    # Across languages a lower cosine means as much.
    assert confidence(Evidence(0.85, 0.2, True)) > confidence(Evidence(0.85, 0.2, False))


def test_languages_are_named_in_the_readers_language() -> None:
    assert [language_name("vi", spoken) for spoken in ("en", "pl", "vi")] == ["Vietnamese", "wietnamski", "Tiếng Việt"]
    assert language_name("zz-bad", "en") == "zz-bad"


def test_a_sentence_in_which_the_reader_saw_the_answer_is_quoted_first() -> None:
    cosines = {"The rate is low.": 0.95, "It fell to 12 points.": 0.90}
    unread = reply([doc("The rate is low. It fell to 12 points.")], cosines)
    read = reply([doc("The rate is low. It fell to 12 points.")], cosines, seen=("12 points", 6.0))
    assert isinstance(unread, Answer)
    assert isinstance(read, Answer)
    assert unread.citations[0].quote == "The rate is low."
    assert read.citations[0].quote == "It fell to 12 points."


def test_the_words_that_answer_are_whole_words_of_the_quote() -> None:
    document = doc("The rate is low. It fell to 12 points.")
    answer = reply([document], {"It fell to 12 points.": 0.95}, seen=("2 poin", 6.0))
    assert isinstance(answer, Answer)
    place = answer.citations[0].short_answer
    assert place is not None
    assert document.text[slice(*place)] == "12 points"


def test_the_words_that_answer_stop_where_a_sentence_is_cut_inside_a_word() -> None:
    document = doc("The rate fell to twelvepoints.")
    lookup = CutInside([document], {})
    chunk = Chunk.cut(document, 0, len(document.text))
    hits = (Hit(chunk, 0.9, 1, 0.9, 1.0),)
    span_scores = _span_scores([chunk], ("points", 6.0))
    first, *_ = rank_candidates("rate", QUERY, hits, lookup, "en", span_scores)
    assert first.short_answer is not None
    assert first.short_answer[0] == document.text.index("points")


def test_without_a_likely_answer_no_words_are_set_off() -> None:
    answer = reply([doc("The rate is low.")], {"The rate is low.": 0.95}, seen=("low", -1.0))
    assert isinstance(answer, Answer)
    assert answer.citations[0].short_answer is None


def test_confidence_rises_with_what_the_reader_saw() -> None:
    evidence = Evidence(0.85, 0.5, False)
    unsure, sure = (confidence(replace(evidence, log_odds=odds)) for odds in (-5.0, 5.0))
    assert unsure < sure
    assert confidence(replace(evidence, log_odds=50.0)) == confidence(replace(evidence, log_odds=12.0))


BRING = "Bring these:\n\n- a passport\n- two photos"


def test_a_list_is_quoted_whole_with_its_lead_in() -> None:
    answer = reply([doc(BRING)], {"Bring these:": 0.95, "- two photos": 0.95})
    assert isinstance(answer, Answer)
    assert [citation.quote for citation in answer.citations] == [BRING]


def test_an_item_far_nearer_than_its_list_is_quoted_alone_without_its_bullet() -> None:
    answer = reply([doc(BRING)], {"Bring these:": 0.5, "- two photos": 0.95})
    assert isinstance(answer, Answer)
    assert [citation.quote for citation in answer.citations] == ["two photos"]


def test_a_question_of_a_document_lends_its_likeness_to_its_answer() -> None:
    faq = doc("How long is it?\n\nNine metres.\n\nWho built it?\n\nThe town council.")
    answer = reply([faq], {"How long is it?": 0.99, "Nine metres.": 0.3, "The town council.": 0.4})
    assert isinstance(answer, Answer)
    assert [citation.quote for citation in answer.citations] == ["Nine metres."]


def test_a_long_list_is_quoted_from_its_lead_in_on() -> None:
    text = "These items may be used: they are listed here:\n\n" + "\n".join(f"- item {n} of them" for n in range(40))
    first, other = (reply([doc(text)], {near: 0.95}) for near in (text.partition("\n")[0], "- item 37 of them"))
    assert isinstance(first, Answer)
    assert first.citations[0].quote == text[: text.index("\n- item 15")]
    assert isinstance(other, Answer)
    assert other.citations[0].quote == "item 37 of them"


class OneChunk(Evidences):
    """The idf of an index of one chunk, in which every term of it is common."""

    def idf(self, term: str) -> float:
        return LexicalIndex.build(["Tram 11 goes to the stadium."]).idf(term)


def test_words_that_ask_count_for_little_in_an_index_of_one_chunk() -> None:
    document = Document("d", "", "Tram 11 goes to the stadium.", language="en")
    lookup = OneChunk([document], {document.text: 0.8})
    hits = [Hit(Chunk.cut(document, 0, len(document.text)), 0.9, 1, 0.9, 1.0)]
    (candidate,) = rank_candidates("Where does tram 11 go?", QUERY, hits, lookup, "en", {})
    assert candidate.evidence.overlap > 0.15


def test_a_follow_up_is_not_answered_by_the_last_answer_again() -> None:
    library = Document("l", "Library", "The hall is open on Mondays. The hall is open until nine.", language="en")
    museum = Document("m", "Museum", "The cellar is open until nine.", language="en")
    cosines = {"The hall is open on Mondays.": 0.9, "The hall is open until nine.": 0.86, museum.text: 0.87}
    lookup = Evidences([library, museum], cosines)
    hits = tuple(Hit(Chunk.cut(d, 0, len(d.text)), 0.9, n, 0.9, 1.0) for n, d in enumerate((library, museum), 1))

    def best(said: str) -> str:
        found = assess_hits(
            "open", QUERY, hits, lookup, question="open", language="en", span_scores={}, said=said, chunks=1_000
        )
        sentence = found.candidates[0].sentence
        return lookup.document(sentence.doc_id).text[sentence.start : sentence.end]

    assert best("") == "The hall is open on Mondays."
    assert best("The hall is open on Mondays. [1]") == "The hall is open until nine."
