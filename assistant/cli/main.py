"""The command line. Exit codes: 0 done (also for an abstention), 1 failed, 2 wrong usage.

Output that a script reads goes to stdout, everything else to stderr. Each command imports the heavy libraries that it
needs, so that `--help` is fast.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assistant.cli.access_commands import register as register_access
from assistant.cli.audit_commands import register as register_audit
from assistant.cli.console import opened, print_json, say, settings_for, show
from assistant.cli.eval_commands import register as register_eval
from assistant.cli.feedback_commands import feedback
from assistant.cli.index_commands import build
from assistant.cli.index_commands import register as register_index
from assistant.cli.options import JsonOption, StoreOption
from assistant.errors import AssistantError, QuestionError, StoreMissingError
from assistant.text.addresses import shown_address

if TYPE_CHECKING:
    from assistant.factory import ModelFactory
    from assistant.records import ChatMessage

app = typer.Typer(
    name="assistant",
    help="Answer questions with quotes from your documents, each with a citation.",
    epilog="Start with `assistant index --source FOLDER`, then `assistant ask QUESTION` or `assistant serve`. "
    "Exit codes: 0 done, 1 failed, 2 wrong usage.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

register_index(app)  # first: the commands are listed in this order

INTERRUPTED = 130

PassagesOption = Annotated[
    int | None,
    typer.Option("--k", min=1, max=100, help="Number of passages to retrieve.", show_default="8", metavar="N"),
]


def main(models: ModelFactory | None = None) -> None:
    """Run the command line; every error is two lines on stderr, never a traceback.

    `models` creates the models, by default those that the settings name; commands find it in `context.obj`.
    """
    for stream in (sys.stdout, sys.stderr):  # a Windows console may be in another encoding
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        try:
            app(obj=models)
        finally:
            if sys.stdout is not None:  # it is None when the caller closed it
                sys.stdout.flush()
    except SystemExit as end:
        if end.code == INTERRUPTED:  # from typer, after Ctrl+C
            say("Interrupted. The index has not changed.")
        raise
    except BrokenPipeError:  # `assistant documents | head`
        _drop_stdout()
    except Exception as error:
        if sys.flags.dev_mode and not isinstance(error, AssistantError):
            raise
        if isinstance(error, OSError):
            _drop_stdout()
        message, hint = _explained(error)
        say(f"Error: {message}")
        say(hint)
        sys.exit(error.exit_code if isinstance(error, AssistantError) else 1)


def _explained(error: Exception) -> tuple[str, str]:
    """Return the message and the hint for an error."""
    reason = " ".join(str(error).split())[:300]
    if isinstance(error, AssistantError):
        return str(error), error.hint
    if isinstance(error, OSError):
        return f"{reason}.", "Check the free disk space and the permissions."
    if isinstance(error, ImportError):
        return (
            f"A package is missing or broken: {reason}.",
            "Install again with `make install`, or run `assistant doctor`.",
        )
    return (
        f"An unexpected error occurred: {type(error).__name__}: {reason}",
        "Run the command with `python -X dev -m assistant …` and report the output.",
    )


def _drop_stdout() -> None:
    """Redirect stdout to nothing: Python would try to write the rest of its buffer when it exits."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.command()
