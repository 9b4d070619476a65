"""The assistant beside txtai and Haystack: same passages, same model, same threads, one run.

    python -m benchmarks.peers CORPUS.jsonl QUERIES.jsonl [--documents N] [--queries N] [--rounds R] [--out FOLDER]

makes a virtual environment for each peer (kept in --work), indexes the documents with each system in turn, and then
asks each question of all of them, one after the other. The others get the passages that the assistant cuts, each with
the title of its document. The floor is the assistant's encoder and a flat FAISS index, and nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from assistant.errors import EvaluationError
from assistant.evaluate.cases import Case, read_cases
from assistant.evaluate.metrics import fold_hits, mrr_at
from assistant.models.bundled import unpacked_model
from benchmarks.peer_report import FLOOR, OURS, Figures, Setting, markdown, picture

ROOT = Path(__file__).parents[1]
TORCH = "torch==2.13.0"
# Both are Apache-2.0, and no dependency of the product.
PEERS = {
    "txtai": ("txtai==9.14.0", "transformers==5.23.0", "faiss-cpu==1.15.1"),
    "haystack": (
        "haystack-ai==3.4.0",
        "sentence-transformers-haystack==2.0.0",
        "sentence-transformers==6.2.0",
        "transformers==5.23.0",
    ),
}
THREADS = 2
K = 10
WARM_UP = 5
PATIENCE_S = 3600
SAMPLED_S = 0.2
ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(THREADS)),
    "OMP_WAIT_POLICY": "PASSIVE",
    "KMP_BLOCKTIME": "0",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "PYTHONPATH": str(ROOT),
}


class PeerError(Exception):
    """A system could not be installed, or failed; or there is nothing to ask."""


@dataclass(slots=True)
class System:
    """A running system."""

    name: str
    process: subprocess.Popen[str]
    log: Path
    versions: dict[str, str] = field(default_factory=dict)
    sampled_bytes: int = 0

    def request(self, **request: Any) -> dict[str, Any]:
        """Its reply. Raises PeerError when it ends instead, or takes longer than an hour."""
        assert self.process.stdin
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        return self.reply()

    def reply(self) -> dict[str, Any]:
        """What it says next. Raises PeerError."""
        assert self.process.stdout
        watch = threading.Timer(PATIENCE_S, self.process.kill)
        watch.start()
        try:
            line = self.process.stdout.readline()
        finally:
            watch.cancel()
        if not line:
            said = self.log.read_text("utf-8", "replace").strip().splitlines()
            raise PeerError(f"{self.name} ended: {said[-1] if said else 'it said nothing'}")
        try:
            told: dict[str, Any] = json.loads(line)
        except ValueError:
            raise PeerError(f"{self.name} said what is no JSON: {line[:80]!r}") from None
        return told

    def sample(self) -> None:
        """Note its memory with that of its children."""
        with suppress(psutil.Error):
            process = psutil.Process(self.process.pid)
            sizes = [process.memory_info().rss]
            for child in process.children(recursive=True):
                with suppress(psutil.Error):
                    sizes.append(child.memory_info().rss)
            self.sampled_bytes = max(self.sampled_bytes, sum(sizes))

    def peak_bytes(self) -> int:
        """Most memory it has held, its children included: as sampled, but at least what the kernel kept (Linux)."""
        self.sample()
        with suppress(OSError, ValueError):
            status = Path(f"/proc/{self.process.pid}/status").read_text("ascii").split()
            return max(self.sampled_bytes, 1024 * int(status[status.index("VmHWM:") + 1]))
        return self.sampled_bytes


@contextmanager
def running(name: str, command: Sequence[str], folder: Path) -> Iterator[System]:
    """A started system, which ends with the block whatever happens. Raises PeerError when it cannot be started."""
    log = folder / f"{name}.log"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ASSISTANT_")} | ENVIRONMENT
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            cwd=folder,
            env=environment,
        )
    system, ended = System(name, process, log), threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLED_S):
            system.sample()

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        system.versions = system.reply()["versions"]
        yield system
    finally:
        ended.set()
        sampler.join()
        process.kill()
        with process:  # closes the pipes, waits
            pass


def installed(peer: str, work: Path) -> Path:
    """The interpreter of the peer's environment, made where there is none with these versions. Raises PeerError."""
    folder, wanted = work / peer, "\n".join((TORCH, *PEERS[peer]))
    python, note = folder / ("Scripts" if os.name == "nt" else "bin") / "python", folder / "installed.txt"
    if note.is_file() and note.read_text("utf-8") == wanted:
        return python
    print(f"Installing {peer}: {', '.join(PEERS[peer])}", flush=True)
    venv.create(folder, clear=True, symlinks=os.name != "nt", with_pip=True)
    for requirements in ((TORCH,), (TORCH, *PEERS[peer])):  # torch first, or a build for GPUs would be fetched
        command = [str(python), "-m", "pip", "install", "--quiet", *requirements]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            raise PeerError(f"{peer} cannot be installed: {reason[-1] if reason else 'pip failed'}")
    note.write_text(wanted, "utf-8")
    return python


