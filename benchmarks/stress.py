"""Many askers at once: no error but "come again later", the answers of one asker, and no growing memory.

    python -m benchmarks.stress STORE [--askers 50] [--seconds 60] [--idle 500]

starts a server of its own on the index of seeds/ in STORE, asks every question alone, and then all askers ask for
the time given, beside idle connections of another client, each opened again when the server closes it. Exit code 1
when a request failed otherwise than with 503 and Retry-After, when an answer differs from the one given alone, or when
the server's memory grew by more than 5% after the first third of the time.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from assistant.evaluate.cases import read_cases

CASES = Path(__file__).parents[1] / "eval" / "cases"
QUESTIONS = 12
GROWTH = 0.05
PATIENCE_S = 120
IDLE_CLIENT = "127.0.0.2"
LIMITS = {"ASSISTANT_SERVE__RATE": "0", "ASSISTANT_SERVE__CLIENT_QUESTIONS": "1000"}  # all askers are one client here


@dataclass(slots=True)
class Seen:
    """What came of the requests."""

    answered: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@contextmanager
def serving(store: Path, settings: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Address and process id of a server on a free port; `settings` are environment variables."""
    command = [sys.executable, "-m", "assistant", "serve", "--store", str(store), "--port", "0"]
    environment = {**os.environ, **LIMITS, **settings}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr
        said = process.stderr.readline()
        address = next((word for word in said.split() if word.startswith("http://")), None)
        rest = threading.Thread(target=process.stderr.read)  # or a full pipe would stop the server
        rest.start()
        try:
            if address is None:
                raise SystemExit(f"The server did not start: {said}")
            yield address, process.pid
        finally:
            process.terminate()
            rest.join()


def resident_bytes(pid: int) -> int:
    """Memory of a process, as the kernel counts it (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def essence(reply: dict[str, Any]) -> str:
    """What must be the same whoever else asks."""
    return json.dumps([reply[name] for name in ("kind", "text", "citations", "confidence")])


def ask_until(end: float, client: httpx2.Client, expected: dict[str, str], seen: Seen, lock: threading.Lock) -> None:
    """Ask in random order until `end`, waiting as long as the server says."""
    chance = random.Random(threading.get_ident())
    questions = list(expected)
    while time.monotonic() < end:
        question = chance.choice(questions)
        started = time.monotonic()
        try:
            response = client.post("/api/ask", json={"question": question})
        except httpx2.HTTPError as error:
            with lock:
                seen.wrong.append(repr(error))
            continue
        took = time.monotonic() - started
        with lock:
            if response.status_code == 200 and essence(response.json()) == expected[question]:
                seen.answered += 1
                seen.seconds.append(took)
            elif response.status_code == 503 and response.headers.get("retry-after", "").isdigit():
                seen.refused += 1
            else:
                seen.wrong.append(f"{response.status_code} {response.text[:200]}")
        if response.status_code == 503:
            time.sleep(min(float(response.headers.get("retry-after", "1")), max(0.0, end - time.monotonic())))


@contextmanager
def idle_connections(address: str, number: int) -> Iterator[None]:
    """Hold `number` connections that send nothing; each second those that were closed are opened again."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    ended = threading.Event()

    def hold() -> None:
        held: list[socket.socket] = []
        while not ended.wait(1 if held else 0):
            held = [one for one in held if is_open(one)]
            with suppress(OSError):
                while len(held) < number:
                    held.append(socket.create_connection((host, port), timeout=5, source_address=(IDLE_CLIENT, 0)))
        for one in held:
            one.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        yield
    finally:
        ended.set()
        holder.join()


def is_open(connection: socket.socket) -> bool:
    """Whether the server has not closed the connection; it is closed here, too, where it has."""
    connection.setblocking(False)
    try:
        alive = connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        alive = False
    if not alive:
        connection.close()
    return alive


def stress(
    store: Path, askers: int, seconds: float, settings: Mapping[str, str] | None = None, *, idle: int = 0
) -> dict[str, Any]:
    """The figures of one run; "wrong" lists what should not have happened, the growth of memory aside."""
    with (
        serving(store, settings or {}) as (address, pid),
        httpx2.Client(
            base_url=address, timeout=PATIENCE_S, limits=httpx2.Limits(max_connections=askers), trust_env=False
        ) as client,
        idle_connections(address, idle),
    ):
        questions = [case.question for case in itertools.islice(read_cases([CASES]), QUESTIONS)]
        expected = {q: essence(client.post("/api/ask", json={"question": q}).json()) for q in questions}
        seen, lock = Seen(), threading.Lock()
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=ask_until, args=(end, client, expected, seen, lock)) for _ in range(askers)]
        for thread in threads:
            thread.start()
        time.sleep(seconds / 3)
        warm = resident_bytes(pid)
        for thread in threads:
            thread.join()
        grown = resident_bytes(pid) / warm - 1
    in_order = sorted(seen.seconds)
    return {
        "askers": askers,
        "idle_connections": idle,
        "seconds": seconds,
        "answered": seen.answered,
        "refused": seen.refused,
        "wrong": seen.wrong[:20],
        "memory_mb": round(warm / 2**20),
        "memory_growth": round(grown, 4),
        "p50_s": round(in_order[len(in_order) // 2], 2) if in_order else None,
        "p95_s": round(in_order[int(len(in_order) * 0.95)], 2) if in_order else None,
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--askers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--idle", type=int, default=500)
    arguments = parser.parse_args()
    figures = stress(arguments.store, arguments.askers, arguments.seconds, idle=arguments.idle)
    print(json.dumps(figures, indent=2))
    if figures["wrong"] or not figures["answered"] or figures["memory_growth"] > GROWTH:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
