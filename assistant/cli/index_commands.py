"""The commands `index`, `documents`, `remove`, `purge` and `rollback`."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.audit_commands import record_change
from assistant.cli.console import print_json, progress, say, settings_for, show
from assistant.cli.options import JsonOption, StoreOption

if TYPE_CHECKING:
    from assistant.build import BuildReport
    from assistant.factory import ModelFactory
    from assistant.purge.purge_search import PurgeReport
    from assistant.records import Document
    from assistant.settings import Settings

_STAGES = {"fetch": "Fetching pages", "read": "Reading documents", "embed": "Embedding characters"}

IdsArgument = Annotated[
    list[str], typer.Argument(help="Ids of documents; `assistant documents` lists them.", metavar="DOC_ID...")
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        help="A folder, a file or a .jsonl of documents, or the address of a page, sitemap, feed or folder on a file "
        "server; repeatable.",
        show_default="seeds",
        metavar="PATH_OR_URL",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for command in (index, documents, remove, purge, rollback):
        app.command()(command)


def index(
    context: typer.Context,
    source: SourceOption = None,
    depth: Annotated[
        int | None,
        typer.Option(
            "--depth",
            min=0,
            max=20,
            help="How many links deep to crawl from a start page, within its site.",
            show_default="0",
            metavar="N",
        ),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            "--include",
            help='Read only files of the source folders that match, as "*.pdf" or "reports/2024/**"; repeatable.',
            show_default="all",
            metavar="PATTERN",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            help='Leave out files and folders that match, as "*.tmp" or "drafts"; repeatable.',
            show_default="none",
            metavar="PATTERN",
        ),
    ] = None,
    store: StoreOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep running, and build again after each change of a source.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Build or update the index.

    Only changed text is embedded again. Files and pages that cannot be read are skipped and listed.
    """
    settings = settings_for(store, source, include, exclude)
    if depth is not None:
        settings = settings.model_copy(update={"fetch": settings.fetch.model_copy(update={"depth": depth})})
    if not watch:
        show_report(build(settings, context.obj), as_json=as_json)
        return
    from assistant.cli.watch import build_on_change

    with suppress(KeyboardInterrupt):  # Ctrl+C is the normal way to stop it
        build_on_change(
            settings.sources, settings.store, lambda: show_report(build(settings, context.obj), as_json=as_json)
        )


def documents(
    store: StoreOption = None,
    text: Annotated[bool, typer.Option("--text", help="Print the cleaned text too.")] = False,
    blocks: Annotated[
        bool, typer.Option("--blocks", help="With --json: the headings, paragraphs, items, rows and so on, too.")
    ] = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="List the sources that the last build could not read instead.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line and nothing else.")] = False,
) -> None:
    """List the indexed documents."""
    from assistant.index.store import open_generation
    from assistant.index.tombstones import read_failures
    from assistant.server import schemas

    folder = settings_for(store).store
    with closing(open_generation(folder)) as generation:
        for document in generation.tables.documents() if not failed else ():
            if as_json:
                print_json(schemas.document_json(document, text=text, blocks=blocks))
                continue
            about = (document.language, document.published, document.publisher, document.url, *document.also_at)
            about += (_recognised(document),)
            show(f"{document.doc_id}\n    {document.title}\n    {' · '.join(part for part in about if part)}")
            if document.converted_from:
                show(f"    Converted to Unicode from {', '.join(document.converted_from)}.")
            if document.versions:
                number = document.versions.index(document.doc_id) + 1
                show(f"    version {number} of {len(document.versions)}, newest first: {', '.join(document.versions)}")
            if text:
                show(f"\n{document.text}\n")
    failures = read_failures(folder)
    for failure in failures if failed else ():
        if as_json:
            print_json({"status": "failed"} | asdict(failure))
        else:
            show(f"{failure.source}\n    {failure.error} {failure.hint}")
    if failures and not failed:
        say(f"{_count(len(failures), 'source')} could not be read; `assistant documents --failed` lists them.")


def _recognised(document: Document) -> str | None:
    """Say which pages were recognised, and how sure that is."""
    if document.recognition_confidence is None:
        return None
    pages = _count(len(document.recognised), "page")
    return f"{pages} recognised in pictures, {document.recognition_confidence:.0%} sure"


