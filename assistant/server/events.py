"""Server-sent events: a response that ends the work behind it when its reader leaves."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import TypeVar

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from assistant.server.schemas import Json

HEARTBEAT = ": still at work\n\n"
"""A comment, which readers skip; proxies see that the connection is alive."""

T = TypeVar("T")


def event(data: Json, name: str | None = None) -> str:
    """One event; JSON holds no line break."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n"


class EventStream(StreamingResponse):
    """The events that `events` makes of `steps`; use `of`."""

    def __init__(self, content: AsyncGenerator[str], steps: AsyncGenerator[object]) -> None:
        # nginx would gather the events otherwise
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, headers=headers, media_type="text/event-stream")
        self._open = (content, steps)

    @classmethod
    async def of(
        cls, steps: AsyncGenerator[T], events: Callable[[AsyncIterator[T]], AsyncGenerator[str]]
    ) -> EventStream:
        """The response begins with the first step: what goes wrong before it is raised, and has a status of its own."""
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
