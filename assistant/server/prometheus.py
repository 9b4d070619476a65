"""What GET /metrics tells: questions, how they ended, how long they took, and the responses sent."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from starlette.responses import Response

from assistant.errors import UsageError
from assistant.records import Abstention, Exchange, Progress

QUESTIONS = Counter(
    "assistant_questions",
    "Questions of the chat and of programs, by how they ended: answered, abstained, refused (an empty or too long "
    "one), stopped (nobody waited for the end) or failed.",
    ["outcome"],
)
SECONDS = Histogram(
    "assistant_question_seconds",
    "Seconds from question to reply, of those that got one.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180),
)
RESPONSES = Counter("assistant_http_responses", "Responses by HTTP status.", ["status"])


def counted(steps: Generator[Progress]) -> Generator[Progress]:
    """`steps` as they come; how they end is counted."""
    started = time.perf_counter()
    outcome = "stopped"
    try:
        with closing(steps):
            for step in steps:
                if isinstance(step, Exchange):
                    outcome = "abstained" if isinstance(step.reply, Abstention) else "answered"
                    SECONDS.observe(time.perf_counter() - started)
                yield step
    except Exception as error:
        outcome = "refused" if isinstance(error, UsageError) else "failed"
        raise
    finally:
        QUESTIONS.labels(outcome).inc()


def exposition() -> Response:
    """All metrics in the text format of Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
