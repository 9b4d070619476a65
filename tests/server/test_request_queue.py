"""How much work is taken, and when it is turned away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest

from assistant.server.problem_details import RefusedError
from assistant.server.request_queue import RequestQueue
from assistant.settings import ServeSettings


class Work:
    """Work that yields 1, waits until it may end, and yields 2; counts how much of it runs at a time."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.running = 0
        self.most = 0
        self._lock = threading.Lock()

    def start(self) -> Generator[int]:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            yield 1
            assert self.may_end.wait(20)
            yield 2
        finally:
            with self._lock:
                self.running -= 1


async def all_of(steps: AsyncGenerator[int | None]) -> list[int]:
    return [step async for step in steps if step is not None]


async def settled() -> None:
    """Let what is scheduled happen."""
    for _ in range(5):
        await asyncio.sleep(0.01)


def test_as_much_is_at_work_as_allowed_and_the_rest_waits_its_turn() -> None:
    work = Work()

    async def ask() -> list[list[int]]:
        queue = RequestQueue(ServeSettings(questions=2, waiting=3))
        tasks = [asyncio.create_task(all_of(queue.steps(f"client {n}", work.start))) for n in range(5)]
        await settled()
        with pytest.raises(RefusedError, match="waiting") as refused:
            await anext(queue.steps("another", work.start))
        assert (refused.value.status, refused.value.retry_after_s) == (503, 5)
        work.may_end.set()
        results = await asyncio.gather(*tasks)
        await settled()
        assert await all_of(queue.steps("another", work.start)) == [1, 2]
        queue.close()
        return results

    assert asyncio.run(ask()) == [[1, 2]] * 5
    assert work.most == 2


def test_one_client_does_not_take_every_place() -> None:
    work = Work()

    async def ask() -> None:
        queue = RequestQueue(ServeSettings(client_questions=1))
        first = asyncio.create_task(all_of(queue.steps("greedy", work.start)))
        await settled()
        with pytest.raises(RefusedError, match="questions in progress") as refused:
            await anext(queue.steps("greedy", work.start))
        assert (refused.value.status, refused.value.retry_after_s) == (429, 5)
        work.may_end.set()
        assert await all_of(queue.steps("modest", work.start)) == await first == [1, 2]
        queue.close()

    asyncio.run(ask())


def test_what_takes_too_long_is_given_up_but_holds_its_place_until_it_ends() -> None:
    work = Work()

    async def ask() -> None:
        queue = RequestQueue(ServeSettings(timeout_s=0.05, client_questions=1))
        with pytest.raises(RefusedError, match=r"longer than 0\.05 seconds") as refused:
            await all_of(queue.steps("a", work.start))
        assert (refused.value.status, refused.value.retry_after_s) == (503, 5)
        with pytest.raises(RefusedError, match="questions in progress"):
            await anext(queue.steps("a", work.start))
        work.may_end.set()
        while work.running:
            await asyncio.sleep(0.01)
        await settled()
        assert await anext(queue.steps("a", work.start)) == 1
        queue.close()

    asyncio.run(ask())


def test_work_that_nobody_waits_for_any_more_is_not_begun() -> None:
    work, began = Work(), threading.Event()

    def waiting() -> Generator[int]:
        began.set()
        yield 1

    async def ask() -> None:
        queue = RequestQueue(ServeSettings(questions=1))
        first = asyncio.create_task(all_of(queue.steps("a", work.start)))
        await settled()
        second: asyncio.Task[Any] = asyncio.create_task(all_of(queue.steps("b", waiting)))
        await settled()
        second.cancel()
        await settled()
        work.may_end.set()
        assert await first == [1, 2]
        queue.close()

    asyncio.run(ask())
    assert not began.is_set()
