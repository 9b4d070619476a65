"""The widget: its script, and the small page that its frame opens before the chat.

That page is no redirect: it asks whether the page around may embed the chat, so that a refusal can be told in
words. The browser would show an empty frame, and a request from the host page would need an entry in its policy.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from assistant.html.assets import STATIC
from assistant.html.environment import render
from assistant.settings import ServeSettings

SUGGESTIONS = 6
"""A longer list of suggested questions is cut."""

_PAGE_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
"""Any page may frame this one: it shows nothing, and the chat has a policy of its own."""


def add_widget(app: FastAPI, settings: ServeSettings) -> None:
    """GET /widget.js, /widget and /widget/allowed."""
    script = (STATIC / "widget.js").read_bytes()
    tag = f'"{hashlib.sha256(script).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}

    @app.get("/widget.js", include_in_schema=False)
    def widget_script(request: Request) -> Response:
        """The script that a host page names."""
        known = request.headers.get("if-none-match", "").replace("W/", "").split(",")
        if tag in (entry.strip() for entry in known):
            return Response(status_code=304, headers=headers)
        return Response(script, media_type="text/javascript", headers=headers)

    @app.get("/widget", include_in_schema=False)
    def widget_page(request: Request) -> HTMLResponse:
        """What the frame opens: static/embed.js goes on to the chat, or tells the host page that it may not."""
        page = render("widget.html", chat=chat_address(request.query_params.multi_items()))
        return HTMLResponse(page, headers={"Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "no-cache"})

    @app.get("/widget/allowed", include_in_schema=False)
    def allowed(origin: str) -> dict[str, bool]:
        """Whether pages of `origin` may embed the chat."""
        return {"allowed": origin in settings.origins}


def chat_address(given: Iterable[tuple[str, str]]) -> str:
    """The chat's address with those of the query parameters that it knows, cleaned; unfit ones are left out.

    Relative, so that it holds behind a proxy's prefix.

    >>> chat_address([("accent", "17606B"), ("theme", "dark"), ("lang", "<b>"), ("title", " Ask\\tus ")])
    './?embed=1&accent=%2317606b&__theme=dark&title=Ask+us'
    """
    kept = [("embed", "1")]
    taken: dict[str, int] = {}
    for name, value in given:
        parameter = _PARAMETERS.get(name)
        if parameter is None or taken.get(name, 0) >= parameter[1]:
            continue
        if cleaned := parameter[2](value):
            taken[name] = taken.get(name, 0) + 1
            kept.append((parameter[0], cleaned))
    return f"./?{urlencode(kept)}"


def _text(longest: int) -> Callable[[str], str]:
    """On one line, without what cannot be shown."""

    def clean(value: str) -> str:
        shown = "".join(character if character.isprintable() else " " for character in value)
        return " ".join(shown.split())[:longest].strip()

    return clean


def _matching(pattern: str) -> Callable[[str], str]:
    def clean(value: str) -> str:
        return value if re.fullmatch(pattern, value) else ""

    return clean


def _accent(value: str) -> str:
    return "#" + value[-6:].lower() if re.fullmatch(r"#?[0-9a-fA-F]{6}", value) else ""


_PARAMETERS: dict[str, tuple[str, int, Callable[[str], str]]] = {
    "title": ("title", 1, _text(80)),
    "greeting": ("greeting", 1, _text(300)),
    "suggestion": ("suggestion", SUGGESTIONS, _text(200)),
    "accent": ("accent", 1, _accent),
    "theme": ("__theme", 1, _matching("light|dark")),  # Gradio's own name; without it the system's theme is taken
    "lang": ("lang", 1, _matching("[a-z]{2,3}")),
    "site": ("site", 1, _text(200)),
    "doc_language": ("doc_language", 1, _matching("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")),
}
"""Each parameter of /widget: its name in the chat's address, how often it counts, and what is kept of a value."""
