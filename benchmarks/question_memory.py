"""The memory of a server over thousands of questions, as a picture.

    python -m benchmarks.question_memory STORE [--questions 5000] [--out benchmarks/question_memory.svg]

starts a server on the index of seeds/ in STORE and asks the questions of eval/cases again and again: half over HTTP,
half in the chat, where a new page is opened after ten questions and the old one is closed. Prints the resident memory
as JSON. Exit code 1 when a later fifth of the questions takes more memory than the second fifth by more than 2%.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from assistant.evaluate.cases import read_cases
from benchmarks.chat_visitor import Chat, fetch_json
from benchmarks.stress import CASES, resident_bytes, serving

EVERY = 25
"""Questions between two readings of the memory."""
ON_A_PAGE = 10
GROWTH = 0.02
FIFTHS = 5


def readings(store: Path, questions: int) -> Iterator[tuple[int, float]]:
    """Yield the number of questions asked and the resident memory of the server in MB."""
    asked = itertools.cycle([case.question for case in read_cases([CASES])])
    with serving(store, {}) as (address, pid), ExitStack() as page:
        for number in range(questions):
            question = next(asked)
            if number % EVERY == 0:
                yield number, resident_bytes(pid) / 2**20
            if number % 2:
                fetch_json(f"{address}/api/ask", {"question": question})
                continue
            if number % (2 * ON_A_PAGE) == 0:
                page.close()
                chat = page.enter_context(closing(Chat(address, "en")))
                chat.greeted()
            chat.bubbles(question)
        yield questions, resident_bytes(pid) / 2**20


def figures(read: Sequence[tuple[int, float]]) -> dict[str, Any]:
    """The mean memory of each fifth of the questions in MB, and the growth from the second to the largest after it."""
    questions = read[-1][0]
    fifths: list[list[float]] = [[] for _ in range(FIFTHS)]
    for number, megabytes in read[:-1]:
        fifths[number * FIFTHS // questions].append(megabytes)
    means = [sum(fifth) / len(fifth) for fifth in fifths]
    return {
        "questions": questions,
        "fifths_mb": [round(mean, 1) for mean in means],
        "growth": round(max(means[2:]) / means[1] - 1, 4),
        "kb_a_question_at_the_end": round((means[4] - means[3]) * 1024 / (questions / FIFTHS), 2),
    }


def picture(read: Sequence[tuple[int, float]]) -> str:
    """The readings as SVG: questions from left to right, MB from zero up."""
    width, height, left, bottom = 640, 260, 60, 40
    questions, top = read[-1][0], 100 * (int(max(megabytes for _, megabytes in read)) // 100 + 1)

    def at(number: float, megabytes: float) -> str:
        x = left + (width - left - 20) * number / questions
        return f"{x:.1f},{height - bottom - (height - bottom - 20) * megabytes / top:.1f}"

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="12"><title>Resident memory of the server, in MB, over the questions asked</title>'
    ]
    for tick in range(0, top + 1, 100):
        x, y = at(0, tick).split(",")
        drawn.append(f'<path d="M{x} {y}H{width - 20}" stroke="#ccc"/><text x="{left - 8}" y="{y}" dy="4" ')
        drawn[-1] += f'text-anchor="end" fill="#555">{tick} MB</text>'
    for part in range(FIFTHS + 1):
        x, y = at(questions * part / FIFTHS, 0).split(",")
        drawn.append(
            f'<text x="{x}" y="{y}" dy="18" text-anchor="middle" fill="#555">{questions * part // FIFTHS}</text>'
        )
    drawn.append(
        f'<polyline fill="none" stroke="#17606b" stroke-width="2" points="{" ".join(at(*one) for one in read)}"/>'
    )
    return "\n".join([*drawn, "</svg>"]) + "\n"


def main() -> None:
    """Print the figures, write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    read = list(readings(arguments.store, arguments.questions))
    if arguments.out:
        arguments.out.write_text(picture(read), "utf-8")
    found = figures(read)
    print(json.dumps(found))
    if found["growth"] > GROWTH:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
