"""What the chat shows, and that nothing untrusted becomes HTML in it."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer.cited_text import pieces
from assistant.answer.links import document_link, safe_link
from assistant.chat.overview import overview
from assistant.html.bubbles import (
    abstention_html,
    answer_html,
    draft_html,
    error_html,
    question_html,
)
from assistant.html.cards import surroundings
from assistant.html.environment import ENVIRONMENT
from assistant.html.header import header_html
from assistant.html.strings import ALL, ENGLISH
from assistant.records import Abstention, Answer, Citation, Document, PartialAnswer, Statement
from tests.fake_assistant import HOSTILE, PLAIN, FakeAssistant, Reader, cite, written

OUR_TAGS = set(
    "div p span sup a mark section h1 h2 h3 h4 article blockquote br button bdi time header details summary b "
    "ul li strong nav".split()
)
OUR_ATTRIBUTES = set("class lang dir href hreflang target rel type datetime hidden aria-hidden aria-label".split())

nasty = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="<>&\"'/=!-[]()*_`$#\\{} \nabjx", max_size=60),
    st.sampled_from(["<script>x</script>", "<img onerror=x>", "]]>", "<!-- ", "javascript:x", '" onclick="x']),
)


@given(nasty)
def test_escaping_shows_every_character_and_no_markup(text: str) -> None:
    escaped = ENVIRONMENT.from_string("{{ text }}").render(text=text)
    assert not set("<>\"'") & set(escaped)
    assert len(html.unescape(escaped)) == len(text)


def test_a_models_sentences_say_in_words_what_is_not_confirmed() -> None:
    page = Reader(answer_html(written(), FakeAssistant(), ENGLISH))
    assert "It is 400 m long. [not confirmed: 400 <i>]" in page.text
    assert PLAIN.url in page.links
    assert page.tags <= OUR_TAGS | {"br"}
    assert "A notice." in page.text


def test_a_draft_says_that_it_is_one_and_is_no_markup() -> None:
    page = Reader(draft_html(PartialAnswer("One <script>.\nTwo."), ENGLISH))
    assert ENGLISH.drafting in page.text
    assert "One <script>." in page.text
    assert page.tags <= OUR_TAGS | {"br"}


def test_an_abstention_shows_its_notice() -> None:
    abstention = Abstention("no_evidence", "Nothing.", (), (), 0.0, "The model did not answer.")
    assert "The model did not answer." in Reader(abstention_html(abstention, FakeAssistant(), ENGLISH)).text


@pytest.mark.slow
@given(title=nasty, publisher=nasty, text=nasty, url=nasty, notice=nasty, question=nasty, published=nasty)
def test_nothing_of_a_document_or_a_question_becomes_markup(
    title: str, publisher: str, text: str, url: str, notice: str, question: str, published: str
) -> None:
    document = Document(
        "a/<b>&c",
        title,
        f"before {text} after",
        url=url,
        url_kind="page",
        language=publisher,
        published=published,
        publisher=publisher,
        questions=(question,),
    )
    assistant = FakeAssistant(document)
    citation = Citation(1, 7, 7 + len(text) + 1, url, document)
    shown = [
        question_html(question),
        answer_html(Answer(f"{citation.quote} [1]", (citation,), (), 1.0, notice), assistant, ENGLISH),
        abstention_html(Abstention("no_evidence", notice, (citation,), (), 0.0), assistant, ALL["pl"]),
        error_html(notice, question, ENGLISH),
        draft_html(PartialAnswer(text), ENGLISH),
        answer_html(
            Answer("", (citation,), (), 1.0, notice, (Statement(text, (1,), "unsupported", question, title),)),
            assistant,
            ALL["pl"],
        ),
        header_html(overview(assistant), ENGLISH),
    ]
    for part in shown:
        found = Reader(part)
        assert found.tags <= OUR_TAGS
        assert {name for name in found.attributes if not name.startswith("data-")} <= OUR_ATTRIBUTES
        assert all(link.startswith(("http://", "https://", "documents/", "?lang=")) for link in found.links)
        assert not found.comments


@pytest.mark.parametrize(
    "link",
    [
        *("javascript:alert(1)", "JAVASCRIPT:x", "java\tscript:x", "vbscript:x", "data:x", "ftp://a.b"),
        *(" https://a.example", "https://a.example/\x00", "https://", "http:///path", "https://[bad"),
        *("//evil.example/x", "/other", ""),
    ],
)
def test_an_unsafe_link_is_no_link(link: str) -> None:
    assert safe_link(link) is None


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://a.example/b?c=d#:~:text=e", "https://a.example/b?c=d#:~:text=e"),
        ("/documents/a%20b.txt?start=1&end=2", "documents/a%20b.txt?start=1&end=2"),
    ],
)
def test_a_web_address_and_a_document_page_stay_links(link: str, expected: str) -> None:
    assert safe_link(link) == expected


def test_a_document_link_survives_awkward_ids() -> None:
    assert document_link("a b/ć?#.txt", 1, 2) == "documents/a%20b/%C4%87%3F%23.txt?start=1&end=2#quote"


def test_an_answer_is_cut_after_its_markers_and_not_at_numbers_of_the_document() -> None:
    document = Document("d", "D", "Iron [1] is old. Gold is not.")
    first, second = cite(document, "Iron [1] is old."), cite(document, "Gold is not.", 2)
    answer = Answer(f"{first.quote} [1] {second.quote} [2][1] Rest [9]", (first, second), (), 1.0)
    assert [(piece.text, piece.citation) for piece in pieces(answer)] == [
        ("Iron [1] is old. ", first),
        (" Gold is not. ", second),
        ("", first),
        (" Rest [9]", None),
    ]


def test_markers_open_the_document_at_the_words_and_say_so() -> None:
    citation = cite(PLAIN, "The bridge opened in 1998.")
    page = answer_html(Answer(f"{citation.quote} [1]", (citation,), (), 1.0), FakeAssistant(), ENGLISH)
    inside = f"documents/plain.txt?start={citation.start}&amp;end={citation.end}#quote"
    assert f'class="da-marker" href="{inside}" target="_blank" rel="noopener"' in page
    assert "Source 1: The bridge" in Reader(page).text


def test_a_card_names_the_document_and_marks_the_quote_in_its_paragraph() -> None:
    citation = cite(PLAIN, "It is 320 m long.")
    found = Reader(answer_html(Answer(f"{citation.quote} [1]", (citation,), (), 1.0), FakeAssistant(), ALL["pl"]))
    assert found.marks == ["It is 320 m long."]
    assert "The bridge opened in 1998. It is 320 m long." in found.text
    assert "Tolls" not in found.text
    assert "Town news · 6 maja 2024 · angielski" in found.text
    assert f"documents/plain.txt?start={citation.start}&end={citation.end}#quote" in found.links
    assert "https://example.org/bridge" in found.links


def test_the_short_answer_is_set_off_in_the_text_and_in_the_card() -> None:
    text = "It rained. The <rate> fell to 3.57% & stayed."
    document = Document("d", "Title", text)
    start = text.index("3.57%")
    citation = Citation(1, 11, len(text), "/documents/d", document, (start, start + 5))
    answer = Answer(f"{citation.quote} [1]", (citation,), (), 0.9)
    shown = answer_html(answer, FakeAssistant(document), ENGLISH)
    assert shown.count("The &lt;rate&gt; fell to <strong>3.57%</strong> &amp; stayed.") == 2


def test_a_streaming_answer_shows_its_first_quotes_and_no_cards() -> None:
    exchange = FakeAssistant().ask("bridge?")
    assert isinstance(exchange.reply, Answer)
    found = Reader(answer_html(exchange.reply, FakeAssistant(), ENGLISH, shown=1))
    assert "1998" in found.text
    assert "320" not in found.text
    assert not found.marks


def test_a_document_without_address_offers_only_its_page() -> None:
    document = Document("d", "D", "One. Two.")
    citation = cite(document, "Two.")
    found = Reader(answer_html(Answer("Two. [1]", (citation,), (), 1.0), FakeAssistant(document), ENGLISH))
    assert all(link.startswith("documents/d?start=5&end=9") for link in found.links)


def test_an_abstention_says_that_its_passages_do_not_answer() -> None:
    reply = FakeAssistant().ask("weather?").reply
    assert isinstance(reply, Abstention)
    found = Reader(abstention_html(reply, FakeAssistant(), ENGLISH))
    assert ENGLISH.no_answer in found.text
    assert ENGLISH.closest in found.text
    assert found.marks == ["Tolls ended in 2004."]


def test_the_header_says_what_is_indexed() -> None:
    found = Reader(header_html(overview(FakeAssistant()), ENGLISH))
    assert "Documents: 2" in found.text
    assert "Languages: English" in found.text
    assert "Indexed: 21 November 2026" in found.text
    assert HOSTILE.title in found.text


@given(st.text(alphabet="ab \n", max_size=600), st.data())
def test_the_surroundings_of_a_quote_stay_in_its_paragraph(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    before, after = surroundings(text, start, end)
    assert "\n" not in before + after
    assert text[:start].endswith(before.removeprefix("… "))
    assert text[end:].startswith(after.removesuffix(" …"))


def test_every_string_is_translated() -> None:
    for strings in ALL.values():
        for name in ENGLISH.__slots__:
            value = getattr(strings, name)
            assert value
            assert strings is ENGLISH or value != getattr(ENGLISH, name), name


def test_a_reply_to_thanks_does_not_say_that_nothing_was_found() -> None:
    thanked = Abstention("small_talk", "You are welcome.", (), (), 0.0)
    assert ENGLISH.no_answer not in abstention_html(thanked, FakeAssistant(), ENGLISH)
    found_nothing = replace(thanked, reason="no_evidence")
    assert ENGLISH.no_answer in abstention_html(found_nothing, FakeAssistant(), ENGLISH)
