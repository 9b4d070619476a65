"""Share of Vietnamese syllables that assistant.text.vietnamese.accents gets right on texts stripped of their accents.

    python -m benchmarks.measure_accents FILE.jsonl:FIELD[:LANG] ... FILE.txt ...

A .jsonl file is read for the named field, of the lines of language LANG where one is given; a .txt file line
by line. Two figures: spelled exactly so, and with the tone mark in either place (hoà, hòa).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from assistant.text.fold import strip_accents, words
from assistant.text.vietnamese.accents import normal_syllable, restore_accents


def texts(source: str) -> Iterator[str]:
    """The texts that a command-line argument names."""
    path, *rest = source.split(":")
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    if not rest:
        yield from lines
        return
    for line in lines:
        entry = json.loads(line)
        if len(rest) < 2 or entry["lang"] == rest[1]:
            yield entry[rest[0]]


def right_syllables(text: str) -> tuple[int, int, int]:
    """Strip and restore the accents of `text`: syllables spelled exactly right, right in either spelling, and all."""
    exact = alike = total = 0
    restored = restore_accents(strip_accents(text))
    for right, got in zip(text.split(), restored.split(), strict=True):
        for syllable, guess in zip(words(right), words(got), strict=False):
            if syllable.isalpha():
                total += 1
                exact += syllable == guess
                alike += normal_syllable(syllable) == normal_syllable(guess)
    return exact, alike, total


def measure(source: str) -> str:
    """Share of syllables right, exactly and in either spelling, and the time taken per text."""
    started = time.perf_counter()
    counts = [right_syllables(text) for text in texts(source)]
    took = time.perf_counter() - started
    exact, alike, total = (sum(column) for column in zip(*counts, strict=True))
    shares = f"{exact / total:.4f} exact, {alike / total:.4f} in either spelling, of {total} words"
    return f"{source}: {shares}; {took / len(counts) * 1000:.2f} ms a text"


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(measure(argument))
