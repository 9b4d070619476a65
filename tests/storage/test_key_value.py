"""The key-value store of the caches."""

from __future__ import annotations

import gc
import sqlite3
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from assistant.errors import StoreError
from assistant.storage.key_value import KeyValueStore, OptionalStore

DAMAGED = b"SQLite format 3\0" + bytes(range(256)) * 40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "not there yet" / "values.sqlite"


def test_values_are_found_by_those_who_open_the_file_later(path: Path) -> None:
    entries = {f"key {number}".encode(): bytes([number % 256]) * number for number in range(1200)}
    with closing(KeyValueStore(path, "Values")) as store:
        store.put(entries)
        store.put({b"key 7": b"changed"})
    with closing(KeyValueStore(path, "Values")) as store:
        assert store.get([*entries, b"no such key"]) == entries | {b"key 7": b"changed"}


def test_a_row_keeps_its_number_when_its_value_changes(path: Path) -> None:
    with closing(KeyValueStore(path, "Values")) as store:
        store.put({b"a": b"1", b"b": b"2"})
        row = store.row(b"a")
        store.put({b"a": b"3"})
        assert (store.row(b"a"), store.value(row)) == (row, b"3")
        assert store.find(b"a") == (row, b"3")
        assert (store.row(b"c"), store.find(b"c"), store.value(100)) == (0, None, None)


def test_entries_that_a_run_did_not_use_can_be_deleted(path: Path) -> None:
    with closing(KeyValueStore(path, "Values")) as store:
        store.put({b"put": b"1", b"used": b"2", b"unused": b"3", b"deleted": b"4"})
    with closing(KeyValueStore(path, "Values")) as store:
        store.use([b"used"])
        store.put({b"put": b"5"})
        store.delete(b"deleted")
        found = [store.is_used(key) for key in (b"used", b"put", b"unused", b"deleted")]
        assert found == [True, True, False, False]
        store.delete_unused()
        assert store.get([b"put", b"used", b"unused", b"deleted"]) == {b"put": b"5", b"used": b"2"}


def test_deleting_the_unused_makes_no_file(path: Path) -> None:
    with closing(KeyValueStore(path, "Values")) as store:
        store.delete_unused()
    assert not path.exists()


def test_another_fingerprint_begins_with_nothing(path: Path) -> None:
    for fingerprint in ("one", "two"):
        with closing(KeyValueStore(path, "Values", fingerprint=fingerprint)) as store:
            assert store.get([b"a"]) == {}
            store.put({b"a": b"1"})


def test_a_file_of_another_version_is_begun_anew(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE entries (x)")
        database.execute('CREATE TABLE "odd "" name" (x)')
    with closing(KeyValueStore(path, "Values")) as store:
        store.put({b"a": b"1"})
    with closing(sqlite3.connect(path)) as database:
        assert {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} == {
            "about",
            "entries",
        }


def test_the_least_recently_used_entries_leave_a_full_file(path: Path) -> None:
    for number in range(8):
        with closing(KeyValueStore(path, "Values", limit_bytes=1_000_000)) as store:
            store.use([b"0"])
            store.put({str(number).encode(): bytes(300_000)})
    with closing(KeyValueStore(path, "Values")) as store:
        left = set(store.get([str(number).encode() for number in range(8)]))
    assert {b"0", b"7"} <= left
    assert not {b"1", b"2", b"3", b"4"} & left
    assert path.stat().st_size < 1_100_000


def test_a_damaged_file_is_an_error_and_stays(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(DAMAGED)
    with closing(KeyValueStore(path, "Values")) as store, pytest.raises(StoreError, match="Values cannot be kept in"):
        store.get([b"a"])
    assert path.read_bytes() == DAMAGED


def test_a_damaged_file_is_begun_anew_where_that_is_wanted(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.write_bytes(DAMAGED)
    with closing(KeyValueStore(path, "Values", renew=True)) as store:
        store.put({b"a": b"1"})
        assert store.get([b"a"]) == {b"a": b"1"}
    assert "is damaged" in caplog.text


def damage_entries(path: Path) -> None:
    """Overwrite all pages but the roots of the tables, as a disk does that loses bits."""
    data = bytearray(path.read_bytes())
    roots = 6 * 4096
    data[roots:] = bytes([0xA5]) * (len(data) - roots)
    path.write_bytes(data)


@pytest.mark.parametrize("kind", [KeyValueStore, OptionalStore])
def test_damage_found_later_costs_only_this_run(path: Path, kind: type[KeyValueStore]) -> None:
    entries = {str(number).encode(): bytes(500) for number in range(100)}
    with closing(KeyValueStore(path, "Values")) as store:
        store.put(entries)
    damage_entries(path)
    with closing(kind(path, "Values", renew=True)) as store:
        if kind is OptionalStore:
            assert store.get(entries) == {}
            store.put(entries)
            assert store.get(entries) == {}
        else:
            with pytest.raises(StoreError):
                store.get(entries)
    with closing(kind(path, "Values", renew=True)) as store:
        store.put(entries)
        assert store.get(entries) == entries


def test_an_optional_store_works_without_its_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    with closing(OptionalStore(tmp_path / "file" / "values.sqlite", "Values")) as store:
        store.put({b"a": b"1"})
        store.use([b"a"])
        store.delete(b"a")
        assert (store.get([b"a"]), store.find(b"a"), store.row(b"a"), store.is_used(b"a")) == ({}, None, 0, False)
    assert caplog.text.count("Values cannot be kept") == 1


def test_threads_share_a_store(path: Path) -> None:
    keys = [str(number).encode() for number in range(200)]
    with closing(KeyValueStore(path, "Values")) as store:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda key: store.put({key: key}), keys))
        assert store.get(keys) == dict(zip(keys, keys, strict=True))


def test_a_nameless_store_is_gone_when_it_is_forgotten(tmp_path: Path) -> None:
    store = KeyValueStore(None, "Values")
    store.put({b"a": b"1"})
    assert store.get([b"a"]) == {b"a": b"1"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del store
        gc.collect()
    assert list(tmp_path.iterdir()) == []
