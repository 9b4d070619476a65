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


def measure(source: str) -> str:
    """Share of syllables right, exactly and in either spelling, and the time taken per text."""
    exact = alike = total = count = 0
    took = 0.0
    for text in texts(source):
        started = time.perf_counter()
        restored = restore_accents(strip_accents(text))
        took += time.perf_counter() - started
        count += 1
        for right, got in zip(text.split(), restored.split(), strict=True):
            for syllable, guess in zip(words(right), words(got), strict=False):
                if syllable.isalpha():
                    total += 1
                    exact += syllable == guess
                    alike += normal_syllable(syllable) == normal_syllable(guess)
    shares = f"{exact / total:.4f} exact, {alike / total:.4f} in either spelling, of {total} words"
    return f"{source}: {shares}; {took / count * 1000:.2f} ms a text"


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(measure(argument))
