"""The chat: a Gradio page over the assistant. The only module that imports Gradio.

What is shown is rendered in html/, what happens is decided in conversation.py; here both are wired to
the components.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import gradio as gr
from fastapi import FastAPI

from assistant.chat import conversation as talk
from assistant.chat.conversation import Chat, Conversation, Observe, Remember, Step
from assistant.chat.example_questions import LIMIT
from assistant.chat.filter_choices import Choices, chosen
from assistant.chat.overview import Overview, overview
from assistant.chat.sessions import Sessions
from assistant.errors import QuestionError
from assistant.html.assets import STATIC
from assistant.html.bubbles import welcome_html
from assistant.html.environment import render
from assistant.html.header import header_html
from assistant.html.strings import ALL, ENGLISH, Strings, choose
from assistant.protocols import LiveAssistant

STEP_S = 0.03
"""Between two quotes: they are found at once, the pause only lets the eye follow."""
CONCURRENCY = 2
QUEUED = 64

Values = tuple[Any, ...]
"""New values of the event's output components."""

_HIDDEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_DONE_BY_SCRIPT = ("again", "edit", "clear", "open")
# static/chat.js is there before or after Gradio.
_STORED = """async () => {
    for (let n = 0; n < 100 && !window.documentAssistant; n++) await new Promise((go) => setTimeout(go, 20));
    return [window.documentAssistant?.stored() ?? ""];
}"""


class _Page:
    """The components, and what happens on their events. None is an endpoint for outsiders; POST /api/ask is."""

    def __init__(self, live: LiveAssistant, remember: Remember, observe: Observe) -> None:
        self._live = live
        with live.pinned() as assistant:
            self._index = overview(assistant)
        self._chat = Chat(live, remember, observe)
        self._sessions = Sessions()
        self.blocks: gr.Blocks
        with gr.Blocks(title=ENGLISH.product, analytics_enabled=False, fill_height=True) as self.blocks:
            self._language = gr.State(ENGLISH.language)
            self._conversation = gr.State(())
            self._header = gr.HTML(header_html(self._index, ENGLISH), elem_id="da-header")
            self._chatbot = _chatbot()
            self._box = _question_box()
            self._filters = _filters(self._index.choices)
            questions = self._index.questions
            with gr.Accordion(ENGLISH.examples, open=False, visible=bool(questions), elem_id="da-examples") as more:
                buttons = [_example(questions, n) for n in range(LIMIT)]
            self._more, self._examples = more, buttons
            # What static/chat.js sets in motion, and where it finds the conversation to keep.
            self._kept = gr.Textbox(visible="hidden", elem_id="da-kept")
            self._do = {name: gr.Button(visible="hidden", elem_id=f"da-do-{name}") for name in _DONE_BY_SCRIPT}
            self._wire()
        self.blocks.queue(default_concurrency_limit=CONCURRENCY, max_size=QUEUED, api_open=False)

    def _wire(self) -> None:
        shown = [self._chatbot, self._conversation, self._box, self._kept]
        told: list[Any] = [self._conversation, self._language, *self._filters[1:]]
        asking = _HIDDEN | {"outputs": shown, "concurrency_id": "ask", "concurrency_limit": CONCURRENCY}
        self._box.submit(self._ask, [self._box, *told], **asking)
        for button in self._examples:
            button.click(self._ask, [button, *told], **asking)
        self._chatbot.example_select(self._ask_example, told, **asking)
        self._do["again"].click(self._ask_again, told, **asking)
        self._box.stop(self._stop, None, None, queue=False, **_HIDDEN)
        # Through the queue, so that what they show is not overwritten by an earlier step that comes later.
        changing = _HIDDEN | {"outputs": shown, "concurrency_limit": None}
        self._do["clear"].click(self._clear, [self._language], **changing)
        self._do["edit"].click(self._edit, [self._conversation, self._language], **changing)
        opened = "(kept, language) => [window.documentAssistant.opened(), language]"
        self._do["open"].click(self._open, [self._kept, self._language], js=opened, **changing)
        self._kept.change(None, [self._kept], None, js="(kept) => window.documentAssistant.keep(kept)", **_HIDDEN)
        greeted = [self._language, self._header, self._more, *self._examples, *self._filters, *shown]
        self.blocks.load(self._greet, [self._kept], greeted, js=_STORED, queue=False, **_HIDDEN)

    def _greet(self, request: gr.Request, kept: str) -> Values:
        """The page in the reader's language (Gradio's own translations have no Vietnamese), as it was left."""
        index = self._current()
        query = request.query_params
        strings = choose(query.get("lang"), request.headers.get("accept-language"))
        step = self._chat.reopen(kept or "", strings)
        box = gr.Textbox(
            label=strings.question_label,
            placeholder=strings.question_placeholder,
            submit_btn=strings.ask,
            interactive=True,
        )
        chatbot = gr.Chatbot(
            list[Any](step.messages),
            label=strings.chat_label,
            placeholder=welcome_html(strings),
            examples=[{"text": question} for question in index.questions],
        )
        return (
            strings.language,
            header_html(index, strings),
            gr.Accordion(label=strings.examples, visible=bool(index.questions)),
            *(_example(index.questions, n) for n in range(LIMIT)),
            *_filters_in(strings, index.choices, query),
            chatbot,
            step.conversation,
            box,
            gr.skip(),
        )

    def _current(self) -> Overview:
        """Of the generation that is live now."""
        with self._live.pinned() as assistant:
            if assistant.manifest != self._index.manifest:
                self._index = overview(assistant)
            return self._index

    def _ask(
        self, request: gr.Request, question: str, conversation: Conversation, language: str, *told: Any
    ) -> Iterator[Values]:
        strings = ALL[language]
        try:
            steps = self._chat.ask(question or "", conversation, strings, chosen(*told))
        except QuestionError as error:  # a date that is none
            yield _values(talk.refuse(str(error), error.hint, conversation, strings), strings)
        else:
            yield from self._shown(steps, request, strings)

    def _ask_example(
        self, request: gr.Request, event: gr.SelectData, conversation: Conversation, language: str, *told: Any
    ) -> Iterator[Values]:
        yield from self._ask(request, str(event.value["text"]), conversation, language, *told)

    def _ask_again(
        self, request: gr.Request, conversation: Conversation, language: str, *told: Any
    ) -> Iterator[Values]:
        if conversation:
            question, step = talk.take_back(conversation)
            yield from self._ask(request, question, step.conversation, language, *told)

    def _shown(self, steps: Generator[Step], request: gr.Request, strings: Strings) -> Iterator[Values]:
        """The values of each step; the box changes only when work starts or ends."""
        busy: bool | None = None
        with closing(self._sessions.steps(_session(request), steps, strings)) as running:
            for step in running:
                yield _values(step, strings, changed=step.busy != busy)
                if step.busy:
                    time.sleep(STEP_S)
                busy = step.busy

    def _stop(self, request: gr.Request) -> None:
        self._sessions.end(_session(request), "stop")

    def _clear(self, request: gr.Request, language: str) -> Values:
        if self._sessions.end(_session(request), "clear"):
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        return _values(talk.stop((), ALL[language]), ALL[language])

    def _edit(self, conversation: Conversation, language: str) -> Values:
        question, step = talk.take_back(conversation)
        messages, left, _, kept = _values(step, ALL[language])
        return messages, left, question, kept

    def _open(self, kept: str, language: str) -> Values:
        return _values(self._chat.reopen(kept, ALL[language]), ALL[language])


