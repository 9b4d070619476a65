"""`assistant eval` and `assistant compare`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.cli import eval_commands
from tests.command import Command, in_process
from tests.evaluate.samples import SmallAssistant, row, write_cases


@pytest.fixture
def small() -> SmallAssistant:
    """What the commands will ask."""
    return SmallAssistant()


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], small: SmallAssistant) -> Command:
    """The command line in this process, with a small assistant in place of an index."""

    @contextmanager
    def opened(_settings: object, _models: object, *, responses: object) -> Iterator[SmallAssistant]:
        del responses
        yield small

    monkeypatch.setattr(eval_commands, "opened", opened)

    return in_process(monkeypatch, capsys)


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Two answerable cases and one that is not."""
    none = row("c", question="Who is it?", answers=[], doc_ids=[], answerable=False)
    return write_cases(tmp_path / "cases.jsonl", row("a"), row("b", lang="vi"), none)


def test_json_is_one_object_and_nothing_else(command: Command, cases: Path, tmp_path: Path) -> None:
    ran = command("eval", cases, "--out", tmp_path / "out", "--json")
    assert ran.code == 0
    assert ran.out.count("\n") == 1
    found = json.loads(ran.out)
    assert (found["n"], found["answer"]["hit"], found["abstention"]["false_answer_rate"]) == (3, 1.0, 0.0)
    whole = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert {name: whole[name] for name in found} == found


def test_figures_are_shown_with_n_and_interval(command: Command, cases: Path, tmp_path: Path) -> None:
    ran = command("eval", cases, "--out", tmp_path / "out")
    assert ran.code == 0
    (line,) = [line for line in ran.out.splitlines() if line.split()[:1] == ["hit"]]
    assert line.split() == ["hit", "1.000", "[1.000,", "1.000]", "2"]
    assert "report.html" in ran.err


def test_without_arguments_the_set_of_the_project_is_run(command: Command) -> None:
    folder = Path("eval/cases")
    folder.mkdir(parents=True)
    write_cases(folder / "a.jsonl", row("a"))
    assert json.loads(command("eval", "--json").out)["n"] == 1
    (run,) = Path("eval/runs").iterdir()
    assert (run / "report.html").exists()