def remove(
    context: typer.Context,
    doc_ids: IdsArgument,
    restore: Annotated[bool, typer.Option("--restore", help="Admit removed documents to the next build.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove documents from the index and keep them out of later builds.

    The source files are not changed.
    """
    from assistant.build import remove_documents, restore_documents

    settings = settings_for(store)
    if restore:
        restore_documents(settings, doc_ids)
        record_change(settings, "restored", documents=doc_ids)
        say("The next `assistant index` adds them again.")
        return
    with progress(_STAGES) as on_progress:
        report = remove_documents(settings, doc_ids, on_progress, models=context.obj)
    record_change(settings, "removed", documents=doc_ids)
    show_report(report, as_json=as_json)


def purge(source: SourceOption = None, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Delete the texts of removed documents from all generations and caches, and search everything for them.

    The exit code is 1 when one is left, as in a source file: sources and evaluation runs are searched, never changed.
    """
    from assistant.cli.eval_commands import RUNS
    from assistant.purge.purge_store import purge as run

    settings = settings_for(store, source)
    report = run(settings, (RUNS,))
    if report.doc_ids:
        record_change(settings, "purged", documents=list(report.doc_ids))
    if as_json:
        print_json(asdict(report))
    else:
        _show_purge(report)
    if report.left:
        raise typer.Exit(1)


def _show_purge(report: PurgeReport) -> None:
    if not report.doc_ids:
        show("No document was removed (`assistant remove`): there is nothing to purge.")
        return
    show(f"Purged {_count(len(report.doc_ids), 'removed document')}: {', '.join(report.doc_ids)}.")
    if report.rebuilt:
        show(f"Generation {report.generation}, a copy of the live one without them, is in use now.")
    if report.deleted_generations:
        show(f"Deleted generations: {', '.join(map(str, report.deleted_generations))}.")
    for path, count in report.rows.items():
        show(f"Deleted {_count(count, 'row')} of {path}.")
    places = f"{_count(report.files, 'file')} ({report.bytes / 1e6:,.1f} MB) of store, cache and evaluation runs"
    if report.windows:
        show(f"Searched {places}, stored and compressed values too, for {report.windows} pieces of their texts.")
    else:
        show(f"No generation and no cache holds their texts: there is nothing to search for in {places}.")
    if report.windows and not report.left:
        show("Nothing was found.")
    for trace in report.left:
        show(f"Left in {trace.place}: {trace.holds}.")


def rollback(
    generation: Annotated[
        int | None,
        typer.Argument(help="Number of a stored generation.", show_default="the one before", metavar="N"),
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Return to an earlier generation of the index.

    Documents that were removed stay removed: a generation that holds some is copied without them. A running server
    switches to it. The next `assistant index` updates the index again.
    """
    from assistant.index.rollback import roll_back
    from assistant.index.store import kept_generations

    settings = settings_for(store)
    done = roll_back(settings.store, generation, kept=settings.generations)
    manifest, kept = done.manifest, kept_generations(settings.store)
    record_change(settings, "rolled back", generation=manifest.generation)
    if as_json:
        print_json({"generation": manifest.generation, "kept": kept, "left_out": done.left_out})
        return
    size = f"{_count(manifest.documents, 'document')} in {_count(manifest.chunks, 'chunk')}"
    if done.left_out:
        left_out = f"without {_count(len(done.left_out), 'removed document')}"
        show(f"Generation {manifest.generation}, an earlier one {left_out}, is in use: {size}.")
    else:
        show(f"Generation {manifest.generation} of {manifest.created} is in use again: {size}.")
    show(f"Stored generations: {', '.join(map(str, kept))}.")


def build(settings: Settings, models: ModelFactory | None) -> BuildReport:
    """Build or update the index with progress bars, and print the sources that were skipped on stderr."""
    from assistant.build import build_index

    with progress(_STAGES) as on_progress:
        report = build_index(settings, on_progress, models=models)
    counts = {"added": report.added, "updated": report.updated, "removed": report.removed}
    if any(counts.values()):
        record_change(settings, "indexed", **counts)
    if report.note:
        say(report.note)
    for failure in report.failed:
        say(f"Skipped {failure.source}: {failure.error} {failure.hint}")
    return report


def show_report(report: BuildReport, *, as_json: bool) -> None:
    """Print what a build did."""
    if as_json:
        print_json(asdict(report))
        return
    counts = (report.added, report.updated, report.unchanged, report.removed)
    size = f"{_count(report.documents, 'document')} in {_count(report.chunks, 'chunk')}"
    show(f"Indexed {size} ({report.seconds:.1f} s).")
    show("{} added, {} updated, {} unchanged, {} removed.".format(*counts))


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
