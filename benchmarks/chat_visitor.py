"""A visitor of the chat page and of the HTTP interface, who needs no browser."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from typing import Any

Json = dict[str, Any]
_CONFIG = "window.gradio_config = "


def lines(value: Json) -> list[str]:
    """A JSON object as lines, so that a difference is seen at its place."""
    return json.dumps(value, ensure_ascii=False, indent=1).splitlines()


def fetch(url: str, body: Json | None = None, *, language: str = "en") -> tuple[int, str]:
    """The status and the text of a response; a `body` is posted."""
    headers = {"Accept-Language": language} | ({"Content-Type": "application/json"} if body is not None else {})
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=300) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def fetch_json(url: str, body: Json | None = None) -> Json:
    """The JSON object of a response that must be a success."""
    status, text = fetch(url, body)
    if status != 200:
        raise RuntimeError(f"{url}: {status} {text[:300]}")
    value: Json = json.loads(text)
    return value


def page_config(address: str) -> Json:
    """What the chat page says about its components and events."""
    _, html = fetch(address + "/")
    config: Json = json.JSONDecoder().raw_decode(html, html.index(_CONFIG) + len(_CONFIG))[0]
    return config


class Chat:
    """A visitor of the chat page, who speaks to it as the page's own script does: by Gradio's queue."""

    def __init__(self, address: str, language: str) -> None:
        self._address = address
        self._query = f"?lang={language}"
        self._session = os.urandom(8).hex()
        self._config = page_config(address)
        self._components = {part["id"]: part for part in self._config["components"]}
        # The page holds a connection, by which the server sees when it is closed.
        self._page = urllib.request.urlopen(f"{address}{self._config['api_prefix']}/heartbeat/{self._session}")

    def close(self) -> None:
        """Close the page."""
        self._page.close()

    def greeted(self) -> tuple[str, list[str]]:
        """Open the page. Returns its head as HTML, and what the chat is given to show, as lines."""
        event = self._event(0, "load")
        values = self._run(event, {"da-kept": ""})[-1]
        shown = [(self._name(part), value) for part, value in zip(event["outputs"], values, strict=True)]
        rest = [line for name, value in shown if name not in ("da-header", "state") for line in lines({name: value})]
        return self._html(dict(shown)["da-header"]), rest

    def bubbles(self, question: str) -> list[str]:
        """Ask. Returns the HTML of the messages: those first shown, then those at the end."""
        event = self._event(self._place("da-question"), "submit")
        steps = self._run(event, {"da-question": question})
        chat = event["outputs"].index(self._place("da-chat"))
        return [self._html(message["content"]) for step in (steps[0], steps[-1]) for message in step[chat]]

    def _html(self, content: Any) -> str:
        if isinstance(content, str):
            return content
        return "".join(part["text"] for part in content)

    def _place(self, name: str) -> int:
        place: int = next(number for number in self._components if self._name(number) == name)
        return place

    def _name(self, number: int) -> str:
        part = self._components[number]
        return str(part["props"].get("elem_id") or part["type"])

    def _event(self, component: int, event: str) -> Json:
        found: Json = next(one for one in self._config["dependencies"] if [component, event] in one["targets"])
        return found

    def _run(self, event: Json, given: Json) -> list[Any]:
        """The output values of the first step and of the last."""
        data = [given.get(self._name(part), self._components[part]["props"].get("value")) for part in event["inputs"]]
        gradio = f"{self._address}{self._config['api_prefix']}"
        body = {"data": data, "fn_index": event["id"], "session_hash": self._session, "event_data": None}
        fetch_json(f"{gradio}/queue/join{self._query}", body)
        _, stream = fetch(f"{gradio}/queue/data?session_hash={self._session}")
        messages = [json.loads(line[5:]) for line in stream.splitlines() if line.startswith("data:")]
        steps = [message for message in messages if message["msg"] in ("process_generating", "process_completed")]
        if not steps or not steps[-1]["success"]:
            raise RuntimeError(f"the chat failed: {messages[-1]}")
        return [step["output"]["data"] for step in (steps[0], steps[-1])]
