from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer.writing.markers import MARKER, Event, MarkerStream
from assistant.answer.writing.reply_sentences import ReplySentence, split_reply
from tests.answer.shapes import PASSAGES, SHAPES, Shape

# Markdown, markers, and what looks like either.
EVENTS = st.lists(
    st.lists(
        st.sampled_from([*"ab.!* _`#>|-=~[]()1\n\t", "**", "```", "\n\n", "\n- ", "\n1. ", "](http://a.b)", "\u202e"])
    ).map("".join)
    | st.lists(st.sampled_from(PASSAGES), min_size=1, max_size=2, unique=True).map(tuple)
)


def drafted(pieces: Iterable[str], language: str = "en") -> list[ReplySentence]:
    markers = MarkerStream(PASSAGES)
    events = [event for piece in pieces for event in markers.feed(piece)]
    return split_reply(events + markers.finish(), language)


def put_together(sentences: Iterable[ReplySentence]) -> str:
    return "".join(sentence.lead + sentence.text for sentence in sentences)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_shapes(shape: Shape) -> None:
    reply = "".join(shape.pieces)
    for pieces in (shape.pieces, [reply], reply):
        sentences = drafted(pieces)
        assert put_together(sentences) == shape.text
        assert tuple(sentence.cited for sentence in sentences) == shape.cited


def test_the_names_of_shapes_tell_them_apart() -> None:
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)


@given(EVENTS)
def test_a_sentence_holds_no_marker_and_nothing_invisible(events: list[Event]) -> None:
    sentences = split_reply(events, "en")
    for sentence in sentences:
        assert sentence.text
        assert sentence.text == sentence.text.strip()
        assert "\u202e" not in sentence.text
        assert re.fullmatch(r"\s*(?:(?:-|\d{1,3}\.) )?", sentence.lead)
    assert not MARKER.search(put_together(sentences))


@given(EVENTS)
def test_no_marker_is_lost_or_invented(events: list[Event]) -> None:
    sentences = split_reply(events, "en")
    given_numbers = {number for event in events if not isinstance(event, str) for number in event}
    assert {number for sentence in sentences for number in sentence.cited} == (given_numbers if sentences else set())


@given(st.lists(st.sampled_from(["It rained", " hard", ".", "! ", "? ", " ", "\n", "\n\n", "5,3%", "TP. ", "ł"])))
def test_plain_text_comes_out_as_it_went_in(parts: list[str]) -> None:
    text = "".join(parts)
    lines = "\n".join(line.strip() for line in text.split("\n"))
    assert put_together(split_reply([text], "en")) == re.sub(r"\n{3,}", "\n\n", lines).strip()


@given(st.permutations(["It rained", "It snowed", "It hailed"]), st.lists(st.sampled_from(PASSAGES), min_size=3))
def test_each_sentence_keeps_its_markers(said: list[str], numbers: list[int]) -> None:
    for form in ("{} [{}]. ", "{}. [{}] ", "{}.[{}] ", "{} [{}].\n", "{}.\n[{}]\n\n", "- [{1}] {0}.\n"):
        reply = "".join(form.format(*pair) for pair in zip(said, numbers, strict=False))
        assert [(s.text, s.cited) for s in drafted([reply])] == [
            (f"{text}.", (number,)) for text, number in zip(said, numbers, strict=False)
        ]


def test_sentences_are_cut_as_their_language_wants() -> None:
    reply = "TP. Huế có 5 bệnh viện [1]. Ông Nguyễn V. A. là bác sĩ [2]."
    assert [s.cited for s in drafted([reply], "vi")] == [(1,), (2,)]
    assert [s.cited for s in drafted(["Wg prof. Nowaka np. w Sopocie to 5% [1]. Tak [2]."], "pl")] == [(1,), (2,)]


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["`", "1. ", "**a", "_a", "[a](", "| a ", "|\t", "> ", "“ ", "(\n", "A. b. ", "*a "])
def test_endless_replies_come_to_an_end(unit: str) -> None:
    reply = unit * (200_000 // len(unit))
    assert sum(len(sentence.text) for sentence in split_reply([reply, (1,)], "en")) <= len(reply)


def test_a_sentence_longer_than_any_is_one() -> None:
    said = ["It rained.", "It " + "rained and " * 1000 + "rained.", "It snowed."]
    assert [s.text for s in drafted([" ".join(said)])] == said
