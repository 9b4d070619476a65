"""Errors as programs get them: application/problem+json (RFC 9457), and under /v1 in OpenAI's shape.

Each names the request, so that it can be found in the log, and says what to do.
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
LATER_S = 5
"""When to come back after a busy server."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that is being answered."""

    request_id: str = ""
    openai: bool = False


asked: ContextVar[Asked] = ContextVar("asked", default=Asked())  # noqa: B039


@dataclass(eq=False)
class RefusedError(Exception):
    """A request that is turned away, with what the caller is told; `code` is OpenAI's word for it."""

    status: int
    detail: str
    hint: str
    retry_after_s: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None


def described(error: Exception) -> RefusedError:
    """What the caller learns of an error; of an unexpected one nothing, and the log gets it."""
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
    """The body of an error response, in the shape of the endpoint that was asked."""
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
    """The response to a request that is turned away."""
    headers = dict(refused.headers)
    if refused.retry_after_s is not None:
        headers["Retry-After"] = str(refused.retry_after_s)
    media_type = "application/json" if asked.get().openai else MEDIA_TYPE
    return JSONResponse(error_json(refused), refused.status, headers, media_type)


def problem(status: int, detail: str, hint: str) -> JSONResponse:
    """A response that says what is wrong and what to do."""
    return refusal(RefusedError(status, detail, hint))


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of these errors."""
    strings = {name: {"type": "string"} for name in ("type", "title", "detail", "hint", "request_id")}
    schema = {
        "type": "object",
        "properties": strings | {"status": {"type": "integer"}},
        "required": ["type", "title", "status", "detail", "hint", "request_id"],
    }
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }
