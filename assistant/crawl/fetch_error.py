"""The error of the crawler: why one address could not be fetched."""

from __future__ import annotations

from typing import Literal

from assistant.records import Failure

Kind = Literal[
    "private",  # an address that is not public, and whose host is not allow-listed
    "gone",  # the server says that there is no such page, or none for us
    "down",  # the server does not answer, or asks to be left alone
    "broken",  # the server answers, but this page fails
    "refused",  # too large, too slow to end, a loop, not what it says
    "unwanted",  # the site asks not to read it, or it is no document: of no interest unless it was named
    "stopped",  # by the user
]


class FetchError(Exception):
    """An address could not be fetched; `error` says why and `hint` what to do."""

    def __init__(self, kind: Kind, error: str, hint: str) -> None:
        super().__init__(error)
        self.kind = kind
        self.error = error
        self.hint = hint

    @property
    def lasting(self) -> bool:
        """Return whether the cached copy is to be deleted. It stays while a server only fails: that may pass."""
        return self.kind not in ("down", "broken")

    def of(self, url: str) -> Failure:
        """Return the failure to list for `url`."""
        return Failure(url, self.error, self.hint)
