"""Takes the texts of removed documents out of the store and the cache.

The order makes it safe to be killed at any time: first a journal says what is purged (hashes, no text), then the
generations, then the rows of SQLite files, then the search; the journal goes last. A second purge goes on from there.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence, Set
from contextlib import closing, suppress
from pathlib import Path

from assistant.errors import StoreError
from assistant.factory import cache_folder
from assistant.index.rollback import copy_without, held_by
from assistant.index.store import (
    build_lock,
    current_generation,
    generation_folder,
    kept_generations,
    open_parts,
    read_manifest,
)
from assistant.index.tombstones import read_removed
from assistant.purge.purge_search import PurgeReport, files_below, noting_errors, search_file, search_sources
from assistant.purge.purge_target import (
    IN_STORE,
    JOURNAL,
    Target,
    connected,
    find_target,
    opened_tables,
    rows_holding,
    texts_that_stay,
    write_journal,
)
from assistant.settings import Settings
from assistant.storage.stored_text import delete_rows, is_sqlite, tables


def purge(settings: Settings, also: Sequence[Path] = ()) -> PurgeReport:
    """Take the texts of removed documents out of the store and the cache, and search what is there for them.

    Generations that hold one are deleted; if the live one does, it is first replaced by a copy without it. Parsed
    files, fetched pages, ratings and embeddings that name or quote one are deleted and overwritten.
    Sources and the files and folders `also` are searched, but never changed.

    Raises StoreMissingError, StoreBusyError, StoreError and, when the live generation cannot be read,
    StoreDamagedError or StoreMismatchError.
    """
    store = settings.store
    current_generation(store)  # makes no folder for a store that is not there
    with build_lock(store):
        removed = read_removed(store)
        report = PurgeReport(tuple(sorted(removed)), current_generation(store))
        if not removed:
            (store / JOURNAL).unlink(missing_ok=True)
            return report
        target = find_target(store, removed)
        write_journal(store, removed, target)
        _purge_generations(settings, removed, report)
        with closing(open_parts(store, opened_tables)) as left:
            target.shingles = target.shingles.without(texts_that_stay(left, removed))
        report.windows = len(target.shingles)
        for path in (*(store / name for name in IN_STORE), cache_folder(settings) / "embeddings.sqlite"):
            _purge_rows(path, target, report)
        for path in (*_files(settings), *files_below(also)):
            search_file(path, target, report)
        if not report.left:
            (store / JOURNAL).unlink(missing_ok=True)
    report.left += search_sources(settings.sources, store, removed)
    return report


def _purge_generations(settings: Settings, removed: Set[str], report: PurgeReport) -> None:
    store = settings.store
    if held := held_by(store, report.generation, removed):
        report.generation = copy_without(store, report.generation, held, kept=settings.generations).generation
        report.rebuilt = True
    for number in kept_generations(store):
        if number != report.generation and _may_hold(store, number, removed):
            # Under this name nobody takes it for a generation, and the next build deletes it.
            partial = generation_folder(store, number).with_name(f"{number}.partial")
            with suppress(OSError):
                generation_folder(store, number).replace(partial)
            report.deleted_generations.append(number)
    for partial in (store / "generations").glob("*.partial"):
        shutil.rmtree(partial, ignore_errors=True)  # what cannot be deleted is found by the search


def _may_hold(store: Path, number: int, removed: Set[str]) -> bool:
    try:
        read_manifest(store, number)
        return bool(held_by(store, number, removed))
    except StoreError:
        return True


def _files(settings: Settings) -> list[Path]:
    """Return the files below store and cache."""
    left_out = {settings.store / JOURNAL, settings.store / "lock"}
    return [path for path in files_below((settings.store, cache_folder(settings))) if path not in left_out]


def _purge_rows(path: Path, target: Target, report: PurgeReport) -> None:
    """Delete the rows of an SQLite file that hold a removed document, and write the file anew: nothing that was deleted
    stays in its unused pages."""
    with noting_errors(path, "changed", report):
        if not is_sqlite(path):
            return
        with closing(connected(path)) as database:
            database.execute("BEGIN IMMEDIATE")
            deleted = 0
            for table in tables(database):
                found = list(rows_holding(database, table, target))
                delete_rows(database, table, found)
                deleted += len(found)
            database.execute("COMMIT")
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if deleted:
            report.rows[str(path)] = deleted
