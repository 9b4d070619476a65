"""What a user sees when the model fails, and after how long; and what verification adds to an answer.

    python -m benchmarks.model_failures STORE

STORE is an index of seeds/. A scripted server on this machine fails in each way in turn; the limits are the defaults,
but for the two that would wait for a minute (shown in the output).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from assistant.ask import Assistant
from assistant.factory import open_assistant
from assistant.records import PartialAnswer
from assistant.settings import load_settings
from testkit.model_server import HANG, ModelServerStub, chunk, stream

QUESTION = "What was the administrative reform ranking of the Quang Tri Department of Health in 2024?"
FIRST_TOKEN_S, BETWEEN_TOKENS_S = 2, 1
FAILURES: dict[str, dict[str, object]] = {
    "wrong key": {"status": 401, "body": {"error": {"message": "Incorrect API key."}}},
    "unknown model": {"status": 404, "body": {"error": {"message": "model 'stub' not found"}}},
    "rate limit, every time": {"status": 429, "body": {"error": {"message": "Slow down."}}},
    "server error, every time": {"status": 500, "body": {"error": {"message": "Out of memory."}}},
    "context too long": {"status": 400, "body": {"error": {"message": "maximum context length is 2048 tokens"}}},
    "nothing comes": {"raw": [HANG]},
    "stalls in the middle": {"raw": [*stream(["The department "])[:-1], HANG]},
    "breaks off": {"raw": [chunk("The department ")], "cut": True},
    "empty": {"text_pieces": []},
    "endless": {"raw": [chunk("again and again ")] * 20_000},
    "not UTF-8": {"raw": [b"data: \xff\xfe\n\n"]},
    "not JSON": {"raw": [b"data: {nonsense\n\n"]},
}
ANSWERED = 20


def failing(assistant: Assistant, server: ModelServerStub) -> None:
    """Print what is seen of each failure."""
    for name, script in FAILURES.items():
        for _ in range(3 if "every time" in name else 1):
            server.reply(**script)  # type: ignore[arg-type]
        started = time.perf_counter()
        exchange = assistant.ask(QUESTION)
        seconds = time.perf_counter() - started
        print(f"{name:26} {seconds:5.1f} s  {exchange.answerer}: {exchange.reply.notice}")


def overhead(assistant: Assistant, server: ModelServerStub) -> None:
    """Print how long after the last token the verified answer is there."""
    rank = next(hit.rank for hit in assistant.search(QUESTION) if "ranked 2nd out of 20" in hit.chunk.text)
    sentence = f"In 2024 the Department of Health was ranked 2nd out of 20 provincial departments [{rank}]. "
    for sentences in (1, 3, 5):
        after = []
        for _ in range(ANSWERED):
            server.reply(text_pieces=_pieces(sentence * sentences))
            last = 0.0
            for step in assistant.stream(QUESTION):
                if isinstance(step, PartialAnswer):
                    last = time.perf_counter()
            after.append(1000 * (time.perf_counter() - last))
        print(f"verified {statistics.median(after):.0f} ms p50 after the last token of {sentences} sentences")


def _pieces(text: str) -> Sequence[str]:
    return [text[at : at + 8] for at in range(0, len(text), 8)]


def main() -> None:
    """Print both."""
    with ModelServerStub() as server:
        model = {
            "base_url": server.base_url,
            "name": "stub",
            "first_token_s": FIRST_TOKEN_S,
            "between_tokens_s": BETWEEN_TOKENS_S,
        }
        assistant = open_assistant(load_settings(store=Path(sys.argv[1]), model=model))
        print(f"first_token_s {FIRST_TOKEN_S}, between_tokens_s {BETWEEN_TOKENS_S}")
        overhead(assistant, server)
        failing(assistant, server)
        assistant.close()


if __name__ == "__main__":
    main()
