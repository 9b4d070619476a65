"""The log while one error follows another."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pytest

from assistant.server.process.repeated_errors import RepeatedErrors

WINDOW_S = 0.2


class Lines(logging.Handler):
    """Keeps the formatted records."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> logging.Logger:
    logger = logging.getLogger("tests.repeated_errors")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return logger


@pytest.fixture
def lines(log: logging.Logger) -> Iterator[list[str]]:
    handler = Lines()
    handler.addFilter(RepeatedErrors(WINDOW_S))
    log.addHandler(handler)
    yield handler.lines
    log.removeHandler(handler)


def test_an_error_that_repeats_is_logged_once_and_later_with_a_count(log: logging.Logger, lines: list[str]) -> None:
    for number in range(1000):
        log.error("accept failed\nsocket: %d", number)
    assert lines == ["accept failed\nsocket: 0"]
    time.sleep(WINDOW_S)
    log.error("accept failed\nsocket: %d", 1000)
    time.sleep(WINDOW_S)
    log.error("accept failed\nsocket: %d", 1001)
    assert lines[1:] == [
        "accept failed\nsocket: 1000 (999 more like this were left out)",
        "accept failed\nsocket: 1001",
    ]


def test_other_errors_are_logged_meanwhile(log: logging.Logger, lines: list[str]) -> None:
    for error in (ValueError("one"), ValueError("two"), KeyError("one")) * 2:
        log.error("failed", exc_info=error)
    log.warning("failed")
    assert [line.replace("\n", " ") for line in lines] == [
        "failed ValueError: one",
        "failed ValueError: two",
        "failed KeyError: 'one'",
        "failed",
    ]


def test_lines_that_report_no_error_all_stay(log: logging.Logger, lines: list[str]) -> None:
    for _ in range(3):
        log.info("GET /healthz")
    assert lines == ["GET /healthz"] * 3
