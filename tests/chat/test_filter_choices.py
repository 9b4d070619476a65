from __future__ import annotations

import pytest

from assistant.chat.filter_choices import Choices, choices, chosen
from assistant.errors import QuestionError
from assistant.filter import Facets, Filter
from assistant.html.strings import ALL


def test_only_what_documents_differ_in_is_offered() -> None:
    same = [Facets("pl", "a.example", "2024-05-06")] * 3
    assert choices(same) == Choices((), (), dates=False)
    assert not choices(same)
    assert not choices([])
    other = Facets("en", "b.example", None)
    assert choices([*same, other]) == Choices(("pl", "en"), ("a.example", "b.example"), dates=True)
    assert choices([*same, Facets("pl", None, "2024-05-06")]) == Choices((), ("a.example",), dates=False)


def test_languages_are_named_in_the_readers() -> None:
    assert Choices(("vi", "x-unknown"), (), dates=False).named_languages(ALL["pl"]) == [
        ("wietnamski", "vi"),
        ("x-unknown", "x-unknown"),
    ]


def test_what_was_chosen_is_a_filter() -> None:
    assert chosen([], None, "", " ") is None
    assert chosen(["pl"], ["a.example"], "2024-01-01", "") == Filter(("pl",), ("a.example",), "2024-01-01")
    with pytest.raises(QuestionError, match="is no date"):
        chosen([], [], "yesterday", "")
