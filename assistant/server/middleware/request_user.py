"""The name of the person who signed in or of the key, from the check of the sign-in to the logs."""

from __future__ import annotations

from urllib.parse import quote

from starlette.types import Scope

_USER = "assistant.user"
_CHARS = 100


def open_user(scope: Scope) -> None:
    """Make room for the name in `scope`; copies of the scope share it."""
    scope[_USER] = []


def set_user(scope: Scope, name: str) -> None:
    """Record that `name` sent the request."""
    scope.get(_USER, []).append(name)


def user_of(scope: Scope) -> str:
    """Return the name in one word, other characters than letters, digits and a few signs percent-encoded; "" for none.

    >>> scope = {"type": "http"}
    >>> open_user(scope)
    >>> set_user(dict(scope), "ada\\n@example.org")
    >>> user_of(scope)
    'ada%0A@example.org'
    """
    names = scope.get(_USER, [])
    return "".join(c if c.isalnum() else quote(c, safe="@.+:") for c in names[-1][:_CHARS]) if names else ""
