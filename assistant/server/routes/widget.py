"""The widget: its script, and the page that its frame opens before the chat.

That page checks whether the host page may embed the chat, so that it can show a message when it may not. After a
redirect the browser would show an empty frame, and a request by the host page would need an entry in its policy.
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
from assistant.text.control_characters import remove_nonprinting

SUGGESTIONS = 6
"""How many suggested questions a widget may pass on; the rest are dropped."""

_PAGE_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
"""Without frame-ancestors: any page may frame this one, which shows nothing; the chat has its own policy."""


def add_widget(app: FastAPI, settings: ServeSettings) -> None:
    """Add GET /widget.js, /widget and /widget/allowed to `app`."""
    script = (STATIC / "widget.js").read_bytes()
    tag = f'"{hashlib.sha256(script).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}

    @app.get("/widget.js", include_in_schema=False)
    def widget_script(request: Request) -> Response:
        """Return the script that a host page includes."""
        cached = request.headers.get("if-none-match", "").replace("W/", "").split(",")
        if tag in (entry.strip() for entry in cached):
            return Response(status_code=304, headers=headers)
        return Response(script, media_type="text/javascript", headers=headers)

    @app.get("/widget", include_in_schema=False)
    def widget_page(request: Request) -> HTMLResponse:
        """Return the frame's first page: static/embed.js opens the chat, or tells the host page that it may not."""
        page = render("widget.html", chat=chat_address(request.query_params.multi_items()))
        return HTMLResponse(page, headers={"Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "no-cache"})

    @app.get("/widget/allowed", include_in_schema=False)
    def allowed(origin: str) -> dict[str, bool]:
        """Return whether pages of `origin` may embed the chat."""
        return {"allowed": origin in settings.origins}


def chat_address(given: Iterable[tuple[str, str]]) -> str:
    """Return the chat's address with the known query parameters, cleaned; invalid ones are left out.

    The address is relative, so that it is right behind a proxy's prefix.

    >>> chat_address([("accent", "17606B"), ("theme", "dark"), ("lang", "<b>"), ("title", " Ask\\tus ")])
    './?embed=1&accent=%2317606b&__theme=dark&title=Ask+us'
    """
    passed = [("embed", "1")]
    counts: dict[str, int] = {}
    for name, value in given:
        parameter = _PARAMETERS.get(name)
        if parameter is None or counts.get(name, 0) >= parameter[1]:
            continue
        if cleaned := parameter[2](value):
            counts[name] = counts.get(name, 0) + 1
            passed.append((parameter[0], cleaned))
    return f"./?{urlencode(passed)}"


def _text(longest: int) -> Callable[[str], str]:
    """Return a function that puts a text on one line of at most `longest` characters, all of them printable."""

    def clean(value: str) -> str:
        return " ".join(remove_nonprinting(value).split())[:longest].strip()

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
    "theme": ("__theme", 1, _matching("light|dark")),  # Gradio's name for it; the default is the system's theme
    "lang": ("lang", 1, _matching("[a-z]{2,3}")),
    "site": ("site", 1, _text(200)),
    "doc_language": ("doc_language", 1, _matching("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")),
}
"""For each parameter of /widget: its name in the chat's address, how often it may occur, and how to clean a value."""
