"""Builds that are killed, and builds that fill the disk: what is left behind each time, and what the next build does.

    python -m benchmarks.crash [--kills 200] [--fills 20] [--seed 1]

Each round changes some documents and begins a build, which is killed (SIGKILL) at a random moment, or writes to a small
file system of its own (tmpfs; needs root, or user namespaces) until that is full. Then the index must open with all its
hashes right, hold all documents as they were before or all as they are now, and answer; the next build must complete,
lose nothing, and embed nothing that was kept. Exit code 1 when one of it fails.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from assistant.build import build_index
from assistant.errors import StoreError
from assistant.factory import cache_folder, make_encoder
from assistant.index.embedding_cache import EmbeddingCache
from assistant.index.store import open_generation
from assistant.ingest.load import load_documents
from assistant.models.onnx_encoder import OnnxEncoder
from assistant.records import Vectors, sha256_text
from assistant.settings import Settings, load_settings

DOCUMENTS = 24
CHANGED = 6
_NOUNS = "bridge tower harbour market school library mill garden station chapel".split()
_PLACES = "Alda Brenn Corin Dorn Elmet Farn Gorse Hythe Ilmen Jarrow".split()
_DEEDS = ("was opened", "was closed", "was painted", "was sold", "burnt down", "was moved")


class WrongError(Exception):
    """Something was lost, mixed or done twice."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run works: sources, store, and a log of what was embedded and kept, as SHA-256."""

    settings: Settings
    log: Path

    @property
    def sources(self) -> Path:
        return Path(self.settings.sources[0])


def change(sources: Path, chance: random.Random) -> dict[str, str]:
    """Write, change and remove some documents; the texts that an index of now holds, by doc_id."""
    sources.mkdir(exist_ok=True)
    names = [f"d{n}.txt" for n in range(DOCUMENTS)]
    for name in names if not any(sources.iterdir()) else chance.sample(names, CHANGED):
        if chance.random() < 0.2:
            (sources / name).unlink(missing_ok=True)
        else:
            (sources / name).write_text(_text(chance), "utf-8")
    return {document.doc_id: document.text for document in load_documents([str(sources)]).documents}


def _text(chance: random.Random) -> str:
    sentences = (
        f"The {noun} of {chance.choice(_PLACES)} {chance.choice(_DEEDS)} in {chance.randint(1200, 2020)}."
        for noun in chance.choices(_NOUNS, k=chance.randint(2, 9))
    )
    return " ".join(sentences)


def logged_build(place: Place) -> None:
    """Build, and log each text when it is embedded and once it is kept."""
    embed, keep = OnnxEncoder.embed_passages, EmbeddingCache.put

    def log(what: str, hashes: Sequence[str]) -> None:
        with place.log.open("a", encoding="ascii") as file:
            file.write("".join(f"{what} {sha256}\n" for sha256 in hashes))

    def embed_logged(encoder: OnnxEncoder, passages: Sequence[str]) -> Vectors:
        log("embedded", [sha256_text(passage) for passage in passages])
        return embed(encoder, passages)

    def keep_logged(cache: EmbeddingCache, hashes: Sequence[str], vectors: Vectors) -> None:
        keep(cache, hashes, vectors)
        log("kept", list(cache.get(hashes)))  # none on a full disk

    OnnxEncoder.embed_passages = embed_logged  # type: ignore[assignment, method-assign]
    EmbeddingCache.put = keep_logged  # type: ignore[assignment, method-assign]
    build_index(place.settings)


def child(work: Callable[[], object]) -> int:
    """Do `work` in a process of its own, whose imports are done; its id."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except StoreError:
            code = 3
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def ended(pid: int) -> int:
    """How a child ended: its exit code, or the negative number of the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def look(place: Place, before: dict[str, str], now: dict[str, str]) -> None:
    """Raise WrongError unless the index is whole and holds either state."""
    with closing(open_generation(place.settings.store)) as generation:  # checks every hash
        documents = {document.doc_id: document.text for document in generation.tables.documents()}
        if documents not in (before, now):
            raise WrongError(f"{sorted(documents)} are neither the documents of before nor those of now")
        first = generation.tables.chunk(0)
        words = generation.lexical.scores(first.text)
        nearest = generation.dense.scores(generation.dense.vectors()[:1]).argmax()
        if words[words.argmax()] > words[0] or nearest != 0:
            raise WrongError("a document is not found by its own words or its own vector")


def look_at_log(place: Place) -> None:
    """Raise WrongError when something was embedded that had been kept."""
    kept: set[str] = set()
    for line in place.log.read_text("ascii").splitlines():
        what, _, sha256 = line.partition(" ")
        if what == "kept":
            kept.add(sha256)
        elif sha256 in kept:
            raise WrongError(f"{sha256} was embedded again")


