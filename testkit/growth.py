"""Inputs of growing size made of a format's own tokens, and whether the time of a function keeps up with them.

A function that takes n log n time takes about 8 times as long, and a little more, for 8 times the input; one that takes
quadratic time takes 64 times as long. MOST_RATIO lies between them.
"""

from __future__ import annotations

import contextlib
import gc
import math
import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Make = Callable[[int], str]
"""Makes an input of about so many characters."""

STEPS = (1, 2, 4, 8)
MOST_RATIO = 24
"""Of the CPU time for 8 times the input: n log n takes 8 to 11 times as long, and as much again is left for noise and
the CPU's caches; quadratic time is 64."""
FLOOR_S = 0.004
"""Shorter times are taken for this long: the clock and the memory allocator are noise beside them."""
LIMIT_S = 3.0
"""Whoever takes longer for one input has failed."""
_TIMES = 3
_FIRST = 10_000


class TooSlowError(Exception):
    """An input takes longer than LIMIT_S."""


@dataclass(frozen=True, slots=True)
class Growth:
    """CPU seconds for 1, 2, 4 and 8 times the input; infinite where it was stopped."""

    seconds: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times as long the largest input takes as the smallest."""
        return self.seconds[-1] / max(self.seconds[0], FLOOR_S)

    @property
    def holds(self) -> bool:
        return self.ratio <= MOST_RATIO


def measure(run: Callable[[str], object], make: Make, size: int) -> Growth:
    """The time that `run` takes for inputs of `size` characters and of 2, 4 and 8 times as many.

    An input is timed once, the smallest after a run that does not count; where the ratio then is too high, up to three
    times, and the best counts. Where it is too high still, inputs of twice the size decide: what has to be done may
    change once, but what grows too fast does so from any size on.
    """
    growth = _measure(run, make, size)
    return growth if growth.holds or math.isinf(growth.seconds[0]) else _measure(run, make, 2 * size)


def _measure(run: Callable[[str], object], make: Make, size: int) -> Growth:
    inputs = [make(size * step) for step in STEPS]
    if math.isinf(_seconds(run, inputs[0])):  # the first time, when it also loads what is loaded once
        return Growth((math.inf,) * len(inputs))
    best = [math.inf] * len(inputs)
    for _ in range(_TIMES):
        for place, text in enumerate(inputs):
            best[place] = min(best[place], _seconds(run, text))
            if math.isinf(best[place]):
                return Growth((*best[: place + 1], *[math.inf] * (len(inputs) - place - 1)))
        if Growth(tuple(best)).holds:
            break
    return Growth(tuple(best))


def _seconds(run: Callable[[str], object], text: str) -> float:
    gc.disable()  # when it happens to run says nothing about the function
    try:
        with time_limit(LIMIT_S):
            started = time.thread_time()  # the clock of the process is coarse while a timer of it runs
            run(text)
            return time.thread_time() - started
    except TooSlowError:
        return math.inf
    finally:
        gc.enable()


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooSlowError inside when it takes longer; only where the system has timers of processor time."""

    def end(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def makers(tokens: Sequence[str], drawn: int, seed: int = 0) -> Mapping[str, Make]:
    """Makers of inputs from `tokens`: each of them repeated, and `drawn` of each further kind.

    The further kinds: a few tokens repeated in turn, a flood between a beginning and an end, one flood after another,
    the tokens in any order.
    """
    found: dict[str, Make] = {f"{token!r} repeated": _flood("", (token,), "") for token in tokens}
    for number in range(drawn):
        chance = random.Random(f"{seed} {number}")
        turn = tuple(chance.choices(tokens, k=chance.randint(2, 5)))
        found[f"{''.join(turn)!r} repeated"] = _flood("", turn, "")
        start, middle, end = chance.choices(tokens, k=3)
        found[f"{start!r}, {middle!r} repeated, {end!r}"] = _flood(start, (middle,), end)
        first, second = chance.choices(tokens, k=2)
        found[f"{first!r} repeated, {second!r} repeated"] = _floods(first, second)
        found[f"any order, {seed}.{number}"] = _shuffled(tokens, f"{seed} {number}")
    return found


def _flood(start: str, turn: Sequence[str], end: str) -> Make:
    """`turn` over and over, each time with a number of five digits in place of "{i}": none is a year."""
    whole = "".join(turn)

    def make(size: int) -> str:
        times = max(1, size // len(whole.replace("{i}", str(_FIRST))))
        if "{i}" not in whole:
            return start + whole * times + end
        return start + "".join(whole.replace("{i}", str(_FIRST + i)) for i in range(times)) + end

    return make


def _floods(first: str, second: str) -> Make:
    before, after = _flood("", (first,), ""), _flood("", (second,), "")
    return lambda size: before(size // 2) + after(size // 2)


def _shuffled(tokens: Sequence[str], seed: str) -> Make:
    def make(size: int) -> str:
        chance = random.Random(seed)
        mean = sum(map(len, tokens)) / len(tokens)
        return "".join(
            token.replace("{i}", str(_FIRST + i))
            for i, token in enumerate(chance.choices(tokens, k=max(1, int(size / mean))))
        )

    return make
