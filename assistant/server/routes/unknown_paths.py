"""The response to paths and methods that no route has. Gradio, mounted at "/", would otherwise answer them."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from assistant.answer.links import DOCUMENT_PAGES
from assistant.server.problem_details import SEE_OPENAPI, RefusedError, refusal

_UNDER = ("/api/", "/v1/", "/mcp", DOCUMENT_PAGES)
_PATHS = (*(path + "{_:path}" for path in _UNDER), "/healthz", "/readyz", "/metrics")


class UnknownPath:
    """An ASGI application that responds with 404, or with 405 when one of `routes` has the path."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        same_path = [r for r in self._routes if isinstance(r, Route) and r.matches(scope)[0] == Match.PARTIAL]
        allowed = ", ".join(sorted(method for route in same_path for method in route.methods or ()))
        refused = RefusedError(404, "There is nothing at this address.", SEE_OPENAPI)
        if allowed:
            detail = f"The method {scope['method']} is not allowed at this address."
            refused = RefusedError(405, detail, f"Use {allowed}.", headers={"Allow": allowed})
        await refusal(refused)(scope, receive, send)


def add_unknown_paths(app: FastAPI) -> None:
    """Refuse every other path below the interface's own prefixes; call it after all routes were added to `app`."""
    unknown = UnknownPath(tuple(app.routes))
    app.router.routes += [Route(path, unknown, include_in_schema=False) for path in _PATHS]
