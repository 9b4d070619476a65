"""Tries values of constants and shows what each gives."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from assistant.settings import PREFIX, known_keys, load_settings

Scores = Mapping[str, npt.NDArray[np.float64]]
"""For each set, the score of each of its questions; the order of the questions never changes."""


class Tunable(Protocol):
    """Something that can take other values for a while."""

    @property
    def label(self) -> str: ...
    @property
    def values(self) -> Sequence[float]: ...
    @property
    def current(self) -> float: ...
    def at(self, value: float) -> AbstractContextManager[Any]:
        """Set `value` until the end of the block."""
        ...


@dataclass(frozen=True)
class Constant:
    """A constant of a module, and the values to try."""

    module: ModuleType
    name: str
    values: Sequence[float]

    @property
    def label(self) -> str:
        """Module and name."""
        return f"{self.module.__name__}.{self.name}"

    @property
    def current(self) -> float:
        """The present value."""
        return float(getattr(self.module, self.name))

    def at(self, value: float) -> AbstractContextManager[Any]:
        """Set `value` until the end of the block, as an integer where the constant is one."""
        return patch.object(self.module, self.name, type(getattr(self.module, self.name))(value))


@dataclass(frozen=True)
class Setting:
    """A setting, and the values to try; it takes effect where settings are loaded."""

    label: str
    values: Sequence[float]

    @property
    def current(self) -> float:
        """The present value."""
        group, name = self.label.split(".")
        return float(getattr(getattr(load_settings(), group), name))

    def at(self, value: float) -> AbstractContextManager[Any]:
        """Set `value` until the end of the block."""
        assert self.label in known_keys()
        return patch.dict(os.environ, {PREFIX + self.label.upper().replace(".", "__"): str(value)})


def mean(scores: Scores) -> float:
    """The mean over the sets, so that a large set does not outweigh the others."""
    return float(np.mean([values.mean() for values in scores.values()]))


def difference(scores: Scores, base: Scores) -> tuple[float, float]:
    """The gain of `scores` over `base` in the mean over the sets, and its standard error (paired)."""
    differences = [scores[name] - base[name] for name in base]
    errors = [d.std() / np.sqrt(len(d)) for d in differences]
    return float(np.mean([d.mean() for d in differences])), float(np.sqrt(np.square(errors).sum()) / len(errors))


def sweep(tunables: Sequence[Tunable], measure: Callable[[], Scores]) -> dict[str, float]:
    """Print a table for each of `tunables`, and return the best value of each by its label.

    The constants are tried one after the other. A value other than the present one is taken, and kept while the next
    are tried, only if its gain is larger than twice its standard error.
    """
    chosen: dict[str, float] = {}
    with ExitStack() as kept:
        base = measure()
        print(f"n: {', '.join(f'{name} {len(values)}' for name, values in base.items())}")
        for tunable in tunables:
            current = tunable.current
            print(f"\n{tunable.label}\n\n| value | mean | gain ± error | {' | '.join(base)} |")
            print("| --- " * (3 + len(base)) + "|")
            best, gain_of_best, scores_of_best = current, 0.0, base
            for value in sorted({*tunable.values, current}):
                scores = base
                if value != current:
                    with tunable.at(value):
                        scores = measure()
                gain, error = difference(scores, base)
                cells = [f"{values.mean():.3f}" for values in scores.values()]
                shown = f"{value:g}" + (" (now)" if value == current else "")
                print(f"| {shown} | {mean(scores):.4f} | {gain:+.4f} ± {error:.4f} | {' | '.join(cells)} |", flush=True)
                if gain > max(2 * error, gain_of_best):
                    best, gain_of_best, scores_of_best = value, gain, scores
            chosen[tunable.label], base = best, scores_of_best
            kept.enter_context(tunable.at(best))
            print(f"\nbest: {best:g}" + ("" if best != current else ", the present value"), flush=True)
    return chosen
