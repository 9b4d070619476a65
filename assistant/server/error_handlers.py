"""Exceptions that a route raises → error responses."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from assistant.errors import AssistantError
from assistant.server.problem_details import SEE_OPENAPI, RefusedError, described, problem, refusal
from assistant.text.control_characters import remove_nonprinting


def add_error_handlers(app: FastAPI) -> None:
    """Make `app` respond to expected errors and to invalid requests with problem details."""

    @app.exception_handler(AssistantError)
    @app.exception_handler(RefusedError)
    def expected(_: Request, error: Exception) -> JSONResponse:
        return refusal(described(error))

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return problem(400, "The body is not valid JSON.", SEE_OPENAPI)
        # The client chooses the names of fields.
        where = remove_nonprinting(".".join(str(part) for part in first["loc"][1:]))[:100] or "the body"
        return problem(422, f"{where}: {first['msg']}.", SEE_OPENAPI)

    @app.exception_handler(HTTPException)
    def refused(_: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        return refusal(RefusedError(error.status_code, f"{error.detail}", SEE_OPENAPI, headers=headers))
