"""The chat: a Gradio page over the assistant. The only module that imports Gradio.

What is shown is rendered in render.py, what happens is decided in conversation.py; here both are wired to
the components.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

# Both are read by Gradio: it would ask the internet, and work out statistics with pandas after every event.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
import gradio as gr
from fastapi import FastAPI

from assistant.serve import conversation as talk
from assistant.serve.conversation import Conversation, ServedAssistant, Step
from assistant.serve.examples import example_questions
from assistant.serve.render import header_html, welcome_html
from assistant.serve.running import Running
from assistant.serve.strings import ALL, ENGLISH, Strings, choose

STATIC = Path(__file__).parent / "static"
STEP_S = 0.03
"""Between two quotes: they are found at once, the pause only lets the eye follow."""
CONCURRENCY = 2
QUEUED = 64

Values = tuple[Any, ...]
"""New values of the event's output components."""


def build_chat(assistant: ServedAssistant) -> gr.Blocks:
    """The page: header, conversation, input, example questions."""
    documents = assistant.documents()
    questions = example_questions(documents)
    page: gr.Blocks
    with gr.Blocks(title=ENGLISH.product, analytics_enabled=False, fill_height=True) as page:
        language = gr.State(ENGLISH.language)
        header = gr.HTML(header_html(assistant.manifest, documents, ENGLISH), elem_id="da-header")
        chatbot = _chatbot(questions)
        box = _question_box()
        with gr.Accordion(ENGLISH.examples, open=False, visible=bool(questions), elem_id="da-examples") as more:
            buttons = [gr.Button(question, size="sm", elem_classes="da-example") for question in questions]
        _wire(assistant, language, chatbot, box, buttons)

        def greet(request: gr.Request) -> Values:
            """The page in the reader's language; Gradio's own translations have no Vietnamese."""
            strings = choose(request.query_params.get("lang"), request.headers.get("accept-language"))
            return (
                strings.language,
                header_html(assistant.manifest, documents, strings),
                gr.Chatbot(label=strings.chat_label, placeholder=welcome_html(strings)),
                gr.Textbox(
                    label=strings.question_label,
                    placeholder=strings.question_placeholder,
                    submit_btn=strings.ask,
                ),
                gr.Accordion(label=strings.examples),
            )

        outputs = [language, header, chatbot, box, more]
        page.load(greet, None, outputs, queue=False, api_visibility="private", show_progress="hidden")
    page.queue(default_concurrency_limit=CONCURRENCY, max_size=QUEUED, api_open=False)
    return page


def _chatbot(questions: Sequence[str]) -> gr.Chatbot:
    """Messages are HTML of ours: Markdown and LaTeX are off, Gradio's sanitiser stays on as a second wall."""
    return gr.Chatbot(
        label=ENGLISH.chat_label,
        show_label=False,
        placeholder=welcome_html(ENGLISH),
        examples=[{"text": question} for question in questions],
        render_markdown=False,
        sanitize_html=True,
        latex_delimiters=[],
        allow_tags=False,
        buttons=[],  # Gradio's own copy button would copy HTML; chat.js copies the text
        layout="panel",
        autoscroll=False,  # it would end at the last source; chat.js keeps the question in view
        elem_id="da-chat",
        scale=1,
        height="100%",
    )


def _question_box() -> gr.Textbox:
    return gr.Textbox(
        label=ENGLISH.question_label,
        show_label=False,
        placeholder=ENGLISH.question_placeholder,
        submit_btn=ENGLISH.ask,
        lines=1,
        max_lines=6,
        elem_id="da-question",
    )


def _wire(
    assistant: ServedAssistant,
    language: gr.State,
    chatbot: gr.Chatbot,
    box: gr.Textbox,
    buttons: Sequence[gr.Button],
) -> None:
    """Connect the events. None is an endpoint for outsiders; POST /api/ask is."""
    conversation = gr.State(())
    running = Running()

    def shown(steps: Generator[Step], request: gr.Request, strings: Strings) -> Iterator[Values]:
        return _shown(running.steps(_session(request), steps, strings), strings)

    def ask(question: str, conversation: Conversation, language: str, request: gr.Request) -> Iterator[Values]:
        strings = ALL[language]
        yield from shown(talk.ask(assistant, question or "", conversation, strings), request, strings)

    def example(
        conversation: Conversation, language: str, request: gr.Request, event: gr.SelectData
    ) -> Iterator[Values]:
        yield from ask(str(event.value["text"]), conversation, language, request)

    def retry(conversation: Conversation, language: str, request: gr.Request) -> Iterator[Values]:
        strings = ALL[language]
        yield from shown(talk.ask_again(assistant, conversation, strings), request, strings)

    def stop(request: gr.Request) -> None:
        running.end(_session(request), "stop")

    def clear(language: str, request: gr.Request) -> Values:
        if running.end(_session(request), "clear"):
            return gr.skip(), gr.skip(), gr.skip()
        return _values(talk.stop((), ALL[language]), ALL[language])

    outputs = [chatbot, conversation, box]
    hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    asking = hidden | {"outputs": outputs, "concurrency_id": "ask", "concurrency_limit": CONCURRENCY}
    session = [conversation, language]
    box.submit(ask, [box, *session], **asking)
    chatbot.example_select(example, session, **asking)
    chatbot.retry(retry, session, **asking)
    for button in buttons:
        button.click(ask, [button, *session], **asking)
    box.stop(stop, None, None, queue=False, **hidden)
    # Through the queue, so that what it empties is not filled by an earlier step that comes later.
    chatbot.clear(clear, [language], outputs, concurrency_limit=None, **hidden)


def _session(request: gr.Request) -> str:
    return request.session_hash or ""


def _shown(steps: Generator[Step], strings: Strings) -> Iterator[Values]:
    """The values of each step; the input box changes only when work starts or ends."""
    busy: bool | None = None
    with closing(steps):
        for step in steps:
            yield _values(step, strings, changed=step.busy != busy)
            if step.busy:
                time.sleep(STEP_S)
            busy = step.busy


def _values(step: Step, strings: Strings, *, changed: bool = True) -> Values:
    box: Any = gr.skip()
    if changed and step.busy:
        box = gr.Textbox(value="", submit_btn=False, stop_btn=strings.stop)
    elif changed:
        box = gr.Textbox(submit_btn=strings.ask, stop_btn=False)
    return step.messages, step.conversation, box


def mount_chat(app: FastAPI, assistant: ServedAssistant) -> None:
    """Put the chat at "/" of `app`; routes that `app` already has come first."""
    # Where no event loop runs, Gradio makes one at every turn and leaves it open; so one runs.
    asyncio.run(_mount(app, assistant))


async def _mount(app: FastAPI, assistant: ServedAssistant) -> None:
    gr.mount_gradio_app(
        app,
        build_chat(assistant),
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        pwa=False,
        show_error=False,
        enable_monitoring=False,
        max_file_size="1kb",
        favicon_path=str(STATIC / "icon.png"),
        theme=_theme(),
        css_paths=[STATIC / "chat.css"],
        head='<script src="ui/chat.js" defer></script><script src="ui/embed.js"></script>',
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )


def _theme() -> gr.themes.Base:
    """System fonts only: a web font would be fetched from the internet. Colours are in static/chat.css."""
    sans = [gr.themes.Font(name) for name in ("Segoe UI", "Roboto", "Noto Sans", "Arial", "sans-serif")]
    mono = [gr.themes.Font(name) for name in ("Consolas", "Noto Sans Mono", "monospace")]
    return gr.themes.Base(primary_hue="teal", neutral_hue="slate", font=sans, font_mono=mono)