def _session(request: gr.Request) -> str:
    return request.session_hash or ""


def _values(step: Step, strings: Strings, *, changed: bool = True) -> Values:
    box: Any = gr.skip()
    if changed and step.busy:
        box = gr.Textbox(value="", submit_btn=False, stop_btn=strings.stop)
    elif changed:
        box = gr.Textbox(submit_btn=strings.ask, stop_btn=False)
    kept = gr.skip() if step.busy else talk.keep(step.conversation)
    return step.messages, step.conversation, box, kept


def _example(questions: Sequence[str], n: int) -> gr.Button:
    """The button of the question `n`, hidden where there are fewer."""
    given = n < len(questions)
    return gr.Button(questions[n] if given else "", visible=given, size="sm", elem_classes="da-example")


def _filters(offered: Choices) -> list[gr.Accordion | gr.Dropdown | gr.Textbox]:
    """The part that unfolds, then what can be set in it."""
    with gr.Accordion(ENGLISH.filter, open=False, visible=bool(offered), elem_id="da-filters") as part, gr.Row():
        languages = gr.Dropdown(
            offered.named_languages(ENGLISH), multiselect=True, visible=bool(offered.languages), elem_id="da-languages"
        )
        sites = gr.Dropdown(list(offered.sites), multiselect=True, visible=bool(offered.sites), elem_id="da-sites")
        # static/chat.js makes date fields of them.
        dates = [
            gr.Textbox(max_lines=1, visible=offered.dates, elem_id=f"da-{name}", elem_classes="da-date", min_width=140)
            for name in ("since", "until")
        ]
    return [part, languages, sites, *dates]


def _filters_in(strings: Strings, offered: Choices, query: Mapping[str, str]) -> Values:
    """The same in the reader's language, set as the page's address says."""
    language, site = query.get("doc_language"), query.get("site")
    dates: dict[str, Any] = {"placeholder": strings.filter_date, "visible": offered.dates}
    return (
        gr.Accordion(label=strings.filter, visible=bool(offered)),
        gr.Dropdown(
            offered.named_languages(strings),
            value=[language] if language in offered.languages else [],
            label=strings.filter_language,
            visible=bool(offered.languages),
        ),
        gr.Dropdown(
            list(offered.sites),
            value=[site] if site in offered.sites else [],
            label=strings.filter_site,
            visible=bool(offered.sites),
        ),
        gr.Textbox(label=strings.filter_since, **dates),
        gr.Textbox(label=strings.filter_until, **dates),
    )


def _chatbot() -> gr.Chatbot:
    """Messages are HTML of ours: Markdown and LaTeX are off, Gradio's sanitiser stays on as a second wall."""
    return gr.Chatbot(
        label=ENGLISH.chat_label,
        show_label=False,
        placeholder=welcome_html(ENGLISH),
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
        interactive=False,  # until the page is greeted, which would overwrite what was asked before
        elem_id="da-question",
    )


def mount_chat(app: FastAPI, live: LiveAssistant, remember: Remember, observe: Observe) -> None:
    """Put the chat at "/" of `app`; routes that `app` already has come first."""
    # Where no event loop runs, Gradio makes one at every turn and leaves it open; so one runs.
    asyncio.run(_mount(app, _Page(live, remember, observe).blocks))


async def _mount(app: FastAPI, blocks: gr.Blocks) -> None:
    gr.mount_gradio_app(
        app,
        blocks,
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
        head=render("chat_scripts.html"),
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )


def _theme() -> gr.themes.Base:
    """System fonts only: a web font would be fetched from the internet. Colours are in static/chat.css."""
    sans = [gr.themes.Font(name) for name in ("Segoe UI", "Roboto", "Noto Sans", "Arial", "sans-serif")]
    mono = [gr.themes.Font(name) for name in ("Consolas", "Noto Sans Mono", "monospace")]
    return gr.themes.Base(primary_hue="teal", neutral_hue="slate", font=sans, font_mono=mono)
