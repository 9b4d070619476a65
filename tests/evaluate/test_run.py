"""Running, being interrupted, and going on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from assistant.errors import AssistantError, EvaluationError
from assistant.evaluate import run as run_module
from assistant.evaluate.cases import Case
from assistant.evaluate.figures import SENTENCES, verification
from assistant.evaluate.journal import FILE_NAME
from assistant.evaluate.outcome import Outcome
from assistant.evaluate.run import SEARCH_DEPTH, Run, describe, is_known_link, run_case, run_cases
from assistant.records import ChatMessage, Citation, Document
from assistant.settings import load_settings
from tests.evaluate.samples import BRIDGE, TOWN, SmallAssistant, case, no_case

CASES = [case("a", "When did the bridge open?"), case("b", "crash"), no_case("c", "Who?"), case("d", "bridge?")]


def start(asked: SmallAssistant, folder: Path, cases: list[Case] | None = None, **settings: Any) -> tuple[Run, str]:
    states: list[str] = []
    cases = cases or CASES
    about = describe(asked, cases, load_settings(**settings), "extractive")
    done = run_cases(asked, cases, about, folder, on_open=lambda state, _done: states.append(state))
    return done, states[0]


def test_each_case_is_asked_once_and_written(tmp_path: Path) -> None:
    asked = SmallAssistant()
    done, state = start(asked, tmp_path)
    assert state == "new"
    assert [o.kind for o in done.outcomes] == ["answer", "failed", "abstention", "answer"]
    assert asked.asked == [c.question for c in CASES]
    lines = (tmp_path / FILE_NAME).read_text("utf-8").splitlines()
    assert json.loads(lines[0])["run"] == json.loads(json.dumps(done.about))
    assert [json.loads(line)["id"] for line in lines[1:]] == ["a", "b", "c", "d"]


def test_several_at_a_time_come_to_the_same(tmp_path: Path) -> None:
    one, _ = start(SmallAssistant(), tmp_path / "one")
    asked = SmallAssistant()
    several = run_cases(asked, CASES, one.about, tmp_path / "several", concurrency=3)
    assert several == one
    assert sorted(asked.asked) == sorted(c.question for c in CASES)


def test_sentences_of_a_model_are_counted_by_verdict(tmp_path: Path) -> None:
    about = describe(SmallAssistant(), CASES, load_settings(), "model")
    assert "base_url" in about["settings"]["model"]
    outcomes = run_cases(SmallAssistant(), CASES, about, tmp_path, answerer="model").outcomes
    assert outcomes[0].sentences == {"supported": 1, "uncited": 1, "dropped_markers": 3}
    counts = verification(list(zip(CASES, outcomes, strict=True)))
    assert {name: counts[name] for name in ("by_model", *SENTENCES)} == {
        "by_model": 3,
        "supported": 2,
        "unsupported": 0,
        "uncited": 2,
        "dropped_markers": 6,
    }
    assert Outcome.from_json(json.loads(json.dumps(outcomes[0].to_json()))) == outcomes[0]


def test_what_a_model_is_does_not_matter_to_a_run_without_it() -> None:
    quiet, loud = (
        describe(SmallAssistant(), CASES, load_settings(model=model), "extractive")
        for model in ({}, {"base_url": "http://h/v1", "name": "m"})
    )
    assert quiet == loud


def test_a_case_that_raises_is_kept_with_its_error(tmp_path: Path) -> None:
    done, _ = start(SmallAssistant(), tmp_path)
    assert done.outcomes[1].error == "RuntimeError: <b>out of order</b>"
    assert done.outcomes[1].confidence == 0.0


def test_hits_are_folded_from_deep_enough() -> None:
    asked = SmallAssistant()
    found = run_case(asked, case("a", "When did the bridge open?"))
    assert found.documents == ("bridge.txt", "town.txt")
    assert asked.searched[-1] == ("When did the bridge open?", 0, SEARCH_DEPTH)
    assert SEARCH_DEPTH >= 50


def test_a_follow_up_is_searched_for_with_its_history() -> None:
    asked = SmallAssistant()
    history = (ChatMessage("user", "Which bridge?"), ChatMessage("assistant", "That of the town. [1]"))
    found = run_case(asked, case("a", "When?", history=history))
    assert found.kind == "answer"
    assert asked.searched[-1] == ("When?", len(history), SEARCH_DEPTH)


def test_an_abstention_keeps_its_closest_quote() -> None:
    found = run_case(SmallAssistant(), no_case("c", "Who?"))
    assert [quote.doc_id for quote in found.quotes] == ["town.txt"]
    assert found.cited == ()


def test_progress_is_told(tmp_path: Path) -> None:
    asked = SmallAssistant()
    seen: list[tuple[int, int]] = []
    about = describe(asked, CASES, load_settings(), "extractive")
    run_cases(asked, CASES, about, tmp_path, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def interrupted(folder: Path, after: int) -> None:
    asked = SmallAssistant()
    asked.stop_after = after
    with pytest.raises(KeyboardInterrupt):
        start(asked, folder)


@pytest.mark.parametrize("after", [0, 1, 3])
def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path, after: int) -> None:
    interrupted(tmp_path, after)
    asked = SmallAssistant()
    done, state = start(asked, tmp_path)
    assert state == "resumed"
    assert asked.asked == [c.question for c in CASES[after:]]
    assert done.outcomes == start(SmallAssistant(), tmp_path / "whole")[0].outcomes


@pytest.mark.parametrize("lost", [1, 30, 5_000])
def test_a_line_that_was_cut_off_is_run_again(tmp_path: Path, lost: int) -> None:
    interrupted(tmp_path, 3)
    path = tmp_path / FILE_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][: max(1, len(lines[3]) - lost)])
    asked = SmallAssistant()
    done, state = start(asked, tmp_path)
    assert state == "resumed"
    assert asked.asked == [c.question for c in CASES[2:]]
    assert len(path.read_text("utf-8").splitlines()) == 5
    assert [o.id for o in done.outcomes] == ["a", "b", "c", "d"]


def test_a_line_that_is_no_outcome_ends_what_is_kept(tmp_path: Path) -> None:
    interrupted(tmp_path, 3)
    path = tmp_path / FILE_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1] + b'{"id": "b"}\n' + lines[3])
    asked = SmallAssistant()
    start(asked, tmp_path)
    assert asked.asked == [c.question for c in CASES[1:]]


@pytest.mark.parametrize("head", [b"", b"{", b"[]\n", b'{"run": 1}\n', b"\xff\n"])
def test_a_journal_that_cannot_be_read_is_started_anew(tmp_path: Path, head: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(head)
    asked = SmallAssistant()
    assert start(asked, tmp_path)[1] == "other"
    assert len(asked.asked) == 4


def test_a_finished_run_is_run_again(tmp_path: Path) -> None:
    start(SmallAssistant(), tmp_path)
    asked = SmallAssistant()
    assert start(asked, tmp_path)[1] == "complete"
    assert len(asked.asked) == 4


def test_results_of_another_run_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def state(asked: SmallAssistant, cases: list[Case] | None = None, **settings: Any) -> str:
        (tmp_path / FILE_NAME).unlink(missing_ok=True)
        interrupted(tmp_path, 2)
        return start(asked, tmp_path, cases, **settings)[1]

    assert state(SmallAssistant()) == "resumed"
    assert state(SmallAssistant(corpus_sha256="d" * 64)) == "other"
    assert state(SmallAssistant(generation=2)) == "other"
    assert state(SmallAssistant(), CASES[:3]) == "other"
    assert state(SmallAssistant(), answer={"min_confidence": 0.4}) == "other"
    interrupted(tmp_path / "code", 2)
    monkeypatch.setattr(run_module, "code_sha256", lambda: "another version")
    assert start(SmallAssistant(), tmp_path / "code")[1] == "other"


def test_where_things_lie_changes_no_run(tmp_path: Path) -> None:
    one, two = (describe(SmallAssistant(), CASES, load_settings(store=tmp_path / s), "extractive") for s in "ab")
    assert one == two


def test_nothing_is_written_for_cases_of_another_index(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="not in the index"):
        start(SmallAssistant(), tmp_path / "out", [case("a", doc_ids=("gone.txt",))])
    assert not (tmp_path / "out").exists()


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock"), pytest.raises(AssistantError, match="Another run"):
        start(SmallAssistant(), tmp_path)


@pytest.mark.parametrize(
    ("document", "link", "known"),
    [
        (TOWN, "https://example.org/town", True),
        (TOWN, "https://example.org/town#top:~:text=The%20town", True),
        (TOWN, "/documents/town.txt?start=0&end=3#quote", True),
        (TOWN, "https://example.org/town/2", False),
        (TOWN, "https://evil.example/#https://example.org/town", False),
        (TOWN, "/documents/bridge.txt", False),
        (BRIDGE, "/documents/bridge.txt?start=0&end=3#quote", True),
        (BRIDGE, "", False),
        (Document("a b/ż.txt", "t", "x"), "/documents/a%20b/%C5%BC.txt?start=0&end=1#quote", True),
    ],
)
def test_a_link_is_known_by_its_document(document: Document, link: str, known: bool) -> None:
    assert is_known_link(link, document) is known


class Liar(SmallAssistant):
    """Cites a text that its documents do not have."""

    def document(self, doc_id: str) -> Document:
        return Document(doc_id, "t", "Quite another text, long enough to be cut.")


def test_a_quote_is_compared_with_its_document() -> None:
    assert Citation(1, 0, 26, "", BRIDGE).quote == BRIDGE.text[:26]
    (quote,) = run_case(Liar(), case("a", "bridge")).quotes
    assert not quote.exact
