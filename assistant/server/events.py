"""Server-sent events. The response cancels the work behind it when the client disconnects."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import TypeVar

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from assistant.server.schemas import Json

HEARTBEAT = ": still at work\n\n"
"""A comment, which clients skip; it keeps proxies from closing the connection."""

T = TypeVar("T")


def event(data: Json, name: str | None = None) -> str:
    """Return one event named `name`, with `data` as JSON on one line."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n"


class EventStream(StreamingResponse):
    """A streaming response of events; make one with `of`."""

    def __init__(self, content: AsyncGenerator[str], steps: AsyncGenerator[object]) -> None:
        # Without X-Accel-Buffering, nginx collects the events.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, headers=headers, media_type="text/event-stream")
        self._open = (content, steps)

    @classmethod
    async def of(
        cls, steps: AsyncGenerator[T], events: Callable[[AsyncIterator[T]], AsyncGenerator[str]]
    ) -> EventStream:
        """Return the response whose body is `events(steps)`.

        Waits for the first step: an error before it is raised here, so that the response has the status of an error.
        """
        first = await anext(steps)
        return cls(events(_all(first, steps)), steps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            for generator in self._open:
                await generator.aclose()


async def _all(first: T, rest: AsyncGenerator[T]) -> AsyncGenerator[T]:
    yield first
    async with aclosing(rest):
        async for step in rest:
            yield step
