"""The command line, as a user and as a hostile user meets it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from assistant.ask import Assistant
from assistant.build import BuildReport
from assistant.factory import ModelFactory
from assistant.index.store import read_manifest
from assistant.settings import Settings
from tests.command import Command, Ran, assert_error, child_environment, in_process, one_object, run, run_python

COMMANDS = ("index", "ask", "search", "documents", "serve", "doctor", "key", "password")
HIT = {"rank", "doc_id", "chunk_id", "score", "start", "end", "text"}
CITATION = {
    *("number", "doc_id", "url", "link", "title", "published", "page", "quote", "start", "end", "short_answer"),
    *("parts", "context"),
}
REPLY = {
    *("kind", "question", "query", "language", "text", "citations", "hits", "confidence", "reason", "notice"),
    *("answerer", "sentences", "verification", "timings_ms"),
}
BRIDGE = "The bridge of Alda was opened in 1998.\n\nIt was built by the town council in nine years.\n"


def manifest_path(store: Path) -> Path:
    return store / "generations" / str(read_manifest(store).generation) / "manifest.json"


def edit_manifest(store: Path, **fields: object) -> None:
    path = manifest_path(store)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | fields), "utf-8")


# Help


def test_help_says_what_each_command_does_and_loads_nothing_heavy() -> None:
    script = f"""
import contextlib, sys
from assistant.cli.main import main
for arguments in ([], *([name] for name in {COMMANDS})):
    sys.argv = ["assistant", *arguments, "--help"]
    with contextlib.suppress(SystemExit):
        main()
