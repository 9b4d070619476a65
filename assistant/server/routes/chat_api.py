"""POST /chat/feedback and GET /chat/suggestions: ratings of replies and follow-up questions, for the chat page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from assistant.server.audit import Audit
from assistant.server.feedback import COMMENT_CHARS, Feedback, Rating
from assistant.server.suggestions import Suggestions

Token = Annotated[str, Field(min_length=1, max_length=64)]


class RatingBody(BaseModel):
    """The body of POST /chat/feedback."""

    model_config = ConfigDict(extra="forbid")
    token: Token
    rating: Rating
    comment: str = Field("", max_length=COMMENT_CHARS)


def chat_routes(feedback: Feedback, suggestions: Suggestions, audit: Audit) -> APIRouter:
    """Return the routes under /chat; a request names a reply by the token in its bubble."""
    router = APIRouter(prefix="/chat", include_in_schema=False)

    @router.post("/feedback", status_code=204)
    def rate(body: RatingBody, request: Request) -> None:
        """Store a rating of a reply."""
        feedback.rate(body.token, body.rating, body.comment)
        audit.visitor(request, "chat").rated(body.rating)

    @router.get("/suggestions")
    def suggest(token: Token) -> dict[str, tuple[str, ...]]:
        """Return follow-up questions for a reply."""
        given = feedback.given(token)
        return {"questions": suggestions.after(given.question, given.language, given.cited)}

    return router
