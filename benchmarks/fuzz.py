"""Whatever the bytes: the parsers give a document or a reason, and the chunker exact slices that leave nothing out.

    python -m benchmarks.fuzz TARGET [--seconds 600] [--out FOLDER] [--again FILE] [--seed 0]

mutates the samples of testkit/ by what they are made of. With atheris (`pip install atheris`) it keeps what reaches new
code; without it, it changes inputs blindly. Each kind of finding (an error that is none of ours, a broken property, an
input that takes longer than LIMIT_S or more than MEMORY_BYTES, another result the second time) is printed once and its
smallest input kept in the folder. Exit code 1 when there was one. `--again` runs one kept input and lets the error
through.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import re
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType

from assistant.ingest.chunk import Limits
from assistant.records import Document
from benchmarks.fuzz_checks import LIBRARIES, READERS, TIDY, BrokenError, HungryError, check_document, require
from benchmarks.fuzz_inputs import ZIPPED, blindly, mutated, seeds
from testkit.growth import TooSlowError, time_limit
from testkit.growth_targets import LIMITS

LIMIT_S = 4.0
MEMORY_BYTES = 500_000_000
LONGEST = 20_000
POOL = 200
"""Inputs from which those are made that are changed blindly."""


@dataclass(slots=True)
class Fuzzer:
    """Runs inputs until the time is up, and keeps what it finds."""

    target: str
    out: Path
    ends: float
    limits: Limits
    runs: int = 0
    peak: int = 0
    slowest_s: float = 0.0
    found: dict[str, int] = field(default_factory=dict)

    def run(self, data: bytes) -> None:
        """One input; a finding is kept and nothing raised."""
        if time.monotonic() > self.ends:
            print(
                f"{self.target}: {self.runs} runs, slowest {self.slowest_s:.1f} s, {len(self.found)} findings",
                flush=True,
            )
            os._exit(bool(self.found))
        self.runs += 1
        started = time.monotonic()
        try:
            with time_limit(LIMIT_S):
                self.check(data)
            if (peak := peak_bytes()) > self.peak + MEMORY_BYTES and self.runs > 1:
                raise HungryError(f"{(peak - self.peak) / 1e6:.0f} MB")
        except Exception as error:
            self._keep(data, error)
        self.peak = peak_bytes() if self.runs == 1 or peak_bytes() > self.peak + MEMORY_BYTES else self.peak
        self.slowest_s = max(self.slowest_s, time.monotonic() - started)

    def check(self, data: bytes) -> None:
        """Raises whatever is wrong with what comes of `data`."""
        read = READERS[self.target]
        documents = self._read(data)
        for document in documents:
            check_document(document, self.limits, tidy=self.target in TIDY)
        if self.runs % 8 == 0 and documents:
            require(read(data) == documents, "another result the second time")

    def _read(self, data: bytes) -> list[Document]:
        try:
            return READERS[self.target](data)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1].filename
            if any(library in last for library in LIBRARIES.get(self.target, ())) and not isinstance(
                error, TooSlowError
            ):
                return []
            raise

    def _keep(self, data: bytes, error: Exception) -> None:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/assistant/" in frame.filename]
        place = f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else "property"
        kind = f"{type(error).__name__} {error if isinstance(error, BrokenError) else ''} in {place}"
        if len(data) >= self.found.get(kind, sys.maxsize):
            return
        if kind not in self.found:
            print(f"{self.target}: {kind}: {str(error)[:200]}", flush=True)
        self.found[kind] = len(data)
        name = re.sub(r"\W+", "-", f"{self.target}-{kind}")
        (self.out / name).write_bytes(data)


def peak_bytes() -> int:
    """The most memory that this process ever had (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def own_functions() -> list[FunctionType]:
    """The functions that read and cut: what is new in them is what the fuzzer looks for."""
    names = [name for name in sys.modules if name.startswith(("assistant.ingest.", "assistant.text."))]
    found: dict[int, FunctionType] = {}
    for holder in [sys.modules[name] for name in names]:
        for value in list(vars(holder).values()):
            inside = list(vars(value).values()) if isinstance(value, type) else [value]
            for function in inside:
                if isinstance(function, FunctionType) and function.__module__ in names:
                    found[id(function)] = function
    return list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=sorted(READERS))
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--out", type=Path, default=Path("fuzz"))
    parser.add_argument("--again", type=Path)
    parser.add_argument("--seed", type=int, default=0, help="of the changes without atheris")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    fuzzer = Fuzzer(asked.target, asked.out, time.monotonic() + asked.seconds, LIMITS)
    if asked.again:
        fuzzer.check(asked.again.read_bytes())
        return
    if importlib.util.find_spec("atheris") is None:
        for data in blind_inputs(asked.target, asked.seed):
            fuzzer.run(data)
    else:
        run_guided(fuzzer)


def longest(target: str) -> int:
    """How many bytes an input has at most."""
    return 60_000 if target in ("pdf", *ZIPPED) else LONGEST


def blind_inputs(target: str, seed: int) -> Iterator[bytes]:
    """Yield samples that are changed at random, and changed again, without end."""
    rest = random.Random(seed)
    pool = seeds(target)
    first = len(pool)
    while True:
        data = rest.choice(pool)
        for _ in range(rest.choice((1, 1, 2, 4))):
            data = mutated(data, target, rest, lambda part: blindly(part, rest))[: longest(target)]
        yield data
        if rest.random() < 0.1:
            pool.append(data)
        if len(pool) > POOL:
            del pool[rest.randrange(first, len(pool))]


def run_guided(fuzzer: Fuzzer) -> None:
    """Let atheris look for inputs that reach new code, until the time is up."""
    import atheris

    for function in own_functions():
        atheris.instrument_func(function)
    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(seeds(fuzzer.target)):
            (Path(corpus) / str(number)).write_bytes(data)

        def mutate(data: bytes, most: int, seed: int) -> bytes:
            changed = mutated(data, fuzzer.target, random.Random(seed), lambda part: atheris.Mutate(part, most))
            return changed[:most]

        arguments = [sys.argv[0], corpus, f"-max_len={longest(fuzzer.target)}"]
        atheris.Setup([*arguments, "-rss_limit_mb=4000", "-timeout=120"], fuzzer.run, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
