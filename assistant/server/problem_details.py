"""Error responses: application/problem+json (RFC 9457), and under /v1 the format of OpenAI.

Each contains the id of the request, which is also in the log, and a hint on what to do.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from assistant.errors import AssistantError, DocumentNotFoundError, ReplyNotFoundError, UsageError
from assistant.server.schemas import Json

MEDIA_TYPE = "application/problem+json"
FAILED = "Something went wrong on the server."
FAILED_HINT = "Try again; the server's log has details."
SEE_OPENAPI = "See /api/openapi.json for the requests that are accepted."
LATER_S = 5
"""Retry-After of a busy server, in seconds."""
_DESCRIPTIONS = {
    400: "The request cannot be read, or the client disconnected before the reply.",
    401: "The request has no valid key, or the reader is not signed in.",
    404: "The document, model or path of the request does not exist.",
    413: "The request is too large.",
    422: "A field of the request is missing, unknown or out of bounds.",
    429: "The client sends too many requests, or has too many questions in progress.",
    500: "The server failed; its log has the details.",
    503: "The server is busy or not ready; `Retry-After` says when to try again.",
}
"""What each status means, for the OpenAPI description."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """The current request: its id, and whether its path is below /v1."""

    request_id: str = ""
    openai: bool = False


asked: ContextVar[Asked] = ContextVar("asked", default=Asked())  # noqa: B039


@dataclass(eq=False)
class RefusedError(Exception):
    """A refused request: the status, what is wrong (`detail`) and what to do (`hint`).

    `code` is the `code` of OpenAI's error object.
    """

    status: int
    detail: str
    hint: str
    retry_after_s: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None


def described(error: Exception) -> RefusedError:
    """Return the response to `error`. An unexpected error goes to the log, and the client is told nothing of it."""
    if isinstance(error, RefusedError):
        return error
    if isinstance(error, DocumentNotFoundError | ReplyNotFoundError):
        return RefusedError(404, str(error), error.hint)
    if isinstance(error, UsageError):
        return RefusedError(422, str(error), error.hint)
    if isinstance(error, AssistantError):
        return RefusedError(503, str(error), error.hint, LATER_S)
    _log.error("Request %s failed", asked.get().request_id, exc_info=error)
    return RefusedError(500, FAILED, FAILED_HINT)


def error_json(refused: RefusedError) -> Json:
    """Return the body of an error response, in OpenAI's format where the request is below /v1."""
    if asked.get().openai:
        error = {
            "message": f"{refused.detail} {refused.hint}",
            "type": _openai_type(refused.status),
            "param": None,
            "code": refused.code,
        }
        return {"error": error}
    return {
        "type": "about:blank",
        "title": HTTPStatus(refused.status).phrase,
        "status": refused.status,
        "detail": refused.detail,
        "hint": refused.hint,
        "request_id": asked.get().request_id,
    }


def _openai_type(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "rate_limit_error"
    return "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"


def refusal(refused: RefusedError) -> JSONResponse:
    """Return the error response to a refused request."""
    headers = dict(refused.headers)
    if refused.retry_after_s is not None:
        headers["Retry-After"] = str(refused.retry_after_s)
    media_type = "application/json" if asked.get().openai else MEDIA_TYPE
    return JSONResponse(error_json(refused), refused.status, headers, media_type)


def problem(status: int, detail: str, hint: str) -> JSONResponse:
    """Return an error response that says what is wrong (`detail`) and what to do (`hint`)."""
    return refusal(RefusedError(status, detail, hint))


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of error responses with these statuses."""
    strings = {name: {"type": "string"} for name in ("type", "title", "detail", "hint", "request_id")}
    schema = {
        "type": "object",
        "properties": strings | {"status": {"type": "integer"}},
        "required": ["type", "title", "status", "detail", "hint", "request_id"],
    }
    return {
        status: {"description": _DESCRIPTIONS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def status_description(status: int) -> str:
    """Return what an error status means, in a sentence for the OpenAPI description."""
    return _DESCRIPTIONS[status]
