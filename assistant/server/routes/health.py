"""GET /healthz, /readyz and /metrics: what a monitoring system asks of the server."""

from __future__ import annotations

import logging

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response

from assistant.protocols import LiveAssistant
from assistant.server.openapi_examples import HEALTH, READINESS
from assistant.server.problem_details import LATER_S, RefusedError, problem_responses
from assistant.server.prometheus import exposition
from assistant.server.schemas import Json

_log = logging.getLogger(__name__)


class Readiness:
    """The state that GET /readyz reports: `ready` once a first search has succeeded, else `problem` says why not."""

    def __init__(self) -> None:
        self.ready = False
        self.problem = "The encoder is being loaded."

    def check(self, live: LiveAssistant) -> None:
        """Run one search and ask the model server for its state. Raises nothing; a failure goes into `problem`.

        The search loads what loads at its first use, so that the first visitor does not wait for it.
        """
        try:
            with live.pinned() as assistant:
                assistant.search("ready", k=1)
                self.ready = True
                assistant.check_model()
        except Exception as error:
            _log.exception("The first search failed")
            self.problem = f"The first search failed: {error}"

    def stop(self) -> None:
        """Report from now on that the server is not ready."""
        self.ready = False
        self.problem = "The server is stopping."

    def busy(self) -> bool:
        """Return False: the end of the server does not wait for the check."""
        return False


def _json_response(description: str, example: Json) -> dict[int | str, Json]:
    return {200: {"description": description, "content": {"application/json": {"example": example}}}}


_HEALTHY = _json_response("The process is running.", HEALTH)
_READY = _json_response("Questions can be answered.", READINESS)
_METRICS: dict[int | str, Json] = {
    200: {
        "description": "The metrics in the text format of Prometheus.",
        "content": {"text/plain": {"example": 'assistant_questions_total{outcome="answered"} 12.0\n'}},
    }
}


def add_health(app: FastAPI, live: LiveAssistant, readiness: Readiness) -> None:
    """Add GET /healthz, /readyz and /metrics to `app`."""

    @app.get("/healthz", summary="Check that the process is running", responses=_HEALTHY)
    def healthz() -> Json:
        """Return `{"status": "ok"}` as long as the process is running, also while it cannot answer questions yet."""
        return {"status": "ok"}

    @app.get("/readyz", summary="Check that questions can be answered", responses=_READY | problem_responses(503))
    def readyz() -> Json:
        """Return the size of the index and who writes the answers.

        The status is 503 until the index is open and the encoder is loaded. `answerer` is "model" if a language model
        is configured and answered the last request to it, else "extractive".
        """
        if not readiness.ready:
            raise RefusedError(503, readiness.problem, "Try again in a few seconds.", LATER_S)
        with live.pinned() as assistant:
            manifest = assistant.manifest
            return {
                "status": "ready",
                "documents": manifest.documents,
                "chunks": manifest.chunks,
                "generation": manifest.generation,
                "answerer": "model" if assistant.model and not assistant.model_failure else "extractive",
                "model": assistant.model,
                "model_failure": assistant.model_failure,
            }

    @app.get(
        "/metrics",
        summary="Get metrics for Prometheus",
        response_class=PlainTextResponse,
        responses=_METRICS | problem_responses(401),
    )
    def metrics() -> Response:
        """Return the numbers of questions and responses, and the times that questions took, in seconds."""
        return exposition()
