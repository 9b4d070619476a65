"""The audit log: lines of JSON by month, for its owner only."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.errors import StoreError
from assistant.storage.audit_log import FOLDER, AuditLog, read_audit_log
from tests.command import child_environment


def month_files(store: Path) -> list[Path]:
    return sorted((store / FOLDER).iterdir())


def test_events_are_read_in_the_order_they_were_written(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, months=12)
    log.record("asked", user="Łucja\n", cited=["a.txt"])
    log.record("opened", documents=["b.txt"])
    first, second = read_audit_log(tmp_path)
    assert (first["event"], first["user"], first["cited"]) == ("asked", "Łucja\n", ["a.txt"])
    assert second["documents"] == ["b.txt"]
    assert first["at"] <= second["at"]
    assert list(read_audit_log(tmp_path, since=first["at"][:10])) == [first, second]
    assert list(read_audit_log(tmp_path, since="9999-01-01")) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    AuditLog(tmp_path, months=12).record("asked")
    (path,) = month_files(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_old_months_go_when_a_month_begins(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    for name in ("2001-12.jsonl", "2002-01.jsonl", "notes.txt"):
        (tmp_path / FOLDER / name).write_text('{"at": "2002-01-01", "event": "asked"}\n', "utf-8")
    AuditLog(tmp_path, months=2).record("asked")
    assert [path.name for path in month_files(tmp_path)][1:] == ["notes.txt"]
    assert len(list(read_audit_log(tmp_path))) == 1


def test_a_line_cut_by_a_power_failure_costs_itself_only(tmp_path: Path) -> None:
    AuditLog(tmp_path, months=12).record("first")
    (path,) = month_files(tmp_path)
    with path.open("ab") as file:
        file.write(b'{"at": "2')
    AuditLog(tmp_path, months=12).record("second")
    assert [event["event"] for event in read_audit_log(tmp_path)] == ["first", "second"]


@pytest.mark.slow
def test_lines_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from assistant.storage.audit_log import AuditLog\n"
        "log = AuditLog(Path(sys.argv[1]), months=12)\n"
        "for n in range(200): log.record('asked', n=n, text='x' * 9000)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    running = [subprocess.Popen(command, env=child_environment()) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert sorted(event["n"] for event in read_audit_log(tmp_path)) == sorted([*range(200)] * 3)


def test_a_log_that_cannot_be_written_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("in the way", "utf-8")
    with pytest.raises(StoreError) as raised:
        AuditLog(tmp_path, months=12).record("asked")
    assert "permissions" in raised.value.hint
