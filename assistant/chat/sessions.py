"""The question under way in each session, and how it is to end.

Only the question under way writes on its page until it has ended. If stopping wrote too, what was on its way at that
moment would come later and stand over it.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from typing import Literal

from assistant.chat.conversation import Conversation, Step, stop
from assistant.html.strings import Strings

Ending = Literal["stop", "clear"]


class Sessions:
    """At most one question a session; may be shared between threads."""

    def __init__(self) -> None:
        self._endings: dict[str, Ending | None] = {}
        self._lock = threading.Lock()

    def steps(self, session: str, asked: Generator[Step], strings: Strings) -> Generator[Step]:
        """The steps of `asked`, and the one that ends them early; none where a question is under way."""
        with self._lock:
            if session in self._endings:
                return
            self._endings[session] = None
        conversation: Conversation = ()
        try:
            with closing(asked):
                for step in asked:
                    conversation = step.conversation
                    yield step
                    if self._endings[session]:
                        break
        finally:
            with self._lock:
                ending = self._endings.pop(session)
        if ending:
            yield stop(() if ending == "clear" else conversation, strings)

    def end(self, session: str, ending: Ending) -> bool:
        """Whether a question is under way, which then ends so."""
        with self._lock:
            if session not in self._endings:
                return False
            self._endings[session] = ending
            return True