heavy = ("torch", "gradio", "faiss", "transformers", "sentence_transformers", "numpy", "bm25s", "trafilatura")
print("LOADED", [name for name in heavy if name in sys.modules])
"""
    ran = run_python("-c", script)
    assert (ran.code, ran.err) == (0, "")
    assert "LOADED []" in ran.out
    text = " ".join(ran.out.split())
    for promise in (
        *(
            "Answer questions with quotes",
            "Start with `assistant index --source FOLDER`",
            "0 done, 1 failed, 2 wrong usage",
        ),
        *("Build or update the index", "A folder, a file or a .jsonl", "Answer a question with quotes"),
        *("List the passages nearest to a query", "List the indexed documents", "Serve the web chat and the HTTP"),
        *("Check the installation", "[default: (vectorstore)]", "[default: (7860)"),
    ):
        assert promise in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bogus"], "No such command 'bogus'"),
        (["ask"], "Missing argument"),
        (["ask", "q", "--bogus"], "No such option: --bogus"),
        (["ask", "q", "--k", "0"], "'--k'"),
        (["ask", "q", "--k", "101"], "'--k'"),
        (["search", "q", "--k", "many"], "'--k'"),
        (["ask", "q", "--answerer", "oracle"], "'--answerer'"),
        (["serve", "--port", "65536"], "'--port'"),
        (["index", "seeds"], "unexpected extra argument"),
    ],
)
def test_wrong_usage_is_2_and_shows_the_way_to_help(command: Command, arguments: list[str], words: str) -> None:
    ran = command(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "--help" in ran.err


@pytest.mark.parametrize("option", ["--store", "--source"])
def test_an_empty_path_is_not_the_working_folder(command: Command, option: str) -> None:
    Path("letter.txt").write_text(BRIDGE, "utf-8")
    assert_error(command("index", option, ""), 2, f"{option} is empty")
    assert not Path("vectorstore").exists()


def test_a_model_that_is_not_configured_is_wrong_usage(command: Command, store: Path) -> None:
    assert_error(command("ask", "q", "--store", store, "--answerer", "model"), 2, "ASSISTANT_MODEL__BASE_URL")


def test_an_unknown_setting_is_2_and_names_the_nearest() -> None:
    assert_error(run("documents", ASSISTANT_CHUNK__TOKEN="9"), 2, "ASSISTANT_CHUNK__TOKEN", "'chunk.tokens'")


# Asking


def test_an_answer_as_json(command: Command, store: Path, assistant: Assistant) -> None:
    question = "What did Thong Nhat General Hospital implement to promote the emulation movement?"
    ran = command("ask", question, "--store", store, "--k", "4", "--json")
    reply = one_object(ran)
    assert ran.err == ""
    assert set(reply) == REPLY
    assert (reply["kind"], reply["question"], reply["reason"]) == ("answer", question, None)
    assert [set(citation) for citation in reply["citations"]] == [CITATION] * len(reply["citations"])
    assert [set(hit) for hit in reply["hits"]] == [HIT] * 4
    assert [hit["rank"] for hit in reply["hits"]] == [1, 2, 3, 4]
    assert reply["citations"]
    for citation in reply["citations"]:
        text = assistant.document(citation["doc_id"]).text
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        assert f"[{citation['number']}]" in reply["text"]


def test_an_abstention_is_no_failure(command: Command, store: Path) -> None:
    reply = one_object(command("ask", "What is the capital of Mongolia?", "--store", store, "--json"))
    assert set(reply) == REPLY | {"closest"}
    assert (reply["kind"], reply["citations"]) == ("abstention", [])
    assert reply["reason"] in ("no_evidence", "weak_evidence")
    assert all(set(quote) == CITATION for quote in reply["closest"])
    assert reply["hits"]


def test_for_people_an_answer_is_followed_by_its_sources(command: Command, store: Path) -> None:
    ran = command("ask", "What did Thong Nhat General Hospital implement?", "--store", store)
    answer, sources = ran.out.split("\n\n", 1)
    assert ran.code == 0
    assert answer.endswith("]")
    assert sources.startswith("[1] ")
    assert "https://dongnai.gov.vn/" in sources


def test_for_people_an_abstention_offers_the_closest_passages(command: Command, store: Path) -> None:
    ran = command("ask", "Where do hospitals of Mongolia buy their bicycles?", "--store", store)
    assert ran.code == 0
    assert ran.out.startswith("I did not find")
    assert "Closest passages, which do not answer the question:" in ran.out


@pytest.mark.parametrize("name", ["ask", "search"])
@pytest.mark.parametrize(("question", "words"), [("", "empty"), (" \t\0 ", "empty"), ("x" * 5000, "5,000 characters")])
def test_an_empty_or_endless_question_is_refused(
    command: Command, store: Path, name: str, question: str, words: str
) -> None:
    assert_error(command(name, "--store", store, "--", question), 2, words)


@pytest.mark.parametrize(
    "question", ["😀😀", "これは何ですか", "?", "\ud83d", "\u202e\x1b[31m", "-k", "'; DROP TABLE chunks"]
)
def test_a_question_without_sense_is_an_abstention(command: Command, store: Path, question: str) -> None:
    assert one_object(command("ask", "--store", store, "--json", "--", question))["kind"] == "abstention"


def test_bytes_that_are_no_text_and_nul_are_questions_too(command: Command, store: Path) -> None:
    question = "What did\0 Thong Nhat General Hospital \udcff implement?"
    reply = one_object(command("ask", question, "--store", store, "--json"))
    assert reply["question"] == "What did Thong Nhat General Hospital ? implement?"
    assert reply["hits"][0]["doc_id"].startswith("000_")


def test_searching(command: Command, store: Path) -> None:
    found = one_object(command("search", "electronic medical records", "--store", store, "--k", "2", "--json"))
    assert list(found) == ["query", "hits"]
    assert [hit["rank"] for hit in found["hits"]] == [1, 2]
    assert [set(hit) for hit in found["hits"]] == [HIT, HIT]
    shown = command("search", "electronic medical records", "--store", store, "--k", "2").out
    assert [line.split(".")[0].strip() for line in shown.splitlines()[::2]] == ["1", "2"]


# Earlier turns


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "history.json"


TURNS = [
    {"role": "user", "content": "What did Thong Nhat General Hospital implement?"},
    {"role": "assistant", "content": "Commendation activities. [1]"},
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_question_is_understood_after_its_history(
    command: Command, store: Path, history: Path, encoding: str
) -> None:
    history.write_text(json.dumps(TURNS), encoding)
    reply = one_object(command("ask", "And why?", "--history", history, "--store", store, "--json"))
    assert reply["question"] == "And why?"
    assert reply["query"] == "What did Thong Nhat General Hospital implement? And why?"
    assert reply["hits"][0]["doc_id"].startswith("000_")


def test_half_an_emoji_and_nul_in_the_history_do_no_harm(command: Command, store: Path, history: Path) -> None:
    history.write_text(json.dumps([{"role": "user", "content": "hospital \ud83d\0 staff"}]), "utf-8")
    reply = one_object(command("ask", "And why?", "--history", history, "--store", store, "--json"))
    assert reply["query"] == "hospital ? staff And why?"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000], ids=["empty", "cut", "UTF-16", "deep"])
def test_a_history_that_is_no_json_is_refused(command: Command, store: Path, history: Path, content: bytes) -> None:
    history.write_bytes(content)
    assert_error(
        command("ask", "q", "--history", history, "--store", store), 2, f"{history} cannot be read", "not JSON"
    )


@pytest.mark.parametrize(
    "turn", ["null", "[1]", '["a"]', '[{"role": "user"}]', '{"role": "system", "content": "x"}', '{"role": []}']
)
def test_a_history_without_turns_is_refused(command: Command, store: Path, history: Path, turn: str) -> None:
    history.write_text(turn, "utf-8")
    assert_error(command("ask", "q", "--history", history, "--store", store), 2, "not a message", '{"role": "user"')


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_history_that_is_no_file_is_refused(command: Command, store: Path, name: str) -> None:
    assert_error(command("ask", "q", "--history", name, "--store", store), 2, f"The history {name} cannot be read")


# Indexing


@pytest.mark.parametrize("arguments", [("ask", "q"), ("search", "q"), ("documents",), ("documents", "--json")])
def test_without_an_index_the_way_to_one_is_told(command: Command, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert_error(command(*arguments, "--store", tmp_path / "none"), 1, "There is no index", "assistant index")


def test_a_truncated_store_is_refused_by_name(own_store: Path) -> None:
    path = manifest_path(own_store).parent / "dense.faiss"
    path.write_bytes(path.read_bytes()[:-1])
    assert_error(run("documents", "--store", own_store), 1, "damaged: dense.faiss", "assistant index")


def test_the_store_of_another_format_is_refused(command: Command, own_store: Path) -> None:
    edit_manifest(own_store, format_version=99)
    for arguments in (("ask", "q"), ("documents",)):
        assert_error(command(*arguments, "--store", own_store), 1, "format 99", "assistant index")


@pytest.mark.parametrize(
    ("model", "words"),
    [("bundled", "another version of the embedding model 'bundled'"), ("other/model", "'other/model'; the settings")],
)
def test_the_store_of_another_model_is_refused(command: Command, own_store: Path, model: str, words: str) -> None:
    edit_manifest(own_store, model=model, model_fingerprint="else")
    for arguments in (("ask", "q"), ("search", "q")):
        assert_error(command(*arguments, "--store", own_store), 1, words, "assistant index")


@pytest.mark.parametrize("fields", [{"files": None}, {"files": []}, {"settings": 3}, {"generation": 99}, {"extra": 1}])
def test_a_manifest_that_makes_no_sense_is_refused(
    command: Command, own_store: Path, fields: dict[str, object]
) -> None:
    edit_manifest(own_store, **fields)
    for arguments in (("ask", "q"), ("documents",)):
        assert_error(command(*arguments, "--store", own_store), 1, "manifest.json", "assistant index")


def test_a_current_without_end_is_refused(command: Command, own_store: Path) -> None:
    (own_store / "CURRENT").write_text("9" * 5000, "ascii")
    assert_error(command("documents", "--store", own_store), 1, "CURRENT", "assistant index")


# What is indexed


def test_a_reader_that_stops_early_is_no_error(store: Path) -> None:
    arguments = [sys.executable, "-m", "assistant", "documents", "--store", str(store), "--text"]
    with subprocess.Popen(
        arguments, env=child_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_an_error(store: Path) -> None:
    arguments = [sys.executable, "-m", "assistant", "documents", "--store", str(store)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            arguments, env=child_environment(), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert_error(Ran(done.returncode, "", done.stderr), 1, "No space left")


# Serving


def test_a_port_in_use_is_said_before_anything_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = run("serve", "--port", port, "--store", tmp_path / "none", timeout_s=30)
    assert_error(ran, 1, f"Port {port}", "--port")  # and not: there is no index


def test_serving_without_documents_says_so(command: Command, tmp_path: Path) -> None:
    ran = command("serve", "--port", "0", "--store", tmp_path / "none")
    assert ran.code == 1
    assert "There is no index" in ran.err
    assert "Error: The source seeds does not exist." in ran.err


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGBUS"), reason="no such signal")
def test_a_service_that_a_truncated_file_ends_leaves_a_word(seed_settings: Settings, seed_report: BuildReport) -> None:
    del seed_report
    with subprocess.Popen(
        [sys.executable, "-m", "assistant", "serve", "--port", "0", "--store", seed_settings.store],
        env=child_environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            assert "http://" in process.stderr.readline()
            process.send_signal(signal.SIGBUS)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGBUS
    assert "Bus error" in errors


# Faults


def test_a_missing_package_is_said_in_words() -> None:
    script = "import sys; sys.modules['faiss'] = None; from assistant.cli.main import main; main()"
    assert_error(run_python("-c", script, "documents"), 1, "faiss", "make install")


def test_a_fault_of_the_program_is_no_traceback(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_settings: Settings) -> NoReturn:
        raise RuntimeError("some\nlong story")

    command = in_process(monkeypatch, capsys, ModelFactory(broken))
    assert_error(command("ask", "q", "--store", store), 1, "RuntimeError: some long story", "-X dev")