def test_two_sets_do_not_share_a_folder(command: Command, tmp_path: Path) -> None:
    for name in "ab":
        assert command("eval", write_cases(tmp_path / f"{name}.jsonl", row(name))).code == 0
    assert len(list(Path("eval/runs").iterdir())) == 2


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['{"id": "a"'], "bad.jsonl:1: not JSON"),
        ([row("a"), row("a")], "bad.jsonl:2: the id 'a' is already used"),
        ([row("a"), {"id": "b"}], 'bad.jsonl:2: no "answerable"'),
        ([row("a"), row("b", doc_ids=["gone.txt"])], "bad.jsonl:2: the case 'b' names 'gone.txt'"),
        ([row("a", doc_ids=["gone.txt"])], "belong to another index"),
        ([""], "no cases"),
    ],
)
def test_bad_cases_are_wrong_usage_and_leave_nothing(
    command: Command, tmp_path: Path, lines: list[object], said: str
) -> None:
    path = write_cases(tmp_path / "bad.jsonl", *lines)
    for arguments in (["--out", tmp_path / "out"], []):
        ran = command("eval", path, "--json", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
        assert ran.err.count("\n") == 2
    assert not (tmp_path / "out").exists()
    assert not Path("eval").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--answerer", "model"],
        ["--answerer", "oracle"],
        ["--allow-lower"],
        ["--new-set"],
        ["--out", ""],
        ["--store", ""],
        ["--check", "none.json"],
        ["none.jsonl"],
    ],
)
def test_wrong_usage_exits_2(command: Command, cases: Path, arguments: list[str]) -> None:
    ran = command("eval", cases, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert not Path("eval").exists()


def test_a_file_for_out_is_wrong_usage(command: Command, cases: Path) -> None:
    assert command("eval", cases, "--out", cases).code == 2


def test_a_failed_case_is_named_and_the_run_is_done(command: Command, cases: Path, tmp_path: Path) -> None:
    crash = write_cases(tmp_path / "crash.jsonl", row("x", question="crash"))
    ran = command("eval", cases, crash, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["failed"] == [
        {"id": "x", "question": "crash", "error": "RuntimeError: <b>out of order</b>"}
    ]
    assert json.loads(ran.out)["answer"]["hit"] == pytest.approx(2 / 3, abs=1e-6)


def test_a_run_in_which_everything_failed_fails(command: Command, tmp_path: Path) -> None:
    ran = command("eval", write_cases(tmp_path / "crash.jsonl", row("x", question="crash")), "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["n"] == 1
    assert "out of order" in ran.err


def test_an_interrupted_run_says_how_to_go_on(
    command: Command, cases: Path, tmp_path: Path, small: SmallAssistant
) -> None:
    small.stop_after = 1
    ran = command("eval", cases, "--out", tmp_path / "out", "--json")
    assert ran.code == 130
    assert "again to continue" in ran.err
    small.stop_after = None
    ran = command("eval", cases, "--out", tmp_path / "out", "--json")
    assert (ran.code, json.loads(ran.out)["n"]) == (0, 3)
    assert "1 of 3 cases are done" in ran.err
    assert len(small.asked) == 3


def test_another_run_in_the_folder_is_said(command: Command, cases: Path, tmp_path: Path) -> None:
    command("eval", cases, "--out", tmp_path / "out")
    ran = command("eval", write_cases(tmp_path / "b.jsonl", row("b")), "--out", tmp_path / "out")
    assert "starting a new one" in ran.err


def test_the_gate_passes_and_stops(command: Command, cases: Path, tmp_path: Path) -> None:
    floors = tmp_path / "baseline.json"
    assert command("eval", cases, "--update-baseline", "--check", floors).code == 0
    assert command("eval", cases, "--check", floors).code == 0
    baseline = json.loads(floors.read_text("utf-8"))
    baseline["floors"]["answer.f1"] = 0.9
    floors.write_text(json.dumps(baseline))
    ran = command("eval", cases, "--check", floors, "--json")
    assert ran.code == 1
    assert "answer.f1 is" in ran.err
    assert json.loads(ran.out)["n"] == 3
    refused = command("eval", cases, "--update-baseline", "--check", floors)
    assert refused.code == 1
    assert "--allow-lower" in refused.err
    assert json.loads(floors.read_text("utf-8")) == baseline
    assert command("eval", cases, "--update-baseline", "--allow-lower", "--check", floors).code == 0
    assert json.loads(floors.read_text("utf-8"))["floors"]["answer.f1"] < 0.9


def test_the_baseline_of_the_project_is_the_default(command: Command, cases: Path) -> None:
    assert command("eval", cases, "--update-baseline").code == 0
    assert Path("eval/baseline.json").exists()
    assert command("eval", cases, "--update-baseline").code == 0


def test_two_runs_are_compared(command: Command, tmp_path: Path, small: SmallAssistant) -> None:
    path = write_cases(tmp_path / "cases.jsonl", *(row(f"a{i}", question=f"bridge {i}") for i in range(20)))
    command("eval", path, "--out", tmp_path / "a")
    same = command("compare", tmp_path / "a", tmp_path / "a" / "report.json")
    assert same.code == 0
    assert "20 shared cases" in same.out
    asked = small.ask
    small.ask = lambda question, **more: asked("crash" if "1" in question else question, **more)  # type: ignore[method-assign]
    command("eval", path, "--out", tmp_path / "b")
    worse = command("compare", tmp_path / "a", tmp_path / "b", "--json")
    assert worse.code == 1
    found = json.loads(worse.out)
    assert "answer.hit" in found["regressions"]
    assert len(found["lost"]) == 11
    assert command("compare", tmp_path / "b", tmp_path / "a").code == 0


def test_comparing_what_is_no_run_is_wrong_usage(command: Command, tmp_path: Path) -> None:
    ran = command("compare", tmp_path / "none", tmp_path / "none")
    assert (ran.code, ran.out) == (2, "")
