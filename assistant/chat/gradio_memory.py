"""What Gradio remembers: the events that wait or run, and the state of each open page, with a limit and a lifetime."""

from __future__ import annotations

import asyncio
import shutil
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

from starlette.requests import HTTPConnection

MOST_SESSIONS = 1000
"""How many open pages the server remembers, each about 100 KB and its conversation; it forgets the least recent."""
IDLE_S = 4 * 3600
"""How long, in seconds, the server remembers a page that asks nothing. The browser keeps the conversation itself."""
CLOSED_S = 900
"""How long, in seconds, the server remembers a page that was closed, or whose connection broke."""
MOST_CLOSED = 100
"""How many of those pages it remembers; the limit protects memory."""
CHECK_S = 60


class GradioMemory:
    """The memory of `blocks`, a `gradio.Blocks` with a queue. Removes `folder`, where it may write, at the end."""

    def __init__(
        self,
        blocks: Any,
        folder: Path,
        *,
        most_sessions: int = MOST_SESSIONS,
        idle_s: float = IDLE_S,
        closed_s: float = CLOSED_S,
        most_closed: int = MOST_CLOSED,
    ) -> None:
        self._blocks = blocks
        self._idle = timedelta(seconds=idle_s)
        self._closed = timedelta(seconds=closed_s)
        self._most_closed = most_closed
        self._remove_folder = weakref.finalize(blocks, shutil.rmtree, folder, ignore_errors=True)
        blocks.state_session_capacity = most_sessions

    def requests(self) -> Iterator[HTTPConnection]:
        """Yield the request of each event that waits or runs."""
        for event in list(self._blocks._queue.event_ids_to_events.values()):
            yield event.request

    def has_session(self, session: str) -> bool:
        """Return whether an event of the session waits, runs, or has a result that was not fetched yet."""
        return session in self._blocks._queue.pending_messages_per_session

    def reopened(self, session: str) -> None:
        """Note that the page of a session is open, also where its connection was lost before."""
        if state := self._blocks.state_holder.session_data.get(session):
            state.is_closed = False

    def forget_idle(self) -> None:
        """Forget the sessions that were not used for the lifetime, and results that their pages never fetched."""
        states, queue = self._blocks.state_holder, self._blocks._queue
        now = datetime.now()
        closed_pages = 0
        for session, used in sorted(states.time_last_used.items(), key=itemgetter(1), reverse=True):
            state = states.session_data.get(session)
            closed = state is None or state.is_closed
            closed_pages += closed
            if now - used > (self._closed if closed else self._idle) or (closed and closed_pages > self._most_closed):
                states.time_last_used.pop(session, None)
                states.session_data.pop(session, None)
                queue.pending_messages_per_session.pop(session, None)
            elif state is not None:
                # Gradio adds a copy of the conversation to it with each question, for deep links, which are off.
                state.config_values.clear()
        for session in list(queue.pending_event_ids_session):
            if session not in states.session_data and session not in queue.pending_messages_per_session:
                queue.pending_event_ids_session.pop(session, None)

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[None]:
        """Forget idle sessions while the server runs, then remove the folder."""
        task = asyncio.create_task(self._forget_regularly())
        try:
            yield
        finally:
            task.cancel()
            self._remove_folder()

    async def _forget_regularly(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            self.forget_idle()
