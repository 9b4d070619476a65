"""The questions of programs at work: how many at a time, how many wait, how long each may take.

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

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    """Behind the last step; the error that ended them."""

    error: Exception | None = None


class RequestQueue:
    """Takes work in the order it comes, as much as the settings allow; to be used on one event loop.

    After `pause_s` without a step there comes None, so that who waits can leave or give a sign of life.
    """

    def __init__(self, settings: ServeSettings, *, pause_s: float = PAUSE_S) -> None:
        self._settings = settings
        self._pause_s = pause_s
        self._pool = ThreadPoolExecutor(settings.questions, "question")
        self._held: Counter[str] = Counter()

    async def steps(self, client: str, start: Callable[[], Generator[T]]) -> AsyncGenerator[T | None]:
        """What `start` yields, and None in long pauses; closing this ends the work.

        Raises RefusedError when there is no place, or when it takes too long, and whatever the work raises.
        """
        self._enter(client)
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[T | _End | None] = asyncio.Queue()
        left = threading.Event()

        def tell(call: Callable[..., object], *arguments: object) -> None:
            with suppress(RuntimeError):  # the server ended meanwhile
                loop.call_soon_threadsafe(call, *arguments)

        def work() -> None:
            end = _End()
            try:
                with closing(start()) as steps:
                    for step in steps:
                        if left.is_set():
                            return
                        tell(arrived.put_nowait, step)
            except Exception as error:
                end = _End(error)
            tell(arrived.put_nowait, end)

        future: Future[None] = self._pool.submit(work)
        # The place is free once the thread is, not when the client has left.
        future.add_done_callback(lambda _: tell(self._leave, client))
        try:
            async with aclosing(self._arriving(arrived)) as items:
                async for item in items:
                    yield item
        finally:
            left.set()
            future.cancel()

    async def last(self, request: Request, start: Callable[[], Generator[T]]) -> T:
        """The last step of the work; it ends early when the client leaves. Raises as `steps` does."""
        step: T | None = None
        async with aclosing(self.steps(client_of(request), start)) as steps:
            async for step in steps:
                if step is None and await request.is_disconnected():
                    raise RefusedError(400, "The client left.", "Wait for the reply.")
        assert step is not None
        return step

    def close(self) -> None:
        """Take no more work, and start none that waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _arriving(self, arrived: asyncio.Queue[T | _End | None]) -> AsyncGenerator[T | None]:
        deadline = time.monotonic() + self._settings.timeout_s
        while True:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise RefusedError(
                    503,
                    f"The answer took longer than {self._settings.timeout_s:g} seconds.",
                    "Try again later, when fewer ask.",
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
        if self._held[client] >= self._settings.client_questions:
            raise RefusedError(
                429,
                f"{self._settings.client_questions} questions of yours are at work already.",
                "Wait for their replies.",
                LATER_S,
                code="rate_limit_exceeded",
            )
        if self._held.total() >= self._settings.questions + self._settings.waiting:
            raise RefusedError(503, "Too many questions are waiting.", f"Try again in {LATER_S} seconds.", LATER_S)
        self._held[client] += 1

    def _leave(self, client: str) -> None:
        self._held[client] -= 1
        self._held += Counter()  # drops those at zero
