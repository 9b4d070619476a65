"""The chat page, made with Gradio. The only module that imports Gradio.

html/ renders the content and conversation.py holds the logic; this module connects both to Gradio's components.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection

from assistant.chat.conversation import (
    Chat,
    ChatState,
    Conversation,
    Remember,
    Visitor,
    refuse,
    serialise,
    stop,
    undo,
)
from assistant.chat.example_questions import LIMIT
from assistant.chat.filter_choices import Choices, chosen
from assistant.chat.gradio_memory import GradioMemory
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
"""The pause between two quotes, in seconds, so that the eye can follow; all are found at the same time."""
CONCURRENCY = 2
QUEUED = 64

Visit = Callable[[HTTPConnection], Visitor]
"""Returns who sent a request."""
Values = tuple[Any, ...]
"""New values of the event's output components."""

_HIDDEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_SCRIPT_BUTTONS = ("again", "edit", "clear", "open")
# static/chat.js may load before or after Gradio.
_STORED = """async () => {
    for (let n = 0; n < 100 && !window.documentAssistant; n++) await new Promise((go) => setTimeout(go, 20));
    return [window.documentAssistant?.stored() ?? ""];
}"""


class _Page:
    """The components and their event handlers. None is an API endpoint; programs use POST /api/ask."""

    def __init__(self, live: LiveAssistant, remember: Remember, visitor: Visit, sessions: Sessions) -> None:
        self._live = live
        with live.pinned() as assistant:
            self._index = overview(assistant)
        self._chat = Chat(live, remember)
        self._visitor = visitor
        self._sessions = sessions
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
            # static/chat.js presses these buttons, and reads the conversation to store from the text box.
            self._stored = gr.Textbox(visible="hidden", elem_id="da-kept")
            self._do = {name: gr.Button(visible="hidden", elem_id=f"da-do-{name}") for name in _SCRIPT_BUTTONS}
            self._wire()
        self.blocks.queue(default_concurrency_limit=CONCURRENCY, max_size=QUEUED, api_open=False)

    def _wire(self) -> None:
        shown = [self._chatbot, self._conversation, self._box, self._stored]
        inputs: list[Any] = [self._conversation, self._language, *self._filters[1:]]
        asking = _HIDDEN | {"outputs": shown, "concurrency_id": "ask", "concurrency_limit": CONCURRENCY}
        self._box.submit(self._ask, [self._box, *inputs], **asking)
        for button in self._examples:
            button.click(self._ask, [button, *inputs], **asking)
        self._chatbot.example_select(self._ask_example, inputs, **asking)
        self._do["again"].click(self._ask_again, inputs, **asking)
        self._box.stop(self._stop, None, None, queue=False, **_HIDDEN)
        # Through the queue, so that an update that was sent earlier does not arrive later and replace theirs.
        changing = _HIDDEN | {"outputs": shown, "concurrency_limit": None}
        self._do["clear"].click(self._clear, [self._language], **changing)
        self._do["edit"].click(self._edit, [self._conversation, self._language], **changing)
        opened = "(kept, language) => [window.documentAssistant.opened(), language]"
        self._do["open"].click(self._open, [self._stored, self._language], js=opened, **changing)
        self._stored.change(None, [self._stored], None, js="(kept) => window.documentAssistant.keep(kept)", **_HIDDEN)
        loaded = [self._language, self._header, self._more, *self._examples, *self._filters, *shown]
        self.blocks.load(self._load, [self._stored], loaded, js=_STORED, queue=False, **_HIDDEN)

    def _load(self, request: gr.Request, stored: str) -> Values:
        """Return the page in the reader's language, with the conversation in the browser's storage.

        Gradio's own translations have no Vietnamese.
        """
        index = self._current()
        query = request.query_params
        strings = choose(query.get("lang"), request.headers.get("accept-language"))
        state = self._chat.reopen(stored or "", strings, self._visitor_of(request))
        box = gr.Textbox(
            label=strings.question_label,
            placeholder=strings.question_placeholder,
            submit_btn=strings.ask,
            interactive=True,
        )
        chatbot = gr.Chatbot(
            list[Any](state.messages),
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
            state.conversation,
            box,
            gr.skip(),
        )

    def _current(self) -> Overview:
        """Return the summary of the generation that is live now."""
        with self._live.pinned() as assistant:
            if assistant.manifest != self._index.manifest:
                self._index = overview(assistant)
            return self._index

    def _ask(
        self, request: gr.Request, question: str, conversation: Conversation, language: str, *filters: Any
    ) -> Iterator[Values]:
        strings = ALL[language]
        try:
            visitor = self._visitor_of(request)
            states = self._chat.ask(question or "", conversation, strings, visitor, chosen(*filters))
        except QuestionError as error:  # an invalid date in the filter
            yield _values(refuse(str(error), error.hint, conversation, strings), strings)
        else:
            yield from self._shown(states, request, strings)

    def _ask_example(
        self, request: gr.Request, event: gr.SelectData, conversation: Conversation, language: str, *filters: Any
    ) -> Iterator[Values]:
        yield from self._ask(request, str(event.value["text"]), conversation, language, *filters)

    def _ask_again(
        self, request: gr.Request, conversation: Conversation, language: str, *filters: Any
    ) -> Iterator[Values]:
        if conversation:
            question, state = undo(conversation)
            yield from self._ask(request, question, state.conversation, language, *filters)

    def _shown(self, states: Generator[ChatState], request: gr.Request, strings: Strings) -> Iterator[Values]:
        """Yield the values of each state; the question box changes only when an answer starts or ends."""
        busy: bool | None = None
        with closing(self._sessions.states(_session(request), states, strings)) as in_session:
            for state in in_session:
                yield _values(state, strings, changed=state.busy != busy)
                if state.busy:
                    time.sleep(STEP_S)
                busy = state.busy

    def _stop(self, request: gr.Request) -> None:
        self._sessions.end(_session(request), "stop")

    def _clear(self, request: gr.Request, language: str) -> Values:
        if self._sessions.end(_session(request), "clear"):
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        return _values(stop((), ALL[language]), ALL[language])

    def _visitor_of(self, request: gr.Request) -> Visitor:
        assert request.request is not None, "an event has the request that started it"
        return self._visitor(request.request)

    def _edit(self, conversation: Conversation, language: str) -> Values:
        question, state = undo(conversation)
        messages, remaining, _, stored = _values(state, ALL[language])
        return messages, remaining, question, stored

    def _open(self, request: gr.Request, stored: str, language: str) -> Values:
        strings = ALL[language]
        return _values(self._chat.reopen(stored, strings, self._visitor_of(request)), strings)


