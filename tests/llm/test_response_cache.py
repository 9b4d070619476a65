"""Replies of a model, kept."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from assistant.errors import GenerationError
from assistant.llm.response_cache import ResponseCache
from assistant.records import Message

ASKED = [Message("user", "Who?")]


class Counting:
    """A writer that says how often it was asked."""

    name = "m"

    def __init__(self) -> None:
        self.times = 0
        self.fails = False

    def write(self, messages: Sequence[Message], max_tokens: int | None = None) -> Generator[str]:
        self.times += 1
        yield f"{messages[-1].content} {max_tokens} "
        if self.fails:
            raise GenerationError("cut", "It broke off.", "Ask again.")
        yield f"time {self.times}, đ"


def test_a_reply_is_asked_for_once_and_comes_again_in_its_pieces(tmp_path: Path) -> None:
    writer = Counting()
    first = list(ResponseCache(writer, tmp_path / "new", {}).write(ASKED, 5))
    assert first == ["Who? 5 ", "time 1, đ"]
    assert list(ResponseCache(writer, tmp_path / "new", {}).write(ASKED, 5)) == first
    assert writer.times == 1


def test_what_a_reply_depends_on_makes_it_another(tmp_path: Path) -> None:
    writer = Counting()
    for about, messages, tokens in (
        ({"temperature": 0}, ASKED, None),
        ({"temperature": 1}, ASKED, None),
        ({"temperature": 0}, [Message("system", "Who?")], None),
        ({"temperature": 0}, ASKED, 5),
    ):
        list(ResponseCache(writer, tmp_path, about).write(messages, tokens))
    assert writer.times == 4


def test_half_a_reply_is_not_kept(tmp_path: Path) -> None:
    writer = Counting()
    kept = ResponseCache(writer, tmp_path, {})
    writer.fails = True
    with pytest.raises(GenerationError):
        list(kept.write(ASKED))
    left = kept.write(ASKED)
    next(left)
    left.close()
    assert list(tmp_path.iterdir()) == []
    writer.fails = False
    assert list(kept.write(ASKED)) == ["Who? None ", "time 3, đ"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pieces": 3}', '{"pieces": [1]}'])
def test_a_damaged_file_is_asked_for_again(tmp_path: Path, content: str) -> None:
    writer = Counting()
    kept = ResponseCache(writer, tmp_path, {})
    list(kept.write(ASKED))
    (file,) = tmp_path.iterdir()
    file.write_text(content, "utf-8")
    assert list(kept.write(ASKED))[-1] == "time 2, đ"
