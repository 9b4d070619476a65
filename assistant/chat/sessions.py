"""The question in progress in each session, and requests to end it.

Only the question in progress updates its page until it ends. If the stop button updated the page as well, an update
that was already sent could arrive later and replace it.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing, suppress
from queue import Empty, Queue
from typing import Literal

from assistant.chat.conversation import ChatState, Conversation, shut_down, stop
from assistant.html.strings import Strings

PAUSE_S = 0.2
"""How long, in seconds, a request to end a question waits at most while the question has no new state."""
Ending = Literal["stop", "clear", "shutdown"]


class Sessions:
    """Allows one question at a time in each session; may be shared between threads."""

    def __init__(self) -> None:
        self._endings: dict[str, Ending | None] = {}
        self._lock = threading.Lock()
        self._stopping = False

    def states(self, session: str, asked: Generator[ChatState], strings: Strings) -> Generator[ChatState]:
        """Yield the states of `asked`, and a last one if it is ended early.

        Yields nothing where a question is in progress in the session.
        """
        with self._lock:
            if session in self._endings:
                return
            self._endings[session] = "shutdown" if self._stopping else None
        conversation: Conversation = ()
        try:
            with closing(_with_pauses(asked)) as states:
                for state in states:
                    if state:
                        conversation = state.conversation
                        yield state
                    if self._endings[session]:
                        break
        finally:
            with self._lock:
                ending = self._endings.pop(session)
        if ending == "shutdown":
            yield shut_down(conversation, strings)
        elif ending:
            yield stop(() if ending == "clear" else conversation, strings)

    def end(self, session: str, ending: Ending) -> bool:
        """Ask the question in progress to end. Returns whether there is one."""
        with self._lock:
            if session not in self._endings:
                return False
            self._endings[session] = ending
            return True

    def stop(self) -> None:
        """End all questions with an error, those that are still to come too: the server stops."""
        with self._lock:
            self._stopping = True
            self._endings = dict.fromkeys(self._endings, "shutdown")

    def busy(self) -> bool:
        """Return whether a question is in progress."""
        return bool(self._endings)


def _with_pauses(asked: Generator[ChatState]) -> Generator[ChatState | None]:
    """Yield the states of `asked`, and None after each `PAUSE_S` seconds without one: a model may be silent for long.

    The states are made in a thread of their own. Closing the generator closes `asked` at its next state.
    """
    arrived: Queue[ChatState | Exception | None] = Queue(1)
    left = threading.Event()

    def make() -> None:
        end: Exception | None = None
        try:
            with closing(asked):
                for state in asked:
                    arrived.put(state)
                    if left.is_set():
                        return
        except Exception as error:
            end = error
        arrived.put(end)

    threading.Thread(target=make, name="chat question", daemon=True).start()
    try:
        while True:
            try:
                item = arrived.get(timeout=PAUSE_S)
            except Empty:
                yield None
                continue
            if isinstance(item, Exception):
                raise item
            if item is None:
                return
            yield item
    finally:
        left.set()
        with suppress(Empty):  # makes room for the state that the thread wants to put
            arrived.get_nowait()
