"""The figures of the README and the release notes: `python -m benchmarks.figures [FOLDER]`, on an idle Linux machine.

Each runs the product as a user does, in its own processes, on an index of FOLDER (default seeds/) built anew.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

QUESTIONS = (
    "How many scientific research projects did the conferences attract?",
    "Ile jednostek służby publicznej podlega Departamentowi Zdrowia Hajfong?",
    "Giám đốc Bệnh viện Hữu nghị Việt Tiệp là ai?",
    "giam doc benh vien huu nghi viet tiep la ai",
    "What is the boiling point of mercury?",
)
ASKED = 20


def assistant(*arguments: str, store: Path) -> list[str]:
    """The command line that runs the product."""
    return [sys.executable, "-m", "assistant", *arguments, "--store", str(store)]


def timed(command: list[str]) -> tuple[float, int, str]:
    """Wall seconds, peak memory in MB, and stdout of a process that must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - started, usage.ru_maxrss // 1024, output


def warm_build(folder: str, store: Path) -> float:
    """Seconds of a build in a process that has loaded the model before."""
    from assistant.build import build_index
    from assistant.settings import load_settings

    with tempfile.TemporaryDirectory() as other:
        build_index(load_settings(sources=(folder,), store=Path(other)))
    return build_index(load_settings(sources=(folder,), store=store)).seconds


def serve(store: Path) -> None:
    """Start the server, ask it, and print how soon it was ready, how fast it answered, and its peak memory."""
    started = time.perf_counter()
    process = subprocess.Popen(assistant("serve", "--port", "0", store=store), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    address = next(word for line in process.stderr for word in line.split() if word.startswith("http"))
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}/readyz").close()
                break
            except OSError:
                time.sleep(0.05)
        print(f"serve: ready to answer after {time.perf_counter() - started:.1f} s")
        taken = []
        for n in range(ASKED):
            body = json.dumps({"question": QUESTIONS[n % len(QUESTIONS)]}).encode()
            request = urllib.request.Request(f"{address}/api/ask", body, {"Content-Type": "application/json"})
            asked = time.perf_counter()
            urllib.request.urlopen(request).read()
            taken.append(1000 * (time.perf_counter() - asked))
        print(f"ask over HTTP, {ASKED} questions: p50 {statistics.median(taken):.0f} ms, max {max(taken):.0f} ms")
        peak = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in line)
        print(f"serve: peak memory {int(peak.split()[1]) // 1024} MB")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def main() -> None:
    """Print every figure."""
    folder = sys.argv[1] if len(sys.argv) > 1 else "seeds"
    with tempfile.TemporaryDirectory() as work:
        store = Path(work) / "store"
        helped = statistics.median(timed([sys.executable, "-m", "assistant", "--help"])[0] for _ in range(5))
        print(f"--help: {helped:.2f} s (median of 5)")
        seconds, memory, output = timed(assistant("index", "--source", folder, "--json", store=store))
        report = json.loads(output)
        print(f"index: {report['documents']} documents, {report['chunks']} chunks, {seconds:.1f} s in all, {memory} MB")
        print(f"index: {warm_build(folder, Path(work) / 'warm'):.1f} s with the model's files in memory")
        seconds, memory, _ = timed(assistant("ask", QUESTIONS[0], "--json", store=store))
        print(f"ask: {seconds:.1f} s as one process, peak memory {memory} MB")
        serve(store)


if __name__ == "__main__":
    main()