def _session(request: gr.Request) -> str:
    return request.session_hash or ""


def _values(state: ChatState, strings: Strings, *, changed: bool = True) -> Values:
    box: Any = gr.skip()
    if changed and state.busy:
        box = gr.Textbox(value="", submit_btn=False, stop_btn=strings.stop)
    elif changed:
        box = gr.Textbox(submit_btn=strings.ask, stop_btn=False)
    stored = gr.skip() if state.busy else serialise(state.conversation)
    return state.messages, state.conversation, box, stored


def _example(questions: Sequence[str], n: int) -> gr.Button:
    """Return the button of question `n`, hidden where there are fewer questions."""
    given = n < len(questions)
    return gr.Button(questions[n] if given else "", visible=given, size="sm", elem_classes="da-example")


def _filters(offered: Choices) -> list[gr.Accordion | gr.Dropdown | gr.Textbox]:
    """Return the accordion of the filter and the components in it: languages, sites, first and last date."""
    with gr.Accordion(ENGLISH.filter, open=False, visible=bool(offered), elem_id="da-filters") as part, gr.Row():
        languages = gr.Dropdown(
            offered.named_languages(ENGLISH), multiselect=True, visible=bool(offered.languages), elem_id="da-languages"
        )
        sites = gr.Dropdown(list(offered.sites), multiselect=True, visible=bool(offered.sites), elem_id="da-sites")
        # static/chat.js turns them into date fields.
        dates = [
            gr.Textbox(max_lines=1, visible=offered.dates, elem_id=f"da-{name}", elem_classes="da-date", min_width=140)
            for name in ("since", "until")
        ]
    return [part, languages, sites, *dates]


def _filters_in(strings: Strings, offered: Choices, query: Mapping[str, str]) -> Values:
    """Return the same components in the reader's language, with the values in the page's address."""
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
    """Return the component for the messages, which are HTML from html/.

    Markdown and LaTeX are off; Gradio's sanitiser stays on as a second protection.
    """
    return gr.Chatbot(
        label=ENGLISH.chat_label,
        show_label=False,
        placeholder=welcome_html(ENGLISH),
        render_markdown=False,
        sanitize_html=True,
        latex_delimiters=[],
        allow_tags=False,
        buttons=[],  # Gradio's copy button copies HTML; chat.js copies the text
        layout="panel",
        autoscroll=False,  # it scrolls to the last source; chat.js keeps the question in view
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
        interactive=False,  # until the page has loaded, which replaces the messages
        elem_id="da-question",
    )


def mount_chat(
    app: FastAPI,
    live: LiveAssistant,
    remember: Remember,
    visitor: Visit,
    sessions: Sessions,
    guard: Callable[[GradioMemory], Middleware],
) -> None:
    """Mount the chat at "/" of `app` behind `guard`; routes that `app` already has take precedence.

    Its questions in progress are in `sessions`.
    """
    folder = Path(os.environ["GRADIO_TEMP_DIR"])
    folder.mkdir(mode=0o700, exist_ok=True)  # first, or Gradio would make one that others can read

    async def mount() -> None:
        blocks = _Page(live, remember, visitor, sessions).blocks
        memory = GradioMemory(blocks, folder)
        _mount(app, blocks, memory, guard(memory))

    # Without a running event loop, Gradio creates one for each of its locks and leaves them open.
    asyncio.run(mount())


def _mount(app: FastAPI, blocks: gr.Blocks, memory: GradioMemory, guard: Middleware) -> None:
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
        app_kwargs={
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
            "middleware": [guard],
            "lifespan": memory.lifespan,
        },
    )


def _theme() -> gr.themes.Base:
    """Return the theme. It has system fonts only: web fonts load from the internet. chat.css sets the colours."""
    sans = [gr.themes.Font(name) for name in ("Segoe UI", "Roboto", "Noto Sans", "Arial", "sans-serif")]
    mono = [gr.themes.Font(name) for name in ("Consolas", "Noto Sans Mono", "monospace")]
    return gr.themes.Base(primary_hue="teal", neutral_hue="slate", font=sans, font_mono=mono)
