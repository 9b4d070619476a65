from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer.writing.markers import MARKER, Event, MarkerStream, unmarked
from tests.answer.shapes import PASSAGES

# What markers, half markers and code are made of.
REPLIES = st.lists(
    st.sampled_from([*"[]【】［］^†`, 1230-–\n\tx.;", "[1]", "[1, 2]", "[9]", "```", "Passage ", " and ", "\u0661"])
).map("".join)
HELD = 130  # characters: a marker and what may go with it


def stream(pieces: Iterable[str]) -> tuple[list[Event], int]:
    """The events with neighbouring texts put together, and the dropped numbers."""
    markers = MarkerStream(PASSAGES)
    events: list[Event] = []
    for event in [event for piece in pieces for event in markers.feed(piece)] + markers.finish():
        if isinstance(event, str) and events and isinstance(events[-1], str):
            events[-1] += event
        else:
            events.append(event)
    return events, markers.dropped


@pytest.mark.parametrize(
    ("reply", "events", "dropped"),
    [
        ("It rained [1]. ", ["It rained", (1,), ". "], 0),
        ("a [1][2] b", ["a", (1,), (2,), " b"], 0),
        ("a [1, 2, 1]", ["a", (1, 2)], 0),
        ("a [2-9]", ["a", (2, 3)], 6),
        ("a [7], [1]", ["a", (1,)], 1),
        ("a [1],, [2]", ["a", (1,), ",,", (2,)], 0),
        ("a [8, 9, 8] b", ["a b"], 2),
        ("a\n [1]", ["a\n", (1,)], 0),
        ("[0] [-1] [01]", [" [-1]", (1,)], 1),
        ("a [1-999999999]", ["a", (1,)], 1),
        ("[12345678901234567890]", [], 1),
        ("【4:1†notes.txt】【2†source】", [(2,)], 1),
        ("[passage [1]]", ["[passage", (1,), "]"], 0),
        ("[1 apple] [1.5] [1/2] [a1] [] [,] [1,]", ["[1 apple] [1.5] [1/2] [a1] [] [,] [1,]"], 0),
        ("`a[1]` [1] ``b`[2]`` [2]", ["`a[1]`", (1,), " ``b`[2]``", (2,)], 0),
        ("`a [1]\n[1]", ["`a [1]\n", (1,)], 0),
        ("```\n[1]\n`` [1]\n```` [1]", ["```\n[1]\n`` [1]\n````", (1,)], 0),
        ("```\na ``` [1]\n```[1]", ["```\na ``` [1]\n```", (1,)], 0),
        ("``\n[1]", ["``\n", (1,)], 0),
        ("[`a`] `[1]` [`[1]`] [1]", ["[`a`] `[1]` [`[1]`]", (1,)], 0),
        ("```x``` [1]\n[2]", ["```x```", (1,), "\n", (2,)], 0),
        ("a ```\n[1]", ["a ```\n", (1,)], 0),
    ],
)
def test_markers_are_told_from_text(reply: str, events: list[Event], dropped: int) -> None:
    assert stream([reply]) == (events, dropped)


@given(REPLIES, st.lists(st.integers(0, 60)))
def test_how_a_reply_is_cut_makes_no_difference(reply: str, cuts: list[int]) -> None:
    places = sorted({0, len(reply), *(cut for cut in cuts if cut < len(reply))})
    pieces = [reply[start:end] for start, end in pairwise(places)]
    assert stream(pieces) == stream([reply]) == stream(reply)


@given(REPLIES.map(lambda reply: re.sub(r"[\n`,;]", "", reply)))
def test_all_but_markers_and_the_space_before_them_is_shown(reply: str) -> None:
    events, _ = stream([reply])
    shown = "".join(event for event in events if isinstance(event, str))
    assert shown == re.sub(rf"\s*{MARKER.pattern}", "", reply, flags=re.IGNORECASE)


@given(REPLIES)
def test_only_known_numbers_come_out(reply: str) -> None:
    for event in stream([reply])[0]:
        if not isinstance(event, str):
            assert event
            assert len(set(event)) == len(event)
            assert set(event) <= set(PASSAGES)


def test_text_is_shown_as_it_comes() -> None:
    markers = MarkerStream([1])
    assert markers.feed("It rained ") == ["It rained"]
    assert markers.feed("[") == []
    assert markers.feed("1") == []
    assert markers.feed("]") == [(1,)]
    assert markers.feed(". [") == ["."]
    assert markers.feed("sic]") == [" [sic]"]
    assert markers.feed(" [1") == []
    assert markers.finish() == [" [1"]
    assert markers.finish() == []


@pytest.mark.parametrize("unit", ["[", "[1", "[1,", "[1 ", "【1†", " ", "[passage ", "`[", "x", "[1" + " " * 200])
def test_little_is_held_back(unit: str) -> None:
    markers = MarkerStream(PASSAGES)
    shown = 0
    for fed, char in enumerate(unit * 20, start=1):
        shown += sum(map(len, markers.feed(char)))
        assert fed - shown <= HELD


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["[", "[1", "[1,", "[1]", " ", "`", "【1†", "[1-3 "])
def test_endless_replies_come_to_an_end(unit: str) -> None:
    markers = MarkerStream(PASSAGES)
    reply = unit * (1_000_000 // len(unit))
    shown = "".join(event for event in [*markers.feed(reply), *markers.finish()] if isinstance(event, str))
    assert shown == ("" if unit == "[1]" else reply)


@given(REPLIES.map(lambda text: text.replace("`", "")))
def test_unmarked_text_has_no_markers(text: str) -> None:
    plain = unmarked(text)
    assert stream([plain]) == ([plain] if plain else [], 0)
    assert len(plain) == len(text)


def test_only_markers_lose_their_brackets() -> None:
    assert unmarked("[1] [[2]] 【3】 [^4] [5†[6]] [sic] a[b] [1.5]") == "(1) [(2)] (3) (^4) [5†(6)] [sic] a[b] [1.5]"
