"""The queue of questions over HTTP: how many run at a time, how many wait, how long each may take.

The work itself runs in threads, so that the event loop never waits for it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request

from assistant.server.middleware.proxies import client_of
from assistant.server.problem_details import LATER_S, RefusedError
from assistant.settings import ServeSettings

PAUSE_S = 2.0
"""How long, in seconds, a client waits at most for a step or a sign of life."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    """The end of the steps, with the error that ended them."""

    error: Exception | None = None


class RequestQueue:
    """Runs work in order of arrival, within the limits of `settings`; for use on one event loop.

    Yields None after each `pause_s` seconds without a step, so that the caller can send a sign of life or stop.
    """

    def __init__(self, settings: ServeSettings, *, pause_s: float = PAUSE_S) -> None:
        self._settings = settings
        self._pause_s = pause_s
        self._pool = ThreadPoolExecutor(settings.questions, "question")
        self._in_progress: Counter[str] = Counter()  # questions that run or wait, by client
        self._ends: set[Callable[[_End], None]] = set()  # each ends the steps of a question
        self._stopping = False

    async def steps(self, client: str, start: Callable[[], Generator[T]]) -> AsyncGenerator[T | None]:
        """Yield what `start()` yields, and None in long pauses. Closing the generator cancels the work.

        Raises RefusedError when the queue is full, when `client` has too many questions in progress, and when the work
        takes too long or the server stops. Also raises what the work raises.
        """
        self._enter(client)
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[T | _End | None] = asyncio.Queue()
        cancelled = threading.Event()

        def on_loop(call: Callable[..., object], *arguments: object) -> None:
            with suppress(RuntimeError):  # the server has stopped
                loop.call_soon_threadsafe(call, *arguments)

        def work() -> None:
            end = _End()
            try:
                with closing(start()) as steps:
                    for step in steps:
                        if cancelled.is_set():
                            return
                        on_loop(arrived.put_nowait, step)
            except Exception as error:
                end = _End(error)
            on_loop(arrived.put_nowait, end)

        end_steps = arrived.put_nowait
        self._ends.add(end_steps)
        future: Future[None] = self._pool.submit(work)
        # The place is free once the thread is free, not when the client leaves.
        future.add_done_callback(lambda _: on_loop(self._leave, client))
        try:
            async with aclosing(self._arriving(arrived)) as items:
                async for item in items:
                    yield item
        finally:
            self._ends.discard(end_steps)
            cancelled.set()
            future.cancel()

    async def last(self, request: Request, start: Callable[[], Generator[T]]) -> T:
        """Return the last step of the work; cancel it when the client disconnects. Raises what `steps` raises."""
        step: T | None = None
        async with aclosing(self.steps(client_of(request), start)) as steps:
            async for step in steps:
                if step is None and await request.is_disconnected():
                    raise RefusedError(400, "The client disconnected.", "Wait for the reply.")
        assert step is not None
        return step

    def stop(self) -> None:
        """Refuse further work, and end all steps with the same RefusedError; the threads end at their next step."""
        self._stopping = True
        for end_steps in self._ends:
            end_steps(_End(_stopping()))

    def busy(self) -> bool:
        """Return whether a question runs or waits."""
        return bool(self._in_progress)

    def close(self) -> None:
        """Accept no more work, and drop the work that waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _arriving(self, arrived: asyncio.Queue[T | _End | None]) -> AsyncGenerator[T | None]:
        deadline = time.monotonic() + self._settings.timeout_s
        while True:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise RefusedError(
                    503,
                    f"The answer took longer than {self._settings.timeout_s:g} seconds.",
                    "Try again later.",
                    LATER_S,
                )
            try:
                item = await asyncio.wait_for(arrived.get(), min(self._pause_s, left_s))
            except TimeoutError:
                yield None
                continue
            if isinstance(item, _End):
                if item.error:
                    raise item.error
                return
            yield item

    def _enter(self, client: str) -> None:
        if self._stopping:
            raise _stopping()
        if self._in_progress[client] >= self._settings.client_questions:
            raise RefusedError(
                429,
                f"You already have {self._settings.client_questions} questions in progress.",
                "Wait for their replies.",
                LATER_S,
                code="rate_limit_exceeded",
            )
        if self._in_progress.total() >= self._settings.questions + self._settings.waiting:
            raise RefusedError(503, "Too many questions are waiting.", f"Try again in {LATER_S} seconds.", LATER_S)
        self._in_progress[client] += 1

    def _leave(self, client: str) -> None:
        self._in_progress[client] -= 1
        self._in_progress += Counter()  # drops the clients at zero


def _stopping() -> RefusedError:
    return RefusedError(503, "The server is stopping.", f"Try again in {LATER_S} seconds.", LATER_S)