def commands(work: Path, store: Path, passages: Path) -> dict[str, list[str]]:
    """How to start each system that can be had, ours first."""
    model = unpacked_model(work / "cache")
    ours = [sys.executable, "-m", "benchmarks.peer_assistant", str(work / "cache"), str(store)]
    found = {OURS: [*ours, str(passages)]}
    for peer in PEERS:
        try:
            found[peer] = [str(installed(peer, work)), "-m", f"benchmarks.peer_{peer}", str(model)]
        except (PeerError, OSError, subprocess.SubprocessError) as error:
            print(f"Left out: {error}", flush=True)
    found[FLOOR] = ours
    return found


def prepare(command: Sequence[str], documents: Path) -> None:
    """Index one document, so that what is made once for a cache is there. Raises PeerError."""
    first = documents.with_name("first.jsonl")
    with documents.open(encoding="utf-8") as file:
        first.write_text(file.readline(), "utf-8")
    with running(OURS, command, documents.parent) as system:
        system.request(do="index", documents=str(first))


def sample(corpus: Path, queries: Path, documents: int, most: int, folder: Path) -> tuple[Path, list[Case]]:
    """A file of at most so many documents, and at most so many of the answerable questions about them that stand
    alone."""
    lines = [line for line in corpus.read_text("utf-8-sig").split("\n") if line.strip()]
    lines = random.Random(1).sample(lines, min(documents, len(lines)))
    ids = {entry.get("id", entry.get("_id")) for entry in map(json.loads, lines)}
    taken = folder / "documents.jsonl"
    taken.write_text("\n".join(lines), "utf-8")
    cases = [c for c in read_cases([queries]) if c.answerable and not c.history and ids.issuperset(c.doc_ids)]
    return taken, random.Random(1).sample(cases, min(most, len(cases)))


def measure(
    starts: dict[str, list[str]], documents: Path, passages: Path, cases: Sequence[Case], rounds: int
) -> dict[str, Figures]:
    """The figures of every system that held out, ours first. A peer that fails is told and left out from then on.

    Raises PeerError when ours fails.
    """
    figures = {name: Figures(name) for name in starts}
    for number in range(rounds):
        # Ours goes first: it cuts the passages. The others take turns, so that none is always the last.
        others = [name for name in figures if name != OURS]
        shift = number % max(1, len(others))
        with ExitStack() as stack:
            systems: list[System] = []
            for name in (OURS, *others[shift:], *others[:shift]):
                try:
                    system = stack.enter_context(running(name, starts[name], documents.parent))
                    _index(system, documents if name in (OURS, FLOOR) else passages, figures)
                    systems.append(system)
                except PeerError as error:
                    _drop(error, name, figures)
            _ask(systems, cases, _doc_ids(passages), figures)
            for system in systems:
                if system.name in figures:
                    figures[system.name].peak_bytes.append(system.peak_bytes())
        print(f"round {number + 1} of {rounds}: " + "; ".join(map(str, figures.values())), flush=True)
    return figures


