"""Turns failures of a model server into GenerationErrors with safe text: the server's own words are cleaned first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from assistant.errors import GenerationError, GenerationFailure
from assistant.text.control_characters import remove_nonprinting

_READ_CHARACTERS = 10_000
_SHOWN_CHARACTERS = 200
_HINTS: dict[GenerationFailure, str] = {
    "unreachable": "Start the server, or correct its address: it usually ends in /v1.",
    "refused": "Correct the key.",
    "unknown_model": "Correct the model's name, or install the model on the server.",
    "rate_limited": "Ask again later.",
    "too_long": "Hand it fewer passages, or give the model a longer context.",
    "server_error": "Ask again; the server's log may say more.",
    "timeout": "Ask again when the server is less busy, use a smaller model, or allow more time.",
    "cut": "Ask again, or allow a longer reply.",
    "empty": "Ask again, or use another model.",
    "endless": "Use another model or another server.",
    "malformed": "Check that the address is that of a server with OpenAI's chat completions.",
}
_FAILURES: dict[int, GenerationFailure] = {
    401: "refused",
    402: "refused",  # to be paid first
    403: "refused",
    405: "unreachable",
    408: "timeout",
    413: "too_long",
    429: "rate_limited",
}
_TOO_LONG = re.compile(r"context|too long|too large|maximum", re.IGNORECASE)
_UNKNOWN_MODEL = re.compile(r"(unknown|invalid) model|model\b.{0,200}\bnot[ _](found|exist)", re.IGNORECASE | re.DOTALL)


def failed(failure: GenerationFailure, what: str) -> GenerationError:
    """Return a GenerationError that says: "The model server `what`."."""
    return GenerationError(failure, f"The model server {what}.", _HINTS[failure])


def from_error(error: Exception, base_url: str, opened: bool, secrets: Iterable[str]) -> Exception:
    """Return a GenerationError for an error of the openai package or of reading a stream; any other error unchanged.

    `opened` is true when a reply had begun. The message contains none of the `secrets`.
    """
    import openai

    if isinstance(error, openai.APIStatusError):
        words = str(error.body or "")[:_READ_CHARACTERS]
        if words.startswith("<"):
            words = ""  # a web page says nothing
        said = f": {shown(error.body, secrets).rstrip('.')}" if words else ""
        return failed(_failure(error.status_code, words), f"answered with status {error.status_code}{said}")
    if isinstance(error, openai.APIConnectionError) and opened:
        return failed("cut", "lost the connection in the middle of its reply")
    if isinstance(error, openai.APIConnectionError):
        late = isinstance(error, openai.APITimeoutError)
        reason = "no connection in time" if late else shown(_reason(error), secrets)
        return failed("unreachable", f"at {_place(base_url)} cannot be reached" + (f": {reason}" if reason else ""))
    if isinstance(error, openai.APIError):  # sent in place of the rest of a reply
        too_long = _TOO_LONG.search(str(error.body)[:_READ_CHARACTERS])
        said = shown(error.body, secrets)
        return failed("too_long" if too_long else "server_error", f"broke off its reply: {said}")
    if isinstance(error, ValueError | RecursionError):  # neither UTF-8 nor JSON
        return failed("malformed", f"sent what no reply consists of ({type(error).__name__})")
    return error


def shown(said: object, secrets: Iterable[str]) -> str:
    """Return the start of the server's words on one line, without control characters and without the `secrets`."""
    if isinstance(said, dict):
        said = said.get("message") or said.get("detail") or said
    text = _one_line(str(said)[:_READ_CHARACTERS])
    for secret in filter(None, map(_one_line, secrets)):
        text = text.replace(secret, "…")
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _one_line(text: str) -> str:
    return " ".join(remove_nonprinting(text).split())


def _failure(status: int, said: str) -> GenerationFailure:
    if status in _FAILURES:
        return _FAILURES[status]
    if status >= 500:
        return "server_error"
    if status < 400:
        return "unreachable"  # sent elsewhere
    if status == 404:
        return "unknown_model" if "model" in said.lower() else "unreachable"
    if _UNKNOWN_MODEL.search(said):
        return "unknown_model"
    return "too_long" if _TOO_LONG.search(said) else "malformed"


def _place(base_url: str) -> str:
    """Return the address without user name and password."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _reason(error: BaseException | None) -> str:
    """Return the operating system's message about a connection; other errors of the chain may quote a header."""
    reason = ""
    while error:
        if isinstance(error, OSError):
            reason = str(error)
        error = error.__cause__ or error.__context__
    return reason
