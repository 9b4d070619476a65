"""The comparison with peers, without installing any: our own side is real. A small program that speaks the adapters'
protocol stands in for a peer and, where only counting is tested, for our side too."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from assistant.evaluate.cases import Case, read_cases
from assistant.factory import cache_folder
from assistant.models.bundled import model_folder
from assistant.protocols import LayeredEncoder
from assistant.settings import load_settings
from benchmarks.peer_report import FLOOR, OURS, Figures, Setting, behind, markdown, picture, ratios
from benchmarks.peers import PEERS, TORCH, PeerError, System, installed, measure, running, sample

DOCUMENTS = [
    {
        "id": "lamp",
        "title": "The lighthouse",
        "text": "Its lamp is seen from 48 kilometres away. It was built in 1822.",
    },
    {"id": "boat", "title": "The ferry", "text": "The ferry leaves at six and takes forty minutes."},
    {"id": "3", "title": "The market", "text": "Fish is sold in the market hall every morning but Sunday."},
]
QUESTIONS = [
    {"id": "q1", "question": "How far is the lamp seen?", "answers": ["48"], "doc_ids": ["lamp"], "answerable": True},
    {"id": "q2", "question": "When does the ferry leave?", "answers": ["six"], "doc_ids": ["boat"], "answerable": True},
    {"id": "q3", "question": "Who built the pier?", "answers": [], "doc_ids": [], "answerable": False},
    {
        "id": "q4",
        "question": "And where is fish sold?",
        "answers": ["hall"],
        "doc_ids": ["3"],
        "answerable": True,
        "history": [{"role": "user", "content": "When does the ferry leave?"}],
    },
]
PASSAGES = [{"id": str(n), "doc_id": d["id"], "title": d["title"], "text": d["text"]} for n, d in enumerate(DOCUMENTS)]
FAKE = """
import sys, json, os
from pathlib import Path
from benchmarks.peer_protocol import read_passages, serve
kind, passages = sys.argv[1:3]
asked = 0
def index(path):
    print("libraries print", flush=True)
    if kind == "assistant":
        Path(passages).write_text(sys.argv[3])
    else:
        assert ("1", "The ferry\\nThe ferry leaves at six and takes forty minutes.") in read_passages(path)
def ask(question, k):
    global asked
    asked += 1
    if kind == "dying" and asked > 2:
        raise SystemExit("it has had enough")
    return ["lamp", "lamp", "boat"][:k] if kind == "assistant" else ["1", "0"]