def complete(place: Place, now: dict[str, str]) -> None:
    """The next build, which must end well and hold what is there now."""
    if code := ended(child(lambda: logged_build(place))):
        raise WrongError(f"the next build ended with {code}")
    look(place, now, now)
    look_at_log(place)
    if left_over := list(place.settings.store.rglob("*.partial")):
        raise WrongError(f"{left_over} is left over")


def killed(place: Place, rounds: int, chance: random.Random) -> dict[str, int]:
    """Kill `rounds` builds at random moments; how many of them had switched to the new generation, or had ended."""
    now = change(place.sources, chance)
    began = time.monotonic()
    complete(place, now)
    longest_s = time.monotonic() - began
    counts = {"killed": 0, "of it with the new generation live": 0, "ended before": 0}
    while counts["killed"] < rounds:
        before, now = now, change(place.sources, chance)
        began = time.monotonic()
        pid = child(lambda: logged_build(place))
        time.sleep(chance.uniform(0, longest_s))
        os.kill(pid, signal.SIGKILL)
        if ended(pid) == 0:
            counts["ended before"] += 1
            longest_s = 0.9 * longest_s
        else:
            counts["killed"] += 1
        look(place, before, now)
        look_at_log(place)
        with closing(open_generation(place.settings.store)) as generation:
            counts["of it with the new generation live"] += generation.manifest.documents == len(now) != len(before)
        began = time.monotonic()
        complete(place, now)
        longest_s = max(longest_s, time.monotonic() - began)
    return counts


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[Callable[[int], None]]:
    """A file system of `size_bytes` at `folder`; yields what makes it larger. Raises OSError where none may be made."""
    folder.mkdir(parents=True, exist_ok=True)

    def mount(options: str) -> None:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        ran = subprocess.run(command, check=False, capture_output=True, text=True)
        if ran.returncode:
            raise OSError(f"no small file system can be made here: {ran.stderr.strip()}")

    mount(f"size={size_bytes}")
    try:
        yield lambda larger: mount(f"remount,size={larger}")
    finally:
        subprocess.run(["umount", folder], check=True)


def filled(folder: Path, real_cache: Path, rounds: int, chance: random.Random) -> dict[str, int]:
    """Build `rounds` times on a disk that gets full, with the kept embeddings on it every other time."""
    counts = {"full": 0, "large enough": 0}
    number = 0
    while counts["full"] < rounds:
        number += 1
        disk = folder / f"disk{number}"
        with small_disk(disk, 50_000_000) as resize:
            cache = disk / "cache" if number % 2 else folder / f"cache{number}"
            cache.mkdir()
            for part in real_cache.iterdir():
                if not part.name.startswith("embeddings"):
                    (cache / part.name).symlink_to(part)
            own = load_settings(sources=(str(folder / f"sources{number}"),), store=disk / "store", cache=cache)
            place = Place(own, folder / f"log{number}")
            before = change(place.sources, chance)
            complete(place, before)
            used = shutil.disk_usage(disk).used
            resize(used + int(used * chance.uniform(0.02, 0.6)))
            for name in before:
                (place.sources / name).write_text(_text(chance), "utf-8")
            now = change(place.sources, chance)
            code = ended(child(lambda place=place: logged_build(place)))  # type: ignore[misc]
            if code not in (0, 3):
                raise WrongError(f"a build on a full disk ended with {code}")
            counts["full" if code else "large enough"] += 1
            look(place, before, now)
            resize(50_000_000)
            complete(place, now)
    return counts


def run(folder: Path, *, kills: int, fills: int, seed: int) -> dict[str, object]:
    """Both kinds of accidents below `folder`; what was counted. Raises WrongError, and OSError as `small_disk` does."""
    chance = random.Random(seed)
    own = load_settings(sources=(str(folder / "sources"),), store=folder / "store")
    real_cache = cache_folder(own).resolve()
    cache = folder / "cache"
    cache.mkdir()
    ended(child(lambda: make_encoder(own)))  # unpacks the model
    import_module("onnxruntime")  # before the children, which only fork
    for part in real_cache.iterdir():
        if not part.name.startswith("embeddings"):
            (cache / part.name).symlink_to(part)
    place = Place(own.model_copy(update={"cache": cache}), folder / "log")
    return {"kills": killed(place, kills, chance), "fills": filled(folder, real_cache, fills, chance) if fills else {}}


def main() -> None:
    """Print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--fills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            counts = run(Path(folder), kills=arguments.kills, fills=arguments.fills, seed=arguments.seed)
        except WrongError as error:
            sys.exit(f"Wrong: {error}")
    print(json.dumps(counts, indent=1))


if __name__ == "__main__":
    main()
