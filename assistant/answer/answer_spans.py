"""The best short answer in each sentence of a text, from the SpanScores of a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.records import SpanScores

_LONGEST = 40  # tokens of a short answer at most; chosen by hand, about a long sentence


@dataclass(frozen=True, slots=True)
class BestSpan:
    """The best short answer in one sentence.

    `start` and `end` are its character offsets in the text. `log_odds` are those of this answer and
    `sentence_log_odds` those of any answer in the sentence, both against "the answer is not in this text".
    """

    start: int
    end: int
    log_odds: float
    sentence_log_odds: float


def best_spans(scores: SpanScores, sentences: Sequence[tuple[int, int]]) -> list[BestSpan | None]:
    """Return the best span in each sentence (start, end); None for a sentence of which the reader read no token."""
    tokens = len(scores.begins)
    odds = scores.begins[:, None] + scores.ends[None, :]
    first, last = np.indices((tokens, tokens))
    odds[(last < first) | (last - first >= _LONGEST)] = -np.inf
    spans: list[BestSpan | None] = []
    for start, end in sentences:
        inside = np.flatnonzero((scores.places[:, 0] < end) & (scores.places[:, 1] > start))
        if not len(inside):
            spans.append(None)
            continue
        here = odds[inside[0] : inside[-1] + 1, inside[0] : inside[-1] + 1]
        i, j = np.unravel_index(int(here.argmax()), here.shape)
        begin, stop = int(scores.places[inside[0] + i, 0]), int(scores.places[inside[0] + j, 1])
        log_odds = (_log_sum(scores.begins[inside]) + _log_sum(scores.ends[inside])) / 2
        spans.append(BestSpan(max(begin, start), min(stop, end), float(here[i, j]), log_odds))
    return spans


def _log_sum(log_odds: npt.NDArray[np.float32]) -> float:
    return float(np.logaddexp.reduce(log_odds))