serve(kind, ["pip"], index, ask, lambda: {"passages": 3, "texts": 7} if kind == "assistant" else {})
"""  # fmt: skip


def write_set(folder: Path) -> tuple[Path, Path]:
    corpus, queries = folder / "corpus.jsonl", folder / "queries.jsonl"
    corpus.write_text("\n".join(map(json.dumps, DOCUMENTS)), "utf-8")
    queries.write_text("\n".join(map(json.dumps, QUESTIONS)), "utf-8")
    return corpus, queries


def fake(kind: str, folder: Path) -> list[str]:
    program = folder / "fake.py"
    program.write_text(FAKE, "utf-8")
    return [sys.executable, str(program), kind, str(folder / "p.jsonl"), "\n".join(map(json.dumps, PASSAGES))]


def asked_of(folder: Path) -> tuple[Path, list[Case]]:
    corpus, queries = write_set(folder)
    work = folder / "work"
    work.mkdir()
    return sample(corpus, queries, 100, 100, work)


def figures_of(system: str, seconds: float, query_s: float, memory: int, rank: float) -> Figures:
    return Figures(system, {"one": "1.0"}, 10, 30, [seconds], [seconds / 2], [query_s] * 3, [memory], [rank])


def test_our_side_and_the_floor_are_measured_on_the_same_index(tmp_path: Path, encoder: LayeredEncoder) -> None:
    del encoder  # the model is unpacked then
    own = cache_folder(load_settings())
    cache = tmp_path / "cache"
    cache.mkdir()
    model_folder(cache).symlink_to(model_folder(own))
    documents, cases = asked_of(tmp_path)
    command = [sys.executable, "-m", "benchmarks.peer_assistant", str(cache), str(tmp_path / "store")]
    passages = tmp_path / "p.jsonl"
    figures = measure({OURS: [*command, str(passages)], FLOOR: command}, documents, passages, cases, 1)
    ours, floor = figures[OURS], figures[FLOOR]
    assert ours.passages == floor.passages == 3
    assert ours.texts == 5  # four sentences and the passages; two of those are one sentence
    assert {json.loads(line)["doc_id"] for line in passages.read_text("utf-8").splitlines()} == {"lamp", "boat", "3"}
    assert ours.mrr() == floor.mrr() == 1
    assert len(ours.query_s) == len(floor.query_s) == 2
    assert ours.peak_mb() > 50
    assert "onnxruntime" in ours.versions or "torch" in ours.versions


def test_figures_are_counted_over_rounds_and_a_peer_that_fails_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents, cases = asked_of(tmp_path)
    starts = {
        OURS: fake("assistant", tmp_path),
        "slow": fake("slow", tmp_path),
        "dying": fake("dying", tmp_path),
        "absent": [sys.executable, "-m", "no_such_module"],
    }
    figures = measure(starts, documents, tmp_path / "p.jsonl", cases, 2)
    assert list(figures) == [OURS, "slow"]
    said = capsys.readouterr().out
    assert "Left out: dying ended: it has had enough" in said
    assert "Left out: absent ended" in said
    ours, slow = figures[OURS], figures["slow"]
    assert (len(ours.index_s), len(ours.query_s), len(ours.peak_bytes)) == (2, 4, 2)
    assert (ours.passages, ours.texts, slow.passages, slow.texts) == (3, 7, 3, 3)
    assert sorted(ours.reciprocal_ranks) == [0.5, 1]  # a document found twice has one rank
    assert sorted(slow.reciprocal_ranks) == [0.5, 1]
    assert slow.versions.keys() == {"pip"}


def test_nothing_goes_on_without_our_own_side(tmp_path: Path) -> None:
    documents, cases = asked_of(tmp_path)
    with pytest.raises(PeerError, match="no_such_module"):
        measure({OURS: [sys.executable, "-m", "no_such_module"]}, documents, tmp_path / "p.jsonl", cases, 1)


def test_a_system_ends_with_its_block_also_when_that_is_interrupted(tmp_path: Path) -> None:
    systems: list[System] = []

    def interrupted() -> None:
        with running("slow", fake("slow", tmp_path), tmp_path) as system:
            systems.append(system)
            assert system.process.poll() is None
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert systems[0].process.returncode is not None


def test_questions_are_those_that_stand_alone_and_are_about_the_documents_taken(tmp_path: Path) -> None:
    corpus, queries = write_set(tmp_path)
    taken, cases = sample(corpus, queries, 100, 100, tmp_path)
    assert len(taken.read_text("utf-8").splitlines()) == 3
    assert {case.id for case in cases} == {"q1", "q2"}
    taken, cases = sample(corpus, queries, 1, 100, tmp_path)
    (only,) = map(json.loads, taken.read_text("utf-8").splitlines())
    assert {doc_id for case in cases for doc_id in case.doc_ids} <= {only["id"]}
    assert len(read_cases([queries])) == 4


def test_an_environment_with_the_same_versions_is_used_again(tmp_path: Path) -> None:
    (tmp_path / "txtai").mkdir()
    (tmp_path / "txtai" / "installed.txt").write_text("\n".join((TORCH, *PEERS["txtai"])), "utf-8")
    assert installed("txtai", tmp_path).is_relative_to(tmp_path / "txtai")
    assert [path.name for path in (tmp_path / "txtai").iterdir()] == ["installed.txt"]


def test_the_table_gives_ratios_the_floor_and_where_ours_is_behind() -> None:
    ours = figures_of(OURS, 2, 0.010, 100_000_000, 0.9)
    peer = figures_of("Peer", 4, 0.005, 200_000_000, 0.9)
    floor = figures_of(FLOOR, 1, 0.008, 50_000_000, 0.8)
    assert ratios(ours, peer)["ingest, passages/s"] == pytest.approx(2)
    assert ratios(ours, peer)["peak memory, MB"] == pytest.approx(0.5)
    assert behind([ours, peer, floor]) == [
        "query p50, ms: 2.00 of Peer",
        "query p95, ms: 2.00 of Peer",
        "mrr@10: 1.00 of Peer",
    ]
    setting = Setting("set", 5, 3, 1, 2, "a machine", 0.5, 1.0, ("Other",))
    table = markdown(setting, [ours, peer, floor])
    assert "| ingest, passages/s | 5.0 | 2.5 | 2.00 |" in table
    assert "15.0 texts/s" in table
    assert "assistant 100 ms, Peer 200 ms." in table
    assert "Left out, since it failed: Other." in table
    assert "takes 1.25 times that (below 1.5)" in table
    ours.query_s = [0.016] * 3
    assert "takes 2.00 times that (NOT below 1.5)" in markdown(setting, [ours, peer, floor])


def test_the_picture_has_a_bar_for_each_system_on_each_line() -> None:
    found = [figures_of(OURS, 2, 0.01, 100, 0.9), figures_of("P & Q", 4, 0.02, 200, 0.8), figures_of(FLOOR, 1, 1, 1, 1)]
    drawn = ET.fromstring(picture(Setting("a<b", 5, 3, 1, 2, "m", 0.5, 1.0), found))
    bars = [element for element in drawn.iter() if element.tag.endswith("rect")]
    assert len(bars) == 10
    widths = [float(bar.attrib["width"]) for bar in bars[:4]]
    assert widths == pytest.approx([widths[0], widths[0] / 2, widths[0] / 2, widths[0]])