def _index(system: System, documents: Path, figures: dict[str, Figures]) -> None:
    told, own = system.request(do="index", documents=str(documents)), figures[system.name]
    own.versions = system.versions
    own.index_s.append(told["seconds"])
    own.index_cpu_s.append(told["cpu_s"])
    own.passages = told.get("passages", figures[OURS].passages)
    own.texts = told.get("texts", own.passages)


def _ask(systems: list[System], cases: Sequence[Case], doc_ids: dict[str, str], figures: dict[str, Figures]) -> None:
    reciprocal: dict[str, list[float]] = {}
    warm_up = cases[:WARM_UP]
    for number, case in enumerate([*warm_up, *cases]):
        for system in (*systems[number % len(systems) :], *systems[: number % len(systems)]):
            if system.name not in figures:
                continue
            try:
                told = system.request(do="ask", question=case.question, k=K)
            except PeerError as error:
                _drop(error, system.name, figures)
                continue
            if number >= len(warm_up):
                own = system.name in (OURS, FLOOR)  # the others know passages only
                ranked = fold_hits(told["ids"] if own else [doc_ids[passage] for passage in told["ids"]])
                figures[system.name].query_s.append(told["seconds"])
                reciprocal.setdefault(system.name, []).append(mrr_at(K, ranked, case.doc_ids))
    for name in figures:
        figures[name].reciprocal_ranks = reciprocal[name]


def _doc_ids(passages: Path) -> dict[str, str]:
    lines = map(json.loads, passages.read_text("utf-8").splitlines())
    return {passage["id"]: passage["doc_id"] for passage in lines}


def _drop(error: PeerError, name: str, figures: dict[str, Figures]) -> None:
    if name == OURS:
        raise error
    del figures[name]
    print(f"Left out: {error}", flush=True)


def machine() -> str:
    """What the figures were taken on."""
    memory_gib = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    """Print the figures; write them and their picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--documents", type=int, default=1000, help="most documents taken of the corpus")
    parser.add_argument("--queries", type=int, default=200, dest="most", help="most questions asked")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, help="folder for the peers' environments and the model; kept")
    parser.add_argument("--out", type=Path, help="folder for peers-NAME.md and peers-NAME.svg")
    arguments = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(TemporaryDirectory()))
        work = (arguments.work or temporary).resolve()
        work.mkdir(parents=True, exist_ok=True)
        try:
            documents, cases = sample(
                arguments.corpus, arguments.queries, arguments.documents, arguments.most, temporary
            )
            if not cases:
                raise PeerError(f"No answerable question in {arguments.queries} is about the documents taken.")
            count = len(documents.read_text("utf-8").split("\n"))
            passages = temporary / "passages.jsonl"
            starts = commands(work, temporary / "store", passages)
            prepare(starts[OURS], documents)
            started = time.monotonic()
            figures = measure(starts, documents, passages, cases, arguments.rounds)
        except (PeerError, EvaluationError) as error:
            raise SystemExit(str(error)) from None
        minutes = (time.monotonic() - started) / 60
    corpus = arguments.corpus.resolve()
    name = corpus.parent.name if corpus.stem == "corpus" else corpus.stem
    left_out = tuple(peer for peer in PEERS if peer not in figures)
    setting = Setting(name, count, len(cases), arguments.rounds, THREADS, machine(), load, minutes, left_out)
    told = markdown(setting, list(figures.values()))
    print(told)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / f"peers-{name}.md").write_text(told, "utf-8")
        (arguments.out / f"peers-{name}.svg").write_text(picture(setting, list(figures.values())), "utf-8")


if __name__ == "__main__":
    main()
