"""The metrics of GET /metrics: questions by outcome, the time they took, and responses by status."""

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
    "Questions of the chat and over HTTP by outcome: answered, abstained, refused (empty or too long), "
    "stopped (cancelled by the client) or failed.",
    ["outcome"],
)
SECONDS = Histogram(
    "assistant_question_seconds",
    "Seconds from question to reply, for questions that got a reply.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180),
)
RESPONSES = Counter("assistant_http_responses", "Responses by HTTP status.", ["status"])


def counted(steps: Generator[Progress]) -> Generator[Progress]:
    """Yield `steps` unchanged, and count how they end."""
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
    """Return all metrics in the text format of Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
