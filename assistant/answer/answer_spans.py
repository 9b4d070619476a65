"""What a SpanScores says of the sentences of its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.records import SpanScores

_LONGEST = 40  # tokens of a short answer at most; chosen by hand, about a long sentence


@dataclass(frozen=True, slots=True)
class Found:
    """What the reader finds in one sentence, as log-odds against "the answer is not in this text".

    `start` and `end` are the characters of the best answer in the text, `log_odds` its own; `mass` is that of any
    answer that begins and ends in the sentence.
    """

    start: int
    end: int
    log_odds: float
    mass: float


def find_in_sentences(scores: SpanScores, sentences: Sequence[tuple[int, int]]) -> list[Found | None]:
    """The best span of tokens inside each sentence (start, end); None where the reader saw nothing of it."""
    tokens = len(scores.begins)
    odds = scores.begins[:, None] + scores.ends[None, :]
    first, last = np.indices((tokens, tokens))
    odds[(last < first) | (last - first >= _LONGEST)] = -np.inf
    found: list[Found | None] = []
    for start, end in sentences:
        inside = np.flatnonzero((scores.places[:, 0] < end) & (scores.places[:, 1] > start))
        if not len(inside):
            found.append(None)
            continue
        here = odds[inside[0] : inside[-1] + 1, inside[0] : inside[-1] + 1]
        i, j = np.unravel_index(int(here.argmax()), here.shape)
        begin, stop = int(scores.places[inside[0] + i, 0]), int(scores.places[inside[0] + j, 1])
        mass = (_log_sum(scores.begins[inside]) + _log_sum(scores.ends[inside])) / 2
        found.append(Found(max(begin, start), min(stop, end), float(here[i, j]), mass))
    return found


def _log_sum(log_odds: npt.NDArray[np.float32]) -> float:
    return float(np.logaddexp.reduce(log_odds))
