"""Case files, good and bad."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import EvaluationError, UsageError
from assistant.evaluate.cases import cases_sha256, check_documents, read_cases
from assistant.records import ChatMessage
from tests.evaluate.samples import case, no_case, row, write_cases


def test_a_case_has_its_fields_and_keeps_others(tmp_path: Path) -> None:
    history = [{"role": "user", "content": "The bridge?"}, {"role": "assistant", "content": "Yes. [1]"}]
    path = write_cases(tmp_path / "a.jsonl", row("a", history=history, kind="date"))
    (read,) = read_cases([path])
    assert (read.id, read.lang, read.answers, read.doc_ids, read.answerable) == (
        *("a", "en", ("1998",), ("bridge.txt",)),
        True,
    )
    assert read.history == (ChatMessage("user", "The bridge?"), ChatMessage("assistant", "Yes. [1]"))
    assert read.extra == {"kind": "date"}
    assert read.place == f"{path}:1"


def test_history_may_say_text_as_mtrag_does(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "a.jsonl", row("a", history=[{"role": "user", "text": "The bridge?"}]))
    assert read_cases([path])[0].history == (ChatMessage("user", "The bridge?"),)


def test_language_is_optional(tmp_path: Path) -> None:
    fields = row("a")
    del fields["lang"]
    assert read_cases([write_cases(tmp_path / "a.jsonl", fields)])[0].lang == "und"


def test_line_separators_inside_a_string_do_not_end_a_line(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "a.jsonl", row("a", question="one\u2028two"), "", row("b"))
    assert [(c.id, c.place.rpartition(":")[2]) for c in read_cases([path])] == [("a", "1"), ("b", "3")]


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ('{"id": "b"', "not JSON"),
        ("[]", "not a JSON object"),
        ("[" * 100_000, "not JSON"),
        ({"id": "b"}, 'no "answerable"'),
        (row("b", answerable="yes"), '"answerable" is "yes"'),
        (row(""), '"id" is ""'),
        (row("b", id=7), '"id" is 7'),
        (row("b", question=" "), '"question"'),
        (row("b", question=None), '"question" is null'),
        (row("b", lang=""), '"lang"'),
        (row("b", answers="1998"), '"answers"'),
        (row("b", answers=[1998]), '"answers"'),
        (row("b", answers=[]), '"answers"'),
        (row("b", doc_ids=[]), '"doc_ids"'),
        (row("b", doc_ids=[""]), '"doc_ids"'),
        (row("b", answerable=False), '"answers"'),
        (row("b", answerable=False, answers=[]), '"doc_ids"'),
        (row("b", history="x"), '"history"'),
        (row("b", history=[{"role": "system", "content": "x"}]), '"history"'),
        (row("b", history=["x"]), '"history"'),
        (row("a"), "the id 'a' is already used"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: Any, named: str) -> None:
    path = write_cases(tmp_path / "a.jsonl", row("a"), bad)
    with pytest.raises(EvaluationError) as raised:
        read_cases([path])
    assert str(raised.value).startswith(f"{path}:2: ")
    assert named in str(raised.value)
    assert raised.value.hint
    assert isinstance(raised.value, UsageError)
    assert raised.value.exit_code == 2


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    paths = [write_cases(tmp_path / name, row("a")) for name in ("1.jsonl", "2.jsonl")]
    with pytest.raises(EvaluationError, match=r"2\.jsonl:1: the id 'a' is already used at .*1\.jsonl:1"):
        read_cases(paths)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"none\.jsonl cannot be read"):
        read_cases([tmp_path / "none.jsonl"])


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EvaluationError, match=r"a\.jsonl cannot be read"):
        read_cases([tmp_path / "a.jsonl"])


def test_no_cases_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no cases in"):
        read_cases([write_cases(tmp_path / "a.jsonl", "")])
    with pytest.raises(EvaluationError, match="no cases in eval"):
        read_cases()


def test_the_default_set_is_all_of_eval_cases() -> None:
    folder = Path("eval/cases")
    folder.mkdir(parents=True)
    write_cases(folder / "2.jsonl", row("b"))
    write_cases(folder / "1.jsonl", row("a"))
    assert [c.id for c in read_cases()] == ["a", "b"]


def test_an_unknown_document_is_named() -> None:
    cases = [case("a"), case("b", doc_ids=("gone.txt",)), no_case("c")]
    with pytest.raises(EvaluationError, match=r"the case 'b' names 'gone\.txt'"):
        check_documents(cases, frozenset({"bridge.txt"}))
    check_documents(cases, frozenset({"bridge.txt", "gone.txt"}))


def test_cases_for_another_index_are_said_to_be_so() -> None:
    with pytest.raises(EvaluationError) as raised:
        check_documents([case("a"), case("b"), no_case("c")], frozenset({"other.txt"}))
    assert "another index" in raised.value.hint


def test_the_hash_is_of_what_is_asked_and_what_is_gold() -> None:
    a, b = case("a"), case("b")
    assert cases_sha256([a, b]) == cases_sha256([b, a])
    assert cases_sha256([a]) == cases_sha256([case("a", place="x:9", extra={"kind": "k"})])
    for other in (case("a", "another"), case("a", answers=("1999",)), case("a", history=(ChatMessage("user", "x"),))):
        assert cases_sha256([a]) != cases_sha256([other])
    assert len(json.dumps(cases_sha256([a]))) == 66