def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="The question, in any language.", metavar="QUESTION")],
    store: StoreOption = None,
    history: Annotated[
        Path | None,
        typer.Option("--history", help='Earlier messages: a JSON list of {"role", "content"}.', metavar="FILE"),
    ] = None,
    answerer: Annotated[
        Literal["extractive", "model"] | None,
        typer.Option("--answerer", help="Who writes the reply.", show_default="the model if one is configured"),
    ] = None,
    k: PassagesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question with quotes from the documents.

    Each sentence ends with the number of its citation. When the documents do not answer the question, it says so.
    """
    earlier = _read_history(history)
    settings = settings_for(store)
    if answerer == "model":
        settings.model.require()  # before the index is opened, which takes a while
    with opened(settings, context.obj) as assistant:
        exchange = assistant.ask(question, history=earlier, k=k, answerer=answerer)
    from assistant.server import schemas

    if as_json:
        print_json(schemas.reply_json(exchange))
        return
    from assistant.records import Answer

    reply = exchange.reply
    show(reply.text)
    if reply.notice:
        show(f"({reply.notice})")
    if isinstance(reply, Answer):
        citations = sorted(reply.citations, key=lambda citation: citation.number)
    else:
        citations = list(reply.closest)
        if citations:
            show("\nClosest passages, which do not answer the question:")
            for citation in citations:
                show(f"  “{citation.quote}” [{citation.number}]")
    show("")
    for citation in citations:
        published = f", {citation.published}" if citation.published else ""
        page = f", page {citation.page}" if citation.page else ""
        show(f"[{citation.number}] {citation.title}{published}{page}")
        for understood in citation.context:
            show(f"    ({understood.text})")
        show(f"    {citation.link}")


@app.command()
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="The query, in any language.", metavar="QUERY")],
    store: StoreOption = None,
    k: PassagesOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the passages nearest to a query, best first."""
    with opened(settings_for(store), context.obj) as assistant:
        hits = assistant.search(query, k=k)
        titles = {hit.chunk.doc_id: assistant.document(hit.chunk.doc_id).title for hit in hits}
    if as_json:
        from assistant.server import schemas

        print_json(schemas.search_json(query, hits))
        return
    for hit in hits:
        show(f"{hit.rank:3}. {hit.score:.3f}  {titles[hit.chunk.doc_id]}")
        show(f"     {' '.join(hit.chunk.text.split())[:200]}")


@app.command()
def serve(
    context: typer.Context,
    store: StoreOption = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on.", show_default="127.0.0.1", metavar="HOST")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            help="Port to listen on; 0 picks a free one.",
            show_default="7860",
            metavar="PORT",
        ),
    ] = None,
) -> None:
    """Serve the web chat and the HTTP interface.

    Builds the index first if there is none.
    """
    from assistant.index.store import current_generation
    from assistant.server.process.listen import bind

    settings = settings_for(store)
    chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    serving = settings.serve.model_copy(update=chosen)
    if sys.__stderr__ is not None:
        faulthandler.enable(sys.__stderr__)  # a file that is truncated while in use may end the process: say so
    bind(serving.host, serving.port).close()  # a port in use is reported before the model is loaded
    try:
        current_generation(settings.store)
    except StoreMissingError:
        sources = ", ".join(map(shown_address, settings.sources))
        say(f"There is no index in {settings.store} yet; building it from {sources}.")
        build(settings, context.obj)
    from assistant.factory import open_live

    with closing(open_live(settings, models=context.obj)) as live:
        from assistant.originals.page_images import PageImages
        from assistant.server.application import serve as run_server

        run_server(
            live,
            serving,
            lambda address: say(f"The chat is ready at {address} (stop it with Ctrl+C)."),
            pages=PageImages(settings.sources),
        )


@app.command()
def doctor(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Check the installation, and print a remedy for each problem.

    Checks Python, packages, free disk space, tokenizer, models, index and port. The exit code is 1 when a check fails.
    """
    from assistant.cli.doctor import examine

    findings = examine(settings_for(store))
    failed = any(finding.severity == "error" for finding in findings)
    if as_json:
        from dataclasses import asdict

        print_json({"healthy": not failed, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            show(f"{finding.severity:>7}  {finding.name}: {finding.message}")
            if finding.remedy:
                show(f"         → {finding.remedy}")
    if failed:
        raise typer.Exit(1)


register_eval(app)
app.add_typer(feedback, name="feedback")
register_audit(app)
register_access(app)


def _read_history(path: Path | None) -> list[ChatMessage]:
    from assistant.records import ChatMessage

    if path is None:
        return []
    try:
        entries = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it is not JSON ({error})"
        raise QuestionError(f"The history {path} cannot be read: {reason}.", "Name a JSON list of messages.") from None
    messages = []
    for entry in entries if isinstance(entries, list) else [entries]:
        role, content = (entry.get("role"), entry.get("content")) if isinstance(entry, dict) else (None, None)
        if role not in ("user", "assistant") or not isinstance(content, str):
            raise QuestionError(
                f"The history {path} contains an entry that is not a message.",
                'Each entry must be {"role": "user" or "assistant", "content": "…"}.',
            )
        messages.append(ChatMessage(role, content))
    return messages
